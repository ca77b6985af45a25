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
from dataclasses import replace
from typing import TYPE_CHECKING

from rainfall_kit.checks.diagnosis.fact import Fact
from rainfall_kit.checks.diagnosis.probes import is_of_the_lessons_size
from rainfall_kit.checks.observations import describe

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rainfall_kit.checks.observations import Case, Observation, Value
    from rainfall_kit.checks.questions.question import Question

# An answer could hide a secret input in a number; in one of these few it cannot.
_PLAIN = tuple(sign * size for sign in (1, -1) for size in (2, 3, 4, 5, 10, 1 / 2, 1 / 3, 1 / 4))

# Fewer tries than this make no pattern.
_FEWEST = 3

_TOLERANCE = 1e-4
_NOTABLE = 1e-3  # a smaller move is not told from rounding
_ROUNDING = 1e-6  # a few times that of float32


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
    works = _works(question, cases, seen)
    if all(works) or len(cases) < _FEWEST:
        return None
    name, pairs = _first_wrong(question, cases, seen)
    said = (
        (_say_one_word(name, pairs), _DECIDES),
        (_say_one_sided(name, pairs), _BOUNDARY),
        (_say_move(name, cases, pairs, secret=secret), _MOVE),
        (_say_direction(name, cases, pairs), _AMOUNT),
        (_say_multiple(name, pairs, secret=secret), _FACTOR),
        (_say_sized(name, cases, pairs), _COUNTED),
        (_say_power(name, pairs), _POWER),
        (_say_shift(name, pairs, secret=secret), _TERM),
        (_say_where(cases, works), _WHERE),
        (_say_place(name, pairs), _PLACE),
    )
    return next(
        (
            Fact(text=text, hint=hint, is_place=hint in (_WHERE, _PLACE, _COUNTED))
            for text, hint in said
            if text
        ),
        None,
    )


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
    works = _works(question, cases, seen)
    if secret or all(works) or len(cases) < _FEWEST or not any(works):
        return ""
    return f"It works on {sum(works)} of {len(works)} tries."


def _works(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...]
) -> list[bool]:
    return [
        observed.failure is None and question.judge(case, observed) is None
        for case, observed in zip(cases, seen, strict=True)
    ]


_DECIDES = "What was handed in must decide between yes and no: on which line of yours does it?"
_BOUNDARY = "On which line of yours does it decide? Print both sides of the comparison there, for a try of each kind."
_MOVE = "Print what you take off in one step, beside lr and the gradient. Which of them is in it, and how often?"
_AMOUNT = "Print what you take off in one step, number by number, beside the gradient: on what does it depend?"
_FACTOR = "Work the smallest example out by hand, factor by factor: which one is missing, or one too many?"
_COUNTED = "What do your lines count, sum up or divide by, and what should they?"
_POWER = "Which of your lines takes a root, a power or a quotient, and of what?"
_TERM = "Which part of your result does not depend on what was handed in?"
_WHERE = (
    "Take one try of each kind, and print shape and dtype after each operation: where do they begin to "
    "differ?"
)
_PLACE = "Which of your lines treats that row or column unlike the others?"


Pairs = list[tuple["Value", "Value"]]


def _first_wrong(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...]
) -> tuple[str, Pairs]:
    """The name of the first value that is not as it should be, and both of it for each case.

    There are none where a case lacks it, or has it in another shape.
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
    param, _, when = name.partition(" ")
    starts = [value for case in cases for value in case.given if value.name == param]
    if not (when and pairs and starts):
        return ""
    trips = [(got, want, start) for (got, want), start in zip(pairs, starts, strict=True)]
    ratio = _constant(
        [(_less(got, start), _less(want, start)) for got, want, start in trips], _part
    )
    if ratio is None or not all(_leads(ratio, *trip) for trip in trips):
        return ""
    if ratio == 0:
        return f"In every try {param} stays what it was."
    if _near(ratio, -1):
        return f"In every try {param} moves the other way."
    return f"In every try {param} moves by {_times(ratio, secret=secret)} what it should."


def _say_direction(name: str, cases: tuple[Case, ...], pairs: Pairs) -> str:
    """Whether w or b moves along its gradient, where it does not move by lr times it."""
    param, _, when = name.partition(" ")
    starts = [value for case in cases for value in case.given if value.name == param]
    # only there is the gradient given: elsewhere it may be that of another loss
    if not (pairs and starts) or when != "after the update":
        return ""
    along = []
    for (got, want), start in zip(pairs, starts, strict=True):
        moves = [*zip(_less(got, start).numbers, _less(want, start).numbers, strict=True)]
        parts = [_part(mine, right) for mine, right in moves if abs(right) > _NOTABLE]
        if len(parts) > 1 and not all(_near(part, 1) for part in parts):
            along.append(all(abs(part - parts[0]) < 1e-2 * abs(parts[0]) for part in parts))
    if len(along) < _FEWEST or len(set(along)) > 1:
        return ""
    if along[0]:
        return f"In every try {param} moves along its gradient, but not by lr times it."
    return f"{param} does not move along its gradient."


def _leads(ratio: float, got: Value, want: Value, start: Value) -> bool:
    """True if that multiple of the right move leads where the answer came, up to rounding."""
    rounding = _ROUNDING * max(map(abs, (*want.numbers, *start.numbers)), default=0.0)
    return all(
        abs(mine - before - ratio * (right - before)) <= _TOLERANCE * abs(right - before) + rounding
        for mine, right, before in zip(got.numbers, want.numbers, start.numbers, strict=True)
    )


def _less(value: Value, start: Value) -> Value:
    numbers = (one - other for one, other in zip(value.numbers, start.numbers, strict=True))
    return replace(value, numbers=tuple(numbers))


def _say_multiple(name: str, pairs: Pairs, *, secret: bool) -> str:
    """That the value is always the same multiple of what it should be."""
    ratio = _constant(pairs, _part)
    if not ratio or not _fits(pairs, lambda want: ratio * want):
        return ""
    if _near(ratio, -1):
        return f"In every try {name} has the other sign."
    return f"In every try {name} is {_times(ratio, secret=secret)} what it should be."


def _say_sized(name: str, cases: tuple[Case, ...], pairs: Pairs) -> str:
    """That a value or a move is what it should be, times or divided by a size of the tables."""
    param, _, when = name.partition(" ")
    starts = [value for case in cases for value in case.given if value.name == param]
    moves = bool(when) and len(starts) == len(pairs)
    sizes = [_sizes_of(case) for case in cases] if pairs else []
    for size, times, word in itertools.product(_SIZES, (1, -1), _SIZED):
        if not all(size in of_case for of_case in sizes):
            continue
        factors = [_SIZED[word] * of_case[size] ** times for of_case in sizes]
        if len({*factors}) < 2:  # of one size alone it may be any number
            continue
        if moves:
            fits = all(
                _leads(factor, *pair, start)
                for factor, pair, start in zip(factors, pairs, starts, strict=True)
            )
        else:
            fits = all(
                _fits([pair], factor.__mul__) for factor, pair in zip(factors, pairs, strict=True)
            )
        if fits:
            how = f"times {size}" if times > 0 else f"divided by {size}"
            what = f"{param} moves by {word}" if moves else f"{name} is {word}"
            return f"In every try {what} it should{'' if moves else ' be'}, {how}."
    return ""


def _say_power(name: str, pairs: Pairs) -> str:
    """That a value is one and the same power of what it should be."""
    numbers = [pair for got, want in pairs for pair in zip(got.numbers, want.numbers, strict=True)]
    if len({right for _, right in numbers if right > 0}) < _FEWEST or any(
        right < 0 for _, right in numbers
    ):
        return ""
    for power, word in _POWERS.items():
        if power < 0 and any(right == 0 for _, right in numbers):
            continue
        if all(_near(mine, right**power, right**power) for mine, right in numbers):
            return f"In every try {name} is {word} what it should be."
    return ""


_POWERS = {
    0.5: "the root of",
    2.0: "the square of",
    -1.0: "1 divided by",
    1 / 3: "the cube root of",
    3.0: "the third power of",
    0.25: "the root of the root of",
    -0.5: "1 divided by the root of",
    -2.0: "1 divided by the square of",
}
_ROWS, _CROPS, _INPUTS = "the number of rows", "the number of crops", "the number of inputs"
_SIZES = (_ROWS, _CROPS, _INPUTS, "the number of elements of the table")
_SIZED = {"what": 1.0, "twice what": 2.0, "half of what": 0.5}


def _sizes_of(case: Case) -> dict[str, int]:
    shapes = {value.name: value.shape for value in case.given if len(value.shape) == 2}
    found = {
        _ROWS: _along(shapes, 0, "x", "inputs", "preds", "targets"),
        _CROPS: _along(shapes, 1, "targets", "preds") or _along(shapes, 0, "w"),
        _INPUTS: _along(shapes, 1, "x", "inputs", "w"),
    }
    found[_SIZES[-1]] = found[_ROWS] * found[_CROPS]
    return {name: size for name, size in found.items() if size}


def _along(shapes: Mapping[str, tuple[int, ...]], way: int, *names: str) -> int:
    return next((shapes[name][way] for name in names if name in shapes), 0)


def _say_shift(name: str, pairs: Pairs, *, secret: bool) -> str:
    """That the value is always off by the same amount."""
    shift = _constant(pairs, lambda got, want: got - want)
    if not shift or not _fits(pairs, lambda want: want + shift):
        return ""
    amount = "by the same amount" if secret else f"by {abs(shift):.4g}"
    return f"In every try {name} is too {'large' if shift > 0 else 'small'} {amount}."


def _part(got: float, want: float) -> float:
    return got / want if want else math.nan


def _constant(pairs: Pairs, of: Callable[[float, float], float]) -> float | None:
    """The number that is the same in all tries, up to rounding; None unless there is one.

    Nothing is, either, where no number is wrong, but its dtype.
    """
    if _fits(pairs, lambda number: number):
        return None
    found = [
        number
        for got, want in pairs
        if want.kind != "truth"
        for number in map(of, got.numbers, want.numbers)
        if math.isfinite(number)
    ]
    middle = sorted(found)[len(found) // 2] if found else math.nan
    return middle if len(found) >= _FEWEST else None


def _fits(pairs: Pairs, made: Callable[[float], float]) -> bool:
    """True if every number of every try is what is made of the right one."""
    return all(
        _near(mine, made(right), max(map(abs, want.numbers), default=0.0))
        for got, want in pairs
        for mine, right in zip(got.numbers, want.numbers, strict=True)
    )


def _near(one: float, other: float, scale: float = 1.0) -> bool:
    return abs(one - other) <= _TOLERANCE * max(scale, abs(other))


def _times(ratio: float, *, secret: bool) -> str:
    """A ratio other than 0 in words."""
    plain = next((size for size in _PLAIN if _near(ratio, size)), None)
    if plain is None and secret:
        return "the same multiple of"
    ratio = plain or ratio
    part = 1 / ratio
    if abs(part) > 1.5 and _near(part, round(part)):
        return f"{'-' if part < 0 else ''}1/{abs(round(part))} of"
    return f"{ratio:.4g} times"


def _say_where(cases: tuple[Case, ...], works: list[bool]) -> str:
    """A property of all tries on which it works, and of no other."""
    if not any(works):
        return ""
    for text, holds in _PROPERTIES:
        found = [holds(case) for case in cases]
        if None in found:
            continue  # these tries have nothing of that kind
        if found == works:
            return f"It works {text[0]}."
        if found == [not worked for worked in works]:
            return f"It works {text[1]}."
    return ""


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
            "on the lesson's table of 5 rows and 2 crops, and on no other size",
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
    """That only one row or column of the value is ever wrong."""
    wrong = [
        (want.shape, _wrong_places(got, want))
        for got, want in pairs
        if len(want.shape) == 2 and min(want.shape) > 1
    ]
    if sum(bool(places) for _, places in wrong) < _FEWEST:
        return ""
    for text, fits in _PLACES:
        if all(fits(place, shape) for shape, places in wrong for place in places):
            return f"In every try only {text} of {name} is not what it should be."
    return ""


_PLACES: tuple[tuple[str, Callable[[tuple[int, int], tuple[int, ...]], bool]], ...] = (
    ("the first row", lambda place, _: place[0] == 0),
    ("the last row", lambda place, shape: place[0] == shape[0] - 1),
    ("the first column", lambda place, _: place[1] == 0),
    ("the last column", lambda place, shape: place[1] == shape[1] - 1),
)


def _wrong_places(got: Value, want: Value) -> list[tuple[int, int]]:
    scale = max(map(abs, want.numbers), default=0.0)
    pairs = zip(got.numbers, want.numbers, strict=True)
    return [
        divmod(i, want.shape[1])
        for i, (mine, right) in enumerate(pairs)
        if not _near(mine, right, scale)
    ]
