"""Score histogram: how many of a class have how many points."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from rainfall_kit.figures.layout import (
    AXIS_TITLE,
    BOTTOM,
    COLOURS,
    LEFT,
    RIGHT,
    TOP,
    axes,
    heading,
)
from rainfall_kit.figures.scale import Scale
from rainfall_kit.figures.svg import element, text

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_BARS = 20
_LEAST_HIGH = 5  # students: below that, the axis would have ticks between whole ones


def score_panel(scores: Sequence[float], max_score: float) -> str:
    """The picture; a bar holds the scores from its left end up to its right end, the last one both.

    Args:
        scores: one for each student.
        max_score: what could be earned; above 0.
    """
    width = max(1, math.ceil(max_score / MOST_BARS))  # points
    bars = math.ceil(max_score / width)
    counts = Counter(min(int(score // width), bars - 1) for score in scores)
    highest = max(counts.values(), default=1)
    x = Scale(low=0, high=bars * width, start=LEFT, end=RIGHT)
    y = Scale(low=0, high=max(highest, _LEAST_HIGH), start=BOTTOM, end=TOP)
    ticks = [tick for tick in x.ticks() if tick <= max_score]
    drawn = [_bar(x(i * width), x((i + 1) * width), y(count), count) for i, count in counts.items()]
    return heading("How many have how many points") + element(
        "g",
        axes(x, y, ticks, grid=True),
        *drawn,
        text("points", (LEFT + RIGHT) / 2, AXIS_TITLE, text_anchor="middle"),
        class_="rk-plot rk-scores",
    )


def _bar(left: float, right: float, top: float, count: int) -> str:
    return element(
        "g",
        element("rect", x=left + 1, y=top, width=right - left - 2, height=BOTTOM - top, fill=COLOURS[0]),
        text(str(count), (left + right) / 2, top - 4, text_anchor="middle"),
        class_="rk-count",
    )  # fmt: skip
