"""A verdict says whether an answer is right, wrong, not tried or could not run, and why."""

import pytest

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.harness.call import call
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import QUESTIONS, find_question
from rainfall_kit.checks.verdict import conclude


def step(old, new):
    return find_question("gd_step").program.replace(old, new)


def told(answer, seed, **how):
    question = find_question("mse")
    cases = question.draw(seed)
    seen = tuple(call(question, answer, case) for case in cases)
    return conclude(question, cases, seen, **how)


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    "blank",
    ["pass", "...", "return None", "raise NotImplementedError()", "return ..."],
    ids=[
        "pass",
        "ellipsis",
        "return-None",
        "raise",
        "return-ellipsis",
    ],
)
def test_a_blank_is_not_tried(question, blank):
    source = f"def {question}(*given):\n    'Write it here.'\n    {blank}\n"
    assert check(question, build(source, question)).outcome == "not tried"


def test_a_stub_inside_is_not_the_fault_of_the_caller():
    text = step("    diff =", "    raise NotImplementedError\n    diff =")
    result = check("gd_step", build(text, "gd_step"))
    assert str(result) == (
        "gd_step is right; it calls your mse, which is still to be written. Try: %gd_check mse"
    )


def test_what_was_seen_on_public_inputs_is_told_only_where_no_secret_was_near():
    def loud(*_):
        raise ValueError("0.12345")

    def wrong(preds, _):
        return preds.sum() * 0 + 0.12345

    for answer in (loud, wrong):
        assert "0.12345" in told(answer, 77).message
        assert "0.12345" not in told(answer, 77, examples=False).message


def test_an_error_does_not_hide_the_wrong_value_before_it():
    result = check("gd_step", build(step("return w, b", "return b, w"), "gd_step"))
    assert result.outcome == "could not run"
    assert "Before that, w after step 1 has shape (1,), and should have (1, 2)" in result.message
