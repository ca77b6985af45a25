"""Hessian of the loss: its eigenvalues and directions, and the learning rates that follow.

With A = [inputs, 1] and N elements the loss has the Hessian H = (2/N) AᵀA, wherever w and b stand and
whatever the targets are: the inputs alone decide it. Along its eigenvectors w and b descend each on
their own.

    >>> spectrum = HessianSpectrum(np.diag([2.0, 1.0]), rows=2, n_crops=1)
    >>> spectrum.eigenvalues, spectrum.largest_stable_lr
    (array([4., 1.]), 0.5)
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
import numpy.typing as npt

from rainfall_kit.quadratic.convergence import check_lr, half_lives

Floats = npt.NDArray[np.float64]


class HessianSpectrum:
    """The Hessian of the loss on one table of inputs, by its eigenvalues and eigenvectors.

    Attributes:
        rows: n, how many rows the data had.
        n_crops: k.
    """

    def __init__(self, factor: Floats, *, rows: int, n_crops: int) -> None:
        """Take the triangular factor (d+1, d+1) of A = [inputs, 1]."""
        self._a = factor
        self.rows = rows
        self.n_crops = n_crops

    @property
    def elements(self) -> int:
        """N = n·k: how many squared differences the loss is the mean of."""
        return self.rows * self.n_crops

    @cached_property
    def hessian(self) -> Floats:
        """H = (2/N) AᵀA, (d+1, d+1); the last row and column belong to b. The same for every crop."""
        return (2 / self.elements) * self._a.T @ self._a

    @cached_property
    def _svd(self) -> tuple[Floats, Floats, Floats]:
        """U (d+1, d+1), singular values (d+1,) and V (d+1, d+1) of A's part of the factor.

        Everything comes from here and not from H: squaring first would lose half the digits.
        """
        u, singular, vt = np.linalg.svd(self._a)
        # Singular values this small are rounding of 0: a direction that the data do not decide.
        noise = singular[0] * np.finfo(np.float64).eps * max(self.rows, len(self._a))
        return u, np.where(singular > noise, singular, 0.0), vt.T

    @cached_property
    def eigenvalues(self) -> Floats:
        """λ, (d+1,), the steepest direction first; exactly 0 where the data do not decide."""
        return (2 / self.elements) * self._svd[1] ** 2

    @property
    def directions(self) -> Floats:
        """V, (d+1, d+1): column j is the unit eigenvector of ``eigenvalues[j]``, as [w's part, b's part]."""
        return self._svd[2]

    @property
    def condition_number(self) -> float:
        """The largest eigenvalue over the smallest one; infinite when the smallest is 0."""
        smallest = float(self.eigenvalues[-1])
        return float(self.eigenvalues[0]) / smallest if smallest > 0 else np.inf

    @property
    def largest_stable_lr(self) -> float:
        """2/λmax: above it the steepest direction overshoots by more than it corrects."""
        return 2 / float(self.eigenvalues[0])

    @property
    def best_lr(self) -> float:
        """2/(λmax + λmin): the fixed lr whose slowest direction shrinks fastest (Goh 2017).

        λmin is the smallest eigenvalue above 0: a direction that the data do not decide never moves.
        """
        decided = self.eigenvalues[self.eigenvalues > 0]
        return 2 / float(decided[0] + decided[-1])

    def half_lives(self, lr: float) -> Floats:
        """How many epochs each direction takes to halve, (d+1,).

        ln(1/2) / ln|1 - lr·λ|: infinite for a direction that never shrinks or that grows.

        Raises:
            OptionError: lr is not a number above 0.

        Example:
            >>> spectrum = HessianSpectrum(np.diag([2.0, 1.0]), rows=2, n_crops=1)
            >>> spectrum.half_lives(0.125).round(2)
            array([1.  , 5.19])
        """
        return half_lives(check_lr(lr), self.eigenvalues)
