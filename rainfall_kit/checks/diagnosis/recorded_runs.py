"""What the steps of a recorded run did, other than gradient descent; told from the record alone.

>>> from rainfall_kit.quadratic.bowl import Bowl
>>> from rainfall_kit.records.run import Run, Step
>>> bowl = Bowl.from_data([[2.0]], [[3.0]])     # at w = 0, b = 0 the slopes are -12 and -6
>>> step = Step(number=1, lr=0.1, loss=9.0, w=((0.0,),), b=(0.0,), w_after=((-1.2,),), b_after=(-0.6,))
>>> run = Run(steps=(step,), final_loss=1.0, quadratic=bowl.record())
>>> [entry.name for entry in diagnose_run(run)]
['a step uphill']
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rainfall_kit.checks.questions.registry import find_misconception
from rainfall_kit.quadratic.bowl import Bowl

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.checks.questions.misconception import Misconception
    from rainfall_kit.records.run import Run, Step

Floats = npt.NDArray[np.float64]
Entries = tuple["Misconception", ...]

# Beyond it float32 rounds to infinity on the way to the slope.
_LARGEST = 1e15

# The mistakes of a run that is not gradient descent on its loss.
_OTHER_STEPS = ("RK016", "RK017", "RK019", "RK068", "RK071", "RK079", "RK080")

# More steps tell no more, and a long run costs nothing extra.
_MOST_STEPS = 50


def diagnose_run(run: Run) -> tuple[Misconception, ...]:
    """The known mistake that explains every step of the run; an unfit lr counts as one.

    Args:
        run: with `quadratic`, and an lr in each step.

    Returns:
        One entry; none when the steps are gradient descent, when no known mistake explains them
        all, or when the record does not say enough.

    Example:
        >>> from rainfall_kit.records.run import Run
        >>> diagnose_run(Run(steps=(), final_loss=1.0))
        ()
    """
    return read_run(run)[0]


def misread_run(run: Run) -> tuple[Misconception, ...]:
    """What the losses of this run are easily taken for, and do not say.

    Args:
        run: with `quadratic`, and an lr in each step.

    Example:
        >>> from rainfall_kit.lesson.orchard import load_orchard
        >>> from rainfall_kit.lesson.reference import init_params, train
        >>> import dataclasses
        >>> orchard = load_orchard()
        >>> run = train(*orchard.tensors(), *init_params(0), lr=1e-5, epochs=100)
        >>> bowl = Bowl.from_data(orchard.inputs, orchard.targets)
        >>> run = dataclasses.replace(run, quadratic=bowl.record())
        >>> [entry.name for entry in misread_run(run)]
        ['a flat-looking curve is taken for the lowest point']
    """
    return read_run(run)[1]


def read_run(run: Run) -> tuple[Entries, Entries]:
    """What `diagnose_run` and what `misread_run` tell, in the time of one.

    Example:
        >>> from rainfall_kit.records.run import Run
        >>> read_run(Run(steps=(), final_loss=1.0))
        ((), ())
    """
    mistake = _mistake(run)
    mistakes = (find_misconception(mistake),) if mistake else ()
    return mistakes, tuple(map(find_misconception, _misreadings(run, mistake)))


def _misreadings(run: Run, mistake: str | None) -> list[str]:
    if run.quadratic is None or mistake is None:
        return []
    bowl = Bowl.from_record(run.quadratic)
    ids = []
    if mistake == "" and _looks_level(run) and run.final_loss > 1.01 * bowl.floor:
        ids.append("RK107")
    if mistake in _OTHER_STEPS and run.final_loss < _right_loss(bowl, run):
        ids.append("RK108")
    if mistake in ("RK098", "RK099"):
        ids.append("RK109")
    if mistake in _OTHER_STEPS and all(np.diff(run.losses) < 0):
        ids.append("RK110")
    return ids


def _mistake(run: Run) -> str | None:
    """The id of the mistake; empty when there is none, and None when nothing can be said."""
    steps = _consecutive(run)
    if run.quadratic is None or not steps or any(step.lr is None for step in steps):
        return None
    bowl = Bowl.from_record(run.quadratic)
    slopes = [_slope(bowl, step) for step in steps]
    before = [_join(step.w, step.b) for step in steps]
    moved = [
        _join(step.w_after, step.b_after) - start for step, start in zip(steps, before, strict=True)
    ]
    rounding = float(np.finfo(run.dtype if run.dtype in ("float32", "float64") else "float32").eps)
    lrs = [step.lr or 0.0 for step in steps]
    for id_, moves in _suspects(bowl, before, slopes, lrs):
        if all(map(_fits, moved, moves, before, itertools.repeat(rounding))):
            return id_ or _unfit_lr(bowl, run, lrs)
    return None


def _unfit_lr(bowl: Bowl, run: Run, lrs: list[float]) -> str:
    """What is wrong with the lr of a run that is gradient descent otherwise; empty if nothing is."""
    if max(lrs) < 0:
        return "RK065"
    if min(lrs) > bowl.largest_stable_lr and not run.final_loss < run.steps[-1].loss:
        return "RK098"
    done = run.losses[0] - run.final_loss
    way = run.losses[0] - bowl.floor
    # Even along the steepest direction, one such step covers less than a five-hundredth of the way.
    if 0 < max(lrs) < bowl.largest_stable_lr / 1000 and 0 <= done < way / 10:
        return "RK099"
    return ""


def _looks_level(run: Run) -> bool:
    """Whether the last tenth of at least 50 epochs is a hundredth of the whole fall, or less."""
    assert run.epochs is not None
    tenth = next(i for i, number in enumerate(run.numbers) if number >= 0.9 * run.epochs)
    fall = run.losses[0] - run.final_loss
    return run.epochs >= 50 and 0 <= run.losses[tenth] - run.final_loss <= 0.01 * fall


def _right_loss(bowl: Bowl, run: Run) -> float:
    """The loss after as many right steps at the run's first lr, from its start."""
    first = run.steps[0]
    if not first.lr or first.lr < 0:
        return 0.0
    return float(bowl.losses(first.w, first.b, first.lr, run.epochs or 0))


def _suspects(
    bowl: Bowl, before: list[Floats], slopes: list[Floats], lrs: list[float]
) -> Iterator[tuple[str, list[Floats]]]:
    """The moves that each mistake makes; gradient descent, under the empty id, comes first."""
    right = [-lr * slope for lr, slope in zip(lrs, slopes, strict=True)]
    yield "", right
    yield "RK016", [move * bowl.elements for move in right]
    yield "RK017", [move * bowl.n_crops for move in right]
    yield "RK019", [move / 2 for move in right]
    yield "RK068", _mixed(right, [0 * move for move in right])
    summed = [-lr * total for lr, total in zip(lrs, np.cumsum(slopes, axis=0), strict=True)]
    yield "RK079", summed
    yield "RK080", _mixed(right, summed)
    yield "RK080", _mixed(summed, right)
    for id_, wrong in (
        ("RK064", [-move for move in right]),
        ("RK069", [-slope for slope in slopes]),
        ("RK071", [-lr * start for lr, start in zip(lrs, before, strict=True)]),
    ):
        for moves in (wrong, _mixed(wrong, right), _mixed(right, wrong)):
            yield id_, moves


def _mixed(of_w: list[Floats], of_b: list[Floats]) -> list[Floats]:
    """At each step the move of w from one, and that of b from the other."""
    return [np.column_stack([w[:, :-1], b[:, -1:]]) for w, b in zip(of_w, of_b, strict=True)]


def _fits(moved: Floats, move: Floats, before: Floats, rounding: float) -> bool:
    """Whether each parameter moved as said, up to what rounding does to it and to its slope."""
    noise = 8 * rounding * (np.abs(before) + np.abs(before + moved))
    size = np.abs(move).max(axis=0, keepdims=True)
    return bool((np.abs(moved - move) <= noise + 1e-4 * size).all())


def _consecutive(run: Run) -> list[Step]:
    """The first steps, as far as all of them were kept and hold numbers."""
    steps = [step for i, step in enumerate(run.steps[:_MOST_STEPS], start=1) if step.number == i]
    return list(itertools.takewhile(_is_finite, steps))


def _is_finite(step: Step) -> bool:
    places = (*step.w, *step.w_after, step.b, step.b_after)
    return all(abs(x) < _LARGEST for row in places for x in row)


def _slope(bowl: Bowl, step: Step) -> Floats:
    w, b = bowl.gradient(step.w, step.b)
    return np.column_stack([w, b])  # (k, d+1)


def _join(w: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
    return np.column_stack([np.asarray(w, dtype=np.float64), np.asarray(b, dtype=np.float64)])
