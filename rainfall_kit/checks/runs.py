"""What the steps of a recorded run did, other than gradient descent; told from the record alone.

>>> from rainfall_kit.bowl import Bowl
>>> from rainfall_kit.records import Run, Step
>>> bowl = Bowl.from_data([[2.0]], [[3.0]])     # at w = 0, b = 0 the slopes are -12 and -6
>>> step = Step(number=1, lr=0.1, loss=9.0, w=((0.0,),), b=(0.0,), w_after=((-1.2,),), b_after=(-0.6,))
>>> run = Run(steps=(step,), final_loss=1.0, quadratic=bowl.record())
>>> [entry.name for entry in diagnose_run(run)]
['a step uphill']
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rainfall_kit.bowl import Bowl
from rainfall_kit.checks.misconceptions.catalogue import find_misconception

if TYPE_CHECKING:
    from rainfall_kit.checks.misconceptions.entry import Misconception
    from rainfall_kit.records import Run, Step

__all__ = ["diagnose_run"]

Floats = npt.NDArray[np.float64]

# More steps tell no more, and a long run costs nothing extra.
_MOST_STEPS = 50


def diagnose_run(run: Run) -> tuple[Misconception, ...]:
    """The known mistake that explains every step of the run.

    Args:
        run: with `quadratic`, and an lr in each step.

    Returns:
        One entry; none when the steps are gradient descent, when no known mistake explains them
        all, or when the record does not say enough.

    Example:
        >>> from rainfall_kit.records import Run
        >>> diagnose_run(Run(steps=(), final_loss=1.0))
        ()
    """
    steps = _consecutive(run)
    if run.quadratic is None or not steps or any(step.lr is None for step in steps):
        return ()
    bowl = Bowl.from_record(run.quadratic)
    slopes = [_slope(bowl, step) for step in steps]
    before = [_join(step.w, step.b) for step in steps]
    moved = [
        _join(step.w_after, step.b_after) - start for step, start in zip(steps, before, strict=True)
    ]
    rounding = float(np.finfo(run.dtype if run.dtype in ("float32", "float64") else "float32").eps)
    lrs = [step.lr or 0.0 for step in steps]
    for id_, moves in _suspects(bowl, before, slopes, lrs).items():
        if all(map(_fits, moved, moves, before, [rounding] * len(steps))):
            return (find_misconception(id_),) if id_ else ()
    return ()


def _suspects(
    bowl: Bowl, before: list[Floats], slopes: list[Floats], lrs: list[float]
) -> dict[str, list[Floats]]:
    """The moves that each mistake makes; gradient descent, under the empty id, comes first."""
    sums = list(np.cumsum(slopes, axis=0))
    only_w, only_b = np.ones_like(slopes[0]), np.zeros_like(slopes[0])
    only_w[:, -1], only_b[:, -1] = 0, 1
    right = [-lr * slope for lr, slope in zip(lrs, slopes, strict=True)]
    summed = [-lr * total for lr, total in zip(lrs, sums, strict=True)]
    return {
        "": right,
        "RK064": [-move for move in right],
        "RK068": [move * only_w for move in right],
        "RK016": [move * bowl.elements for move in right],
        "RK017": [move * bowl.n_crops for move in right],
        "RK019": [move / 2 for move in right],
        "RK069": [-slope for slope in slopes],
        "RK071": [-lr * start for lr, start in zip(lrs, before, strict=True)],
        "RK079": summed,
        "RK080": [a * only_w + b * only_b for a, b in zip(right, summed, strict=True)],
    }


def _fits(moved: Floats, move: Floats, before: Floats, rounding: float) -> bool:
    """Whether each parameter moved as said, up to what rounding does to it and to its slope."""
    noise = 8 * rounding * (np.abs(before) + np.abs(before + moved))
    size = np.abs(move).max(axis=0, keepdims=True)
    return bool((np.abs(moved - move) <= noise + 1e-4 * size).all())


def _consecutive(run: Run) -> list[Step]:
    """The first steps, as far as all of them were kept."""
    return [step for i, step in enumerate(run.steps[:_MOST_STEPS], start=1) if step.number == i]


def _slope(bowl: Bowl, step: Step) -> Floats:
    w, b = bowl.gradient(step.w, step.b)
    return np.column_stack([w, b])  # (k, d+1)


def _join(w: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
    return np.column_stack([np.asarray(w, dtype=np.float64), np.asarray(b, dtype=np.float64)])
