"""Patterns of a wrong answer that no known mistake explains: what all tries together say.

>>> from rainfall_kit.checks.questions.registry import find_question
>>> question = find_question("mse")
>>> cases = question.draw(0)
>>> twice = "def mse(p, t): return 2 * ((p - t) ** 2).mean()"
>>> seen = tuple(question.run(twice, case) for case in cases)
>>> pattern_of(question, cases, seen, secret=False).text
'In every try the loss is 2 times what it should be.'
"""

from __future__ import annotations

import itertools
import math
from typing import TYPE_CHECKING

from rainfall_kit.checks.diagnosis.facts.comparisons import (
    FEWEST,
    constant,
    first_wrong,
    fits,
    is_near,
    leads,
    less,
    part,
    starts_of,
    works,
)
from rainfall_kit.checks.diagnosis.facts.fact import Fact
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
from rainfall_kit.checks.diagnosis.facts.probes import is_of_the_lessons_size
from rainfall_kit.checks.diagnosis.facts.sizes_and_powers import say_power, say_sized
from rainfall_kit.checks.observations import HANDED_IN, describe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rainfall_kit.checks.diagnosis.facts.comparisons import Pairs
    from rainfall_kit.checks.observations import Case, Observation, Value
    from rainfall_kit.checks.questions.question import Question

# An answer could hide a secret input in a number; in one of these few it cannot.
_PLAIN = tuple(sign * size for sign in (1, -1) for size in (2, 3, 4, 5, 10, 1 / 2, 1 / 3, 1 / 4))

_NOTABLE = 1e-3  # a smaller move is not told from rounding


def pattern_of(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...], *, secret: bool
) -> Fact | None:
    """One sentence that is true of every try, without the inputs; None where there is none.

    Args:
        question: what was asked.
        cases: what the answer was called with.
        seen: one observation for each case.
        secret: whether the inputs that were drawn must not be told.
    """
    right = works(question, cases, seen)
    if all(right) or len(cases) < FEWEST:
        return None
    name, pairs = first_wrong(question, cases, seen)
    if pairs and all(_is_given(want, case) for case, (_, want) in zip(cases, pairs, strict=False)):
        return None  # it was to stay as it was: that it did not says enough
    # what is handed in may hold nan itself
    of_numbers = [pair for case, pair in zip(cases, pairs, strict=False) if _is_finite(case)]
    said: tuple[tuple[Callable[[], str], str], ...] = (
        (lambda: _say_one_word(name, pairs), _DECIDES),
        (lambda: _say_one_sided(name, pairs), _BOUNDARY),
        (lambda: _say_move(name, cases, pairs, secret=secret), _MOVE),
        (lambda: _say_direction(name, cases, pairs), _AMOUNT),
        (lambda: _say_zero(name, pairs), _RANGE),
        (lambda: _say_multiple(name, pairs, secret=secret), _FACTOR),
        (lambda: say_sized(name, cases, pairs), _COUNTED),
        (lambda: say_power(name, pairs), _POWER),
        (lambda: _say_shift(name, pairs, secret=secret), _TERM),
        (lambda: say_rounded(name, pairs), _ROUNDED),
        (lambda: say_limited(name, pairs, secret=secret), _LIMIT),
        (lambda: say_no_number(name, of_numbers), _NO_NUMBER),
        (lambda: say_line(name, pairs, secret=secret), _TERM),
        (lambda: say_order(name, pairs), _ORDER),
        (lambda: _say_where(cases, right), _WHERE),
        (lambda: say_part_by_part(name, pairs), _EACH),
        (lambda: say_sums(name, pairs), _SUMS),
        (lambda: say_range(name, pairs), _RANGE),
        (lambda: _say_place(name, pairs), _PLACE),
    )
    for say, hint in said:
        if text := say():
            return Fact(text=text, hint=hint, is_place=hint in (_WHERE, _PLACE, _COUNTED, _RANGE))
    return None


def fact_of_side(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...]
) -> Iterator[Fact]:
    """On which side the wrong numbers lie, where that is all that can be said."""
    name, pairs = first_wrong(question, cases, seen)
    if text := say_side(name, pairs):
        yield Fact(text=text, hint=_SIDE)


def count_of_tries(
    question: Question,
    cases: tuple[Case, ...],
    seen: tuple[Observation, ...],
    *,
    secret: bool = False,
) -> str:
    """On how many tries an answer works; empty where it works on none, or there are too few.

    Of a hidden test not even the number of its tries is told.

    Example:
        >>> from rainfall_kit.checks.questions.registry import find_question
        >>> asked = find_question("mse")
        >>> tried = asked.draw(0)[:4]
        >>> got = tuple(asked.run("def mse(p, t): return (p - t).abs().mean() ** 2", c) for c in tried)
        >>> count_of_tries(asked, tried, got)
        'It works on 1 of 4 tries.'
    """
    right = works(question, cases, seen)
    if secret or all(right) or len(cases) < FEWEST or not any(right):
        return ""
    return f"It works on {sum(right)} of {len(right)} tries."


def _is_given(value: Value, case: Case) -> bool:
    """True if a value is what was handed in, as it should be afterwards."""
    name = value.name.removesuffix(HANDED_IN)
    return name != value.name and value.numbers in {v.numbers for v in case.given if v.name == name}


def _is_finite(case: Case) -> bool:
    return all(math.isfinite(number) for value in case.given for number in value.numbers)


_DECIDES = "What was handed in must decide between yes and no: on which line of yours does it?"
_BOUNDARY = "On which line of yours does it decide? Print both sides of the comparison there, for a try of each kind."
_MOVE = "Print what you take off in one step, beside lr and the gradient. Which of them is in it, and how often?"
_AMOUNT = "Print what you take off in one step, number by number, beside the gradient: on what does it depend?"
_FACTOR = "Work the smallest example out by hand, factor by factor: which one is missing, or one too many?"
_COUNTED = "What do your lines count, sum up or divide by, and what should they?"
_POWER = "Which of your lines takes a root, a power or a quotient, and of what?"
_TERM = "Which part of your result does not depend on what was handed in?"
_ROUNDED = "Which of your lines rounds, cuts something off or leaves out decimals?"
_NO_NUMBER = "Which of your lines divides, takes a root or a logarithm, and of what in that try?"
_LIMIT = "Print each of your steps for a try with large numbers and one with numbers below 0. Where does it stop to follow them?"
_RANGE = "Which of your lines keeps it there, whatever is handed in?"
_ORDER = "Print each of your tables with the first number of each row. From which line on do they stand in another order?"
_EACH = "Print what you multiply, divide by or add, for each column, and beside it what the question asks for."
_SIDE = "Which of your lines could make it so, and never the other way round?"
_SUMS = "Which of your lines makes the numbers add up like that?"
_WHERE = (
    "Take one try of each kind, and print shape and dtype after each operation: where do they begin to "
    "differ?"
)
_PLACE = "Which of your lines treats that row or column unlike the others?"


def _say_one_word(name: str, pairs: Pairs) -> str:
    """That a yes or no is always the same."""
    words = {describe(got) for got, _ in pairs if got.kind == "truth" and name == "the answer"}
    return f"In every try {name} is {words.pop()}." if len(words) == 1 else ""


def _say_one_sided(name: str, pairs: Pairs) -> str:
    """In which direction a yes or no is wrong, where it is wrong in one alone, or in every try."""
    if name != "the answer" or any(got.kind != "truth" for got, _ in pairs):
        return ""
    wrong = {describe(got) for got, want in pairs if got.numbers != want.numbers}
    if len(wrong) == 1:
        said, other = (wrong.pop() == "True" and ("True", "False")) or ("False", "True")
        return f"Where it is wrong, it says {said}: whenever it says {other}, that is so."
    if pairs and all(got.numbers != want.numbers for got, want in pairs):
        return "In every try it says the opposite of what is so."
    return ""


def _say_move(name: str, cases: tuple[Case, ...], pairs: Pairs, *, secret: bool) -> str:
    """The distance that w or b moved from what was handed in, as in "w after step 1"."""
    param, starts = name.partition(" ")[0], starts_of(name, cases)
    if not (pairs and starts):
        return ""
    trips = [(got, want, start) for (got, want), start in zip(pairs, starts, strict=True)]
    ratio = constant([(less(got, start), less(want, start)) for got, want, start in trips], part)
    if ratio is None or not all(leads(ratio, *trip) for trip in trips):
        return ""
    if ratio == 0:
        return f"In every try {param} stays what it was."
    if is_near(ratio, -1):
        return f"In every try {param} moves the other way."
    return f"In every try {param} moves by {_times(ratio, secret=secret)} what it should."


def _say_direction(name: str, cases: tuple[Case, ...], pairs: Pairs) -> str:
    """Words for a w or b that moves along its gradient, where it does not move by lr times it."""
    param, _, when = name.partition(" ")
    starts = starts_of(name, cases)
    # only there is the gradient given: elsewhere it may be that of another loss
    if not (pairs and starts) or when != "after the update":
        return ""
    along = []
    for (got, want), start in zip(pairs, starts, strict=True):
        moves = [*zip(less(got, start).numbers, less(want, start).numbers, strict=True)]
        parts = [part(mine, right) for mine, right in moves if abs(right) > _NOTABLE]
        if len(parts) > 1 and not all(is_near(part, 1) for part in parts):
            along.append(all(abs(part - parts[0]) < 1e-2 * abs(parts[0]) for part in parts))
    if len(along) < FEWEST or len(set(along)) > 1:
        return ""
    if along[0]:
        return f"In every try {param} moves along its gradient, but not by lr times it."
    return f"{param} does not move along its gradient."


def _say_zero(name: str, pairs: Pairs) -> str:
    """That the value is 0 wherever one looks, and should not be."""
    if any(want.kind == "truth" or any(got.numbers) for got, want in pairs):
        return ""
    wrong = [want for _, want in pairs if any(want.numbers)]
    return f"In every try {name} is 0 everywhere." if len(wrong) >= FEWEST else ""


def _say_multiple(name: str, pairs: Pairs, *, secret: bool) -> str:
    """That the value is always the same multiple of what it should be."""
    ratio = constant(pairs, part)
    if not ratio or not fits(pairs, lambda want: ratio * want):
        return ""
    if is_near(ratio, -1):
        return f"In every try {name} has the other sign."
    return f"In every try {name} is {_times(ratio, secret=secret)} what it should be."


def _say_shift(name: str, pairs: Pairs, *, secret: bool) -> str:
    """That the value is always off by the same amount."""
    shift = constant(pairs, lambda got, want: got - want)
    if not shift or not fits(pairs, lambda want: want + shift):
        return ""
    amount = "by the same amount" if secret else f"by {abs(shift):.4g}"
    return f"In every try {name} is too {'large' if shift > 0 else 'small'} {amount}."


def _times(ratio: float, *, secret: bool) -> str:
    """A ratio other than 0 in words."""
    plain = next((size for size in _PLAIN if is_near(ratio, size)), None)
    if plain is None and secret:
        return "the same multiple of"
    ratio = plain or ratio
    part = 1 / ratio
    if abs(part) > 1.5 and is_near(part, round(part)):
        return f"{'-' if part < 0 else ''}1/{abs(round(part))} of"
    return f"{ratio:.4g} times"


def _say_where(cases: tuple[Case, ...], right: list[bool]) -> str:
    """A property of all tries on which it works, and of no other."""
    if not any(right):
        return ""
    shapes = [tuple(value.shape for value in case.given) for case in cases]
    works_at = {shape for shape, worked in zip(shapes, right, strict=True) if worked}
    fails_at = {shape for shape, worked in zip(shapes, right, strict=True) if not worked}
    told = []
    for text, holds in _PROPERTIES:
        found = [holds(case) for case in cases]
        if None in found:
            continue  # these tries have nothing of that kind
        # of one size alone nobody knows what it works by, but of that which it was written for
        if found == right and (len(works_at) > 1 or holds is is_of_the_lessons_size):
            told.append(f"It works {text[0]}.")
        if found == [not worked for worked in right]:
            told.append(f"It works {text[1]}.")
    return told[0] if len(told) == 1 or (told and len(fails_at) > 1) else ""


def _has_dtype(dtype: str) -> Callable[[Case], bool | None]:
    return lambda case: case.dtype == dtype


def _has_one(*places: tuple[str, int]) -> Callable[[Case], bool | None]:
    """True if the first of these tables that a case holds has one entry along its direction."""

    def holds(case: Case) -> bool | None:
        shapes = {value.name: value.shape for value in case.given}
        known = (shapes[name][along] for name, along in places if name in shapes)
        count = next(known, None)
        return None if count is None else count == 1

    return holds


def _has_one_epoch(case: Case) -> bool | None:
    return next((value.numbers == (1.0,) for value in case.given if value.name == "epochs"), None)


def _counts(thing: str) -> tuple[str, str]:
    return f"with 1 {thing}, and not with more", f"with more than 1 {thing}, and not with 1"


# What to say where all tries that it holds for work and no others, and what the other way round.
_PROPERTIES: tuple[tuple[tuple[str, str], Callable[[Case], bool | None]], ...] = (
    (
        ("in float32, and not in float64", "in float64, and not in float32"),
        _has_dtype("float32"),
    ),
    (
        ("for whole numbers, and not for others", "for all but whole numbers"),
        _has_dtype("int64"),
    ),
    (
        (
            "on tables of 5 rows and 2 crops, and on no other size",
            "on all but tables of 5 rows and 2 crops",
        ),
        is_of_the_lessons_size,
    ),
    (_counts("row"), _has_one(("x", 0), ("inputs", 0), ("preds", 0), ("temps", 0))),
    (_counts("crop"), _has_one(("w", 0), ("targets", 1))),
    (_counts("input"), _has_one(("x", 1), ("inputs", 1))),
    (_counts("epoch"), _has_one_epoch),
)


def _say_place(name: str, pairs: Pairs) -> str:
    """That only one row or column of the value is ever wrong, or ever right."""
    tables = [pair for pair in pairs if len(pair[1].shape) == 2 and min(pair[1].shape) > 1]
    wrong = [(want.shape, _wrong_places(got, want)) for got, want in tables]
    if sum(bool(places) for _, places in wrong) < FEWEST:
        return ""
    for text, is_there in _PLACES:
        if all(is_there(place, shape) for shape, places in wrong for place in places):
            return f"In every try only {text} of {name} is not what it should be."
    for text, is_there in _PLACES:
        if all(
            (place in places) != is_there(place, shape)
            for shape, places in wrong
            for place in itertools.product(range(shape[0]), range(shape[1]))
        ):
            return f"In every try only {text} of {name} is what it should be."
    return ""


_PLACES: tuple[tuple[str, Callable[[tuple[int, int], tuple[int, ...]], bool]], ...] = (
    ("the first row", lambda place, _: place[0] == 0),
    ("the last row", lambda place, shape: place[0] == shape[0] - 1),
    ("the first column", lambda place, _: place[1] == 0),
    ("the last column", lambda place, shape: place[1] == shape[1] - 1),
)


def _wrong_places(got: Value, want: Value) -> list[tuple[int, int]]:
    """Row and column of each number that is not as it should be."""
    scale = max(map(abs, want.numbers), default=0.0)
    pairs = zip(got.numbers, want.numbers, strict=True)
    return [
        divmod(i, want.shape[1])
        for i, (mine, right) in enumerate(pairs)
        if not is_near(mine, right, scale)
    ]
