"""Outcome bars: of each question, what share of a class came out how."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.figures.layout import BOTTOM, COLUMN_END, heading
from rainfall_kit.figures.svg import element, text

if TYPE_CHECKING:
    from collections.abc import Container, Sequence

# Beside its colour, each part has its own pattern of strokes, for whoever does not tell colours apart.
_LOOKS = (
    ("#2e9360", ""),
    ("#b8860b", "M0,4H8"),
    ("#c0453a", "M0,8L8,0"),
    ("#8e63ce", "M0,0L8,8M0,8L8,0"),
    ("#7d8790", "M4,0V8"),
    ("#2f7ec7", "M4,4h.1"),
)
_LEFT, _TOP = 18, 66
_ROOM_FOR_TWO = 32  # of a row, for its title above its bar; in a lower one they stand side by side
_THICKEST = 60
MOST_ROWS = 16  # in one panel: in more, the titles would touch


def outcome_panel(
    titles: Sequence[str], names: Sequence[str], counts: Sequence[Sequence[int]]
) -> str:
    """The picture: a row for each question, cut into as many parts as there are outcomes.

    Outcomes that no question had are not in its legend.

    Args:
        titles: of the questions, `MOST_ROWS` at most.
        names: of the outcomes, six at most.
        counts: for each question, how many came out how.
    """
    height = (BOTTOM + 36 - _TOP) / max(len(titles), 1)
    rows = [
        _row(title, row, _TOP + place * height, height)
        for place, (title, row) in enumerate(zip(titles, counts, strict=True))
    ]
    return heading("How each question came out", _LEFT) + element(
        "g",
        *_legend(names, {place for row in counts for place, count in enumerate(row) if count}),
        *rows,
        class_="rk-plot rk-outcomes",
    )


def _legend(names: Sequence[str], seen: Container[int]) -> list[str]:
    parts = []
    shown = [(place, name) for place, name in enumerate(names) if place in seen]
    for spot, (place, name) in enumerate(shown):
        x, y = _LEFT + spot % 3 * 146, 26 + spot // 3 * 16
        parts += [_part(x, y, 12, 10, place), text(name, x + 18, y + 9)]
    return parts


def _row(title: str, counts: Sequence[int], top: float, height: float) -> str:
    if height >= _ROOM_FOR_TWO:  # the title above its bar, both in the middle of the row
        thick = min(height - 20, _THICKEST)
        top += (height - 20 - thick) / 2
        left, y, words, most = _LEFT, top + 15, (_LEFT, top + 11), 60
    else:
        thick = max(height - 3, 3)
        left, y, words, most = _LEFT + 170, top, (_LEFT, top + thick / 2 + 4), 24
    across, whole = COLUMN_END - left, max(sum(counts), 1)
    parts, x = [], float(left)
    for place, count in enumerate(counts):
        width = across * count / whole
        if count:
            parts.append(_part(x, y, width, thick, place))
            if width >= 16 and thick >= 12:
                label = text(str(count), x + width / 2, y + 4 + thick / 2, text_anchor="middle",
                             font_weight=600, paint_order="stroke", stroke="#000", stroke_width=2.5,
                             fill="#fff")  # fmt: skip
                parts.append(label)
        x += width
    shown = title if len(title) <= most else f"{title[: most - 1]}…"
    return element("g", text(shown, *words), *parts, class_="rk-question")


def _part(x: float, y: float, width: float, height: float, place: int) -> str:
    colour, strokes = _LOOKS[place]
    box = element("rect", x=x, y=y, width=max(width - 1, 1), height=height, fill=colour)
    if not strokes:
        return box
    # Drawn line by line: a pattern would need an id, and ids of two pictures on a page collide.
    marks = [
        element(
            "path", d=strokes, transform=f"translate({x + i * 8:.1f} {y + (height - 8) / 2:.1f})"
        )
        for i in range(int((width - 1) // 8))
    ]
    return box + element("g", *marks, stroke="#fff", stroke_width=1.5, stroke_linecap="round",
                         fill="none", opacity=0.7)  # fmt: skip
