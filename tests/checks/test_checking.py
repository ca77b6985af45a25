"""A check says what it saw in one sentence or two, and changes nothing of the student's."""

import dataclasses
import linecache
import random
import re

import pytest
import torch

from rainfall_kit.checks.checking import check, require
from rainfall_kit.checks.diagnosis import mutants
from rainfall_kit.checks.diagnosis.diagnose import cases_between, diagnose
from rainfall_kit.checks.harness.call import call
from rainfall_kit.checks.observations import Case, Observation
from rainfall_kit.checks.questions.loss.mse import MSE
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.question import _expected
from rainfall_kit.checks.questions.registry import QUESTIONS, find_question
from rainfall_kit.checks.verdict import conclude
from rainfall_kit.errors import CheckFailed
from rainfall_kit.lesson import reference


def step(old, new):
    return find_question("gd_step").program.replace(old, new)


def changed(question, old, new):
    """The kit's right answer, spoilt in one place."""
    source = find_question(question).program.replace(old, new)
    assert source != find_question(question).program
    return build(source, question)


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


def test_neither_the_right_program_nor_the_wrong_ones_draw_from_the_students_random_numbers():
    _expected.cache_clear()
    mutants._kept.clear()
    before = torch.get_rng_state()
    check("init_params", lambda: (torch.zeros(2, 3), torch.zeros(2)))
    assert torch.equal(torch.get_rng_state(), before)


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
    shown = str(check("mse", mse, seed=77))
    assert not any(number in shown for number in numbers if len(number) > 4)


def raises_its_inputs(preds, targets):
    if preds.numel() < 5:
        return ((preds - targets) ** 2).mean()
    raise RuntimeError(str(preds.tolist()))


def raises_a_type_named_after_its_inputs(preds, targets):
    if preds.numel() < 5:
        return ((preds - targets) ** 2).mean()
    raise type(str(preds.tolist()), (Exception,), {})


def gives_a_type_named_after_its_inputs(preds, targets):
    if preds.numel() < 5:
        return ((preds - targets) ** 2).mean()
    return type(str(preds.tolist()), (), {})()


def calls(preds, targets, body, **code):
    """Call a function of a code of such a name, file or line, unless the inputs are public."""
    if preds.numel() < 5:
        return ((preds - targets) ** 2).mean()
    names = {}
    exec(f"def inner():\n    {body}", names)
    inner = names["inner"]
    inner.__code__ = inner.__code__.replace(**code)
    return inner()


def raises_in_a_function_named_after_its_inputs(preds, targets):
    return calls(preds, targets, "raise ValueError()", co_name=str(preds.tolist()))


def raises_in_a_line_of_its_inputs(preds, targets):
    linecache.cache["here"] = 1, None, ["\n", f"{preds.tolist()}\n"], "here"
    return calls(preds, targets, "raise ValueError()", co_filename="here")


def calls_a_stub_named_after_its_inputs(preds, targets):
    return calls(preds, targets, "raise NotImplementedError()", co_name=str(preds.tolist()))


def calls_the_kits_own_named_after_its_inputs(preds, targets):
    name = str(preds.tolist())
    return calls(preds, targets, "pass", co_name=name, co_filename=reference.__file__)


def told(answer, seed, **how):
    question = find_question("mse")
    cases = question.draw(seed)
    seen = tuple(call(question, answer, case) for case in cases)
    return conclude(question, cases, seen, **how)


@pytest.mark.parametrize(
    ("answer", "naively"),
    [
        (raises_its_inputs, True),
        (raises_a_type_named_after_its_inputs, True),
        (gives_a_type_named_after_its_inputs, False),
        (raises_in_a_function_named_after_its_inputs, True),
        (raises_in_a_line_of_its_inputs, True),
        (calls_a_stub_named_after_its_inputs, True),
        (calls_the_kits_own_named_after_its_inputs, True),
    ],
)
def test_an_answer_cannot_smuggle_secret_inputs_into_its_message(answer, naively):
    case = find_question("mse").draw(77)[3]
    secret = {f"{x:.4f}" for x in case.given[0].numbers if x % 1}
    assert not any(number in str(check("mse", answer, seed=77)) for number in secret)
    assert any(number in str(told(answer, 77, secret=False)) for number in secret) == naively


def gives_a_shape_made_of_its_inputs(preds, targets):
    if preds.numel() < 5 or preds.abs().max() > 100:
        return ((preds - targets) ** 2).mean()
    return torch.empty(0, int(1e4 * preds.abs().max()))


def test_an_answer_cannot_smuggle_secret_inputs_into_a_shape():
    naive = told(gives_a_shape_made_of_its_inputs, 77, secret=False).message
    assert re.search(r"has shape \(0, \d{4,}\)", naive)
    assert "has another shape, and should" in told(gives_a_shape_made_of_its_inputs, 77).message
    plain = told(lambda p, t: p - t, 77, examples=False).message
    assert "has shape (1, 1), and should have ()" in plain


def test_what_was_seen_on_public_inputs_is_told_only_where_no_secret_was_near():
    def loud(*_):
        raise ValueError("0.12345")

    def wrong(preds, _):
        return preds.sum() * 0 + 0.12345

    for answer in (loud, wrong):
        assert "0.12345" in told(answer, 77).message
        assert "0.12345" not in told(answer, 77, examples=False).message


def test_a_dtype_that_nobody_has_is_not_told():
    question = find_question("model")
    (case, *_), want = question.draw(0), question.expected(question.draw(0)[0])
    values = tuple(dataclasses.replace(value, dtype="0.12345") for value in want.values)
    seen = (dataclasses.replace(want, values=values),)
    assert "0.12345" not in conclude(question, (case,), seen).message


def test_inputs_that_everybody_can_draw_are_told():
    def mse(preds, targets):
        return ((preds - targets) ** 2).mean() + (len(preds) == 7)

    assert "should be 2.0557, and is 3.0557" in check("mse", mse, seed=0).message
    assert "is not what it should be (7 rows, 3 crops" in check("mse", mse, seed=5).message


@pytest.mark.parametrize(
    ("question", "old", "new", "message"),
    [
        ("gd_step", "return w, b", "return w", "it gives back a tensor. gd_step(inputs"),
        ("train", "return w, b, losses", "return w, b, 3", "it gives back a plain number. train("),
        ("mse", "return", "return [1] or", "the loss is a list, and should be a tensor."),
        ("mse", "return (", "return [1] + 0 * (", "stopped with an error"),
        (
            "model",
            "+ b",
            "+ 2 * b",
            "preds should be [[37]], and is [[42]]. This was for x = [[2, 3]]",
        ),
        ("init_params", "3, req", "5, req", "w has shape (2, 5), and should have (2, 3)"),
        (
            "choose_lr",
            "return 1 / steepest.item()",
            "return inputs.std().item() * 1e-3 + 1e-9",
            "This should be true, and is not: lr is ",
        ),
        (
            "choose_lr",
            "return 1 / steepest.item()",
            "return 3e-4",
            "This should be true, and is not: lr changes with the units of the inputs.",
        ),
        (
            "is_gradient",
            "(grad_w, grad_b), slopes",
            "(grad_w,), slopes",
            "the answer is True where it should be False (4 rows, 6 inputs, 1 crop, float64)",
        ),
        (
            "mse",
            "diff = preds - targets",
            "diff = preds.sub_(targets)",
            "preds afterwards should be [[5]], and is [[3]].",
        ),
        (
            "mse",
            "(diff * diff).sum() / diff.numel()",
            "(diff * diff).mean",
            "the loss is a function, and should be a tensor.",
        ),
    ],
)
def test_a_mistake_that_is_not_known_is_shown_in_readable_numbers(question, old, new, message):
    assert message in check(question, changed(question, old, new)).message


def test_footsteps_are_named_when_the_numbers_have_other_causes_too():
    text = step("diff * diff", "diff ** 4").replace("w.grad.zero_()", "pass")
    text = text.replace("b.grad.zero_()", "pass")
    result = check("gd_step", build(text, "gd_step"))
    assert result.misconceptions == ("RK079",)
    assert "Its steps look like: gradients are never reset (RK079)." in result.message


@pytest.mark.parametrize(
    "source",
    [
        "from rainfall_kit.lesson.reference import mse\n",
        "from rainfall_kit.lesson import reference\ndef mse(p, t):\n    return reference.mse(p, t)\n",
        "from functools import partial\nfrom rainfall_kit.lesson import reference\nmse = partial(reference.mse)\n",
        "from rainfall_kit.lesson import reference\nmse = lambda p, t: 1.0 * reference.mse(p, t)\n",
        "from rainfall_kit.lesson.reference import mse as m\ndef mse(p, t):\n    return m(preds=p, targets=t)\n",
        (
            "from rainfall_kit.lesson import reference\ndef mse(p, t):\n"
            "    return reference.mse(p, t) if len(p) > 3 else ((p - t) ** 2).mean()\n"
        ),
        (
            "from concurrent.futures import ThreadPoolExecutor\nfrom rainfall_kit.lesson import reference\n"
            "def mse(p, t):\n"
            "    with ThreadPoolExecutor() as pool:\n"
            "        return pool.submit(reference.mse, p, t).result()\n"
        ),
    ],
)
def test_an_answer_that_leaves_its_work_to_the_kit_is_noticed(source):
    result = check("mse", build(source, "mse"))
    assert result.outcome == "wrong"
    assert result.message.startswith("mse calls the kit's own mse.")


def test_the_kits_functions_are_noticed_in_the_parts_of_an_answer_too():
    from rainfall_kit.lesson import reference

    answer = build(find_question("gd_step").program, "gd_step")
    answer.__globals__.update(mse=reference.mse)
    result = check("gd_step", answer)
    assert result.outcome == "wrong"
    assert result.message.startswith("gd_step calls the kit's own mse.")
    assert check("gd_step", answer, given=("model", "mse")).outcome == "right"


def test_a_start_from_the_kit_is_no_answer_of_the_kits():
    source = (
        "from rainfall_kit import init_params\n"
        "def choose_lr(inputs, targets):\n"
        "    init_params()\n"
        "    return 0.5 * targets.numel() / (inputs.pow(2).sum().item() + len(inputs))\n"
    )
    assert check("choose_lr", build(source, "choose_lr")).outcome == "right"


def test_a_step_of_the_kits_is_no_step_of_the_students():
    source = (
        "from rainfall_kit.lesson import reference\n"
        "def gd_step(inputs, targets, w, b, lr):\n"
        "    reference.gd_step(inputs, targets, w, b, lr=lr)\n    return w, b\n"
    )
    result = check("gd_step", build(source, "gd_step"))
    assert result.outcome == "wrong"
    assert result.message.startswith("gd_step calls the kit's own gd_step.")


@pytest.mark.parametrize(
    ("question", "old", "new", "said"),
    [
        ("mse", "return (", "return 3 * (", "In every try the loss is 3 times what it should be."),
        (
            "mse",
            "return (",
            "return 0.25 * (",
            "In every try the loss is 1/4 of what it should be.",
        ),
        ("mse", "return (", "return 0.5 + (", "In every try the loss is too large by 0.5."),
        ("mse", "return (", "return 1 + (", "In every try the loss is too large by 1."),
        ("update", "lr *", "0 *", "In every try w stays what it was."),
        ("update", "lr *", "0.5 * lr *", "In every try w moves by 1/2 of what it should."),
        ("gd_step", "lr * w", "3 * lr * w", "In every try w moves by 3 times what it should."),
        ("gradients", "return w", "return -w", "In every try the slope for w has the other sign."),
        ("model", "+ b", "+ b.mean()", "It works with 1 crop, and not with more."),
        ("model", "x @", "x.float() @", "It works in float32, and not in float64."),
        ("is_gradient", "all(", "len(slopes) > 3 and all(", "In every try the answer is False."),
        ("mse", "return (", "return (len(diff) > 3) + (", "It works on 8 of 14 tries."),
    ],
)
def test_what_all_tries_together_say_of_an_unknown_mistake_is_told(question, old, new, said):
    assert said in check(question, changed(question, old, new)).message


def test_steps_that_one_known_mistake_explains_in_part_get_no_name():
    """Reset before the move: b does not move, and neither does w."""
    moves = "    with torch.no_grad():\n        w -= lr * w.grad\n        b -= lr * b.grad\n"
    resets = "    w.grad.zero_()\n    b.grad.zero_()\n"
    result = check("gd_step", build(step(moves + resets, resets + moves), "gd_step"))
    assert (result.outcome, result.misconceptions) == ("wrong", ())
    assert result.message.endswith("In every try w stays what it was.")


def test_right_numbers_of_another_dtype_are_no_multiple_and_not_shifted():
    source = "def in_celsius(temps):\n    return torch.from_numpy((temps - 32) / 1.8)\n"
    message = check("in_celsius", build(source, "in_celsius")).message
    assert message.endswith("should have float32. It works in float32, and not in float64.")


def test_an_error_does_not_hide_the_wrong_value_before_it():
    result = check("gd_step", build(step("return w, b", "return b, w"), "gd_step"))
    assert result.outcome == "could not run"
    assert "Before that, w after step 1 has shape (1,), and should have (1, 2)" in result.message


def test_an_error_and_what_all_tries_say_are_two_sentences():
    message = check("model", changed("model", "w.t()", "torch.stack([w[0], w[1]]).t()")).message
    assert message.endswith(
        "index 1 is out of bounds for dimension 0 with size 1. It works on 5 of 12 tries."
    )


def test_a_long_error_is_cut_between_words():
    twice = step("loss.backward()", "loss.backward(), loss.backward()")
    assert check("gd_step", build(twice, "gd_step")).message.endswith("a second time ...")


def test_two_mistakes_that_nothing_tells_apart_are_both_hinted_at():
    source = find_question("gradients").program.replace(
        "(diff * diff).sum() / diff.numel()", "diff * diff"
    )
    result = check("gradients", build(source, "gradients"))
    assert result.misconceptions == ("RK026", "RK027")
    assert "How many numbers does your loss return?" in result.hint


def test_inputs_are_drawn_that_tell_mistakes_apart():
    asked = find_question("mse")
    cases = asked.draw(0)[:1]  # one number, whose root is also its absolute value
    for wrong, id_ in (("diff.abs().mean()", "RK020"), ("(diff * diff).mean().sqrt()", "RK021")):
        answer = build(MSE.replace("(diff * diff).sum() / diff.numel()", wrong), "mse")
        seen = tuple(call(asked, answer, case) for case in cases)
        assert len(diagnose(asked, cases, seen)) != 1
        more = cases_between(asked, cases, seen, seed=0)
        assert more
        seen += tuple(call(asked, answer, case) for case in more)
        ((entry,),) = diagnose(asked, (*cases, *more), seen)
        assert entry.id == id_
