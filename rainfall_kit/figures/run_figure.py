"""The figures of a run: pure functions from the record to SVG.

Marks have classes (``rk-path``, ``rk-ring``, …) and each plot carries its scales in ``data-``
attributes, so that an explorer can move them. Dashes, dots and names tell apart what colours do.

>>> from rainfall_kit.records.run import Run
>>> loss_curve(Run(steps=(), final_loss=2.0))[:4]
'<svg'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.figures.layout import figure
from rainfall_kit.figures.panels.loss_curve import describe_losses, loss_panel
from rainfall_kit.figures.panels.run_path import bowl_of, describe_path, path_panel

if TYPE_CHECKING:
    from rainfall_kit.records.run import Run


def run_figure(run: Run) -> str:
    """The loss curve and, where the data are known, the path on the contours, as one SVG.

    Example:
        >>> from rainfall_kit.records.run import Run
        >>> run_figure(Run(steps=(), final_loss=2.0)).count("rk-panel")
        1
    """
    if bowl_of(run) is None:
        return loss_curve(run)
    words = f"{describe_losses(run)} {describe_path(run)}"
    return figure("Loss and path of a run", words, loss_panel(run), path_panel(run))


def loss_curve(run: Run) -> str:
    """The losses against the steps, over the floor that no weights beat.

    Example:
        >>> from rainfall_kit.records.run import Run
        >>> "<title>Loss curve</title>" in loss_curve(Run(steps=(), final_loss=2.0))
        True
    """
    return figure("Loss curve", describe_losses(run), loss_panel(run))
