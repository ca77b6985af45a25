"""Worked prediction: each weight times its input, the offset, and the residual, written out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.figures.layout import SUBTITLE, TOP, WIDTH, heading
from rainfall_kit.figures.number_format import fill
from rainfall_kit.figures.svg import element, text

if TYPE_CHECKING:
    from collections.abc import Sequence

MOST_TERMS = 5
NUMBER, TIMES = "{value:4}", "× {value:4}"

_COLUMNS = (150, 240, 330, WIDTH - 30)


def worked_prediction_texts(
    terms: Sequence[tuple[str, float, float]], offset: float, target: float, elements: int
) -> list[tuple[str, str, str, str]]:
    """The rows: name, weight, input, product; then the offset, and what follows from them.

    Terms past `MOST_TERMS` stand together in one row.

    Args:
        terms: name, weight and input of each.
        offset: b.
        target: the true value.
        elements: over how many squared residuals the loss is the mean.

    Example:
        >>> worked_prediction_texts([("temp", 0.5, 73.0)], 0.25, 56.0, 10)[-1]
        ('its square ÷ 10', '', '', '37.06')
    """
    others = sum(weight * value for _, weight, value in terms[MOST_TERMS:])
    pred = sum(weight * value for _, weight, value in terms[:MOST_TERMS]) + others + offset
    miss = pred - target
    more = [(f"{len(terms) - MOST_TERMS} more", "", "", _number(others))]
    return [
        *(
            (name[:16], _number(w), fill(TIMES, value=x), _number(w * x))
            for name, w, x in terms[:MOST_TERMS]
        ),
        *(more if len(terms) > MOST_TERMS else []),
        ("offset", "", "", _number(offset)),
        ("prediction", "", "", _number(pred)),
        ("target", "", "", _number(target)),
        ("residual: prediction − target", "", "", _number(miss)),
        (f"its square ÷ {elements}", "", "", _number(miss * miss / elements)),
    ]


def _number(value: float) -> str:
    return fill(NUMBER, value=value)


def worked_prediction_panel(
    what: str,
    terms: Sequence[tuple[str, float, float]],
    offset: float,
    target: float,
    elements: int,
) -> str:
    """The picture.

    Args:
        what: is predicted.
        terms: as for `worked_prediction_texts`.
        offset: as for `worked_prediction_texts`.
        target: as for `worked_prediction_texts`.
        elements: as for `worked_prediction_texts`.
    """
    rows = worked_prediction_texts(terms, offset, target, elements)
    lines = []
    for i, cells in enumerate(rows):
        y = TOP + 14 + 21 * i
        bold = {"font_weight": 600} if cells[0] == "prediction" else {}
        lines += [
            text(cells[0], 30, y, **bold),
            *(
                text(cell, x, y, text_anchor="end", class_="rk-cell", data_cell=f"{i}.{j}", **bold)
                for j, (cell, x) in enumerate(zip(cells[1:], _COLUMNS[1:], strict=True))
                if cell
            ),
        ]
        if cells[0] in ("prediction", "residual: prediction − target"):
            lines.append(
                element("line", x1=30, x2=_COLUMNS[3], y1=y - 15, y2=y - 15, stroke="currentColor",
                        stroke_opacity=0.5)
            )  # fmt: skip
    return element(
        "g",
        heading("One prediction, written out", 30),
        text(what, 30, SUBTITLE, class_="rk-what", opacity=0.75),
        *lines,
        class_="rk-plot rk-sum",
    )
