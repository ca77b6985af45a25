"""What numbers an explorer accepts, with messages that say so.

>>> whole("epoch", 3, 0, 100)
3
"""

from __future__ import annotations

import math
from typing import Any

from rainfall_kit.errors import OptionError


def positive(name: str, value: Any) -> float:
    """A number above 0.

    Raises:
        OptionError: it is something else.

    Example:
        >>> positive("lr", -1)
        Traceback (most recent call last):
        rainfall_kit.errors.OptionError: lr must be a number above 0, got -1. Try: lr=1e-5
    """
    if not _is_number(value) or not 0 < value < math.inf:
        raise OptionError(f"{name} must be a number above 0, got {value!r}. Try: {name}=1e-5")
    return float(value)


def within(name: str, value: Any, low: float, high: float) -> float:
    """A number from `low` to `high`.

    Raises:
        OptionError: it is something else.

    Example:
        >>> within("centre", 0.5, 0, 1)
        0.5
    """
    if not _is_number(value) or not low <= value <= high:
        raise OptionError(
            f"{name} must be a number from {low:g} to {high:g}, got {value!r}. Try: {name}={high:g}"
        )
    return float(value)


def whole(name: str, value: Any, low: int, high: int) -> int:
    """A whole number from `low` to `high`.

    Raises:
        OptionError: it is something else.
    """
    if not _is_number(value) or value != int(value) or not low <= value <= high:
        raise OptionError(
            f"{name} must be a whole number from {low} to {high}, got {value!r}. Try: {name}={high}"
        )
    return int(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
