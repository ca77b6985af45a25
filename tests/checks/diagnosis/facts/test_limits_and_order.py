"""What became of the right numbers is told: rounded, cut off, squeezed, exchanged, scaled."""

import pytest

from rainfall_kit.checks.diagnosis.facts.limits_and_order import (
    say_limited,
    say_line,
    say_no_number,
    say_order,
    say_part_by_part,
    say_range,
    say_rounded,
    say_side,
    say_sums,
)
from rainfall_kit.checks.observations import Value

TABLES = (
    ((1.25, -2.5), (30.125, 4.75)),
    ((0.375, 8.5), (-9.25, 2.625)),
    ((5.5, -0.75), (12.25, 3.375), (-1.5, 7.75)),
)


def value(table):
    return Value(
        name="preds",
        kind="tensor",
        shape=(len(table), len(table[0])),
        numbers=tuple(number for row in table for number in row),
    )


def pairs(made):
    """The tables, and what becomes of them."""
    return [(value(made(table)), value(table)) for table in TABLES]


def each(made):
    return lambda table: [[float(made(number)) for number in row] for row in table]


@pytest.mark.parametrize(
    ("say", "made", "said"),
    [
        (say_rounded, each(round), "preds is what it should be, rounded to whole numbers"),
        (say_rounded, each(lambda x: round(x, 1)), "what it should be, rounded to 1 decimal"),
        (say_rounded, each(int), "preds is what it should be, without its decimals"),
        (
            say_range,
            each(lambda x: 1 / (1 + 2**-x)),
            "preds lies between 0 and 1, and in some it should not",
        ),
        (
            say_range,
            each(lambda x: abs(x) + 1 / 8),
            "preds is nowhere below 0, and in some it should be",
        ),
        (say_range, each(lambda x: 3 * round(x)), "preds is made of whole numbers"),
        (say_order, lambda table: table[::-1], "preds holds the right numbers, and in some"),
        (
            say_part_by_part,
            lambda table: [[len(table) * x for x in row] for row in table],
            "preds is a multiple of what it should be, and not always by the same number",
        ),
        (
            say_part_by_part,
            lambda table: [[2 * row[0], 5 * row[1]] for row in table],
            "each column of preds is what it should be, times a number of its own",
        ),
        (
            say_part_by_part,
            lambda table: [[x * (i + 2) for x in row] for i, row in enumerate(table)],
            "each row of preds is what it should be, times a number of its own",
        ),
        (
            say_part_by_part,
            lambda table: [[row[0] + 2, row[1] + 5] for row in table],
            "each column of preds is what it should be, plus a number of its own",
        ),
        (
            say_sums,
            lambda table: [[x / sum(row) for x in row] for row in table],
            "each row of preds adds up to 1, and should not",
        ),
        (
            say_sums,
            lambda table: [[1.5 * x / max(map(abs, row)) / 1.5 for x in row] for row in table],
            "each row of preds has 1 as its largest size, and should not",
        ),
    ],
)
def test_what_became_of_the_right_numbers_is_told(say, made, said):
    assert said in say("preds", pairs(made))
    assert say("preds", pairs(lambda table: table)) == ""


def test_a_limit_is_told_with_its_number_and_a_secret_one_without():
    cut = pairs(each(lambda x: min(x, 3.25)))
    assert say_limited("preds", cut, secret=False) == (
        "In every try what should be above 3.25 in preds comes out as 3.25, and the rest is right."
    )
    assert "3.25" not in say_limited("preds", cut, secret=True)
    at_0 = say_limited("preds", pairs(each(lambda x: max(x, 0.0))), secret=True)
    assert "should be below 0 in preds comes out as 0" in at_0


def test_a_line_is_told_with_its_numbers_and_a_secret_one_without():
    bent = pairs(each(lambda x: 0.75 * x - 2))
    assert say_line("preds", bent, secret=False) == (
        "In every try preds is 0.75 times what it should be, less 2."
    )
    assert "0.75" not in say_line("preds", bent, secret=True)
    for made in (lambda x: x**2, lambda x: x + 1, lambda x: 3 * x, lambda x: 0 * x + 4):
        assert say_line("preds", pairs(each(made)), secret=False) == ""


def test_no_line_is_told_where_one_number_outweighs_all_others():
    numbers = ((1.0, 5.0), (2.0, 4.0), (3.0, 9.0), (4.0, 1.0), (1e12, 2e12))
    far = [(Value(name="", numbers=(mine,)), Value(name="", numbers=(x,))) for x, mine in numbers]
    assert say_line("the loss", far, secret=False) == ""


def test_of_one_answer_to_everything_no_limit_is_told():
    assert say_limited("preds", pairs(each(lambda x: 3 + 0 * x)), secret=False) == ""


def test_nan_is_told_where_a_number_should_be():
    broken = pairs(each(lambda x: x**0.5 if x > 0 else float("nan")))
    assert say_no_number("preds", broken).startswith("In some tries there is nan or inf in preds")


@pytest.mark.parametrize(
    ("made", "said"),
    [
        (lambda x: x + abs(x) / 3, "too large, never too small"),
        (lambda x: x - abs(x) / 3 - 1, "too small, never too large"),
        (lambda x: x * (2 + x % 1), "too far from 0, never too near"),
        (lambda x: x / (2 + x % 1), "too near to 0, never too far"),
    ],
)
def test_the_side_on_which_wrong_numbers_lie_is_told(made, said):
    assert say_side("preds", pairs(each(made))) == f"Whatever is wrong in preds is {said}."


def test_no_side_is_told_where_there_are_both():
    assert say_side("preds", pairs(each(lambda x: 9.0 + 0 * x))) == ""
