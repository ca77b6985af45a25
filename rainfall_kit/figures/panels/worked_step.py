"""Worked step: the five steps of gradient descent on one line, written out with their numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.figures.layout import TOP, heading
from rainfall_kit.figures.number_format import fill
from rainfall_kit.figures.svg import element, text

if TYPE_CHECKING:
    from collections.abc import Mapping

ONE_PRED = "{pred:3}"
MOST_PREDS = 5
# A name for each of the five, and what is written below it.
WORKED = (
    ("1. predict: w·x + b for each region", "{preds}"),
    ("2. loss: the mean of (prediction − target)²", "{loss:6}"),
    ("3. gradients: how the loss changes with w and b", "∂loss/∂w = {slope_w:4}, ∂loss/∂b = {slope_b:4}"),
    ("4. move against them: w − lr·∂loss/∂w, b − lr·∂loss/∂b", "w: {w:4} → {w_after:4}, b: {b:4} → {b_after:4}"),
    ("5. reset: both gradients are 0 again", ""),
)  # fmt: skip


def worked_step_panel(values: Mapping[str, float | str]) -> str:
    """The picture.

    Args:
        values: preds as a text, loss, slope_w, slope_b, w, b, w_after, b_after.
    """
    lines = []
    for i, (name, template) in enumerate(WORKED):
        y = TOP + 12 + 46 * i
        lines.append(text(name, 22, y))
        written = fill(template, **values)
        lines.append(text(written, 38, y + 19, class_="rk-cell", data_cell=i, font_weight=600))
    return heading("The five steps from here", 22) + element(
        "g", *lines, class_="rk-plot rk-worked"
    )
