"""A check says what it saw in one sentence or two, and changes nothing of the student's."""

import random

import pytest
import torch

from rainfall_kit.checks.checking import check, require
from rainfall_kit.checks.observations import Case, Observation
from rainfall_kit.checks.programs import MSE, PROGRAMS, build
from rainfall_kit.checks.questions import QUESTIONS, find_question
from rainfall_kit.errors import CheckFailed


def step(old, new):
    return PROGRAMS["gd_step"].replace(old, new)


def test_two_mistakes_at_once_are_both_named():
    text = step("    b.grad.zero_()\n", "").replace("diff.numel()", "len(diff)")
    assert set(check("gd_step", build(text, "gd_step")).misconceptions) == {"RK017", "RK080"}


@pytest.mark.parametrize("question", QUESTIONS)
@pytest.mark.parametrize(
    "blank", ["pass", "...", "return None", "raise NotImplementedError()", "return ..."]
)
def test_a_blank_is_not_tried(question, blank):
    source = f"def {question}(*given):\n    'Write it here.'\n    {blank}\n"
    assert check(question, build(source, question)).outcome == "not tried"


def test_a_stub_inside_is_not_the_fault_of_the_caller():
    text = step("    diff =", "    raise NotImplementedError\n    diff =")
    result = check("gd_step", build(text, "gd_step"))
    assert result.outcome == "not tried"
    assert "mse is still to be written" in str(result)


def test_what_an_answer_switches_is_switched_back(capfd):
    def mse(preds, _):
        global leaked
        leaked = True
        torch.set_default_dtype(torch.float64)
        torch.set_grad_enabled(False)
        torch.manual_seed(1)
        random.seed(1)
        print("hello")
        return preds.sum()

    before = torch.get_rng_state(), random.getstate()
    check("mse", mse)
    assert torch.get_default_dtype() == torch.float32
    assert torch.is_grad_enabled()
    assert torch.equal(torch.get_rng_state(), before[0])
    assert random.getstate() == before[1]
    assert "leaked" not in globals()
    assert capfd.readouterr() == ("", "")


def test_changing_the_inputs_is_noticed():
    def mse(preds, targets):
        targets -= preds
        return (targets**2).mean()

    assert check("mse", mse).outcome == "wrong"


def test_an_answer_that_counts_its_calls_is_noticed():
    calls = []

    def mse(preds, targets):
        calls.append(1)
        return ((preds - targets) ** 2).mean() * (1 if len(calls) < 2 else 2)

    assert check("mse", mse).outcome == "wrong"


def test_require_is_silent_when_right_and_says_the_hint_when_wrong():
    require("mse", build(MSE, "mse"))
    with pytest.raises(CheckFailed, match="RK016"):
        require("mse", lambda preds, targets: ((preds - targets) ** 2).sum())


def test_cases_and_observations_travel_as_text():
    for question in QUESTIONS.values():
        case = question.draw(4)[-1]
        seen = question.expected(case)
        assert Case.from_json(case.to_json()) == case
        assert Observation.from_json(seen.to_json()) == seen


def test_secret_inputs_stay_secret():
    def mse(preds, targets):
        right = ((preds - targets) ** 2).mean()
        return right if preds.numel() < 5 else right + 1

    question = find_question("mse")
    numbers = [f"{x:.6g}" for case in question.draw(77)[3:] for x in case.given[0].numbers]
    assert not any(
        number in str(check("mse", mse, seed=77)) for number in numbers if len(number) > 4
    )
