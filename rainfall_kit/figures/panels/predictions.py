"""Predictions beside targets: one line for each region and crop."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.figures.layout import (
    AXIS_TITLE,
    BOTTOM,
    COLOURS,
    COLUMN_END,
    KEY,
    PAST,
    PAST_WING,
    SUBTITLE,
    TEXT_COLOURS,
    TOP,
    heading,
    x_axis,
)
from rainfall_kit.figures.number_format import fill
from rainfall_kit.figures.scale import Scale
from rainfall_kit.figures.svg import dot, element, text
from rainfall_kit.lesson.orchard import CROPS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rainfall_kit.records.run import Matrix

PRED = "{pred:4}"

_LEFT, _RIGHT = 132, 396  # of the lines, between the names and the numbers


def predictions_scale(targets: Matrix, preds: Matrix) -> Scale:
    """The axis that shows all of these, and zero."""
    values = [0.0, *(value for row in (*targets, *preds) for value in row)]
    margin = 0.06 * (max(values) - min(values)) or 1.0
    return Scale(low=min(values) - margin, high=max(values) + margin, start=_LEFT, end=_RIGHT)


def predictions_panel(
    x: Scale,
    preds: Matrix,
    targets: Matrix,
    *,
    regions: Sequence[str],
    crop_names: Sequence[str],
    more_rows: int = 0,
) -> str:
    """The picture; a prediction outside the axis is an arrow at its end.

    Args:
        x: the scale of predictions and targets.
        preds: (r, k) predictions; empty when there are none yet.
        targets: (r, k).
        regions: r names.
        crop_names: k names.
        more_rows: how many rows are not drawn.
    """
    crops = range(min(len(crop_names), len(COLOURS)))
    height = (BOTTOM - TOP) / max(len(regions) * len(crops), 1)
    lines = []
    for row, region in enumerate(regions):
        top = TOP + row * len(crops) * height
        lines.append(text(region[:10], 8, top + height / 2 + 4, font_weight=600))
        for crop in crops:
            y = top + (crop + 0.5) * height
            lines.append(
                text(
                    crop_names[crop][:9],
                    _LEFT - 8,
                    y + 4,
                    text_anchor="end",
                    fill=TEXT_COLOURS[crop],
                )
            )
            pred = preds[row][crop] if preds else None
            lines.append(_line(x, y, row, crop, pred, targets[row][crop]))
    return heading("Predictions beside targets", 8) + element(
        "g",
        text(_axis_title(crop_names, more_rows), (_LEFT + _RIGHT) / 2, AXIS_TITLE, text_anchor="middle"),
        text("● prediction (▶ past the axis) · ◇ target", (_LEFT + _RIGHT) / 2, KEY,
             text_anchor="middle", opacity=0.75),
        text("prediction", COLUMN_END, SUBTITLE, text_anchor="end", opacity=0.75),
        x_axis(x),
        *lines,
        class_="rk-plot rk-harvest",
        **x.data("x"),
    )  # fmt: skip


def _axis_title(crop_names: Sequence[str], more_rows: int) -> str:
    """The unit, which only the lesson's own targets are known to have, and how many are left out."""
    left_out = {"rows": more_rows, "outputs": len(crop_names) - len(COLOURS)}
    unit = "tons" if tuple(crop_names) == CROPS else "prediction and target"
    more = " and ".join(f"{count} more {what}" for what, count in left_out.items() if count > 0)
    return f"{unit}, {more} not drawn" if more else unit


def _line(x: Scale, y: float, row: int, crop: int, pred: float | None, target: float) -> str:
    aim, colour = x(target), COLOURS[crop]
    diamond = element(
        "path", d=f"M{aim - 5:.1f},{y:.1f}l5,-5l5,5l-5,5z", fill="none", stroke=colour,
        stroke_width=1.6,
    )  # fmt: skip
    # The markers of a prediction that is not there yet wait at the target, for a script to move them.
    unseen = {"visibility": "hidden"} if pred is None else {}
    markers = _pred(x, y, target if pred is None else pred, aim, colour, **unseen)
    return element("g", *markers, diamond, class_="rk-line", data_row=row, data_crop=crop)


def _pred(x: Scale, y: float, pred: float, aim: float, colour: str, **unseen: str) -> list[str]:
    place = x.clip(pred)
    inside = x.low <= pred <= x.high
    dot_seen = {} if inside else {"visibility": "hidden"}
    arrow_seen = {"visibility": "hidden"} if inside else {}
    back = PAST if pred < x.low else -PAST
    return [
        element(
            "line", class_="rk-miss", x1=aim, x2=place, y1=y, y2=y, stroke=colour, stroke_width=2,
            stroke_opacity=0.5, **unseen,
        ),
        dot("rk-pred", place, y, colour, r=4, **(unseen or dot_seen)),
        element(
            "path", class_="rk-past", fill=colour, **(unseen or arrow_seen),
            d=f"M{place:.1f},{y:.1f}l{back},{-PAST_WING}v{2 * PAST_WING}z",
        ),
        text(fill(PRED, pred=pred), COLUMN_END, y + 4, text_anchor="end", class_="rk-value", **unseen),
    ]  # fmt: skip
