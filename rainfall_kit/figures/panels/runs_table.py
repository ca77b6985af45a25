"""Runs table: a table of runs inside a picture, each with the line that stands for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.figures.layout import COLOURS, DASHES, TEXT_COLOURS, TOP, heading
from rainfall_kit.figures.svg import curve, element, text

if TYPE_CHECKING:
    from collections.abc import Sequence

_LEFT, _COLUMNS = 18, (198, 262, 356, 446)
_NOW = 2  # the column that changes with the step


def runs_panel(names: Sequence[str], rows: Sequence[tuple[str, ...]]) -> str:
    """The picture.

    Args:
        names: of the runs.
        rows: for each its lr, steps, loss now and lowest loss, as texts.
    """
    lines = [
        text(words, x, TOP + 2, text_anchor="end", opacity=0.75)
        for words, x in zip(("lr", "steps", "loss now", "lowest loss"), _COLUMNS, strict=True)
    ]
    for i, (name, cells) in enumerate(zip(names, rows, strict=True)):
        y = TOP + 32 + 34 * i
        sample = curve(
            "rk-sample", [_LEFT, _LEFT + 28], [y - 4, y - 4], COLOURS[i], stroke_dasharray=DASHES[i]
        )
        texts = [
            text(cell, x, y, text_anchor="end", class_="rk-value" if column == _NOW else "rk-cell")
            for column, (cell, x) in enumerate(zip(cells, _COLUMNS, strict=True))
        ]
        named = text(name[:14], _LEFT + 36, y, font_weight=600, fill=TEXT_COLOURS[i])
        lines.append(element("g", sample, named, *texts, class_="rk-run", data_run=i))
    return element("g", heading("The runs", _LEFT), *lines, class_="rk-plot rk-runs")
