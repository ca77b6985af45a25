"""What the script computes from: the constants of the bowl, turned as the pictures turn them, as JSON.

>>> from rainfall_kit.explorers.explored_data import scene_of
>>> round(bowl_constants(scene_of())["floor"], 4)
0.4831
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rainfall_kit.figures.contours import steepest_two
from rainfall_kit.records.json_record import plain_number

if TYPE_CHECKING:
    from rainfall_kit.explorers.explored_data import Scene


def plain(values: Any) -> Any:
    """Numbers, in lists or not, as JSON can tell them: NaN and the infinities by JavaScript's names.

    Example:
        >>> plain([1.5, [float("-inf"), None]])
        [1.5, ['-Infinity', None]]
    """
    if isinstance(values, (list, tuple)):
        return [plain(each) for each in values]
    return None if values is None else plain_number(values)


def theta_of(w: Any, b: Any) -> list[list[float]]:
    """w (k, d) and b (k,) as the one table that the script works on, (d+1, k).

    Example:
        >>> theta_of([[1.0, 2.0]], [3.0])
        [[1.0], [2.0], [3.0]]
    """
    return [*map(list, zip(*w, strict=True)), list(b)]


def quadratic_constants(scene: Scene) -> dict[str, Any]:
    """What loss and gradient anywhere need: the triangular factor of the data."""
    factor, d1 = np.array(scene.quadratic.factor), scene.bowl.n_inputs + 1
    return {
        "a": factor[:d1, :d1].tolist(),
        "y": factor[:d1, d1:].tolist(),
        "rest": float((factor[d1:, d1:] ** 2).sum()),
        "elements": scene.bowl.elements,
    }


def bowl_constants(scene: Scene) -> dict[str, Any]:
    """What the closed form needs, its first two directions turned as `steepest_two` turns them."""
    bowl = scene.bowl
    directions = bowl.directions.copy()
    directions[:, [1, 0]] = steepest_two(bowl)
    low_w, low_b = bowl.minimum
    minimum = np.vstack([low_w.T, low_b])  # (d+1, k)
    start = np.vstack([np.array(scene.w).T, scene.b])
    along = directions.T @ (start - minimum)  # (d+1, k)
    return {
        "eigenvalues": bowl.eigenvalues.tolist(),
        "directions": directions.tolist(),
        "minimum": minimum.tolist(),
        "start": along.tolist(),
        "heights": (0.5 * bowl.eigenvalues * (along**2).sum(axis=1)).tolist(),
        "floor": bowl.floor,
    }
