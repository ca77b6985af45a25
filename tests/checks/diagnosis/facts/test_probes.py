"""What an answer reacts to is told where no known mistake explains it."""

import pytest

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.diagnosis.facts.probes import probes
from rainfall_kit.checks.questions.loss.mse import MSE
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import QUESTIONS, find_question
from rainfall_kit.checks.questions.tensors.model import MODEL


def said(question, body):
    asked = find_question(question).asks.partition(")")[0]
    source = f"{MODEL}\n{MSE}\ndef {asked}):\n" + "".join(
        f"    {line}\n" for line in body.splitlines()
    )
    result = check(question, build(source, question))
    assert result.outcome == "wrong"
    assert result.misconceptions == ()
    assert result.hint
    return result.message


@pytest.mark.parametrize(
    ("question", "body", "text"),
    [
        (
            "mse",
            "return ((preds - targets) ** 2).sum() / 10",
            "Where every prediction is too high by 1, the loss is 0.4, and should be 1.",
        ),
        (
            "mse",
            "return (preds - targets).mean() ** 2",
            "too high by 1 and as many too low by 1, the loss is 0.",
        ),
        (
            "mse",
            "return ((preds - targets) ** 4).mean()",
            "the loss is 256 times as large, and should be 16 times.",
        ),
        (
            "mse",
            "return ((preds[:, -1] - targets[:, -1]) ** 2).mean()",
            "stays the same when only the first column of preds changes.",
        ),
        (
            "mse",
            "return (preds**4).mean() + 0 * targets.sum()",
            "stays the same when only targets changes.",
        ),
        ("mse", "return preds.sum() * 0 + 3", "It gives the same, whatever it is given."),
        ("model", "return x @ w.t() + 1", "stays the same when only b changes."),
        (
            "standardise",
            "return inputs / inputs.abs().amax(dim=0)",
            "When every number of the table grows by 1, what it gives changes, and should not.",
        ),
        (
            "gradients",
            "(mse(model(inputs, w, b), targets) * len(inputs) ** 2).backward()\nreturn w.grad, b.grad",
            "When the table holds each of its rows twice",
        ),
    ],
)
def test_what_it_reacts_to_is_told(question, body, text):
    assert text in said(question, body)


def test_what_one_example_hides_is_not_said_of_all():
    # 3 * preds squeezed is 1 in the largest example, and no number of it matters there
    shown = said("model", "return torch.sigmoid(x @ w.t() + b)")
    assert "stays the same" not in shown


def test_a_share_that_looks_at_differences_alone_reacts_to_a_column():
    body = "p, t = preds - preds.mean(0), targets - targets.mean(0)\nreturn (p * t).sum() / t.pow(2).sum()"
    assert "stays the same" not in said("share_explained", body)


@pytest.mark.parametrize(
    ("question", "body"),
    [
        ("standardise", "return (inputs - inputs.mean(0)) / inputs.std(0), inputs.mean(0)"),
        ("distance_after", "return [distance * (1 - lr * curvature) ** epochs]"),
        ("gradients_by_hand", "d = 2 * (inputs @ w.t() + b - targets)\nreturn d.t() @ inputs"),
        ("to_tensors", "return inputs.tolist(), torch.tensor(targets, dtype=torch.float32)"),
        ("to_tensors", "return torch.tensor(inputs).int(), torch.tensor(targets).int()"),
        ("rmse", "return str(mse(preds, targets) ** 0.5)"),
    ],
)
def test_what_nobody_can_see_changing_is_not_said_to_stay(question, body):
    told = said(question, body)
    assert "stays the same" not in told
    assert "gives the same" not in told


@pytest.mark.parametrize("question", QUESTIONS)
def test_of_a_right_answer_no_probe_says_anything_wrong(question):
    asked = find_question(question)
    for probe in probes(asked, asked.draw(0)):
        seen = asked.run(asked.program, probe)
        assert seen.failure is None, probe.label
        assert asked.judge(probe, seen) is None
        assert not probe.public


def test_a_right_answer_is_tried_no_more_often_than_before():
    assert "14 of 14 tries" in check("mse", build(MSE, "mse")).message


def test_what_an_answer_is_not_given_is_not_probed():
    asked = find_question("update")
    assert {probe.label.rpartition(", ")[2] for probe in probes(asked, asked.draw(0))} == {
        "other w",
        "other b",
        "other lr",
        "once more",
    }


def test_no_probe_holds_out_more_rows_than_there_are():
    asked = find_question("split")
    for probe in probes(asked, asked.draw(2)):
        assert probe.number("held_out") <= probe.value("inputs").shape[0], probe.label
