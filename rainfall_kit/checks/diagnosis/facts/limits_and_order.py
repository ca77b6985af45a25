"""Facts about limits and order: right numbers that were rounded, cut off, squeezed, exchanged or scaled apart.

>>> from rainfall_kit.checks.observations import read
>>> pairs = [(read("", float(round(x))), read("", x)) for x in (1.2, 3.7, 9.4)]
>>> say_rounded("the loss", pairs)
'In every try the loss is what it should be, rounded to whole numbers.'
"""

from __future__ import annotations

import functools
import itertools
import math
from typing import TYPE_CHECKING

from rainfall_kit.checks.diagnosis.facts.comparisons import FEWEST, fits, is_near, numbers_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from rainfall_kit.checks.diagnosis.facts.comparisons import Pairs
    from rainfall_kit.checks.observations import Value

_Rows = tuple[tuple[float, ...], ...]

_NOTABLE = 1e-3  # a smaller difference may be rounding
_CLOSE = 1e-5
_ALL_WHOLE = 2.0**24  # from there on every float32 is a whole number
_MOST_APART = 1e3

_ROUNDINGS: tuple[tuple[str, Callable[[float], float]], ...] = (
    ("rounded to whole numbers", round),
    ("rounded down to whole numbers", math.floor),
    ("without its decimals", math.trunc),
    ("rounded up to whole numbers", math.ceil),
    ("rounded to 1 decimal", functools.partial(round, ndigits=1)),
    ("rounded to 2 decimals", functools.partial(round, ndigits=2)),
    ("rounded to 3 decimals", functools.partial(round, ndigits=3)),
    ("rounded to tens", functools.partial(round, ndigits=-1)),
)


def say_rounded(name: str, pairs: Pairs) -> str:
    """That every number is the right one, rounded."""
    numbers = _finite(pairs)
    for how, rounded in _ROUNDINGS:
        changed = sum(not _is_close(rounded(right), right) for _, right in numbers)
        if changed >= FEWEST and all(_is_close(mine, rounded(right)) for mine, right in numbers):
            return f"In every try {name} is what it should be, {how}."
    return ""


def say_limited(name: str, pairs: Pairs, *, secret: bool) -> str:
    """That what lies beyond a number comes out as that number, and all else is right."""
    numbers = _finite(pairs)
    if not numbers:
        return ""
    for limit, side, beyond in (
        (max(mine for mine, _ in numbers), 1, "above"),
        (min(mine for mine, _ in numbers), -1, "below"),
    ):
        cut = {right for mine, right in numbers if side * (right - limit) > _NOTABLE}
        if len(cut) >= FEWEST and fits(pairs, functools.partial(_cut, limit=limit, side=side)):
            # an answer could put a secret input there
            told = f"{limit:g}" if not secret or limit in _PLAIN else "a certain number"
            return f"In every try what should be {beyond} {told} in {name} comes out as {told}, and the rest is right."
    return ""


_PLAIN = (0, 1, -1, 10, 100)


def _cut(number: float, *, limit: float, side: int) -> float:
    return limit if side * (number - limit) > 0 else number


def say_no_number(name: str, pairs: Pairs) -> str:
    """That there is nan or inf in what should be a number."""
    broken = any(
        not math.isfinite(mine) and math.isfinite(right) for mine, right in numbers_of(pairs)
    )
    return f"In some tries there is nan or inf in {name}, where a plain number should be." * broken


def say_range(name: str, pairs: Pairs) -> str:
    """Bounds that all numbers keep to, and the right ones do not; or that all of them are whole."""
    numbers = _finite(pairs)
    if len({mine for mine, _ in numbers}) < FEWEST:
        return ""
    for low, high, words in _RANGES:
        outside = [r for _, r in numbers if not low - _NOTABLE <= r <= high + _NOTABLE]
        if len({*outside}) >= FEWEST and all(low <= mine <= high for mine, _ in numbers):
            return f"In every try {name} {words}."
    whole = all(mine == round(mine) and abs(mine) < _ALL_WHOLE for mine, _ in numbers)
    if whole and sum(abs(right - round(right)) > _NOTABLE for _, right in numbers) >= FEWEST:
        return f"In every try {name} is made of whole numbers, and should not be."
    return ""


_RANGES = (
    (0, 1, "lies between 0 and 1, and in some it should not"),
    (-1, 1, "lies between -1 and 1, and in some it should not"),
    (0, math.inf, "is nowhere below 0, and in some it should be"),
    (-math.inf, 0, "is nowhere above 0, and in some it should be"),
)


def say_line(name: str, pairs: Pairs, *, secret: bool) -> str:
    """That every number is the right one, times one number and plus another, the same in all tries."""
    numbers = sorted({(right, mine) for mine, right in _finite(pairs)})
    sizes = [abs(right) for right, _ in numbers if right]
    # of sizes too far apart, rounding hides what is added
    if len({*sizes}) <= FEWEST or max(sizes) > _MOST_APART * min(sizes):
        return ""
    (low, its), (high, other) = numbers[0], numbers[-1]
    factor = (other - its) / (high - low)
    amount = its - factor * low
    if abs(factor - 1) < _NOTABLE or abs(factor) < _NOTABLE or abs(amount) < _NOTABLE * min(sizes):
        return ""  # these are said in plainer words
    if not all(is_near(mine, factor * right + amount, abs(right)) for right, mine in numbers):
        return ""
    if secret:
        return f"In every try {name} is what it should be, times one number and plus another."
    sign = "less" if amount < 0 else "plus"
    return f"In every try {name} is {factor:.4g} times what it should be, {sign} {abs(amount):.4g}."


def say_order(name: str, pairs: Pairs) -> str:
    """That the numbers are right, and stand in another order."""
    exchanged = 0
    for got, want in pairs:
        if want.kind == "truth" or not _all_near(sorted(got.numbers), sorted(want.numbers)):
            return ""
        exchanged += not _all_near(got.numbers, want.numbers)
    if exchanged < FEWEST:
        return ""
    return f"In every try {name} holds the right numbers, and in some of them in another order."


def say_part_by_part(name: str, pairs: Pairs) -> str:
    """That a table, each row or each column is what it should be, times or plus a number of its own."""
    # what is right is a multiple, too
    wrong = [pair for pair in pairs if not fits([pair], lambda number: number)]
    several = [(got.numbers, want.numbers) for got, want in wrong if len(want.numbers) > 1]
    if len(several) >= FEWEST and all(any(want) for _, want in several):
        if all(itertools.starmap(_is_multiple, several)):
            return f"In every try {name} is a multiple of what it should be, and not always by the same number."
        if all(itertools.starmap(_is_shifted, several)):
            return f"In every try {name} is what it should be, plus one number, and not always the same."
    tables = [
        (_rows(got), _rows(want))
        for got, want in wrong
        if len(want.shape) == 2 and min(want.shape) > 1
    ]
    if len(tables) < FEWEST or not all(any(map(any, want)) for _, want in tables):
        return ""
    columns = [pair for got, want in tables for pair in zip(zip(*got), zip(*want), strict=True)]  # noqa: B905
    rows = [pair for got, want in tables for pair in zip(got, want, strict=True)]
    for is_so, words in (
        (_is_multiple, "times a number of its own"),
        (_is_shifted, "plus a number of its own"),
        (_is_moved_multiple, "times a number of its own and plus another"),
    ):
        for what, parts in (("column", columns), ("row", rows)):
            # of two numbers the last is always so
            is_telling = is_so is not _is_moved_multiple or _count_long(parts) >= FEWEST
            if is_telling and all(itertools.starmap(is_so, parts)):
                return f"In every try each {what} of {name} is what it should be, {words}."
    return ""


def _count_long(parts: list[tuple[tuple[float, ...], tuple[float, ...]]]) -> int:
    return sum(len(mine) > 2 for mine, _ in parts)


def say_sums(name: str, pairs: Pairs) -> str:
    """Words for what the numbers of each row or column add up to, and should not."""
    tables = [
        (_rows(got), _rows(want))
        for got, want in pairs
        if len(want.shape) == 2 and min(want.shape) > 1
    ]
    for along, turned in (("row", False), ("column", True)):
        parted = [
            tuple([*zip(*table, strict=True)] if turned else [*table] for table in pair)
            for pair in tables
        ]
        for words, holds in _SUMS:
            has = [tuple(all(map(holds, parts)) for parts in pair) for pair in parted]
            if len(has) >= FEWEST and all(mine and not right for mine, right in has):
                return f"In every try each {along} of {name} {words}, and should not."
    return ""


_SUMS: tuple[tuple[str, Callable[[Sequence[float]], bool]], ...] = (
    ("adds up to 1", lambda numbers: is_near(sum(numbers), 1)),
    (
        "adds up to 0",
        lambda numbers: is_near(sum(numbers), 0, max(map(abs, numbers))),
    ),
    ("has the length 1", lambda numbers: is_near(math.hypot(*numbers), 1)),
    (
        "goes from 0 to 1",
        lambda numbers: is_near(min(numbers), 0) and is_near(max(numbers), 1),
    ),
    ("has 1 as its largest size", lambda numbers: is_near(max(map(abs, numbers)), 1)),
    (
        "holds one number again and again",
        lambda numbers: _all_near(numbers, [numbers[0]] * len(numbers)),
    ),
)


def say_side(name: str, pairs: Pairs) -> str:
    """That what is wrong is wrong on one side alone: too large, too small, too far from 0 or too near to it."""
    wrong = [
        (mine, right)
        for got, want in pairs
        if want.kind != "truth"
        for mine, right in zip(got.numbers, want.numbers, strict=True)
        if not is_near(mine, right, max(map(abs, want.numbers), default=0.0))
    ]
    if len(wrong) < FEWEST or not all(map(math.isfinite, itertools.chain(*wrong))):
        return ""
    if not any(right for _, right in wrong):  # whatever is not 0 is too far from it
        return ""
    for words, holds in _SIDES:
        if all(itertools.starmap(holds, wrong)):
            return f"Whatever is wrong in {name} is {words}."
    return ""


_SIDES: tuple[tuple[str, Callable[[float, float], bool]], ...] = (
    ("too large, never too small", lambda mine, right: mine > right),
    ("too small, never too large", lambda mine, right: mine < right),
    ("too far from 0, never too near", lambda mine, right: abs(mine) > abs(right)),
    ("too near to 0, never too far", lambda mine, right: abs(mine) < abs(right)),
)


def _finite(pairs: Pairs) -> list[tuple[float, float]]:
    """All numbers with the right ones; none where one of them is not finite, or where it is yes or no."""
    if any(want.kind == "truth" for _, want in pairs):
        return []
    numbers = [*numbers_of(pairs)]
    return numbers if all(map(math.isfinite, itertools.chain(*numbers))) else []


def _is_close(one: float, other: float) -> bool:
    return abs(one - other) <= _CLOSE * max(1.0, abs(other))


def _all_near(some: Iterable[float], others: Sequence[float]) -> bool:
    scale = max(map(abs, others), default=0.0)
    return all(is_near(one, other, scale) for one, other in zip(some, others, strict=True))


def _rows(value: Value) -> _Rows:
    width = value.shape[1]
    return tuple(value.numbers[i : i + width] for i in range(0, len(value.numbers), width))


def _is_multiple(got: Sequence[float], want: Sequence[float]) -> bool:
    """True if the numbers are the right ones times one number, which is not 0."""
    norm = sum(right * right for right in want)
    if not norm:
        return not any(got)
    ratio = sum(mine * right for mine, right in zip(got, want, strict=True)) / norm
    return (
        bool(ratio) and math.isfinite(ratio) and _all_near(got, [ratio * right for right in want])
    )


def _is_shifted(got: Sequence[float], want: Sequence[float]) -> bool:
    """True if the numbers are the right ones plus one number."""
    shift = (sum(got) - sum(want)) / len(got)
    return math.isfinite(shift) and _all_near(got, [right + shift for right in want])


def _is_moved_multiple(got: Sequence[float], want: Sequence[float]) -> bool:
    """True if the numbers are the right ones times one number and plus another."""
    mean, right_mean = sum(got) / len(got), sum(want) / len(want)
    return _is_multiple([mine - mean for mine in got], [right - right_mean for right in want])
