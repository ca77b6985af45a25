"""Which losses of a run are numbers that can be shown.

>>> from rainfall_kit.records.run import Run
>>> known_losses(Run(steps=(), final_loss=2.0)).values
(2.0,)
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rainfall_kit.records.run import Run, Vector


@dataclass(frozen=True, kw_only=True)
class KnownLosses:
    """The losses up to the first that is not a number.

    Attributes:
        numbers: after how many steps each was.
        values: the losses, all finite.
        lost_after: after how many steps the run was past all numbers; None when it never was. A loss
            can also be missing because the data were not at hand.
    """

    numbers: tuple[int, ...]
    values: Vector
    lost_after: int | None


def known_losses(run: Run) -> KnownLosses:
    """Look through a run's losses.

    Example:
        >>> from rainfall_kit.records.run import Run
        >>> known_losses(Run(steps=(), final_loss=math.inf)).lost_after
        0
    """
    losses, numbers = run.losses, run.numbers
    count = next((i for i, loss in enumerate(losses) if not math.isfinite(loss)), len(losses))
    lost = next(
        (i for i in range(count, len(losses)) if math.isinf(losses[i]) or not _is_finite(run, i)),
        None,
    )
    return KnownLosses(
        numbers=numbers[:count],
        values=losses[:count],
        lost_after=None if lost is None else numbers[lost],
    )


def _is_finite(run: Run, index: int) -> bool:
    """Whether w and b are numbers where ``run.losses[index]`` was taken."""
    if not run.steps:
        return True
    at_end = index == len(run.steps)
    step = run.steps[-1] if at_end else run.steps[index]
    w, b = (step.w_after, step.b_after) if at_end else (step.w, step.b)
    return all(math.isfinite(each) for row in (*w, b) for each in row)
