"""Figure layout: size, colours and axes of every picture, and its place on a page."""

from __future__ import annotations

import html
import math
from string import Template
from typing import TYPE_CHECKING

from rainfall_kit.figures.number_format import short
from rainfall_kit.figures.svg import element, text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rainfall_kit.figures.scale import Scale

WIDTH, HEIGHT = 460, 344
LEFT, RIGHT, TOP, BOTTOM = 58, 438, 48, 286
# Where the words around a plot stand: its title and what is across it, above; below it, what its axis
# counts and how to read its markers; and the end of a column of numbers at its right.
TITLE, SUBTITLE = 16, 36
AXIS_TITLE, KEY = BOTTOM + 36, BOTTOM + 52
COLUMN_END = WIDTH - 8
PAST, PAST_WING = 10, 5  # the arrow of what is past the edge of a plot: how long, and half how wide
# Each stands out on white as well as on black.
COLOURS = ("#2f7ec7", "#d4680c", "#8e63ce", "#2e9360")
# No colour is dark enough for words on white (4.5 : 1) and light enough for words on black: mixed with
# the page's own, it is both.
TEXT_COLOURS = tuple(f"color-mix(in srgb,{colour} 60%,currentColor)" for colour in COLOURS)
DASHES = ("none", "7 3", "2 3", "9 3 2 3")

# Of all words in a picture. Where panels stand beside each other, none is smaller than 11 px; below each
# other, none is smaller than 9 px: a page without room for that scrolls the figure.
_FONT_SIZE = 12.5
_NARROWEST_PANEL = math.ceil(9 / _FONT_SIZE * WIDTH)
NARROW = 810  # px: where a page is not wider, panels stand below each other
_ROOM_FOR_THREE = 1215
_WIDEST_PANEL, _WIDEST_OF_THREE = 600, 480
_GAP = 12  # between panels that stand below each other

# On a narrow page the panels of a figure stand below each other; three of them stand in two rows
# where there is room for two.
FIGURE_STYLE = Template("""
.rk-sheet{container-type:inline-size;overflow-x:auto}
.rk-sheet>div{--across:var(--panels);--down:1;max-width:calc(var(--panels)*${widest}px);overflow:hidden;
overflow:clip;min-width:${narrowest}px;
aspect-ratio:calc($width*var(--across))/calc($row*var(--down) - $gap)}
.rk-sheet .rk-figure{display:block;overflow:visible;
width:calc(100%*var(--panels)/var(--across));max-width:none!important}
@container (max-width:${narrow}px){.rk-sheet>div{--across:1;--down:var(--panels);max-width:${widest}px}
.rk-sheet .rk-panel{transform:translate(0,calc(var(--i)*${row}px))}}
@container (min-width:$narrow.1px) and (max-width:${three}px){.rk-sheet>.rk-three{--across:2;--down:2;
max-width:calc(2*${widest_of_three}px)}
.rk-sheet>.rk-three .rk-panel~.rk-panel~.rk-panel{transform:translate(0,${row}px)}}
""").substitute(
    width=WIDTH,
    row=HEIGHT + _GAP,
    gap=_GAP,
    narrowest=_NARROWEST_PANEL,
    widest=_WIDEST_PANEL,
    widest_of_three=_WIDEST_OF_THREE,
    narrow=NARROW,
    three=_ROOM_FOR_THREE,
)


def figure(title: str, description: str, *panels: str) -> str:
    """Some panels side by side as one SVG that shrinks with the page.

    Text and axes take the colour of the page. There is no ``id``, so that any number of figures can
    stand on one page.

    Args:
        title: its name for a screen reader.
        description: what is to be seen, for a screen reader.
        panels: the markup of each.
    """
    placed = [
        element(
            "g", panel, class_="rk-panel", transform=f"translate({i * WIDTH} 0)", style=f"--i:{i}"
        )
        for i, panel in enumerate(panels)
    ]
    width = WIDTH * max(len(panels), 1)
    return element(
        "svg",
        element("title", html.escape(title, quote=False)),
        element("desc", html.escape(description, quote=False)),
        *placed,
        xmlns="http://www.w3.org/2000/svg",
        class_="rk-figure",
        role="img",
        viewBox=f"0 0 {width} {HEIGHT}",
        width=width,
        style="max-width:100%;height:auto",
        fill="currentColor",
        font_family="system-ui,sans-serif",
        font_size=_FONT_SIZE,
    )


def figure_html(figure: str) -> str:
    """A figure as a piece of HTML whose panels move below each other where the page is narrow.

    The page needs `FIGURE_STYLE`.

    Example:
        >>> figure_html(figure("Loss", "It falls.", "", "")).partition("<svg")[0]
        '<div class="rk-sheet" tabindex="0" role="group" aria-label="Figure"><div style="--panels:2">'
    """
    panels = figure.count('class="rk-panel"')
    three = ' class="rk-three"' if panels == 3 else ""
    return (
        # It scrolls on a very narrow page: who has no mouse must be able to reach it.
        '<div class="rk-sheet" tabindex="0" role="group" aria-label="Figure">'
        f'<div{three} style="--panels:{panels}">{figure}</div></div>'
    )


def heading(words: str, x: float = LEFT) -> str:
    """The title of a panel, above it.

    Example:
        >>> heading("Loss")
        '<text x="58" y="16" font-weight="600">Loss</text>'
    """
    return text(words, x, TITLE, font_weight=600)


def axes(x: Scale, y: Scale, x_ticks: Sequence[float], *, grid: bool) -> str:
    """Both axes with their ticks.

    Args:
        x: the horizontal scale.
        y: the vertical scale.
        x_ticks: where the horizontal axis has ticks.
        grid: whether the ticks of the vertical axis go on across the plot.
    """
    lines = [element("path", d=f"M{LEFT},{TOP}V{BOTTOM}H{RIGHT}", fill="none")]
    lines += _x_ticks(x, x_ticks)
    end, strength = (RIGHT, 0.15) if grid else (LEFT - 4, 1)
    for tick in y.ticks():
        lines.append(
            element("line", x1=LEFT, x2=end, y1=y(tick), y2=y(tick), stroke_opacity=strength)
        )
        lines.append(_label(tick, LEFT - 8, y(tick) + 4, "end"))
    return element("g", *lines, class_="rk-axes", stroke="currentColor")


def x_axis(x: Scale) -> str:
    """The horizontal axis alone, with lines up from its ticks."""
    ticks = x.ticks()
    grid = [
        element("line", x1=x(tick), x2=x(tick), y1=TOP, y2=BOTTOM, stroke_opacity=0.15)
        for tick in ticks
    ]
    base = element("path", d=f"M{x.start:.1f},{BOTTOM}H{x.end:.1f}", fill="none")
    return element("g", *grid, base, *_x_ticks(x, ticks), class_="rk-axes", stroke="currentColor")


def _x_ticks(x: Scale, ticks: Sequence[float]) -> list[str]:
    lines = []
    for tick in ticks:
        lines.append(element("line", x1=x(tick), x2=x(tick), y1=BOTTOM, y2=BOTTOM + 4))
        lines.append(_label(tick, x(tick), BOTTOM + 17, "middle"))
    return lines


def _label(tick: float, x: float, y: float, anchor: str) -> str:
    return text(short(tick), x, y, text_anchor=anchor, stroke="none")
