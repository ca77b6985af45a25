"""Quadratic bowl of the loss: its shape, its lowest point, and every path down into it, exactly.

The model is linear and the loss squared, so as a function of the parameters the loss is a bowl.
With A = [inputs, 1] (n, d+1), targets Y (n, k), N = n·k elements and θ = [w.T; b] (d+1, k):

    loss(θ)     = |A θ - Y|² / N
    gradient(θ) = H (θ - θ*)             with H = (2/N) AᵀA, the same for every crop
    θ(t)        = θ* + (I - lr·H)ᵗ (θ(0) - θ*)        after t steps of gradient descent

In the eigenvectors V of H each direction shrinks on its own, by the factor 1 - lr·λ a step; so any
epoch of any lr costs the same. (The same closed form: Goh, "Why Momentum Really Works", Distill
2017, doi:10.23915/distill.00006.)

    >>> from rainfall_kit.lesson.orchard import load_orchard
    >>> orchard = load_orchard()
    >>> bowl = Bowl.from_data(orchard.inputs, orchard.targets)
    >>> print(f"{bowl.floor:.4f}  {bowl.largest_stable_lr:.4e}  {bowl.condition_number:.2e}")
    0.4831  1.1167e-04  2.19e+06
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rainfall_kit.errors import DataError, OptionError
from rainfall_kit.lesson.arrays import as_array
from rainfall_kit.quadratic.convergence import check_epochs, check_lr, keep_zeros, shrinkage
from rainfall_kit.quadratic.hessian import HessianSpectrum
from rainfall_kit.quadratic.qr import qr_factor
from rainfall_kit.quadratic.scaling import Scaling, standard_scaling

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rainfall_kit.records.run import Quadratic

Floats = npt.NDArray[np.float64]

# What rounding leaves of numbers that cancel, as a share of them.
_ROUNDING = 64 * float(np.finfo(np.float64).eps)


class Bowl(HessianSpectrum):
    """The bowl of one table of data.

    Make one with `Bowl.from_data`, `Bowl.from_chunks` or `Bowl.from_record`. Parameters go in and
    come out as w (k, d) and b (k,), float64.

    Its shape, such as `eigenvalues` and `largest_stable_lr`, comes from `HessianSpectrum`.

    Attributes:
        rows: n, how many rows the data had.
        n_inputs: d.
        n_crops: k.
    """

    def __init__(self, quadratic: Quadratic) -> None:
        factor = np.array(quadratic.factor, dtype=np.float64)
        self.n_inputs = quadratic.n_inputs
        n_crops = len(factor) - quadratic.n_inputs - 1
        if factor.ndim != 2 or factor.shape[0] != factor.shape[1] or n_crops < 1:
            raise DataError(
                f"factor must be square, with {quadratic.n_inputs + 2} rows or more, "
                f"got shape {factor.shape}. Try: Bowl.from_data(inputs, targets)"
            )
        self._quadratic = quadratic
        self._factor = factor
        inputs = factor[: self.n_inputs + 1, : self.n_inputs + 1]
        super().__init__(inputs, rows=quadratic.rows, n_crops=n_crops)

    # Three ways in.

    @classmethod
    def from_data(cls, inputs: Any, targets: Any) -> Bowl:
        """The bowl of a table that is in memory: arrays, tensors or nested lists.

        Args:
            inputs: (n, d) finite numbers.
            targets: (n, k) finite numbers.

        Raises:
            DataError: the table cannot be used; the message says which row and column.

        Example:
            >>> Bowl.from_data([[1.0], [2.0]], [[1.0], [2.0]]).floor
            0.0
        """
        return cls(qr_factor([(inputs, targets)]))

    @classmethod
    def from_chunks(cls, chunks: Iterable[tuple[Any, Any]]) -> Bowl:
        """The bowl of a table that comes in pieces, in one pass and bounded memory.

        Args:
            chunks: pairs of inputs (c, d) and targets (c, k).

        Raises:
            DataError: there is no piece, or one cannot be used; rows are counted over all pieces.

        Example:
            >>> from rainfall_kit.lesson.orchard import orchard_chunks
            >>> Bowl.from_chunks(orchard_chunks(1000, chunk_rows=100)).rows
            1000
        """
        return cls(qr_factor(chunks))

    @classmethod
    def from_record(cls, quadratic: Quadratic) -> Bowl:
        """The bowl that `record` wrote down.

        Raises:
            DataError: the factor is not a square of the right size.

        Example:
            >>> bowl = Bowl.from_data([[1.0], [2.0]], [[1.0], [3.0]])
            >>> Bowl.from_record(bowl.record()).floor == bowl.floor
            True
        """
        return cls(quadratic)

    def record(self) -> Quadratic:
        """All that this bowl depends on, as a record.

        Example:
            >>> Bowl.from_data([[1.0], [2.0]], [[1.0], [3.0]]).record().rows
            2
        """
        return self._quadratic

    # The lowest point.

    @cached_property
    def _y(self) -> Floats:
        """(d+1, k): the part of the factor that belongs to the targets."""
        return self._factor[: self.n_inputs + 1, self.n_inputs + 1 :]

    @cached_property
    def _minimum(self) -> Floats:
        u, singular, v = self._svd
        decided = singular > 0
        inverse = np.where(decided, 1 / np.where(decided, singular, 1.0), 0.0)
        return np.asarray(v @ (inverse[:, None] * (u.T @ self._y)))  # (d+1, k)

    @property
    def minimum(self) -> tuple[Floats, Floats]:
        """w (k, d) and b (k,) of the lowest point; the shortest one where the data leave a choice."""
        return self._split(self._minimum)

    @cached_property
    def floor(self) -> float:
        """The smallest loss that any weights reach (least squares); 0 where it is nothing but rounding."""
        targets = self._factor[:, self.n_inputs + 1 :]  # as long as the targets themselves
        lowest = float(self._loss(self._minimum))
        rounding = _ROUNDING * np.linalg.norm(targets) / self.elements**0.5
        return lowest if lowest > rounding**2 else 0.0

    # Anywhere in the bowl.

    def loss(self, w: npt.ArrayLike, b: npt.ArrayLike) -> float:
        """The mean squared error at w (k, d) and b (k,).

        Raises:
            OptionError: w or b has another shape.

        Example:
            >>> bowl = Bowl.from_data([[1.0], [2.0]], [[1.0], [3.0]])
            >>> round(bowl.loss([[1.0]], [0.0]), 9)  # (0² + 1²) / 2
            0.5
        """
        return float(self.losses_at(w, b))

    def losses_at(self, w: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
        """The mean squared error at many places at once.

        Args:
            w: (*P, k, d) weights.
            b: (*P, k) offsets.

        Returns:
            (*P) losses. Past all numbers they are infinite or NaN, quietly.

        Raises:
            OptionError: w or b has another shape.

        Example:
            >>> Bowl.from_data([[1.0]], [[1.0]]).losses_at([[[0.0]], [[3.0]]], [[0.0], [0.0]])
            array([1., 4.])
        """
        return self._loss(self._join(w, b))

    def gradient(self, w: npt.ArrayLike, b: npt.ArrayLike) -> tuple[Floats, Floats]:
        """The gradients at w and b.

        Args:
            w: (k, d) weights, or (*P, k, d) for many places at once.
            b: (k,) offsets, or (*P, k).

        Returns:
            ∂loss/∂w (*P, k, d) and ∂loss/∂b (*P, k).

        Raises:
            OptionError: w or b has another shape.

        Example:
            >>> Bowl.from_data([[2.0]], [[3.0]]).gradient([[0.0]], [0.0])
            (array([[-12.]]), array([-6.]))
        """
        with np.errstate(over="ignore", invalid="ignore"):
            residual = self._a @ self._join(w, b) - self._y  # (*P, d+1, k)
            return self._split((2 / self.elements) * self._a.T @ residual)

    # Down the bowl.

    def after(
        self, w: npt.ArrayLike, b: npt.ArrayLike, lr: npt.ArrayLike, epochs: npt.ArrayLike
    ) -> tuple[Floats, Floats]:
        """The parameters after any number of epochs at any lr, from w (k, d) and b (k,).

        Args:
            w: the weights at the start.
            b: the offsets at the start.
            lr: one learning rate or an array of them, shape L; each above 0.
            epochs: one number of epochs or an array of them, shape T; each 0 or more.

        Returns:
            w (*L, *T, k, d) and b (*L, *T, k). A run that diverges ends in infinities, quietly.

        Raises:
            OptionError: a shape, a learning rate or a number of epochs is not allowed.

        Example:
            >>> bowl = Bowl.from_data([[1.0], [2.0]], [[1.0], [2.0]])
            >>> w, b = bowl.after([[0.0]], [0.0], lr=0.1, epochs=[1, 1000])
            >>> w[:, 0, 0].round(3).tolist()
            [0.5, 1.0]
        """
        start = self._from_minimum(w, b)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            shrunk = shrinkage(check_lr(lr), self.eigenvalues, epochs)[..., None] * start
            theta = self._minimum + self.directions @ keep_zeros(shrunk, start)
        # inf - inf is NaN, and says only that the run is past all numbers.
        return self._split(np.where(np.isnan(theta), np.inf, theta))

    def path(
        self, w: npt.ArrayLike, b: npt.ArrayLike, lr: npt.ArrayLike, epochs: int
    ) -> tuple[Floats, Floats]:
        """The parameters after 0, 1, …, `epochs` epochs: w (*L, epochs+1, k, d), b (*L, epochs+1, k).

        Raises:
            OptionError: as for `after`.

        Example:
            >>> Bowl.from_data([[1.0]], [[1.0]]).path([[0.0]], [0.0], lr=0.1, epochs=2)[1].shape
            (3, 1)
        """
        return self.after(w, b, lr, np.arange(int(check_epochs(epochs)) + 1))

    def losses(
        self, w: npt.ArrayLike, b: npt.ArrayLike, lr: npt.ArrayLike, epochs: npt.ArrayLike
    ) -> Floats:
        """The loss after any number of epochs at any lr, from w (k, d) and b (k,).

        loss(t) = floor + ½ Σⱼ λⱼ |cⱼ|² (1 - lr·λⱼ)²ᵗ, with c the start's distance from the lowest point
        along each direction.

        Args:
            w: as for `after`, like b, lr and epochs.

        Returns:
            (*L, *T) losses. A run that diverges ends in infinity, quietly.

        Raises:
            OptionError: a shape, a learning rate or a number of epochs is not allowed.

        Example:
            >>> from rainfall_kit.lesson.orchard import load_orchard
            >>> bowl = Bowl.from_data(load_orchard().inputs, load_orchard().targets)
            >>> start = [[1.5410, -0.2934, -2.1788], [0.5684, -1.0845, -1.3986]], [0.4033, 0.8380]
            >>> bowl.losses(*start, lr=1e-5, epochs=[0, 100]).round(1).tolist()
            [33060.7, 1270.1]
        """
        height = 0.5 * self.eigenvalues * (self._from_minimum(w, b) ** 2).sum(axis=1)  # (d+1,)
        with np.errstate(over="ignore", under="ignore", invalid="ignore"):
            shrunk = shrinkage(check_lr(lr), self.eigenvalues, epochs) ** 2 * height
            return np.asarray(self.floor + keep_zeros(shrunk, height).sum(axis=-1))

    def _from_minimum(self, w: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
        """(d+1, k): how far w, b lie from the lowest point, along each direction."""
        return np.asarray(self.directions.T @ (self._join(w, b) - self._minimum))

    # Other units.

    @cached_property
    def _standard(self) -> Scaling:
        return standard_scaling(self._quadratic)

    @property
    def means(self) -> Floats:
        """(d,) the mean of each input."""
        return self._standard.centre

    @property
    def stds(self) -> Floats:
        """(d,) the standard deviation of each input (divided by n); 1 for an input that never varies."""
        return self._standard.scale

    def rescaled(self, centre: npt.ArrayLike, scale: npt.ArrayLike) -> Bowl:
        """The bowl that the inputs (inputs - centre) / scale would have.

        Args:
            centre: (d,) or one number.
            scale: (d,) or one number, not 0.

        Raises:
            OptionError: another shape, a scale of 0, or a number that is not finite.

        Example:
            >>> Bowl.from_data([[1.0], [3.0]], [[1.0], [2.0]]).rescaled(2.0, 1.0).means.round(9)
            array([0.])
        """
        scaling = Scaling.of(centre, scale, self.n_inputs)
        return Bowl(scaling.of_table(self._quadratic))

    def standardised(self) -> Bowl:
        """The bowl of inputs that have mean 0 and standard deviation 1.

        Example:
            >>> from rainfall_kit.lesson.orchard import load_orchard
            >>> bowl = Bowl.from_data(load_orchard().inputs, load_orchard().targets).standardised()
            >>> f"{bowl.condition_number:.2f}", bowl.largest_stable_lr > 1
            ('6.95', True)
        """
        return Bowl(self._standard.of_table(self._quadratic))

    def to_standardised(self, w: npt.ArrayLike, b: npt.ArrayLike) -> tuple[Floats, Floats]:
        """The w (k, d) and b (k,) for standardised inputs that predict the same as these for raw ones.

        Raises:
            OptionError: w or b has another shape.

        Example:
            >>> bowl = Bowl.from_data([[1.0], [5.0]], [[1.0], [2.0]])
            >>> bowl.to_standardised([[10.0]], [0.0])
            (array([[20.]]), array([30.]))
        """
        return self._standard.of_params(*self._split(self._join(w, b)))

    def from_standardised(self, w: npt.ArrayLike, b: npt.ArrayLike) -> tuple[Floats, Floats]:
        """The way back from `to_standardised`.

        Raises:
            OptionError: w or b has another shape.

        Example:
            >>> bowl = Bowl.from_data([[1.0], [5.0]], [[1.0], [2.0]])
            >>> w, b = bowl.from_standardised([[20.0]], [30.0])
            >>> w.round(9), abs(b).round(9)
            (array([[10.]]), array([0.]))
        """
        return self._standard.undone(*self._split(self._join(w, b)))

    # Between w, b and θ = [w.T; b].

    def _join(self, w: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
        """θ (*P, d+1, k) from w (*P, k, d) and b (*P, k)."""
        try:
            weights = np.asarray(as_array(w), dtype=np.float64)
            offsets = np.asarray(as_array(b), dtype=np.float64)
        except (TypeError, ValueError):
            weights = offsets = np.array(np.nan)  # of no shape that would do
        k, d = self.n_crops, self.n_inputs
        places = weights.shape[:-2]
        if weights.shape != (*places, k, d) or offsets.shape != (*places, k):
            raise OptionError(
                f"w must be ({k}, {d}) and b ({k},), got {weights.shape} and {offsets.shape}. "
                "Look at: w.shape, b.shape"
            )
        return np.concatenate([np.swapaxes(weights, -1, -2), offsets[..., None, :]], axis=-2)

    def _split(self, theta: Floats) -> tuple[Floats, Floats]:
        """θ (..., d+1, k) as w (..., k, d) and b (..., k)."""
        return np.swapaxes(theta[..., :-1, :], -1, -2), theta[..., -1, :]

    def _loss(self, theta: Floats) -> Floats:
        rest = self._factor[self.n_inputs + 1 :, self.n_inputs + 1 :]
        with np.errstate(over="ignore", invalid="ignore"):
            near = self._a @ theta - self._y  # (*P, d+1, k)
            loss = ((near**2).sum(axis=(-2, -1)) + (rest**2).sum()) / self.elements
        return np.asarray(loss)
