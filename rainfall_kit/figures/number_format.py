"""How numbers are written in reports and figures: short, aligned, with a real minus sign.

>>> short(-33060.8086), short(1e-05), short(float("nan"))
('−33060.8', '1e-5', 'NaN')
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

_WIDEST = 9  # digits; more would not be read


def short(value: float, digits: int = 6) -> str:
    """A number by itself, to a number of significant digits.

    Example:
        >>> short(1270.123169, 4), short(0.00011), short(float("-inf"))
        ('1270', '1.1e-4', '−infinity')
    """
    if not math.isfinite(value):
        return _not_finite(value)
    if 0 < abs(value) < 1e-3:
        mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
        return _tidy(f"{mantissa.rstrip('0').rstrip('.')}e{exponent}")
    return _tidy(f"{value:.{digits}g}")


def column(values: Sequence[float], digits: int = 6) -> list[str]:
    """Numbers that stand in one column: the same decimals for all, so that the points align.

    The largest number gets `digits` significant digits or more, so that the smallest gets three;
    where that would take more than nine digits, all are in scientific notation.

    Example:
        >>> column([33060.8086, 1270.123, 0.4831])
        ['33060.809', '1270.123', '0.483']
        >>> column([1.5, 2e9])
        ['1.500e0', '2.000e9']
    """
    sizes = [abs(each) for each in values if math.isfinite(each) and each != 0]
    whole = _power(max(sizes, default=1.0)) + 1
    decimals = max(digits - max(whole, 1), 2 - _power(min(sizes, default=1.0)), 0)
    scientific = max(whole, 1) + decimals > _WIDEST
    spec = ".3e" if scientific else f".{decimals}f"
    return [
        _tidy(f"{each:{spec}}") if math.isfinite(each) else _not_finite(each) for each in values
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
