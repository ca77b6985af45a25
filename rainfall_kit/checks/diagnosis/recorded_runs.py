"""Diagnosis of a recorded run that is not gradient descent, and of what its losses do not say.

Everything is told from the record alone. Whether a run is gradient descent is the gradient check's to
say; here its moves are held against those of each known mistake, with the same allowance for rounding.

>>> from rainfall_kit.checks.diagnosis.gradient_check import compare_moves
>>> from rainfall_kit.quadratic.bowl import Bowl
>>> from rainfall_kit.quadratic.run_data import RunData
>>> from rainfall_kit.records.run import Run, Step
>>> bowl = Bowl.from_data([[2.0]], [[3.0]])     # at w = 0, b = 0 the gradients are -12 and -6
>>> step = Step(number=1, lr=0.1, loss=9.0, w=((0.0,),), b=(0.0,), w_after=((-1.2,),), b_after=(-0.6,))
>>> data = RunData(Run(steps=(step,), final_loss=1.0, quadratic=bowl.record()))
>>> [entry.name for entry in diagnose_run(data, compare_moves(data)).mistakes]
['a step uphill']
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rainfall_kit.checks.questions.registry import find_misconception

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.checks.diagnosis.gradient_check import Comparison
    from rainfall_kit.checks.questions.misconception import Misconception
    from rainfall_kit.quadratic.bowl import Bowl
    from rainfall_kit.quadratic.moves import Moves
    from rainfall_kit.quadratic.run_data import RunData
    from rainfall_kit.records.run import Run

Floats = npt.NDArray[np.float64]
Fall = tuple[Floats, Floats]  # by how much each parameter falls in each step, and the error of that

# Beyond it float32 rounds to infinity on the way to the gradient.
_LARGEST = 1e15

# In half precision a small step is lost in rounding, and a w that stands still looks like many mistakes.
_COARSEST_TOLD_APART = 1e-6

# The mistakes of a run that is not gradient descent on its loss.
_OTHER_STEPS = ("RK016", "RK017", "RK019", "RK037", "RK068", "RK071", "RK079", "RK080")

# More steps tell no more, and a long run costs nothing extra.
_MOST_STEPS = 50


@dataclass(frozen=True, kw_only=True)
class RunDiagnosis:
    """Diagnosis of a run, from its record.

    Attributes:
        mistakes: the known mistake that explains every step, or none; an unfit lr counts as one.
        misreadings: what the losses are easily taken for, and do not say.
    """

    mistakes: tuple[Misconception, ...] = ()
    misreadings: tuple[Misconception, ...] = ()


def diagnose_run(data: RunData, comparison: Comparison) -> RunDiagnosis:
    """Name the known mistake that explains every step of a run, and what its losses do not say.

    Args:
        data: of the run; nothing is found without an lr in each step.
        comparison: the run's own.

    Returns:
        At most one mistake: none when the steps are gradient descent at a fit lr, when no known
        mistake explains them all, or when the record does not say enough.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        mistake = _mistake(data, comparison)
    if mistake is None:
        return RunDiagnosis()
    return RunDiagnosis(
        mistakes=(find_misconception(mistake),) if mistake else (),
        misreadings=tuple(map(find_misconception, _misreadings(data, comparison, mistake))),
    )


def _mistake(data: RunData, comparison: Comparison) -> str | None:
    """The id of the mistake; empty when there is none, and None when nothing can be said."""
    if data.bowl is None or comparison.moves is None:
        return None
    count = _consecutive(data.run, comparison.moves)
    if count == 0 or any(step.lr is None for step in data.run[:count]):
        return None
    moves = comparison.moves.first(count)
    # Of all kept steps, not of these first ones alone: a later step that differs is a mistake, too.
    if comparison.follows_gradients:
        return _unfit_lr(data.bowl, data.run, moves.lr)
    if moves.precision > _COARSEST_TOLD_APART or comparison.rule:
        return None
    struck = _struck_out(comparison)
    for id_, (fall, error) in _suspects(data, data.bowl, moves):
        if id_ not in struck and moves.fell_by(fall, error).all():
            return id_
    return None


def _struck_out(comparison: Comparison) -> tuple[str, ...]:
    """The mistakes that a sign contradicts.

    In the loss, where its gradient was right; in the move, where it was -lr times a gradient that was not.
    """
    found = comparison.found_equal
    struck: tuple[str, ...] = ()
    if True in found and False not in found:
        struck += ("RK016", "RK017", "RK019", "RK037")
        if comparison.held_equal and False not in comparison.held_equal:
            struck += ("RK079", "RK080")
    if comparison.watched and False not in (*comparison.w_moves, *comparison.b_moves):
        struck += ("RK064", "RK068", "RK069", "RK071")
    return struck


def _consecutive(run: Run, moves: Moves) -> int:
    """How many of the first steps were all kept and hold numbers: only their gradients can be summed."""
    first = moves.first(_MOST_STEPS)
    numbers = np.array([step.number for step in run.steps[:_MOST_STEPS]])
    fit = numbers == np.arange(1, len(numbers) + 1)
    for places in (first.before, first.after):
        fit &= (np.abs(places) < _LARGEST).all(axis=(1, 2))
    return len(fit) if fit.all() else int(fit.argmin())


def _suspects(data: RunData, bowl: Bowl, moves: Moves) -> Iterator[tuple[str, Fall]]:
    """The falls that each mistake makes."""
    right = moves.along(moves.gradients, moves.gradient_error)
    nothing = 0 * moves.before
    still = moves.along(nothing, nothing)
    summed = moves.along(*_summed(moves))
    yield "RK016", _multiple(moves, bowl.elements)
    yield "RK017", _multiple(moves, bowl.n_crops)
    yield "RK019", _multiple(moves, 0.5)
    if bowl.n_crops == 1:
        yield "RK037", _against_a_row(data, moves)
    yield "RK068", _mixed(right, still)
    yield "RK079", summed
    # Where w alone is zeroed, and where b alone is.
    yield "RK080", _mixed(right, summed)
    yield "RK080", _mixed(summed, right)
    lr_forgotten = dataclasses.replace(moves, lr=np.ones_like(moves.lr))
    for id_, wrong in (
        ("RK064", _multiple(moves, -1)),
        ("RK069", lr_forgotten.along(moves.gradients, moves.gradient_error)),
        ("RK071", moves.along(moves.before, nothing)),
    ):
        for fall in (wrong, _mixed(wrong, right), _mixed(right, wrong)):
            yield id_, fall


def _against_a_row(data: RunData, moves: Moves) -> Fall:
    """Steps where every prediction, (n, 1), met every target, (n,): each then seeks the mean of all targets."""
    assert data.run.quadratic is not None
    d, rows = data.run.quadratic.n_inputs, data.run.quadratic.rows
    factor = np.array(data.run.quadratic.factor)
    gram = factor.T @ factor  # of [inputs, 1, targets]
    mean = gram[d, d + 1] / rows
    slopes = (2 / rows) * (moves.before @ gram[: d + 1, : d + 1] - mean * gram[d, : d + 1])
    return moves.along(slopes, moves.gradient_error)


def _multiple(moves: Moves, times: float) -> Fall:
    """Steps along so many times the gradient."""
    return moves.along(times * moves.gradients, abs(times) * moves.gradient_error)


def _summed(moves: Moves) -> Fall:
    """The gradients as they add up where none is reset, and how far rounding can push the sums."""
    sums = np.cumsum(moves.gradients, axis=0)
    # Each sum passes on the errors of its terms, and of all the sums before it.
    error = np.cumsum(moves.gradient_error + moves.precision * np.abs(sums), axis=0)
    return sums, error


def _mixed(of_w: Fall, of_b: Fall) -> Fall:
    """At each step the fall of w from one, and that of b from the other."""
    (w, w_error), (b, b_error) = of_w, of_b
    return (
        np.concatenate([w[..., :-1], b[..., -1:]], axis=-1),
        np.concatenate([w_error[..., :-1], b_error[..., -1:]], axis=-1),
    )


def _unfit_lr(bowl: Bowl, run: Run, lrs: Floats) -> str:
    """The mistake in the lr of a run that is gradient descent otherwise; empty if there is none."""
    if lrs.max() < 0:
        return "RK065"
    if any(step.seen is not None and step.seen.lr_from == "product" for step in run):
        return ""  # a factor beside the lr, not the lr, may be what is unfit
    if lrs.min() > bowl.largest_stable_lr and not run.final_loss < run.steps[-1].loss:
        return "RK098"
    done = run.losses[0] - run.final_loss
    way = run.losses[0] - bowl.floor
    # Even along the steepest direction, one such step covers less than a five-hundredth of the way.
    if 0 < lrs.max() < bowl.largest_stable_lr / 1000 and 0 <= done < way / 10:
        return "RK099"
    return ""


def _misreadings(data: RunData, comparison: Comparison, mistake: str) -> Iterator[str]:
    run, bowl = data.run, data.bowl
    assert bowl is not None  # without it, no mistake could be told
    if mistake == "" and _looks_level(run) and _is_above_floor(data, comparison):
        yield "RK107"
    if mistake in _OTHER_STEPS and run.final_loss < _right_loss(bowl, run):
        yield "RK108"
    if mistake in ("RK098", "RK099"):
        yield "RK109"
    if mistake in _OTHER_STEPS and all(np.diff(run.losses) < 0):
        yield "RK110"


def _is_above_floor(data: RunData, comparison: Comparison) -> bool:
    """True if the last loss is above the smallest by more than a hundredth, and by more than rounding.

    Of data without noise the floor is 0, or what rounding makes of it, and no loss is within a hundredth.
    """
    assert data.bowl is not None
    last = data.run.final_loss
    return last > 1.01 * data.bowl.floor + comparison.loss_error


def _looks_level(run: Run) -> bool:
    """True if the last tenth of at least 50 epochs is a hundredth of the whole fall, or less."""
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
