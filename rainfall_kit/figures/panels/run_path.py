"""Panel of a run's path: w and b on their way down the bowl, on rings of equal loss."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rainfall_kit.figures.contours import (
    CONTOURS,
    contour_plot,
    contour_scales,
    describe_ends,
    path_of,
)
from rainfall_kit.figures.layout import LEFT, TOP, heading
from rainfall_kit.figures.svg import text

if TYPE_CHECKING:
    from rainfall_kit.quadratic.run_data import RunData
    from rainfall_kit.records.run import Run

Floats = npt.NDArray[np.float64]


def path_panel(data: RunData) -> str:
    """The picture, as markup that stands in a `rainfall_kit.figures.layout.figure`."""
    path = _path(data)
    if data.bowl is None or path is None:
        words = "It cannot be drawn without steps and the data that they fit."
        return heading(CONTOURS) + text(words, LEFT, TOP)
    inputs, crops = names_of(data.run)
    w, b, *_ = data.run.variables or ("w", "b")
    return heading(f"Path of {w} and {b} on rings of equal loss") + contour_plot(
        data.bowl, path, *contour_scales(data.bowl, path), input_names=inputs, crop_names=crops
    )


def describe_path(data: RunData) -> str:
    """The picture in words, for a screen reader."""
    path = _path(data)
    if path is None:
        return "The path cannot be drawn: there are no steps, or no data that they fit."
    return describe_ends(path, names_of(data.run)[1])


def _path(data: RunData) -> Floats | None:
    """(T, 2, k): each crop's distance from its lowest point along x and y, while it is a number."""
    if data.bowl is None or data.path is None:
        return None
    path = path_of(data.bowl, data.path[..., :-1], data.path[..., -1])
    return path if len(path) else None


def names_of(run: Run) -> tuple[list[str], list[str]]:
    """A name for each input and for each output of a run that has steps.

    Example:
        >>> from rainfall_kit.records.run import Run, Step
        >>> step = Step(number=1, lr=None, loss=0.0, w=((0.0,),), b=(0.0,), w_after=((0.0,),), b_after=(0.0,))
        >>> names_of(Run(steps=(step,), final_loss=0.0))
        (['x0'], ['output 0'])
    """
    w = run.steps[0].w
    d, k = len(w[0]), len(w)
    inputs = list(run.input_names) if len(run.input_names) == d else _numbered("x", d)
    crops = list(run.crop_names) if len(run.crop_names) == k else _numbered("output ", k)
    return inputs, crops


def _numbered(stem: str, count: int) -> list[str]:
    return [f"{stem}{i}" for i in range(count)]
