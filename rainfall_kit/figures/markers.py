"""The marks that carry a figure's data: curves, dots and rows of dots, the same in every panel.

>>> print(dot("rk-end", 2, 3, "red"))
<circle class="rk-end" cx="2" cy="3" fill="red" r="4.5"/>
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.figures.svg import element, points

if TYPE_CHECKING:
    from collections.abc import Sequence


def curve(
    kind: str, xs: Sequence[float], ys: Sequence[float], colour: str, **more: str | float
) -> str:
    """A line through some places.

    Args:
        kind: its class, by which scripts and tests find it.
        xs: where it goes, in units of the figure.
        ys: the same, downwards.
        colour: of the line.
        more: further attributes.

    Example:
        >>> 'd="M0,2L1,3"' in curve("rk-curve", [0, 1], [2, 3], "red")
        True
    """
    attributes = {"stroke_width": 2, "stroke_linejoin": "round", **more}
    return element("path", class_=kind, d=points(xs, ys), fill="none", stroke=colour, **attributes)


def dot(kind: str, x: float, y: float, colour: str, **more: str | float) -> str:
    """A filled dot.

    Example:
        >>> 'r="4.5"' in dot("rk-now", 0, 0, "red")
        True
    """
    return element("circle", class_=kind, cx=x, cy=y, fill=colour, **{"r": 4.5, **more})


def ring(kind: str, x: float, y: float, colour: str, **more: str | float) -> str:
    """A dot that is not filled.

    Example:
        >>> 'stroke="red"' in ring("rk-start", 0, 0, "red")
        True
    """
    return dot(kind, x, y, "none", stroke=colour, stroke_width=2, **more)


def dots(
    kind: str, xs: Sequence[float], ys: Sequence[float], colour: str, **more: str | float
) -> str:
    """Small dots as one element, however many: lines of no length with round ends.

    Example:
        >>> 'd="M0,2h0M1,3h0"' in dots("rk-steps", [0, 1], [2, 3], "red")
        True
    """
    places = "".join(f"{points([x], [y])}h0" for x, y in zip(xs, ys, strict=True))
    attributes = {"stroke_width": 3.6, "stroke_linecap": "round", **more}
    return element("path", class_=kind, d=places, fill="none", stroke=colour, **attributes)
