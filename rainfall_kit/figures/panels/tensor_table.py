"""Tensor table: the values of w, b and their .grad, beside the gradient where they stand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.figures.layout import TOP, heading
from rainfall_kit.figures.number_format import fill
from rainfall_kit.figures.svg import element, text

if TYPE_CHECKING:
    from collections.abc import Sequence

CELL, NONE = "{value:5}", "None"
HOLDS, NOTHING = "loss holds {loss:6}", "nothing"

_LEFT, _COLUMNS = 22, (212, 318, 438)
_MOST_ROWS = 9


def tensor_panel(
    names: Sequence[str],
    values: Sequence[float],
    grads: Sequence[float] | None,
    slopes: Sequence[float],
    loss: float | None,
) -> str:
    """The picture; of many entries, the first.

    Args:
        names: of the entries of w and b.
        values: what they hold.
        grads: what their ``.grad`` holds; None when it is None.
        slopes: the gradient of the loss where they stand.
        loss: what ``loss`` holds; None when there is none.
    """
    held = [NONE] * len(names) if grads is None else _cells(grads)
    lines = [
        text(words, x, TOP + 2, text_anchor="end", opacity=0.75)
        for words, x in zip(("value", ".grad", "gradient here"), _COLUMNS, strict=True)
    ]
    rows = zip(names, _cells(values), held, _cells(slopes), strict=True)
    for i, (name, *cells) in enumerate(list(rows)[:_MOST_ROWS]):
        y = TOP + 24 + 22 * i
        lines.append(text(name[:20], _LEFT, y))
        lines += [
            text(
                cell, x, y, text_anchor="end", font_weight=600 if x == _COLUMNS[1] else 400,
                class_="rk-cell", data_cell=f"{i}.{j}",
            )
            for j, (cell, x) in enumerate(zip(cells, _COLUMNS, strict=True))
        ]  # fmt: skip
    y = TOP + 34 + 22 * min(len(names), _MOST_ROWS)
    told = fill(HOLDS, loss=NOTHING if loss is None else loss)
    lines.append(text(told, _LEFT, y, class_="rk-held"))
    of = f", the first {_MOST_ROWS} of {len(names)}" if len(names) > _MOST_ROWS else ""
    return heading(f"What the tensors hold{of}", _LEFT) + element(
        "g", *lines, class_="rk-plot rk-tensors"
    )


def _cells(values: Sequence[float]) -> list[str]:
    return [fill(CELL, value=value) for value in values]
