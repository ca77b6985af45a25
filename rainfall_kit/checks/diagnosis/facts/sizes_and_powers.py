"""Facts about sizes and powers: a size of the table as a factor, a root, a square or a quotient too many.

>>> from rainfall_kit.checks.observations import read
>>> pairs = [(read("", got), read("", want)) for got, want in ((4.0, 2.0), (9.0, 3.0), (25.0, 5.0))]
>>> say_power("the loss", [(got, want) for want, got in pairs])
'In every try the loss is the root of what it should be.'
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from rainfall_kit.checks.diagnosis.facts.comparisons import (
    FEWEST,
    fits,
    is_near,
    leads,
    numbers_of,
    starts_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rainfall_kit.checks.diagnosis.facts.comparisons import Pairs
    from rainfall_kit.checks.observations import Case

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
# One number alone has to be this near to be told by.
_CLOSE = 1e-5
_FACTORS = (
    {
        -1.0: "with the other sign",
        2.0: "twice as large",
        0.5: "half as large",
        -2.0: "twice as large and with the other sign",
        -0.5: "half as large and with the other sign",
        4.0: "4 times as large",
        0.25: "a quarter as large",
    }
    | {10.0**power: f"{10**power} times as large" for power in (1, 2, 3)}
    | {10.0**-power: f"1/{10**power} as large" for power in (1, 2, 3)}
)
_ROWS, _CROPS, _INPUTS = "the number of rows", "the number of crops", "the number of inputs"
_SIZES = (_ROWS, _CROPS, _INPUTS, "the number of elements of the table")
_SIZED = {"what": 1.0, "twice what": 2.0, "half of what": 0.5}


def say_sized(name: str, cases: tuple[Case, ...], pairs: Pairs) -> str:
    """That a value or a move is what it should be, times or divided by a size of the tables."""
    starts = starts_of(name, cases)
    moves = len(starts) == len(pairs)
    sizes = [_sizes_of(case) for case in cases] if pairs else []
    for size, times, word in itertools.product(_SIZES, (1, -1), _SIZED):
        if not all(size in of_case for of_case in sizes):
            continue
        factors = [_SIZED[word] * of_case[size] ** times for of_case in sizes]
        if len({*factors}) < 2:  # of one size alone it may be any number
            continue
        if moves:
            is_so = all(
                leads(factor, *pair, start)
                for factor, pair, start in zip(factors, pairs, starts, strict=True)
            )
        else:
            is_so = all(
                fits([pair], factor.__mul__) for factor, pair in zip(factors, pairs, strict=True)
            )
        if is_so:
            how = f"times {size}" if times > 0 else f"divided by {size}"
            what = f"{name.partition(' ')[0]} moves by {word}" if moves else f"{name} is {word}"
            return f"In every try {what} it should{'' if moves else ' be'}, {how}."
    return ""


def say_power(name: str, pairs: Pairs) -> str:
    """That a value is one and the same power of what it should be."""
    numbers = [*numbers_of(pairs)]
    if len({right for _, right in numbers if right > 0}) < FEWEST or any(
        right < 0 for _, right in numbers
    ):
        return ""
    for power, word in _POWERS.items():
        if power < 0 and any(right == 0 for _, right in numbers):
            continue
        if all(is_near(mine, right**power, right**power) for mine, right in numbers):
            return f"In every try {name} is {word} what it should be."
    return ""


def relation_in_words(got: float, want: float, case: Case) -> str:
    """How one number is made of the right one, as in "twice"; empty where nothing is near enough.

    Example:
        >>> from rainfall_kit.checks.observations import Case
        >>> relation_in_words(-3.5, 3.5, Case(label="", dtype="float32", given=()))
        'with the other sign'
    """
    factors = {words: factor for factor, words in _FACTORS.items()}
    sizes = {name: size for name, size in _sizes_of(case).items() if size > 1}
    for name, size in sizes.items():
        factors |= {f"times {name}": float(size), f"divided by {name}": 1 / size}
    ways = {words: factor * want for words, factor in factors.items()}
    if want > 0:
        ways |= {f"but {word} it": want**power for power, word in _POWERS.items()}
    ways |= {f"rounded to {digits} digits": float(f"{want:.{digits}g}") for digits in (5, 4, 3)}
    return next(
        (words for words, right in ways.items() if abs(got - right) <= _CLOSE * abs(right)), ""
    )


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
