"""Loss axes: curves of losses over the steps, with the floor that no weights beat."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.figures.layout import (
    AXIS_TITLE,
    BOTTOM,
    COLOURS,
    LEFT,
    RIGHT,
    SUBTITLE,
    TOP,
    axes,
)
from rainfall_kit.figures.number_format import short
from rainfall_kit.figures.scale import Scale
from rainfall_kit.figures.svg import curve, dot, element, text

if TYPE_CHECKING:
    from collections.abc import Sequence

ABOVE = 30  # how many times the first loss an explorer shows: past it a run has diverged

# The label of the present loss: so far above its dot, so far below the upper edge at least; beside the
# dot where that leaves no room; and so far from both ends of the axis.
NOW_ABOVE, NOW_BELOW_EDGE, NOW_BESIDE = 11, 8, 44
NOW_FROM_START, NOW_FROM_END = 36, 30


def steps_scale(most: int) -> Scale:
    """The horizontal axis from 0 to so many steps."""
    return Scale(low=0, high=max(most, 1), start=LEFT, end=RIGHT)


def losses_scale(values: Sequence[float], *, log: bool) -> Scale:
    """The vertical axis that shows all of some losses, which are finite."""
    if not log:
        margin = (max(values) / 20 - min(values) / 20) or 1.0
        return Scale(low=min(values) - margin, high=max(values) + margin, start=BOTTOM, end=TOP)
    powers = np.log10([value for value in values if value > 0])
    margin = 0.1 * (powers.max() - powers.min()) + 0.1
    low, high = powers.min() - margin, min(powers.max() + margin, 308)
    return Scale(low=float(10**low), high=float(10**high), start=BOTTOM, end=TOP, log=True)


def loss_plot(x: Scale, y: Scale, floor: float | None, *markers: str) -> str:
    """Axes, floor and markers.

    Args:
        x: the scale of the steps.
        y: the scale of the losses.
        floor: the smallest loss that any weights reach; None draws no floor.
        markers: what stands on them.
    """
    return element(
        "g",
        axes(x, y, [tick for tick in x.ticks() if tick == int(tick)], grid=True),
        text("steps taken", (LEFT + RIGHT) / 2, AXIS_TITLE, text_anchor="middle"),
        text("mean squared error" + (" (log axis)" if y.log else ""), LEFT, SUBTITLE, opacity=0.75),
        "" if floor is None else _floor_line(floor, y),
        *markers,
        class_="rk-plot rk-loss",
        **x.data("x"),
        **y.data("y"),
    )


def _floor_line(floor: float, y: Scale) -> str:
    height = y(floor)
    line = element(
        "line", class_="rk-floor", x1=LEFT, x2=RIGHT, y1=height, y2=height, stroke="currentColor",
        stroke_dasharray="5 4",
    )  # fmt: skip
    words = f"{short(floor, 4)}: no weights reach less"
    below = height + 14 if height + 18 < BOTTOM else height - 5
    return line + text(words, LEFT + 8, below, class_="rk-floor-label")


def loss_curve(
    kind: str,
    x: Scale,
    y: Scale,
    numbers: Sequence[int],
    losses: Sequence[float],
    colour: str = COLOURS[0],
    **more: str | float,
) -> str:
    """A curve of losses, up to where it leaves the picture."""
    out = next((i for i, loss in enumerate(losses) if not loss <= y.high), len(losses) - 1)
    heights = [y.clip(loss) for loss in losses[: out + 1]]
    xs = [x(number) for number in numbers[: out + 1]]
    return curve(kind, xs, heights, colour, **more)


def loss_now(x: Scale, y: Scale, number: int, loss: float) -> str:
    """A dot on the curve with its loss beside it; at the upper edge if the loss is above."""
    cx, cy = x(number), y.clip(loss)
    height, place = cy - NOW_ABOVE, cx
    if height < y.end + NOW_BELOW_EDGE:
        height = y.end + NOW_BELOW_EDGE
        place += NOW_BESIDE if cx < (x.start + x.end) / 2 else -NOW_BESIDE
    words = text(
        short(loss), min(max(place, x.start + NOW_FROM_START), x.end - NOW_FROM_END), height,
        class_="rk-now-label", text_anchor="middle", font_weight=600,
    )  # fmt: skip
    return dot("rk-now", cx, cy, COLOURS[0], r=5) + words
