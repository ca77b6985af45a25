"""Script constants: what the explorers' scripts draw with and compute from, as JSON.

The numbers and texts of the drawing are the figures' own, under the figures' names. The constants of the
bowl are turned as the pictures turn it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from rainfall_kit.figures import contours, layout, loss_axes, number_format, svg
from rainfall_kit.figures.contours import steepest_two
from rainfall_kit.figures.panels import (
    cross_section,
    fitted_line,
    gradient_arrows,
    half_lives,
    loss_map,
    predictions,
    tensor_table,
    worked_prediction,
    worked_step,
)
from rainfall_kit.records.json_record import plain_number

if TYPE_CHECKING:
    import numpy.typing as npt

    from rainfall_kit.explorers.explored_data import ExploredData


# The constants that a script may name. Nothing else of a drawing stands in a script.
_SHARED = {
    contours: "DOTTED_STEPS REACH MIX_DECIMALS MIX_LEAST MIX_NAME MIX_PARTS",
    cross_section: "ANGLE_DECIMALS LEAST_RING RATIO ROUND",
    fitted_line: "FAR",
    gradient_arrows: "GRAD HEAD WING",
    half_lives: "AT_ONCE HALF LEAST_BAR MIX NEVER SHORTEST",
    layout: "PAST PAST_WING",
    loss_map: "DOTS",
    loss_axes: "NOW_ABOVE NOW_BELOW_EDGE NOW_BESIDE NOW_FROM_END NOW_FROM_START",
    number_format: "DIGITS TINY",
    predictions: "PRED",
    svg: "DECIMALS",
    tensor_table: "CELL HOLDS NONE NOTHING",
    worked_prediction: "MOST_TERMS NUMBER TIMES",
    worked_step: "MOST_PREDS ONE_PRED WORKED",
}
DRAWING = {
    name: getattr(module, name) for module, names in _SHARED.items() for name in names.split()
}


def drawing_constants(script: str) -> str:
    """JavaScript that gives a script the constants of the drawing that it names.

    Example:
        >>> drawing_constants("values.slice(1, DOTTED_STEPS)")
        'const DOTTED_STEPS=40;'
    """
    named = set(re.findall(r"\b[A-Z][A-Z_]+\b", script)) & DRAWING.keys()
    given = [f"{name}={json.dumps(DRAWING[name], ensure_ascii=False)}" for name in sorted(named)]
    return f"const {','.join(given)};"


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
