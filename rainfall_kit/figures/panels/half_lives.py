"""Half-lives: how many epochs each direction of the bowl takes to halve, one bar for each."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rainfall_kit.figures.layout import (
    AXIS_TITLE,
    BOTTOM,
    COLOURS,
    COLUMN_END,
    SUBTITLE,
    TOP,
    heading,
    x_axis,
)
from rainfall_kit.figures.number_format import fill
from rainfall_kit.figures.scale import Scale
from rainfall_kit.figures.svg import element, text

if TYPE_CHECKING:
    from collections.abc import Sequence

SHORTEST, LONGEST = 0.1, 1e8  # epochs on the axis
LEAST_BAR = 1
MIX, HALF, AT_ONCE, NEVER = "λ = {value:4}: {mix}", "{half:4}", "at once", "never"

_LEFT, _RIGHT = 24, 370


def half_life_scale() -> Scale:
    """The axis of epochs, from a tenth to a hundred million."""
    return Scale(low=SHORTEST, high=LONGEST, start=_LEFT, end=_RIGHT, log=True)


def half_life_panel(
    x: Scale,
    mixes: Sequence[str],
    eigenvalues: Sequence[float],
    halves: Sequence[float],
    *,
    left_out: int = 0,
) -> str:
    """The picture; a bar past the axis ends at its end.

    Args:
        x: the scale of epochs.
        mixes: what each direction is mixed from.
        eigenvalues: how curved the bowl is along each.
        halves: epochs until the distance along it is halved.
        left_out: how many flatter directions there are.
    """
    steepest = f"the {len(mixes)} steepest of {len(mixes) + left_out} directions"
    of = steepest if left_out else "each direction"
    height = (BOTTOM - TOP) / max(len(mixes), 1)
    rows = zip(mixes, eigenvalues, halves, strict=True)
    bars = [
        _bar(x, TOP + i * height, height, i, mix, value, half)
        for i, (mix, value, half) in enumerate(rows)
    ]
    return heading("Epochs until each direction is halved", _LEFT) + element(
        "g",
        text(f"of {of}: λ, and what it is mixed from", _LEFT, SUBTITLE, opacity=0.75),
        x_axis(x),
        *bars,
        text("epochs (log axis)", (_LEFT + _RIGHT) / 2, AXIS_TITLE, text_anchor="middle"),
        class_="rk-plot rk-halves",
        **x.data("x"),
    )


def _bar(
    x: Scale, top: float, height: float, index: int, mix: str, value: float, half: float
) -> str:
    size = min(height * 0.4, 18)
    y = top + height - size - 4
    end = x.clip(half)
    colour = COLOURS[index % len(COLOURS)]
    return element(
        "g",
        text(fill(MIX, value=value, mix=mix), _LEFT, y - 5, class_="rk-mix"),
        element("rect", class_="rk-bar", x=x.start, y=y, width=max(end - x.start, LEAST_BAR), height=size,
                fill=colour),
        text(epochs(half), COLUMN_END, y + size - 3, text_anchor="end", class_="rk-value",
             font_weight=600),
        class_="rk-half",
        data_index=index,
    )  # fmt: skip


def epochs(half: float) -> str:
    """A half-life as a text.

    Example:
        >>> epochs(3.5), epochs(0.0), epochs(math.inf)
        ('3.5', 'at once', 'never')
    """
    return NEVER if half == math.inf else AT_ONCE if half < SHORTEST else fill(HALF, half=half)
