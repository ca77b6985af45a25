"""Figure of a run: its loss curve and, where the data are known, its path on the contours, as SVG.

Marks have classes (``rk-path``, ``rk-ring``, …) and each plot carries its scales in ``data-``
attributes, so that an explorer can move them. Dashes, dots and names tell apart what colours do.

>>> from rainfall_kit.quadratic.run_data import RunData
>>> from rainfall_kit.records.run import Run
>>> run_figure(RunData(Run(steps=(), final_loss=2.0))).count("rk-panel")
1
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.figures.layout import figure
from rainfall_kit.figures.panels.loss_curve import describe_losses, loss_panel
from rainfall_kit.figures.panels.run_path import describe_path, path_panel

if TYPE_CHECKING:
    from rainfall_kit.quadratic.run_data import RunData


def run_figure(data: RunData) -> str:
    """The loss curve beside the path; the loss curve alone without data that the steps fit."""
    if data.bowl is None:
        return loss_curve(data)
    words = f"{describe_losses(data)} {describe_path(data)}"
    return figure("Loss and path of a run", words, loss_panel(data), path_panel(data))


def loss_curve(data: RunData) -> str:
    """The losses against the steps, over the floor that no weights beat."""
    return figure("Loss curve", describe_losses(data), loss_panel(data))
