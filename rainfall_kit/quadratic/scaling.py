"""Scaling of the inputs: a table, w and b in other units, standardised ones among them.

With z = (x - centre) / scale for each input, the model that predicts the same has

    w_z = w · scale             b_z = b + w @ centre

    >>> scaling = Scaling.of(2.0, 10.0, 1)
    >>> scaling.of_params(np.array([[3.0]]), np.array([1.0]))
    (array([[30.]]), array([7.]))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rainfall_kit.errors import OptionError
from rainfall_kit.quadratic.qr import as_quadratic, r_factor

if TYPE_CHECKING:
    from rainfall_kit.records.run import Quadratic

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Scaling:
    """The inputs (inputs - centre) / scale.

    Attributes:
        centre: (d,), in the inputs' units.
        scale: (d,), in the inputs' units, nowhere 0.

    Example:
        >>> Scaling.of([0, 50], 10, n_inputs=2).scale
        array([10., 10.])
    """

    centre: Floats
    scale: Floats

    @classmethod
    def of(cls, centre: npt.ArrayLike, scale: npt.ArrayLike, n_inputs: int) -> Scaling:
        """One for d inputs, from (d,) numbers or one for all.

        Raises:
            OptionError: another shape, a scale of 0, or a number that is not finite.

        Example:
            >>> Scaling.of(0, [1, 2, 4], n_inputs=3).centre
            array([0., 0., 0.])
        """
        try:
            c = np.broadcast_to(np.asarray(centre, dtype=np.float64), (n_inputs,))
            s = np.broadcast_to(np.asarray(scale, dtype=np.float64), (n_inputs,))
        except (TypeError, ValueError):
            raise OptionError(
                f"centre and scale must be one number or {n_inputs} of them, "
                f"got {centre!r} and {scale!r}. Try: bowl.rescaled(bowl.means, bowl.stds)"
            ) from None
        if not (np.isfinite(c).all() and np.isfinite(s).all() and s.all()):
            raise OptionError(
                f"centre must be finite and scale not 0, got {centre!r} and {scale!r}. "
                "Try: bowl.rescaled(bowl.means, bowl.stds)"
            )
        return cls(centre=c, scale=s)

    def of_table(self, quadratic: Quadratic) -> Quadratic:
        """The factor that the table would have in these units.

        Example:
            >>> from rainfall_kit.quadratic.qr import qr_factor
            >>> raw = qr_factor([([[1.0], [3.0]], [[1.0], [2.0]])])
            >>> abs(Scaling.of(2.0, 1.0, 1).of_table(raw).factor[0][1]) < 1e-12  # Σz is 0 now
            True
        """
        d = quadratic.n_inputs
        table = np.array(quadratic.factor)
        table[:, :d] = (table[:, :d] - table[:, d : d + 1] * self.centre) / self.scale
        return as_quadratic(quadratic.rows, d, r_factor(table))

    def of_params(self, w: Floats, b: Floats) -> tuple[Floats, Floats]:
        """The w (..., k, d) and b (..., k) that predict the same in these units.

        Example:
            >>> Scaling.of(50, 10, 1).of_params(np.array([[2.0]]), np.array([1.0]))
            (array([[20.]]), array([101.]))
        """
        return w * self.scale, b + w @ self.centre

    def undone(self, w: Floats, b: Floats) -> tuple[Floats, Floats]:
        """The way back from `of_params`.

        Example:
            >>> Scaling.of(50, 10, 1).undone(np.array([[20.0]]), np.array([101.0]))
            (array([[2.]]), array([1.]))
        """
        raw = w / self.scale
        return raw, b - raw @ self.centre


def standard_scaling(quadratic: Quadratic) -> Scaling:
    """The units in which each input has mean 0 and standard deviation 1 (divided by n).

    An input that never varies keeps its scale.

    Example:
        >>> from rainfall_kit.quadratic.qr import qr_factor
        >>> standard = standard_scaling(qr_factor([([[1.0], [5.0]], [[1.0], [2.0]])]))
        >>> standard.centre.round(9), standard.scale.round(9)
        (array([3.]), array([2.]))
    """
    d = quadratic.n_inputs
    factor = np.array(quadratic.factor)[: d + 1]
    inputs, ones = factor[:, :d], factor[:, d]
    means = np.asarray(ones @ inputs) / quadratic.rows  # (d,)
    stds = np.linalg.norm(inputs - ones[:, None] * means, axis=0) / np.sqrt(quadratic.rows)
    noise = np.finfo(np.float64).eps * quadratic.rows * np.abs(means)
    return Scaling(centre=means, scale=np.where(stds > noise, stds, 1.0))
