"""Comparisons of what an answer gave with what is right, number by number, over all tries.

>>> from rainfall_kit.checks.observations import read
>>> pairs = [(read("", got), read("", want)) for got, want in ((2.0, 1.0), (6.0, 3.0), (8.0, 4.0))]
>>> constant(pairs, part)
2.0
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rainfall_kit.checks.observations import Case, Observation, Value
    from rainfall_kit.checks.questions.question import Question

Pairs = list[tuple["Value", "Value"]]

# What is given row by row, one row for each region.
TABLES = ("x", "inputs", "preds", "targets")

# Fewer tries than this make no pattern.
FEWEST = 3

TOLERANCE = 1e-4
_ROUNDING = 1e-6  # a few times that of float32


def works(question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...]) -> list[bool]:
    """In which tries an answer is right."""
    return [
        observed.failure is None and question.judge(case, observed) is None
        for case, observed in zip(cases, seen, strict=True)
    ]


def first_wrong(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...]
) -> tuple[str, Pairs]:
    """The name of the first value that is not as it should be, and both of it for each case.

    There are none where a case lacks it, or has it in another shape, and none of texts.
    """
    findings = (question.judge(case, observed) for case, observed in zip(cases, seen, strict=True))
    name = next((finding.about for finding in findings if finding is not None), "")
    pairs = []
    for case, observed in zip(cases, seen, strict=True):
        got = next((value for value in observed.values if value.name == name), None)
        want = next((v for v in question.expected(case).values if v.name == name), None)
        if got is None or want is None or (got.kind, got.shape) != (want.kind, want.shape):
            return name, []
        if want.kind == "text":  # nobody reckons with the numbers of its characters
            return name, []
        pairs.append((got, want))
    return name, pairs


def starts_of(name: str, cases: tuple[Case, ...]) -> list[Value]:
    """Start values of a parameter that a value tells the moves of, as in "w after step 1"."""
    param, _, when = name.partition(" ")
    return [value for case in cases for value in case.given if value.name == param] if when else []


def numbers_of(pairs: Pairs) -> Iterator[tuple[float, float]]:
    """Each number that was given, with the right one."""
    for got, want in pairs:
        yield from zip(got.numbers, want.numbers, strict=True)


def leads(ratio: float, got: Value, want: Value, start: Value) -> bool:
    """True if that multiple of the right move leads where the answer came, up to rounding."""
    rounding = _ROUNDING * max(map(abs, (*want.numbers, *start.numbers)), default=0.0)
    return all(
        abs(mine - before - ratio * (right - before)) <= TOLERANCE * abs(right - before) + rounding
        for mine, right, before in zip(got.numbers, want.numbers, start.numbers, strict=True)
    )


def less(value: Value, start: Value) -> Value:
    """The value with the numbers of another taken off."""
    numbers = (one - other for one, other in zip(value.numbers, start.numbers, strict=True))
    return replace(value, numbers=tuple(numbers))


def part(got: float, want: float) -> float:
    """A number as a multiple of the right one; nan where that is 0."""
    return got / want if want else math.nan


def constant(pairs: Pairs, of: Callable[[float, float], float]) -> float | None:
    """The number that is the same in all tries, up to rounding; None unless there is one.

    Nothing is, either, where no number is wrong, but its dtype.
    """
    if fits(pairs, lambda number: number):
        return None
    found = [
        number
        for got, want in pairs
        if want.kind != "truth"
        for number in map(of, got.numbers, want.numbers)
        if math.isfinite(number)
    ]
    middle = sorted(found)[len(found) // 2] if found else math.nan
    return middle if len(found) >= FEWEST else None


def fits(pairs: Pairs, made: Callable[[float], float]) -> bool:
    """True if every number of every try is what is made of the right one."""
    return all(
        is_near(mine, made(right), max(map(abs, want.numbers), default=0.0))
        for got, want in pairs
        for mine, right in zip(got.numbers, want.numbers, strict=True)
    )


def is_near(one: float, other: float, scale: float = 1.0) -> bool:
    """True if two numbers are the same but for rounding, measured against the larger of scale and the second."""
    return abs(one - other) <= TOLERANCE * max(scale, abs(other))
