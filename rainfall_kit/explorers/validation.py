"""Validation of an explorer's arguments, with messages that say what is allowed."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from rainfall_kit.errors import OptionError

if TYPE_CHECKING:
    import numpy.typing as npt

    from rainfall_kit.records.run import Matrix, Vector


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


def matrix(name: str, values: Any) -> Matrix:
    """A table of finite numbers, such as w, as a tuple of rows.

    Raises:
        OptionError: it is something else.
    """
    rows = _numbers(name, values, "a table of numbers")
    if rows.ndim != 2:
        raise OptionError(f"{name} must be a table of numbers, got shape {rows.shape}")
    return tuple(tuple(row) for row in rows.tolist())


def vector(name: str, values: Any) -> Vector:
    """A row of finite numbers, such as b.

    Raises:
        OptionError: it is something else.
    """
    row = _numbers(name, values, "a row of numbers")
    if row.ndim != 1:
        raise OptionError(f"{name} must be a row of numbers, got shape {row.shape}")
    return tuple(row.tolist())


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _numbers(name: str, values: Any, allowed: str) -> npt.NDArray[np.float64]:
    if hasattr(values, "detach"):  # a tensor, of any device and perhaps watched by autograd
        values = values.detach().cpu().tolist()
    try:
        numbers = np.array(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise OptionError(f"{name} must be {allowed}, got {str(values)[:60]}") from None
    if not np.isfinite(numbers).all():
        raise OptionError(f"{name} must be {allowed} that are finite. Look at: {name}")
    return numbers
