"""The loss curve: the losses of a run against its steps, over the floor that no weights beat.

The axis is logarithmic, or linear where a loss is negative. Long runs are thinned so that each
column of the picture keeps its lowest and highest loss. The line ends where losses are past all
numbers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.notebook.losses import known_losses
from rainfall_kit.notebook.numerals import short
from rainfall_kit.notebook.panel import BOTTOM, COLOURS, LEFT, RIGHT, TOP, axes
from rainfall_kit.notebook.path_panel import bowl_of
from rainfall_kit.notebook.svg import Scale, element, points, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rainfall_kit.notebook.losses import KnownLosses
    from rainfall_kit.records import Run

__all__ = ["describe_losses", "loss_panel"]

_BINS = 128  # more would not be seen
_BELOW = 1e5  # a floor so many times below the losses would press the curve flat


def loss_panel(run: Run) -> str:
    """The picture, as markup that stands in a `rainfall_kit.notebook.panel.figure`.

    Example:
        >>> from rainfall_kit.records import Run
        >>> "log axis" in loss_panel(Run(steps=(), final_loss=2.0))
        True
    """
    known = known_losses(run)
    heading = text("Loss, step by step", LEFT, 16, font_weight=600)
    if not known.values:
        return heading + text("There is no loss that is a number.", LEFT, TOP)
    floor = _floor(run, known)
    log = min(known.values) >= 0 and max(known.values) > 0
    y = _scale([*known.values, *([] if floor is None else [floor])], log)
    x = Scale(low=0, high=max(run.numbers[-1], 1), start=LEFT, end=RIGHT)
    kept = _thin(known.values)
    xs = [x(known.numbers[i]) for i in kept]
    ys = [y(max(known.values[i], y.low)) for i in kept]
    return heading + element(
        "g",
        axes(x, y, [tick for tick in x.ticks() if tick == int(tick)], grid=True),
        text("steps taken", (LEFT + RIGHT) / 2, BOTTOM + 36, text_anchor="middle"),
        text("mean squared error" + (" (log axis)" if log else ""), LEFT, 36, opacity=0.75),
        "" if floor is None else _floor_line(floor, y),
        element(
            "path", class_="rk-curve", d=points(xs, ys), fill="none", stroke=COLOURS[0],
            stroke_width=2, stroke_linejoin="round",
        ),
        *_ends(known, xs, ys),
        class_="rk-plot rk-loss",
        **x.data("x"),
        **y.data("y"),
    )  # fmt: skip


def describe_losses(run: Run) -> str:
    """The picture in words, for a screen reader.

    Example:
        >>> from rainfall_kit.records import Run
        >>> describe_losses(Run(steps=(), final_loss=2.0))
        'The loss goes from 2 to 2 in 0 steps.'
    """
    bowl = bowl_of(run)
    floor = f" No weights reach less than {short(bowl.floor, 4)}." if bowl else ""
    went = f"from {short(run.losses[0])} to {short(run.final_loss)}"
    return f"The loss goes {went} in {run.epochs} steps.{floor}"


def _floor(run: Run, known: KnownLosses) -> float | None:
    """The floor, where it can be drawn in one picture with the losses."""
    bowl = bowl_of(run)
    lowest = min((loss for loss in known.values if loss > 0), default=0.0)
    return bowl.floor if bowl and bowl.floor > lowest / _BELOW else None


def _scale(values: Sequence[float], log: bool) -> Scale:
    if not log:
        margin = (max(values) / 20 - min(values) / 20) or 1.0
        return Scale(low=min(values) - margin, high=max(values) + margin, start=BOTTOM, end=TOP)
    powers = np.log10([value for value in values if value > 0])
    margin = 0.1 * (powers.max() - powers.min()) + 0.1
    low, high = powers.min() - margin, min(powers.max() + margin, 308)
    return Scale(low=float(10**low), high=float(10**high), start=BOTTOM, end=TOP, log=True)


def _thin(losses: Sequence[float]) -> list[int]:
    """Which points to draw: of each narrow column the first, the lowest, the highest and the last."""
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
    first = text(
        short(known.values[0]), xs[0] + 8, ys[0] + (-5 if falls else 14), class_="rk-start"
    )
    marks = [_dot(xs[0], ys[0]), first]
    if len(xs) > 1:
        words = short(known.values[-1])
        words += ", then past all numbers" if known.lost_after is not None else ""
        near = xs[-1] < LEFT + 200
        below = falls and ys[-1] + 34 < BOTTOM and not near
        height = ys[-1] + (17 if below else 4 if near else -9)
        place, anchor = (xs[-1] + 8, "start") if near else (xs[-1], "end")
        marks += [
            _dot(xs[-1], ys[-1]),
            text(words, place, max(height, TOP + 8), text_anchor=anchor, class_="rk-end"),
        ]
    return marks


def _dot(x: float, y: float) -> str:
    return element("circle", cx=x, cy=y, r=3.5, fill=COLOURS[0])


def _floor_line(floor: float, y: Scale) -> str:
    height = y(floor)
    line = element(
        "line", class_="rk-floor", x1=LEFT, x2=RIGHT, y1=height, y2=height, stroke="currentColor",
        stroke_dasharray="5 4",
    )  # fmt: skip
    words = f"{short(floor, 4)}: no weights reach less"
    below = height + 14 if height + 18 < BOTTOM else height - 5
    return line + text(words, LEFT + 8, below, class_="rk-floor-label")
