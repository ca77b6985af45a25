"""Panel of a run's loss curve: the losses against the steps, over the floor that no weights beat.

The axis is logarithmic, or linear where a loss is negative. Long runs are thinned so that each
column of the picture keeps its lowest and highest loss. The line ends where losses are past all
numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rainfall_kit.figures.layout import BOTTOM, COLOURS, LEFT, TOP, heading
from rainfall_kit.figures.loss_axes import loss_plot, losses_scale, steps_scale
from rainfall_kit.figures.number_format import short
from rainfall_kit.figures.svg import curve, dot, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rainfall_kit.quadratic.run_data import KnownLosses, RunData

_BINS = 128  # more would not be seen
_LETTER = 6.5  # px: the width of one
_BELOW = 1e5  # a floor so many times below the losses would press the curve flat


def loss_panel(data: RunData) -> str:
    """The picture, as markup that stands in a `rainfall_kit.figures.layout.figure`."""
    known = data.known_losses
    title = heading("Loss, step by step")
    if not known.values:
        return title + text("There is no loss that is a number.", LEFT, TOP)
    floor = _floor(data)
    log = min(known.values) >= 0 and max(known.values) > 0
    y = losses_scale([*known.values, *([] if floor is None else [floor])], log=log)
    x = steps_scale(data.run.numbers[-1])
    kept = _thin(known.values)
    xs = [x(known.numbers[i]) for i in kept]
    ys = [y(max(known.values[i], y.low)) for i in kept]
    line = curve("rk-curve", xs, ys, COLOURS[0])
    return title + loss_plot(x, y, floor, line, *_ends(known, xs, ys))


def describe_losses(data: RunData) -> str:
    """The picture in words, for a screen reader.

    Example:
        >>> from rainfall_kit.quadratic.run_data import RunData
        >>> from rainfall_kit.records.run import Run
        >>> describe_losses(RunData(Run(steps=(), final_loss=2.0)))
        'The loss goes from 2 to 2 in 0 steps.'
    """
    run, bowl = data.run, data.bowl
    floor = f" No weights reach less than {short(bowl.floor, 4)}." if bowl else ""
    went = f"from {short(run.losses[0])} to {short(run.final_loss)}"
    return f"The loss goes {went} in {run.epochs} steps.{floor}"


def _floor(data: RunData) -> float | None:
    """The floor, where it can be drawn in one picture with the losses."""
    lowest = min((loss for loss in data.known_losses.values if loss > 0), default=0.0)
    return data.bowl.floor if data.bowl and data.bowl.floor > lowest / _BELOW else None


def _thin(losses: Sequence[float]) -> list[int]:
    """Indices of the points to draw: of each narrow column the first, the lowest, the highest and the last."""
    if len(losses) <= 4 * _BINS:
        return list(range(len(losses)))
    kept: set[int] = set()
    for part in np.array_split(np.arange(len(losses)), _BINS):
        values = np.array([losses[i] for i in part])
        kept |= {part[0], part[-1], part[values.argmin()], part[values.argmax()]}
    return sorted(int(i) for i in kept)


def _ends(known: KnownLosses, xs: Sequence[float], ys: Sequence[float]) -> list[str]:
    """The first and last loss: a dot and the number, where the line does not run."""
    falls = ys[-1] > ys[0]
    words = short(known.values[0])
    rises = (_heights(xs, ys, xs[0], xs[0] + 8 + len(words) * _LETTER) < ys[0] - 4).any()
    first = text(words, xs[0] + 8, ys[0] + (14 if rises else -5), class_="rk-start")
    marks = [dot("rk-point", xs[0], ys[0], COLOURS[0], r=3.5), first]
    if len(xs) > 1:
        words = short(known.values[-1])
        words += ", then past all numbers" if known.lost_after is not None else ""
        near = xs[-1] < LEFT + 200
        room = falls and ys[-1] + 34 < BOTTOM and not near
        before = _heights(xs, ys, xs[-1] - len(words) * _LETTER, xs[-1])
        below = room and not (before > ys[-1] + 4).any()
        height = ys[-1] + (17 if below else 4 if near else -9)
        place, anchor = (xs[-1] + 8, "start") if near else (xs[-1], "end")
        marks += [
            dot("rk-point", xs[-1], ys[-1], COLOURS[0], r=3.5),
            text(words, place, max(height, TOP + 8), text_anchor=anchor, class_="rk-end"),
        ]
    return marks


def _heights(
    xs: Sequence[float], ys: Sequence[float], start: float, end: float
) -> npt.NDArray[np.float64]:
    """Where the line runs between two places, which words there would take."""
    return np.interp(np.linspace(start, end, 20), xs, ys)
