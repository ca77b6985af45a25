"""A number that belongs to the right one is told by how, and never with the right number."""

import pytest

from rainfall_kit.checks.diagnosis.facts.patterns import pattern_of
from rainfall_kit.checks.diagnosis.facts.sizes_and_powers import relation_in_words
from rainfall_kit.checks.questions.registry import find_question

FIVE_REGIONS = find_question("gd_step").draw(0)[0]


@pytest.mark.parametrize(
    ("got", "said"),
    [
        (2 * 7.25, "twice as large"),
        (-7.25, "with the other sign"),
        (7250.0, "1000 times as large"),
        (7.25**0.5, "but the root of it"),
        (7.25 * 5 * 2, "10 times as large"),
        (7.24, ""),
        (7.0, ""),
    ],
)
def test_how_a_number_belongs_to_the_right_one_is_told(got, said):
    assert relation_in_words(got, 7.25, FIVE_REGIONS) == said


def test_a_rounded_number_is_told_as_that():
    assert relation_in_words(7.2541, 7.25413692, FIVE_REGIONS) == "rounded to 5 digits"
    assert relation_in_words(7.25, 7.25413692, FIVE_REGIONS) == "rounded to 3 digits"
    assert relation_in_words(7.3, 7.25413692, FIVE_REGIONS) == ""


@pytest.mark.parametrize(
    ("question", "old", "new", "said"),
    [
        (
            "mse",
            "return (",
            "return 2 * diff.shape[1] * (",
            "the loss is twice what it should be, times the number of crops",
        ),
        (
            "mse",
            "return (",
            "return 1 / diff.shape[0] * (",
            "the loss is what it should be, divided by the number of rows",
        ),
        (
            "gd_step",
            "lr * w",
            "lr / len(inputs) * w",
            "w moves by what it should, divided by the number of rows",
        ),
        ("mse", "return (", "return -1e-5 * (", "the loss is -1/100000 of what it should be"),
        (
            "largest_stable_lr",
            "return 2 /",
            "return 0.5 *",
            "the largest stable lr is 1 divided by what it should be",
        ),
        (
            "mse",
            "return (diff * diff).sum() / diff.numel()",
            "return ((diff * diff).sum() / diff.numel()) ** 2",
            "the loss is the square of what it should be",
        ),
    ],
    ids=["twice-times-crops", "by-rows", "move-by-rows", "negative-part", "upside-down", "squared"],
)
def test_a_size_of_the_table_and_a_power_are_told(question, old, new, said):
    asked, answer = find_question(question), find_question(question).program.replace(old, new)
    cases = asked.draw(0)
    fact = pattern_of(asked, cases, tuple(asked.run(answer, case) for case in cases), secret=False)
    assert fact.text == f"In every try {said}."
