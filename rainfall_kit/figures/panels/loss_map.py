"""Loss map: rings of equal loss over the two numbers w and b of one line, with the path that was taken."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

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
from rainfall_kit.figures.number_format import short
from rainfall_kit.figures.panels.fitted_line import near
from rainfall_kit.figures.scale import Scale
from rainfall_kit.figures.svg import curve, dot, dots, element, ring, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy.typing as npt

    from rainfall_kit.quadratic.bowl import Bowl

    Floats = npt.NDArray[np.float64]

DOTS = 40  # steps of a path that are dotted, the first ones

_CORNERS = 72  # of a ring
_LEAST_RING = 7  # units of the picture: the half height of the smallest one
_BETWEEN_LABELS = 13
_ROOM = 1.15


def map_ranges(bowl: Bowl, start: tuple[float, float]) -> tuple[tuple[float, float], ...]:
    """From where to where w and b are shown: the ring of the start's loss, inside round numbers.

    No run whose loss falls leaves that ring. The ring of w = b = 0 has room, too: the start may be the
    lowest point itself.
    """
    lowest = np.array([bowl.minimum[0][0, 0], bowl.minimum[1][0]])
    away = np.array([start, (0.0, 0.0)]) - lowest
    added = float((0.5 * (away @ bowl.hessian) * away).sum(axis=1).max())
    half = np.sqrt(2 * (added or 1.0) * np.diag(np.linalg.inv(bowl.hessian))) * _ROOM
    return tuple(
        _around(float(low), float(high))
        for low, high in zip(lowest - half, lowest + half, strict=True)
    )


def _around(low: float, high: float) -> tuple[float, float]:
    unit = 10.0 ** math.floor(math.log10((high - low) / 2)) / 2
    return math.floor(low / unit) * unit, math.ceil(high / unit) * unit


def map_panel(
    bowl: Bowl,
    path: Sequence[tuple[float, float]],
    ranges: tuple[tuple[float, float], ...],
    *,
    input_name: str,
    crop_name: str,
) -> str:
    """The picture; a script lets a hand take hold of it.

    Args:
        bowl: of one input and one crop.
        path: w and b where the line has been, the latest last.
        ranges: of w and of b.
        input_name: w is one unit of the crop for one of it.
        crop_name: the crop.
    """
    (w_low, w_high), (b_low, b_high) = ranges
    x = Scale(low=w_low, high=w_high, start=LEFT, end=RIGHT)
    y = Scale(low=b_low, high=b_high, start=BOTTOM, end=TOP)
    xs, ys = [near(x(w)) for w, _ in path], [near(y(b)) for _, b in path]
    marks = [
        *_rings(bowl, x, y),
        curve("rk-path", xs, ys, COLOURS[1]),
        dots("rk-steps", xs[1 : DOTS + 1], ys[1 : DOTS + 1], COLOURS[1]),
        ring("rk-start", xs[0], ys[0], COLOURS[1]),
        dot("rk-end", xs[-1], ys[-1], COLOURS[1], r=6),
    ]
    window = element(
        "svg",
        element("g", *marks, transform=f"translate({-LEFT} {-TOP})"),
        x=LEFT, y=TOP, width=RIGHT - LEFT, height=BOTTOM - TOP, overflow="hidden",
    )  # fmt: skip
    grab = element(
        "rect", class_="rk-grab", x=LEFT, y=TOP, width=RIGHT - LEFT, height=BOTTOM - TOP,
        fill="none", pointer_events="all", data_grab='["w","b"]',
    )  # fmt: skip
    cx, cy = x(float(bowl.minimum[0][0, 0])), y(float(bowl.minimum[1][0]))
    cross = f"M{cx - 5:.1f},{cy:.1f}h10M{cx:.1f},{cy - 5:.1f}v10"
    middle = (LEFT + RIGHT) / 2
    return heading("The loss over w and b: click, or drag the dot") + element(
        "g",
        axes(x, y, x.ticks(), grid=False),
        window,
        element("path", class_="rk-lowest", d=cross, stroke="currentColor", stroke_width=2),
        grab,
        text(f"↑ b: {crop_name} where {input_name} is 0"[:60], LEFT, SUBTITLE, opacity=0.75),
        text(f"→ w: {crop_name} per unit of {input_name}"[:60], middle, AXIS_TITLE,
             text_anchor="middle", opacity=0.75),
        text("+ lowest loss · ○ start · ● now · on the rings: what is added", middle, KEY,
             text_anchor="middle", opacity=0.75),
        class_="rk-plot rk-map",
        **x.data("x"),
        **y.data("y"),
    )  # fmt: skip


def _rings(bowl: Bowl, x: Scale, y: Scale) -> list[str]:
    """Rings ½ dᵀHd = added loss around the lowest point, for 1, 3, 10, 30, … that are in view."""
    values, vectors = bowl.eigenvalues, bowl.directions  # (2,), (2, 2)
    lowest = np.array([bowl.minimum[0][0, 0], bowl.minimum[1][0]])
    corners = np.array([[w, b] for w in (x.low, x.high) for b in (y.low, y.high)]) - lowest
    most = float((0.5 * (corners @ bowl.hessian) * corners).sum(axis=1).max())
    turn = np.linspace(0, 2 * math.pi, _CORNERS + 1)
    circle = np.array([np.cos(turn), np.sin(turn)])  # (2, corners)
    rings: list[str] = []
    free = math.inf
    power = math.floor(math.log10(most))
    for added in (m * 10.0**p for p in range(power - 4, power + 1) for m in (1, 3)):
        places = lowest[:, None] + vectors @ (np.sqrt(2 * added / values)[:, None] * circle)
        xs, ys = [x(w) for w in places[0].tolist()], [y(b) for b in places[1].tolist()]
        if added > most or max(ys) - min(ys) < 2 * _LEAST_RING:
            continue
        rings.append(curve("rk-ring", xs, ys, "currentColor", stroke_width=1, stroke_opacity=0.35))
        top = int(np.argmin(ys))
        height = ys[top] - 2
        if TOP + 10 < height < free - _BETWEEN_LABELS and LEFT + 20 < xs[top] < RIGHT - 20:
            free = height
            rings.append(text(f"+{short(added)}", xs[top], height, text_anchor="middle"))
    return rings
