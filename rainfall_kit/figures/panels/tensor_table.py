"""What w, b and their .grad hold, beside the gradient where they stand.

>>> "None" in tensor_panel(["apples, temp"], [1.0], None, [2.0], None)
True
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.figures.layout import TOP, heading
from rainfall_kit.figures.number_format import short
from rainfall_kit.figures.svg import element, text

if TYPE_CHECKING:
    from collections.abc import Sequence

HOLDS, NOTHING = "loss holds {loss}", "nothing"

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
    held = ["None"] * len(names) if grads is None else [short(each, 5) for each in grads]
    lines = [
        text(words, x, TOP + 2, text_anchor="end", opacity=0.75)
        for words, x in zip(("value", ".grad", "gradient here"), _COLUMNS, strict=True)
    ]
    rows = zip(
        names, [short(v, 5) for v in values], held, [short(s, 5) for s in slopes], strict=True
    )
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
    told = HOLDS.format(loss=NOTHING if loss is None else short(loss))
    lines.append(text(told, _LEFT, y, class_="rk-held"))
    return heading("What the tensors hold", _LEFT) + element(
        "g", *lines, class_="rk-plot rk-tensors"
    )
