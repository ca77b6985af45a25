"""Number format of reports and figures: short, aligned, with a real minus sign."""

from __future__ import annotations

import math
import string
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

DIGITS = 6  # significant ones, unless told otherwise
TINY = 1e-3  # numbers below it are in scientific notation
_WIDEST = 9  # digits; more would not be read


def short(value: float, digits: int = DIGITS) -> str:
    """A number by itself, to a number of significant digits.

    Example:
        >>> short(-1270.123169, 4), short(0.00011), short(float("nan"))
        ('−1270', '1.1e-4', 'NaN')
    """
    if not math.isfinite(value):
        return _not_finite(value)
    if 0 < abs(value) < TINY:
        mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
        return _tidy(f"{mantissa.rstrip('0').rstrip('.')}e{exponent}")
    return _tidy(f"{value:.{digits}g}")


class _Filler(string.Formatter):
    def format_field(self, value: object, format_spec: str) -> str:
        if isinstance(value, int | float) and format_spec:
            return short(value, int(format_spec))
        return str(value)


def fill(template: str, **values: object) -> str:
    """A text with its gaps filled; in ``{loss:4}`` a number has so many significant digits.

    The explorers' scripts fill the same templates, so that no number of digits stands twice.

    Example:
        >>> fill("epoch {epoch}: {loss:4}", epoch=20, loss=1270.123)
        'epoch 20: 1270'
    """
    return _Filler().format(template, **values)


def column(values: Sequence[float], digits: int = DIGITS) -> list[str]:
    """Numbers that stand in one column: the same decimals for all, so that the points align.

    The largest number gets `digits` significant digits or more, so that the smallest gets three;
    where that would take more than nine digits, all are in scientific notation.

    Example:
        >>> column([33060.8086, 1270.123, 0.4831])
        ['33060.809', '1270.123', '0.483']
        >>> column([1.5, 2e9])
        ['1.500e0', '2.000e9']
    """
    sizes = [abs(value) for value in values if math.isfinite(value) and value != 0]
    whole = _power(max(sizes, default=1.0)) + 1
    decimals = max(digits - max(whole, 1), 2 - _power(min(sizes, default=1.0)), 0)
    scientific = max(whole, 1) + decimals > _WIDEST
    spec = ".3e" if scientific else f".{decimals}f"
    return [
        _tidy(f"{value:{spec}}") if math.isfinite(value) else _not_finite(value) for value in values
    ]


def _power(size: float) -> int:
    return math.floor(math.log10(size))


def _not_finite(value: float) -> str:
    return "NaN" if math.isnan(value) else "infinity" if value > 0 else "−infinity"


def _tidy(text: str) -> str:
    """1e-05 as 1e-5, 1e+04 as 1e4, and a real minus sign in front."""
    mantissa, e, exponent = text.partition("e")
    if e:
        text = f"{mantissa}e{int(exponent)}"
    return "−" + text[1:] if text.startswith("-") else text
