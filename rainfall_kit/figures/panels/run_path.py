"""The path of a run's w and b down the bowl, on rings of equal loss, one path for each crop."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rainfall_kit.errors import DataError, OptionError
from rainfall_kit.figures.contours import (
    CONTOURS,
    contour_plot,
    contour_scales,
    describe_ends,
    path_of,
)
from rainfall_kit.figures.layout import LEFT, TOP, heading
from rainfall_kit.figures.svg import text
from rainfall_kit.quadratic.bowl import Bowl

if TYPE_CHECKING:
    from rainfall_kit.records.run import Run

Floats = npt.NDArray[np.float64]


def path_panel(run: Run) -> str:
    """The picture, as markup that stands in a `rainfall_kit.figures.layout.figure`.

    Example:
        >>> from rainfall_kit.records.run import Run
        >>> "without steps" in path_panel(Run(steps=(), final_loss=2.0))
        True
    """
    bowl, path = bowl_of(run), _path(run)
    if bowl is None or path is None:
        words = "It cannot be drawn without steps and the data that they fit."
        return heading(CONTOURS) + text(words, LEFT, TOP)
    return heading(CONTOURS) + contour_plot(
        bowl,
        path,
        *contour_scales(bowl, path),
        input_names=names_of(run)[0],
        crop_names=names_of(run)[1],
    )


def bowl_of(run: Run) -> Bowl | None:
    """The bowl of the data of a run; None without data that its steps fit.

    Example:
        >>> from rainfall_kit.records.run import Run
        >>> bowl_of(Run(steps=(), final_loss=2.0)) is None
        True
    """
    if run.quadratic is None or not run.steps:
        return None
    try:
        bowl = Bowl.from_record(run.quadratic)
        bowl.loss(run.steps[0].w, run.steps[0].b)
    except (DataError, OptionError, ValueError):
        return None
    return bowl


def _path(run: Run) -> Floats | None:
    """(T, 2, k): each crop's distance from its lowest point along x and y, while it is a number."""
    bowl = bowl_of(run)
    if bowl is None:
        return None
    try:
        w = np.array([*(step.w for step in run), run.steps[-1].w_after])  # (T, k, d)
        b = np.array([*(step.b for step in run), run.steps[-1].b_after])  # (T, k)
    except ValueError:  # the shapes changed on the way
        return None
    path = path_of(bowl, w, b)
    return path if len(path) else None


def names_of(run: Run) -> tuple[list[str], list[str]]:
    """A name for each input and for each crop of a run that has steps.

    Example:
        >>> from rainfall_kit.records.run import Run, Step
        >>> step = Step(number=1, lr=None, loss=0.0, w=((0.0,),), b=(0.0,), w_after=((0.0,),), b_after=(0.0,))
        >>> names_of(Run(steps=(step,), final_loss=0.0))
        (['x0'], ['crop 0'])
    """
    w = run.steps[0].w
    d, k = len(w[0]), len(w)
    inputs = list(run.input_names) if len(run.input_names) == d else _numbered("x", d)
    crops = list(run.crop_names) if len(run.crop_names) == k else _numbered("crop ", k)
    return inputs, crops


def _numbered(stem: str, count: int) -> list[str]:
    return [f"{stem}{i}" for i in range(count)]


def describe_path(run: Run) -> str:
    """The picture in words, for a screen reader.

    Example:
        >>> from rainfall_kit.records.run import Run
        >>> describe_path(Run(steps=(), final_loss=2.0))
        'The path cannot be drawn: there are no steps, or no data that they fit.'
    """
    path = _path(run)
    if path is None:
        return "The path cannot be drawn: there are no steps, or no data that they fit."
    return describe_ends(path, names_of(run)[1])
