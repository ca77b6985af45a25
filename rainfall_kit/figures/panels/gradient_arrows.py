"""Gradient arrows: which way is down, and how steep, for each entry of w and b."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rainfall_kit.figures.layout import (
    BOTTOM,
    COLOURS,
    COLUMN_END,
    SUBTITLE,
    TEXT_COLOURS,
    TOP,
    WIDTH,
    heading,
)
from rainfall_kit.figures.number_format import fill
from rainfall_kit.figures.scale import Scale
from rainfall_kit.figures.svg import element, text

if TYPE_CHECKING:
    from collections.abc import Sequence

GRAD = "{grad:4}"
HEAD, WING = 7, 5  # of an arrow: how long its head is, and how far from the shaft it reaches

_LEFT, _RIGHT = 150, 390  # of the arrows, between the names and the numbers


def gradient_scale(steepest: float) -> Scale:
    """The axis of the arrows: signed powers of ten, so that steep and flat can be seen together.

    An arrow of gradient g reaches to ``-sign(g)·log10(1 + |g|)`` on it.
    """
    most = math.log10(1 + steepest) or 1.0
    return Scale(low=-most, high=most, start=_LEFT, end=_RIGHT)


def gradient_panel(
    x: Scale,
    names: Sequence[str],
    crops: Sequence[int],
    grads: Sequence[float],
    *,
    left_out: int = 0,
) -> str:
    """The picture; an arrow to the right says that raising this number lowers the loss.

    Args:
        x: the scale that `gradient_scale` made.
        names: of the entries.
        crops: which crop each entry belongs to.
        grads: ∂loss/∂entry.
        left_out: how many more entries there are.
    """
    height = (BOTTOM - TOP) / max(len(names), 1)
    middle = (_LEFT + _RIGHT) / 2
    first = f"{left_out} more not drawn ·" if left_out else "long arrows are steep:"
    arrows = [
        _arrow(x, TOP + (i + 0.5) * height, i, name, crop % len(COLOURS), grad)
        for i, (name, crop, grad) in enumerate(zip(names, crops, grads, strict=True))
    ]
    return heading("Which way is down, and how steep", 40) + element(
        "g",
        text("← lower it", _LEFT, SUBTITLE, opacity=0.75),
        text("raise it →", _RIGHT, SUBTITLE, opacity=0.75, text_anchor="end"),
        text("gradient", COLUMN_END, SUBTITLE, opacity=0.75, text_anchor="end"),
        element("line", x1=middle, x2=middle, y1=TOP, y2=BOTTOM, stroke="currentColor",
                stroke_opacity=0.35),
        *arrows,
        text(f"{first} each tenfold gradient adds the same length", WIDTH / 2,
             BOTTOM + 20, text_anchor="middle", opacity=0.75),
        class_="rk-plot rk-gradients",
        **x.data("x"),
    )  # fmt: skip


def _arrow(x: Scale, y: float, index: int, name: str, colour: int, grad: float) -> str:
    way = -math.copysign(math.log10(1 + abs(grad)), grad) if math.isfinite(grad) else 0.0
    tip = x.clip(way)
    back = HEAD if tip < x(0) else -HEAD
    return element(
        "g",
        text(name[:22], _LEFT - 10, 4, text_anchor="end", fill=TEXT_COLOURS[colour]),
        element("path", class_="rk-shaft", fill="none", stroke=COLOURS[colour], stroke_width=2.4,
                d=f"M{x(0):.1f},0H{tip:.1f}m{back},{-WING}l{-back},{WING}l{back},{WING}"),
        text(fill(GRAD, grad=grad), COLUMN_END, 4, text_anchor="end", class_="rk-value"),
        class_="rk-arrow",
        data_index=index,
        transform=f"translate(0 {y:.1f})",
    )  # fmt: skip
