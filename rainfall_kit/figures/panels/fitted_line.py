"""Fitted line: one input, one crop, a point for each row, and the line pred = w·x + b through them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.figures.layout import (
    AXIS_TITLE,
    BOTTOM,
    COLOURS,
    KEY,
    LEFT,
    RIGHT,
    SUBTITLE,
    TOP,
    axes,
    heading,
)
from rainfall_kit.figures.scale import Scale
from rainfall_kit.figures.svg import dot, element, text

if TYPE_CHECKING:
    from collections.abc import Sequence

FAR = 1e5  # units of the picture: a place further away is drawn there

_ROOM = 0.3  # of the largest number, on both sides


def line_scales(xs: Sequence[float], ys: Sequence[float]) -> tuple[Scale, Scale]:
    """The axes that show all points, zero, and some room for lines that miss them."""
    x_low, x_high = min(0.0, *xs), max(0.0, *xs)
    y_low, y_high = min(0.0, *ys), max(0.0, *ys)
    room = _ROOM * ((y_high - y_low) or 1.0)
    margin = 0.1 * ((x_high - x_low) or 1.0)
    return (
        Scale(
            low=x_low - margin * (x_low < 0), high=x_high + margin * (x_high > 0 or x_low == 0),
            start=LEFT, end=RIGHT,
        ),
        Scale(low=y_low - room, high=y_high + room, start=BOTTOM, end=TOP),
    )  # fmt: skip


def near(place: float) -> float:
    """A place in units of the picture, no further away than SVG's numbers hold."""
    return min(max(place, -FAR), FAR)


def line_panel(
    w: float,
    b: float,
    xs: Sequence[float],
    ys: Sequence[float],
    *,
    regions: Sequence[str],
    input_name: str,
    crop_name: str,
    left_out: int,
) -> str:
    """The picture.

    Args:
        w: the slope of the line.
        b: its height at 0.
        xs: n inputs.
        ys: n targets.
        regions: n names.
        input_name: of the horizontal axis.
        crop_name: of the vertical axis.
        left_out: how many further rows are not drawn.
    """
    x, y = line_scales(xs, ys)
    ends = [near(y(w * value + b)) for value in (x.low, x.high)]
    misses = [
        element(
            "line", class_="rk-miss", x1=x(at), x2=x(at), y1=y(target), y2=near(y(w * at + b)),
            stroke=COLOURS[1], stroke_width=2, stroke_opacity=0.6, data_row=row,
        )
        for row, (at, target) in enumerate(zip(xs, ys, strict=True))
    ]  # fmt: skip
    line = element(
        "line", class_="rk-fit", x1=LEFT, x2=RIGHT, y1=ends[0], y2=ends[1], stroke=COLOURS[0],
        stroke_width=2.6,
    )  # fmt: skip
    points = [
        dot("rk-point", x(at), y(target), "currentColor", r=4)
        for at, target in zip(xs, ys, strict=True)
    ]
    names = [
        text(name[:10], x(at), y(target) - 9, text_anchor="middle")
        for name, at, target in zip(regions, xs, ys, strict=True)
    ]
    window = element(  # an inner svg shows nothing outside itself
        "svg",
        element("g", *misses, line, transform=f"translate({-LEFT} {-TOP})"),
        x=LEFT, y=TOP, width=RIGHT - LEFT, height=BOTTOM - TOP, overflow="hidden",
    )  # fmt: skip
    more = f" · {left_out} more rows not drawn" if left_out else ""
    middle = (LEFT + RIGHT) / 2
    return heading("A line through the points") + element(
        "g",
        axes(x, y, x.ticks(), grid=True),
        window,
        *points,
        *names,
        text(f"↑ {crop_name}", LEFT, SUBTITLE, opacity=0.75),
        text(f"→ {input_name}", middle, AXIS_TITLE, text_anchor="middle", opacity=0.75),
        text(f"● target · line: prediction · bars: misses{more}", middle, KEY,
             text_anchor="middle", opacity=0.75),
        class_="rk-plot rk-line-plot",
        **x.data("x"),
        **y.data("y"),
    )  # fmt: skip
