"""Constants that the explorers' scripts compute from: the bowl, turned as the pictures turn it, as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rainfall_kit.figures.contours import steepest_two
from rainfall_kit.records.json_record import plain_number

if TYPE_CHECKING:
    import numpy.typing as npt

    from rainfall_kit.explorers.explored_data import ExploredData


def plain(values: Any) -> Any:
    """Numbers, in lists or not, as JSON can tell them: NaN and the infinities by JavaScript's names.

    Example:
        >>> plain([1.5, [float("-inf"), None]])
        [1.5, ['-Infinity', None]]
    """
    if isinstance(values, (list, tuple)):
        return [plain(value) for value in values]
    return None if values is None else plain_number(values)


def theta_of(w: Any, b: Any) -> list[list[float]]:
    """w (k, d) and b (k,) as the one table that the script works on, (d+1, k).

    Example:
        >>> theta_of([[1.0, 2.0]], [3.0])
        [[1.0], [2.0], [3.0]]
    """
    return [*map(list, zip(*w, strict=True)), list(b)]


def in_order(w: npt.ArrayLike, b: npt.ArrayLike) -> list[float]:
    """The entries of w, row by row, and then of b.

    Example:
        >>> in_order([[1.0, 2.0]], [3.0])
        [1.0, 2.0, 3.0]
    """
    return [*np.ravel(w).tolist(), *np.ravel(b).tolist()]


def quadratic_constants(data: ExploredData) -> dict[str, Any]:
    """The triangular factor of the data, from which loss and gradient anywhere follow."""
    factor, d1 = np.array(data.quadratic.factor), data.bowl.n_inputs + 1
    return {
        "a": factor[:d1, :d1].tolist(),
        "y": factor[:d1, d1:].tolist(),
        "rest": float((factor[d1:, d1:] ** 2).sum()),
        "elements": data.bowl.elements,
    }


def bowl_constants(data: ExploredData) -> dict[str, Any]:
    """The numbers of the closed form, its first two directions turned as `steepest_two` turns them."""
    bowl = data.bowl
    directions = bowl.directions.copy()
    directions[:, [1, 0]] = steepest_two(bowl)
    low_w, low_b = bowl.minimum
    minimum = np.vstack([low_w.T, low_b])  # (d+1, k)
    start = np.vstack([np.array(data.w).T, data.b])
    along = directions.T @ (start - minimum)  # (d+1, k)
    return {
        "eigenvalues": bowl.eigenvalues.tolist(),
        "directions": directions.tolist(),
        "minimum": minimum.tolist(),
        "start": along.tolist(),
        "heights": (0.5 * bowl.eigenvalues * (along**2).sum(axis=1)).tolist(),
        "floor": bowl.floor,
    }
