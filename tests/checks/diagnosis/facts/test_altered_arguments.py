"""For which other numbers an answer would be right is told where no mistake explains it."""

import pytest

from rainfall_kit.checks.diagnosis.facts.altered_arguments import facts_of_alterations
from rainfall_kit.checks.questions.registry import QUESTIONS, find_question


def said(question, source):
    asked = find_question(question)
    cases = asked.draw(0)
    seen = tuple(asked.run(source, case) for case in cases)
    return [fact.text for fact in facts_of_alterations(asked, cases, seen)]


def changed(question, old, new):
    program = find_question(question).program
    assert old in program
    return program.replace(old, new)


@pytest.mark.parametrize(
    ("question", "old", "new", "condition"),
    [
        ("distance_after", "** epochs", "** (epochs + 1)", "epochs were 1 more"),
        (
            "gradients_by_hand",
            "model(inputs, w, b)",
            "model(inputs, w, 0 * b)",
            "every number of b were 0",
        ),
        (
            "model",
            "return x @ w.t() + b",
            "return x.mean(1, keepdim=True).expand_as(x) @ w.t() + b",
            "all numbers in a row of x were their mean",
        ),
        (
            "largest_stable_lr",
            "    a = torch",
            "    inputs = inputs - inputs.mean(0)\n    a = torch",
            "the mean of each column of inputs were taken off it",
        ),
        (
            "update",
            "lr *",
            "lr / 2 *",
            "lr were half as large",
        ),
    ],
    ids=["an-epoch-more", "no-offset", "mean-of-a-row", "centred", "half-of-lr"],
)
def test_the_numbers_for_which_an_answer_would_be_right_are_told(question, old, new, condition):
    assert said(question, changed(question, old, new)) == [
        f"In every try it gives what would be right if {condition}."
    ]


def test_a_count_that_begins_too_late_is_told_of_the_tries_that_it_spoils():
    source = """\
def distance_after(distance, lr, curvature, epochs):
    for _ in range(1, epochs):
        distance = distance * (1 - lr * curvature)
    return distance
"""
    assert said("distance_after", source) == [
        "Where it is wrong, it gives what would be right if epochs were 1 less."
    ]


def test_the_answer_to_another_question_is_told_as_that():
    source = "def rmse(preds, targets):\n    return ((preds - targets) ** 2).mean()\n"
    assert said("rmse", source) == ["In every try it gives what mse should give."]


@pytest.mark.parametrize("question", ["mse", "gd_step", "has_converged", "standardise"])
def test_nothing_is_said_of_a_right_answer(question):
    assert said(question, find_question(question).program) == []


def test_nothing_is_said_where_only_what_was_given_is_changed():
    first = "def to_raw_units(w, b, mean, std):\n"
    writes = f"{first}    w, given = w.clone(), w\n    given += 1\n"
    assert said("to_raw_units", changed("to_raw_units", first, writes)) == []


def test_nothing_is_said_of_yes_or_no():
    assert said("has_converged", changed("has_converged", "1.01 *", "2 *")) == []


@pytest.mark.parametrize("question", [*QUESTIONS])
def test_what_is_right_in_another_try_alone_is_nothing_to_tell(question):
    asked = find_question(question)
    cases = asked.draw(0)[:4]
    # as if each try were answered with the numbers of the next one: all that can be altered is tried
    seen = tuple(map(asked.expected, (*cases[1:], cases[0])))
    assert [*facts_of_alterations(asked, cases, seen)] == []
