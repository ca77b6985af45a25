"""Update rules other than plain gradient descent, told from the moves: momentum, weight decay, clipping.

Such a rule is no mistake in a step, and none of its moves is -lr·gradient. It is told only where it
explains every kept step, and never where one multiple of the gradient does.

>>> from rainfall_kit.records.run import Run, Step
>>> def step(number, w, w_after, grad):
...     return Step(number=number, lr=0.1, loss=1.0, w=((w,),), b=(0.0,), w_after=((w_after,),), b_after=(0.0,),
...                 grad_w=((grad,),), grad_b=(0.0,))
>>> find_rule(Run(steps=(step(1, 1.0, 0.9, 1.0), step(2, 0.9, 0.85, 1.0)), final_loss=1.0))
'an lr that changes from step to step, from 0.1 to 0.05, as with a schedule or with clipping'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rainfall_kit.figures.number_format import short
from rainfall_kit.quadratic.run_data import side_by_side

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rainfall_kit.records.run import Matrix, Run, Seen

Floats = npt.NDArray[np.float64]

_MOST_STEPS = 50
_FITS = 2e-3  # of the size of a move, where sizes are compared
_EPS = 2.0**-23  # that of float32
_TIGHT = 8 * _EPS


def find_rule(run: Run) -> str:
    """The rule that made the moves of a run, in words; the empty text where none is known.

    Args:
        run: with what ``.grad`` held at each step.
    """
    steps = run.steps[:_MOST_STEPS]
    if any(step.grad_w is None or step.grad_b is None for step in steps):
        return ""
    before = side_by_side([step.w for step in steps], [step.b for step in steps])
    after = side_by_side([step.w_after for step in steps], [step.b_after for step in steps])
    grads = side_by_side(
        [step.grad_w or () for step in steps], [step.grad_b or () for step in steps]
    )
    if before is None or after is None or grads is None or before.shape != grads.shape:
        return ""
    if before.shape != after.shape or not all(map(_finite, (before, after, grads))):
        return ""
    made = before - after
    for part in (np.s_[..., :-1], np.s_[..., -1:]):
        still = ~made[part].any(axis=(1, 2)) & grads[part].any(axis=(1, 2))
        if still.any():  # which no rule does to w or to b alone
            return ""
    # A parameter rounds when it is stored, and a small move is made of the difference of two.
    rounding = 8 * _EPS * np.maximum(np.abs(before), np.abs(after))
    # First, for a little of it is less than what the others allow for.
    if decays := _weight_decay(made, grads, rounding / 4, before, run.steps[0].lr):
        return decays
    if any(_fit([along], made, rounding) is not None for along in (grads, before)):
        return ""  # one multiple of the gradient, or of w itself: right or a mistake, and no rule
    return (
        _changing_lr(made, grads, rounding)
        or _equal_sizes(made, grads)
        or _clipped(made, grads, rounding)
        or (_momentum(made, grads, rounding) if _successive(run) else "")
    )


def _changing_lr(made: Floats, grads: Floats, rounding: Floats) -> str:
    times = [_fit([grad], *rest) for grad, *rest in zip(grads, made, rounding, strict=True)]
    lrs = [found[0] for found in times if found is not None and found[0] > 0]
    if len(lrs) < max(2, len(times)) or np.ptp(lrs) < 5 * _FITS * max(lrs):
        return ""
    return (
        f"an lr that changes from step to step, from {short(lrs[0], 3)} to {short(lrs[-1], 3)}, "
        "as with a schedule or with clipping"
    )


def _equal_sizes(made: Floats, grads: Floats) -> str:
    """A first step of one size for every number, whatever its gradient."""
    move, grad = np.abs(made[0]), np.abs(grads[0])
    if grad.min() <= 0 or grad.max() < 2 * grad.min() or np.ptp(move) > 0.02 * move.max():
        return ""
    if (np.sign(made[0]) != np.sign(grads[0])).any():
        return ""
    return "a step of its own for every number, as Adam, RMSprop and Adagrad take it"


def _clipped(made: Floats, grads: Floats, rounding: Floats) -> str:
    cap = np.abs(made).max()
    capped = np.abs(made) >= cap * (1 - _FITS)
    free = ~capped
    if capped.sum() < 2 or free.sum() < 2 or not free.any(axis=(1, 2)).all():
        return ""
    found = _fit([grads[free]], made[free], rounding[free])
    if (
        found is None
        or found[0] <= 0
        or (np.abs(found[0] * grads[capped]) < cap * (1 - _FITS)).any()
    ):
        return ""
    if (np.sign(made[capped]) != np.sign(grads[capped])).any():
        return ""
    return f"gradients clipped at {short(cap / found[0], 3)}"


def _momentum(made: Floats, grads: Floats, rounding: Floats) -> str:
    if len(made) < 2:
        return ""
    for parts in ([made[:-1], grads[1:]], [made[:-1], grads[1:], grads[:-1]]):
        found = _fit(parts, made[1:], rounding[1:] + rounding[:-1])
        # At 1 nothing is forgotten: these are gradients that were never reset.
        counts = (
            found is not None and found[1] * np.abs(grads[1:]).max() > 0.01 * np.abs(made).max()
        )
        if found is not None and counts and 0.01 < found[0] < 0.9995:
            return f"momentum: each move carries on {short(found[0], 2)} of the one before"
    return ""


def _weight_decay(
    made: Floats, grads: Floats, rounding: Floats, before: Floats, lr: float | None
) -> str:
    w, of_w, grad = before[..., :-1], made[..., :-1], grads[..., :-1]
    if _fit([grad], of_w, rounding[..., :-1], _TIGHT) is not None:
        return ""
    offsets = _fit([grads[..., -1:]], made[..., -1:], rounding[..., -1:])
    for shape, words in ((w, "weight decay"), (np.sign(w), "a penalty on the size of w")):
        found = _fit([grad, shape], of_w, rounding[..., :-1], _TIGHT)
        if found is None or found[0] <= 0 or not 0 < found[1] < 0.5:
            continue
        is_lr = lr is None or abs(found[0] - lr) <= 0.02 * lr
        same = offsets is None or abs(offsets[0] - found[0]) <= 0.05 * found[0]
        if is_lr and same:
            return f"{words}: each step also shrinks w"
    return ""


def _fit(
    parts: Sequence[Floats], made: Floats, rounding: Floats, slack: float = 3e-5
) -> list[float] | None:
    """The multiples of the parts that add up to the move; None where none do, up to rounding."""
    columns = np.stack([part.ravel() for part in parts], axis=1)
    sizes = np.linalg.norm(columns, axis=0)
    if not sizes.all() or made.size <= len(parts):
        return None
    found, _, rank, _ = np.linalg.lstsq(columns / sizes, made.ravel(), rcond=1e-10)
    if rank < len(parts):
        return None
    left = np.abs((columns / sizes @ found).reshape(made.shape) - made)
    if (left > rounding + slack * np.abs(made)).any():
        return None
    return [float(value) for value in found / sizes]


def _successive(run: Run) -> bool:
    return [step.number for step in run.steps[:_MOST_STEPS]] == [
        *range(1, 1 + len(run.steps[:_MOST_STEPS]))
    ]


def _finite(values: Floats) -> bool:
    return bool(np.isfinite(values).all())


def is_penalty(right: Floats, error: Floats, seen: Seen, w: Matrix) -> bool:
    """True if a gradient is the right one and, for w alone, a multiple above 0 of w or of its signs.

    Args:
        right: ∂loss/∂[w, b] of the mean squared error, (k, d+1).
        error: how far rounding can push it, the same shape.
        seen: of the step, with the gradients that backward found.
        w: the weights, (k, d).
    """
    weights = np.array(w)
    found_w, found_b = np.array(seen.found_w), np.array(seen.found_b)
    if found_w.shape != weights.shape or found_b.shape != right[:, -1].shape:
        return False
    if (np.abs(found_b - right[:, -1]) > error[:, -1]).any():
        return False
    more = found_w - right[:, :-1]
    rounding = 4 * error[:, :-1]
    for shape in (weights, np.sign(weights)):
        times = float((more * shape).sum() / max((shape**2).sum(), 1e-300))
        if times > 0 and (np.abs(more - times * shape) <= rounding + _FITS * np.abs(more)).all():
            return True
    return False
