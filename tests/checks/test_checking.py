"""A check says what it saw in one sentence or two, and changes nothing of the student's."""

import random

import pytest
import torch

from rainfall_kit.checks.checking import check, require
from rainfall_kit.checks.diagnosis import mutants
from rainfall_kit.checks.harness import observing
from rainfall_kit.checks.harness.fork import can_fork, run_in_fork
from rainfall_kit.checks.questions.loss.mse import MSE
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.question import _expected
from rainfall_kit.checks.questions.registry import find_question
from rainfall_kit.errors import CheckFailed


def step(old, new):
    return find_question("gd_step").program.replace(old, new)


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


def test_require_says_that_an_answer_is_right_and_the_hint_when_it_is_wrong(capsys):
    require("mse", build(MSE, "mse"))
    assert capsys.readouterr() == ("mse is right: it gave what it should on 14 of 14 tries.\n", "")
    require("mse", build(MSE, "mse"), seed=7)
    assert capsys.readouterr().out == "mse is right.\n"
    with pytest.raises(CheckFailed, match="RK016"):
        require("mse", lambda preds, targets: ((preds - targets) ** 2).sum())


MODEL_AND_STEP = """
def model(x, w, b):
    return x @ w.t() + b

def square(x):
    return {square}

def mse(preds, targets):
    return square(preds - targets).{reduced}()

def gd_step(inputs, targets, w, b, lr):
    loss = mse(model(inputs, w, b), targets)
    loss.backward()
    with torch.no_grad():
        w {sign}= lr * w.grad
        b -= lr * b.grad
    w.grad.zero_()
    b.grad.zero_()
    return w, b

def train(inputs, targets, w, b, lr, epochs):
    losses = []
    for _ in range(epochs):
        losses.append(mse(model(inputs, w, b), targets).item())
        w, b = gd_step(inputs, targets, w, b, lr)
    return w, b, losses
"""


def notebook(question, square="x * x", reduced="mean", sign="-"):
    return build(MODEL_AND_STEP.format(square=square, reduced=reduced, sign=sign), question)


@pytest.mark.parametrize("question", ["gd_step", "train"])
@pytest.mark.parametrize(
    "mistake", [{"reduced": "sum"}, {"square": "x.abs()"}, {"square": "1 / 0"}]
)
def test_a_mistake_in_mse_costs_nothing_in_what_calls_it_and_is_told(question, mistake):
    result = check(question, notebook(question, **mistake))
    assert result.outcome == "right"
    assert result.misconceptions == ()
    assert result.message.startswith(f"{question} is right; it calls your mse, which ")
    assert result.message.endswith("Try: %gd_check mse")
    assert check("mse", notebook("mse", **mistake)).outcome != "right"


@pytest.mark.parametrize(
    ("question", "calls", "line"),
    [
        (
            "is_gradient",
            "gradients",
            (
                "def is_gradient(x, y, w, b, gw, gb):\n"
                "    right_w, right_b = gradients(x, y, w, b)\n"
                "    return torch.allclose(right_w, gw, 1e-3) and torch.allclose(right_b, gb, 1e-3)"
            ),
        ),
        (
            "choose_lr",
            "largest_stable_lr",
            "def choose_lr(x, y):\n    return largest_stable_lr(x, y) / 2",
        ),
    ],
)
def test_a_mistake_in_an_earlier_function_that_is_called_costs_nothing(question, calls, line):
    result = check(question, build(f"def {calls}(*given):\n    return 1 / 0\n\n\n{line}", question))
    assert result.outcome == "right"
    assert f"it calls your {calls}, which does not run yet" in result.message


@pytest.mark.skipif(not can_fork(), reason="there are no forks here")
@pytest.mark.parametrize(
    ("square", "forks", "told"),
    [
        ("x * x", 1, "gd_step is right: it gave what it should on 12 of 12 tries."),
        ("x.abs()", 2, "gd_step is right; it calls your mse, which is not right yet. "),
        ("__import__('os')._exit(0)", 2, "gd_step is right; it calls your mse, which does not run"),
    ],
)
def test_what_an_answer_calls_is_judged_in_the_same_fork_and_alone_if_it_is_not_right(
    monkeypatch, square, forks, told
):
    made = []

    def counted(work, *, seconds):
        made.append(work)
        return run_in_fork(work, seconds=seconds)

    monkeypatch.setattr(observing, "run_in_fork", counted)
    assert check("gd_step", notebook("gd_step", square=square)).message.startswith(told)
    assert len(made) == forks


def test_two_findings_are_told_as_two():
    result = check("gd_step", notebook("gd_step", reduced="sum", sign="+"))
    assert result.misconceptions == ("RK064",)
    assert "RK064" in result.message
    assert (
        "Besides, it calls your mse, which is not right yet. Try: %gd_check mse" in result.message
    )


def test_what_is_told_besides_begins_a_sentence_of_its_own():
    answer = build(
        "def model(x, w, b):\n    return x @ w + b\n\n"
        "def predict_region(region, w, b):\n    return model(torch.tensor(region), w, b)",
        "predict_region",
    )
    message = check("predict_region", answer).message
    assert "long int != float. Besides, it calls your model, which does not run yet." in message


def test_what_an_answer_does_not_call_is_not_told():
    loss = "((inputs @ w.t() + b - targets) ** 2).mean()"
    text = MODEL_AND_STEP.replace("mse(model(inputs, w, b), targets)", loss)
    answer = build(text.format(square="x", reduced="sum", sign="-"), "gd_step")
    assert check("gd_step", answer).message == (
        "gd_step is right: it gave what it should on 12 of 12 tries."
    )


def test_an_answer_that_gives_back_nothing_where_w_and_b_are_asked_for_is_told():
    answer = build(find_question("gd_step").program.replace("    return w, b\n", ""), "gd_step")
    result = check("gd_step", answer)
    assert result.outcome == "wrong"
    assert "it gives back None" in result.message


def test_losses_that_are_tensors_are_told():
    answer = build(find_question("train").program.replace("loss.item()", "loss.detach()"), "train")
    result = check("train", answer)
    assert result.outcome == "wrong"
    assert result.misconceptions == ("RK102",)
