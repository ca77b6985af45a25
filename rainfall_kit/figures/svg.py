"""SVG elements as text, and the markers that carry a figure's data: curves, dots and rings."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

DECIMALS = 1  # a tenth of a unit: no eye can tell it from the exact place


def element(tag: str, *children: str, **attributes: str | float) -> str:
    """One SVG element; children are markup already, attributes are escaped.

    A name's underscores become hyphens, and one at the end goes: ``class_``, ``stroke_dasharray``.

    Example:
        >>> element("g", "<b/>", data_axis='"x"')
        '<g data-axis="&quot;x&quot;"><b/></g>'
    """
    names = ((name.rstrip("_").replace("_", "-"), value) for name, value in attributes.items())
    parts = "".join(f' {name}="{_attribute(value)}"' for name, value in names)
    inside = "".join(children)
    return f"<{tag}{parts}>{inside}</{tag}>" if inside else f"<{tag}{parts}/>"


def text(content: str, x: float, y: float, **attributes: str | float) -> str:
    """A line of text at a place.

    Example:
        >>> text("1 < 2", 0, 10)
        '<text x="0" y="10">1 &lt; 2</text>'
    """
    return element("text", html.escape(content, quote=False), x=x, y=y, **attributes)


def points(xs: Sequence[float], ys: Sequence[float]) -> str:
    """The path through some places."""
    places = (f"{_number(x)},{_number(y)}" for x, y in zip(xs, ys, strict=True))
    return "M" + "L".join(places)


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
    """
    attributes = {"stroke_width": 2, "stroke_linejoin": "round", **more}
    return element("path", class_=kind, d=points(xs, ys), fill="none", stroke=colour, **attributes)


def dot(kind: str, x: float, y: float, colour: str, **more: str | float) -> str:
    """A filled dot."""
    return element("circle", class_=kind, cx=x, cy=y, fill=colour, **{"r": 4.5, **more})


def ring(kind: str, x: float, y: float, colour: str, **more: str | float) -> str:
    """A dot that is not filled."""
    return dot(kind, x, y, "none", stroke=colour, stroke_width=2, **more)


def dots(
    kind: str, xs: Sequence[float], ys: Sequence[float], colour: str, **more: str | float
) -> str:
    """Small dots as one element, however many: lines of no length with round ends."""
    places = "".join(f"{points([x], [y])}h0" for x, y in zip(xs, ys, strict=True))
    attributes = {"stroke_width": 3.6, "stroke_linecap": "round", **more}
    return element("path", class_=kind, d=places, fill="none", stroke=colour, **attributes)


def _attribute(value: str | float) -> str:
    return html.escape(value) if isinstance(value, str) else _number(value)


def _number(value: float) -> str:
    return f"{value:.{DECIMALS}f}".removesuffix(".0")
