"""The frame that every picture of a run stands in: its size, its colours, its axes.

>>> figure("A title", "What is to be seen.", width=10).startswith('<svg xmlns="http://www.w3.org')
True
"""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from rainfall_kit.notebook.numerals import short
from rainfall_kit.notebook.svg import element, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rainfall_kit.notebook.svg import Scale

__all__ = ["BOTTOM", "COLOURS", "HEIGHT", "LEFT", "RIGHT", "TOP", "WIDTH", "axes", "figure"]

WIDTH, HEIGHT = 460, 344
LEFT, RIGHT, TOP, BOTTOM = 58, 438, 48, 286
# Each stands out on white as well as on black.
COLOURS = ("#2f7ec7", "#d4680c", "#8e63ce", "#2e9360")


def figure(title: str, description: str, *children: str, width: float = WIDTH) -> str:
    """One SVG, as high as a panel, that shrinks with the page.

    Text and axes take the colour of the page. There is no ``id``, so that any number of figures can
    stand on one page.

    Args:
        title: its name for a screen reader.
        description: what is to be seen, for a screen reader.
        children: its markup.
        width: of its coordinates.

    Example:
        >>> "<title>Loss</title><desc>It falls.</desc>" in figure("Loss", "It falls.")
        True
    """
    return element(
        "svg",
        element("title", html.escape(title, quote=False)),
        element("desc", html.escape(description, quote=False)),
        *children,
        xmlns="http://www.w3.org/2000/svg",
        class_="rk-figure",
        role="img",
        viewBox=f"0 0 {width} {HEIGHT}",
        width=width,
        style="max-width:100%;height:auto",
        fill="currentColor",
        font_family="system-ui,sans-serif",
        font_size=12,
    )


def axes(x: Scale, y: Scale, x_ticks: Sequence[float], *, grid: bool) -> str:
    """Both axes with their ticks.

    Args:
        x: the horizontal scale.
        y: the vertical scale.
        x_ticks: where the horizontal axis has ticks.
        grid: whether the ticks of the vertical axis go on across the plot.

    Example:
        >>> from rainfall_kit.notebook.svg import Scale
        >>> x = y = Scale(low=0, high=1, start=0, end=100)
        >>> axes(x, y, [0.0, 1.0], grid=False).count("<line")
        8
    """
    lines = [element("path", d=f"M{LEFT},{TOP}V{BOTTOM}H{RIGHT}", fill="none")]
    for tick in x_ticks:
        lines.append(element("line", x1=x(tick), x2=x(tick), y1=BOTTOM, y2=BOTTOM + 4))
        lines.append(_label(tick, x(tick), BOTTOM + 17, "middle"))
    end, strength = (RIGHT, 0.15) if grid else (LEFT - 4, 1)
    for tick in y.ticks():
        lines.append(
            element("line", x1=LEFT, x2=end, y1=y(tick), y2=y(tick), stroke_opacity=strength)
        )
        lines.append(_label(tick, LEFT - 8, y(tick) + 4, "end"))
    return element("g", *lines, class_="rk-axes", stroke="currentColor")


def _label(tick: float, x: float, y: float, anchor: str) -> str:
    return text(short(tick), x, y, text_anchor=anchor, stroke="none")
