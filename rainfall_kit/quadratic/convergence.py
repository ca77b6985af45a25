"""Convergence of gradient descent: each direction of the bowl shrinks by 1 - lr·λ in every epoch.

>>> shrinkage(np.array(0.25), np.array([4.0, 2.0]), [0, 1, 2]).tolist()
[[1.0, 1.0], [0.0, 0.5], [0.0, 0.25]]
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rainfall_kit.errors import OptionError
from rainfall_kit.lesson.arrays import as_array

Floats = npt.NDArray[np.float64]


def check_lr(lr: npt.ArrayLike) -> Floats:
    """Learning rates as an array.

    Raises:
        OptionError: one of them is not a number above 0.

    Example:
        >>> check_lr([1e-5, 1e-4])
        array([1.e-05, 1.e-04])
    """
    try:
        rates = np.asarray(as_array(lr), dtype=np.float64)
    except (TypeError, ValueError):
        rates = np.array(np.nan)
    if not ((rates > 0) & (rates < np.inf)).all():
        raise OptionError(f"lr must be a number above 0, got {lr!r}. Try: lr=1e-5")
    return rates


def check_epochs(epochs: npt.ArrayLike) -> npt.NDArray[np.integer[Any]]:
    """Numbers of epochs as an array.

    Raises:
        OptionError: one of them is not a whole number from 0.

    Example:
        >>> check_epochs([0, 100])
        array([  0, 100])
    """
    times = as_array(epochs)
    if times.dtype.kind not in "iu" or (times < 0).any():
        raise OptionError(f"epochs must be whole numbers from 0, got {epochs!r}. Try: epochs=100")
    return times


def shrinkage(lr: Floats, eigenvalues: Floats, epochs: npt.ArrayLike) -> Floats:
    """The share that is left of each direction after a number of epochs: (1 - lr·λ)ᵗ.

    Args:
        lr: learning rates, shape L.
        eigenvalues: λ, (m,).
        epochs: t, one whole number or an array of them, shape T.

    Returns:
        (*L, *T, m). Infinite for what has grown past all numbers; NumPy's warning about that is the
        caller's to silence.

    Raises:
        OptionError: epochs are not whole numbers from 0.

    Example:
        >>> shrinkage(np.array([0.5, 1.5]), np.array([1.0]), 3)
        array([[ 0.125],
               [-0.125]])
    """
    times = check_epochs(epochs)
    of_one_epoch = 1 - lr.reshape(lr.shape + (1,) * (times.ndim + 1)) * eigenvalues
    return np.asarray(of_one_epoch ** times[..., None])


def keep_zeros(shrunk: Floats, start: Floats) -> Floats:
    """0 wherever the start is 0, however much it would have grown.

    Args:
        shrunk: the distances after some epochs, (..., *S); NaN where infinity was multiplied by 0.
        start: the distances at the start, shape S.

    Example:
        >>> keep_zeros(np.array([np.nan, 3.0]), np.array([0.0, 1.0]))
        array([0., 3.])
    """
    return np.where(start == 0, 0.0, shrunk)


def half_lives(lr: Floats, eigenvalues: Floats) -> Floats:
    """How many epochs each direction takes to halve: ln(1/2) / ln|1 - lr·λ|, the shape of both.

    Infinite for a direction that never shrinks or that grows.

    Example:
        >>> half_lives(np.array(0.5), np.array([1.0, 0.0, 5.0]))
        array([ 1., inf, inf])
    """
    factor = np.abs(1 - lr * eigenvalues)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Near 1, where slow directions live, log1p keeps the digits that 1 - lr·λ has.
        log = np.where(factor > 0.5, np.log1p(factor - 1), np.log(factor))
        return np.where(factor < 1, np.log(0.5) / log, np.inf)
