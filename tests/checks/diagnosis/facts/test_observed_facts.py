"""What was seen is said in words where no known mistake explains an answer, and all of it is so."""

import pytest

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.diagnosis.facts.observed_facts import facts_of_values
from rainfall_kit.checks.questions.drawing import case_of
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.checks.questions.registry import find_question


def said(question, *edits):
    source = find_question(question).program
    for old, new in edits:
        assert old in source
        source = source.replace(old, new)
    result = check(question, build(source, question))
    assert result.outcome == "wrong", result
    assert result.hint
    return result


LATE = ("        losses.append(loss.item())\n", "")


@pytest.mark.parametrize(
    ("question", "edits", "text"),
    [
        (
            "train",
            [("    return w, b, losses", "    losses.append(0.0)\n    return w, b, losses")],
            "In every try it records one loss more than there are epochs.",
        ),
        (
            "train",
            [("return w, b, losses", "return w, b, losses[-1:]")],
            "It records 1 loss, however many epochs are asked for.",
        ),
        (
            "train",
            [
                LATE,
                (
                    "        b.grad.zero_()\n",
                    (
                        "        b.grad.zero_()\n"
                        "        losses.append(mse(model(inputs, w, b), targets).item())\n"
                    ),
                ),
            ],
            "Each loss that it records is the one after the step, not the one before it.",
        ),
        (
            "train",
            [("w -= lr * w.grad", "w -= lr * w.grad / (epoch + 1)")],
            "The first gradients are right, so the prediction and the loss are, too.",
        ),
        (
            "gd_step",
            [("w -= lr * w.grad", "w -= lr * w.grad + lr * 0.1 * w")],
            "The first gradients are right, and the first move is not.",
        ),
        (
            "gd_step",
            [("loss.backward()", "(loss + 0.3 * w.abs().sum()).backward()")],
            "The first gradient of w is wrong already.",
        ),
        (
            "gradients",
            [("loss.backward()", "(preds - targets).pow(2).backward(torch.ones_like(preds))")],
            "backward starts from a table, not from one number.",
        ),
        (
            "mse",
            [("(diff * diff).sum()", "(diff * diff * diff).sum()")],
            "In some tries the loss is below 0.",
        ),
        (
            "mse",
            [("preds - targets", "preds + targets")],
            "Where predictions equal targets, the loss is not 0.",
        ),
        (
            "mse",
            [("    diff =", "    preds.mul_(1.5).div_(1.5).add_(1).sub_(targets * 0)\n    diff =")],
            "Where predictions equal targets, the loss is not 0.",
        ),
        (
            "mse",
            [("    return (", "    targets.mul_(0)\n    return (")],
            "What it gives is right in every try; what it was given as targets is changed.",
        ),
        (
            "model",
            [("+ b", "+ b.detach()")],
            "In every try preds and the slope for w are right; the slope for b is not in every one.",
        ),
    ],
)
def test_what_was_seen_is_told(question, edits, text):
    result = said(question, *edits)
    assert text in result.message
    assert result.misconceptions == ()


def test_numbers_alone_get_a_place_to_look_all_the_same():
    answer = build(
        "def distance_after(distance, lr, curvature, epochs):\n"
        "    for epoch in range(epochs):\n"
        "        distance *= 1 - lr / (epoch + 1) * curvature\n"
        "    return distance\n",
        "distance_after",
    )
    result = check("distance_after", answer)
    assert result.message.endswith("It works on 1 of 10 tries.")
    assert result.hint.startswith("Work the example of the message out by hand")


def test_losses_are_many():
    question = find_question("train")
    cases = question.draw(0)
    source = question.program.replace("loss.item()", "loss.item() + epoch")
    seen = tuple(question.run(source, case) for case in cases)
    assert [fact.text for fact in facts_of_values(question, cases, seen)] == [
        "In every try w at the end and b at the end are right; the losses are not in every one."
    ]


def test_what_is_to_be_changed_in_place_is_a_result():
    def call(answer, case, trace):
        (table,) = case.arrays("table")
        trace.value("what is given back", answer(table))
        trace.value("the table afterwards", table)

    cases = tuple(case_of("", "float64", public=True, table=[n, 3 * n]) for n in (1, 2))
    question = Question(
        name="halve", asks="halve(table) halves it in place", draw=lambda _: cases, call=call,
        program="def halve(table):\n    table /= 2\n",
    )  # fmt: skip
    seen = tuple(question.run(question.program.replace("2", "4"), case) for case in cases)
    assert [fact.text for fact in facts_of_values(question, cases, seen)] == [
        "In every try what is given back is right; the table afterwards is not in every one."
    ]


def test_what_is_left_open_and_what_is_a_count_are_called_neither_right_nor_wrong():
    edits = [("return inputs[first], targets[first]", "return inputs[first], 10 * targets[first]")]
    result = said("split", *edits)
    assert "the number of rows that the table has not should be 0, and is 4" in result.message
    assert "In every try" not in result.message


def test_a_part_that_is_no_table_is_told_and_none_is_called_right_by_its_shape():
    result = said("split", ("inputs[last], targets[last]", "inputs[last].sum(), targets[last]"))
    assert "held_inputs has shape (), and should have (0, 1)" in result.message
    assert "In every try" not in result.message
    assert "number of rows" not in result.message


def test_a_slope_that_is_missing_is_looked_for_along_its_own_way():
    result = said("model", ("x @ w.t() + b", "x @ w.int().to(x.dtype).t() + b.flip(0)"))
    assert result.hint.startswith("Follow w alone through your lines")
