"""What the script computes from: the constants of the bowl, turned as the pictures turn them.

>>> from rainfall_kit.notebook.explorers.scene import scene_of
>>> round(bowl_constants(scene_of())["floor"], 4)
0.4831
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rainfall_kit.notebook.contours import steepest_two

if TYPE_CHECKING:
    from rainfall_kit.notebook.explorers.scene import Scene

__all__ = ["bowl_constants"]


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
