"""Gradient check of a run: each recorded move, held against lr times the gradient.

The gradients come from the data as the run recorded them, in float64, and the move of w and of b is
looked at separately. Rounding is allowed for by the run's dtype, as `quadratic.moves` has it; nothing
else is.

This is the only answer to "was this step gradient descent?": the report quotes it, and the diagnosis of
a run allows the moves of a known mistake the same rounding and no more.

    >>> from rainfall_kit.quadratic.bowl import Bowl
    >>> from rainfall_kit.quadratic.run_data import RunData
    >>> from rainfall_kit.records.run import Run, Step
    >>> step = Step(number=1, lr=0.25, loss=9.0, w=((0.0,),), b=(0.0,), w_after=((3.0,),), b_after=(0.0,))
    >>> run = Run(steps=(step,), final_loss=9.0, quadratic=Bowl.from_data([[2.0]], [[3.0]]).record())
    >>> found = compare_moves(RunData(run))
    >>> found.w_equal, found.b_equal  # the gradient was -12 and -6
    ((True,), (False,))
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from rainfall_kit.checks.diagnosis.update_rules import find_rule
from rainfall_kit.quadratic.moves import PRECISION, loss_error, multiple_of, recorded_moves
from rainfall_kit.quadratic.run_data import SHAPES_CHANGE, side_by_side

if TYPE_CHECKING:
    from rainfall_kit.quadratic.moves import Bools, Floats, Moves
    from rainfall_kit.quadratic.run_data import RunData
    from rainfall_kit.records.run import Run

Verdicts = tuple[bool | None, ...]

_W, _B = np.s_[..., :-1], np.s_[..., -1:]  # the parts of [w, b] side by side


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """Verdicts on each step that a run kept.

    A verdict is None where a step cannot be judged: its numbers are past what the dtype holds, or,
    for the gradients, ``w.grad`` was empty.

    Attributes:
        numbers: the steps' numbers.
        w_equal: whether w moved to w - lr·∂loss/∂w.
        b_equal: whether b moved to b - lr·∂loss/∂b.
        w_times: by which multiple of -lr·∂loss/∂w w moved in every step that could be judged; None when
            by none, or when the lr is not known.
        b_times: the same for b.
        grad_w_equal: whether ``w.grad`` held ∂loss/∂w at the weights of that step.
        grad_b_equal: whether ``b.grad`` held ∂loss/∂b.
        lrs: the learning rate that each step was held against.
        lr_inferred: whether the lr was not known and is the one that fits the moves best.
        why_not: why nothing could be compared; the empty text when it was.
        w_follows: whether w moved by -lr times what ``w.grad`` held, whatever that was; of watched steps.
        b_follows: the same for b.
        found_equal: whether the last backward of a step found ∂loss/∂w and ∂loss/∂b.
        held_equal: whether ``.grad`` held them, of both w and b.
        found_times: the multiple of these that backward found in every step; None when none, or by chance.
        held_times: the multiple of these that ``.grad`` held in every step.
        loss_error: how far rounding can push the first loss.
        rule: the rule that the moves follow instead, in words; the empty text when none is known.
        moves: what was compared; None when nothing was.
    """

    numbers: tuple[int, ...] = ()
    w_equal: Verdicts = ()
    b_equal: Verdicts = ()
    w_times: float | None = None
    b_times: float | None = None
    grad_w_equal: Verdicts = ()
    grad_b_equal: Verdicts = ()
    lrs: tuple[float, ...] = ()
    lr_inferred: bool = False
    why_not: str = ""
    w_follows: Verdicts = ()
    b_follows: Verdicts = ()
    found_equal: Verdicts = ()
    held_equal: Verdicts = ()
    found_times: float | None = None
    held_times: float | None = None
    loss_error: float = 0.0
    rule: str = ""
    moves: Moves | None = field(default=None, repr=False, compare=False)

    @property
    def watched(self) -> bool:
        """True if the cell was watched while it took its steps."""
        return bool(self.w_follows)

    @property
    def w_moves(self) -> Verdicts:
        """Verdicts on w's moves by the gradient that was there; of unwatched steps `w_equal`."""
        return _first_known(self.w_follows, self.w_equal)

    @property
    def b_moves(self) -> Verdicts:
        """The same for b."""
        return _first_known(self.b_follows, self.b_equal)

    @property
    def downhill(self) -> bool:
        """True if every lr is above 0: a negative one climbs, even by ``w -= lr * w.grad``."""
        return not any(lr <= 0 for lr in self.lrs)

    @property
    def follows_gradients(self) -> bool:
        """True if every move that could be judged, one at least, was -lr times the gradient."""
        verdicts = (*self.w_equal, *self.b_equal)
        return not self.why_not and True in verdicts and False not in verdicts

    @property
    def is_descent(self) -> bool:
        """True if nothing differs: all that could be judged was a step of gradient descent."""
        return not self.why_not and self.downhill and False not in (*self.w_equal, *self.b_equal)


def compare_moves(data: RunData) -> Comparison:
    """Hold every kept step of a run against w - lr·∂loss/∂w and b - lr·∂loss/∂b.

    Where a step's lr is not known, the single lr is used that fits the moves of w and b best (least
    squares on the gradients).

    Args:
        data: of a run; where nothing can be compared, `why_not` says why.

    Example:
        >>> from rainfall_kit.quadratic.run_data import RunData
        >>> from rainfall_kit.records.run import Run
        >>> compare_moves(RunData(Run(steps=(), final_loss=1.0))).why_not
        'no step was taken'
    """
    run, held = data.run, _held_gradients(data.run)
    seen = _of_seen(run)
    if why_not := _why_not(data, held):
        return Comparison(why_not=why_not, numbers=tuple(step.number for step in run), **seen)
    assert held is not None
    with np.errstate(over="ignore", invalid="ignore"):
        moves, usable = recorded_moves(data)
        fall, error = moves.along(moves.gradients, moves.gradient_error)
        in_range = (np.abs(moves.before - fall) < moves.largest).all(axis=(1, 2))
        usable &= ~np.array(left_open(run))
        usable &= in_range | np.isnan(
            moves.lr
        )  # no lr above 0 fits: judged, and found to be uphill
        moved = moves.fell_by(fall, error)
        # Of an lr that was fitted to the moves, the moves are no multiple that could tell anything.
        known = usable if moves.lr_error.max() == 0 else np.zeros_like(usable)
        times = [
            multiple_of(moves.made[known][part], fall[known][part], error[known][part])
            for part in (_W, _B)
        ]
        # "Fresh": what .grad held is this step's gradient, with nothing of an older one in it.
        fresh = np.abs(held - moves.gradients) <= moves.gradient_error
        found = _found_gradients(run)
        if found is not None:
            right = (np.abs(found - moves.gradients) <= moves.gradient_error)[usable]
            in_parts = any(step.seen is not None and step.seen.in_parts for step in run)
            # Parts may also add up to the whole, in .grad.
            if in_parts and not right.all() and not fresh[usable].all():
                return Comparison(
                    why_not="the cell takes some of the rows at a time",
                    numbers=tuple(step.number for step in run),
                    **_of_seen(run),
                )
            seen["found_equal"] = _verdicts(
                np.abs(found - moves.gradients) <= moves.gradient_error, usable
            )
            fitted = multiple_of(
                found[usable], moves.gradients[usable], moves.gradient_error[usable]
            )
            seen["found_times"] = None if right.all() else fitted
            seen["held_times"] = multiple_of(
                held[usable], moves.gradients[usable], moves.gradient_error[usable]
            )
        if seen and run.steps[0].grad_w is not None and run.steps[0].grad_b is not None:
            seen["held_equal"] = _verdicts(fresh, usable)
        assert run.quadratic is not None
        seen["loss_error"] = loss_error(run.quadratic, moves)
    return Comparison(
        **seen,
        numbers=tuple(step.number for step in run),
        w_equal=_verdicts(moved[_W], usable),
        b_equal=_verdicts(moved[_B], usable),
        w_times=times[0],
        b_times=times[1],
        grad_w_equal=_verdicts(fresh[_W], usable & [step.grad_w is not None for step in run]),
        grad_b_equal=_verdicts(fresh[_B], usable & [step.grad_b is not None for step in run]),
        lrs=tuple(moves.lr.tolist()),
        lr_inferred=any(step.lr is None for step in run),
        moves=moves,
    )


def _why_not(data: RunData, held: Floats | None) -> str:
    """The reason why a run cannot be compared; the empty text when it can."""
    run = data.run
    if run.steps and run.quadratic is not None:
        if all(
            step.lr is None and step.w == step.w_after and step.b == step.b_after for step in run
        ):
            return "nothing moved, and the lr is not known"
        if run.dtype not in PRECISION:
            return f"the precision of {run.dtype} parameters is not known"
    if why := _why_not_one_move(run):
        return why
    if data.why_no_bowl:
        return data.why_no_bowl
    if data.before is None or data.after is None or held is None:
        return SHAPES_CHANGE
    return ""


def _why_not_one_move(run: Run) -> str:
    """The reason why a watched step is no single move from where it began; the empty text when it is."""
    seen = [step.seen for step in run if step.seen is not None]
    most = max((of.updates for of in seen), default=0)
    if most > 1:
        return f"the cell makes {most} updates each time it runs"
    if any(of.re_made for of in seen):
        return "the cell gives w or b new values before it computes a gradient"
    if any(of.unseen for of in seen):
        return "a function with a loop makes w and b anew, where its single moves cannot be seen"
    if changed := [name for of in seen for name in of.changed_after]:
        return f"the cell changes {changed[0]} once more after its move"
    rules = [of.optimiser for of in seen if of.optimiser and False in (of.follows_w, of.follows_b)]
    return f"the moves are those of {rules[0]}" if rules else ""


def _of_seen(run: Run) -> dict[str, Any]:
    """Verdict of a comparison on watched steps whatever the data are; nothing on others."""
    if not run.steps or any(step.seen is None for step in run):
        return {}
    seen = [step.seen for step in run if step.seen is not None]
    followed = [(of.follows_w, of.follows_b) for of in seen]
    rule = ""
    # Also where each step has but one lr of its own: that is what a schedule looks like.
    single = max(of.updates for of in seen) == 1 and not any(of.optimiser for of in seen)
    if single and any(w is False for w, _ in followed):  # a rule moves w, and not b alone
        rule = find_rule(run)
    return {
        "w_follows": tuple(w for w, _ in followed),
        "b_follows": tuple(b for _, b in followed),
        "rule": rule,
    }


def _found_gradients(run: Run) -> Floats | None:
    """The gradients that backward found, (P, k, d+1); None where it found none in some step."""
    found = [step.seen for step in run if step.seen is not None]
    if not found or len(found) < len(run):
        return None
    if any(of.found_w is None or of.found_b is None for of in found):
        return None
    return side_by_side([of.found_w or () for of in found], [of.found_b or () for of in found])


def gathering(run: Run) -> list[bool]:
    """Of each step, whether it only gathered gradients: it moved nothing, where other steps did.

    Example:
        >>> from rainfall_kit.records.run import Run
        >>> gathering(Run(steps=(), final_loss=1.0))
        []
    """
    idle = [
        of is not None and of.backwards > 0 and not of.updates and not of.unlike
        for of in (step.seen for step in run)
    ]
    return idle if not all(idle) else [False] * len(idle)


def left_open(run: Run) -> list[bool]:
    """Of each step, whether no verdict is given of it: it only gathered gradients, or went unwatched.

    Of an unwatched step that was not like the others, what it did is not known.
    """
    return [
        idle or (step.seen is not None and step.seen.unlike)
        for idle, step in zip(gathering(run), run, strict=True)
    ]


def _first_known(follows: Verdicts, equal: Verdicts) -> Verdicts:
    if not follows or not equal:
        return follows or equal
    return tuple(one if other is None else other for one, other in zip(equal, follows, strict=True))


def _held_gradients(run: Run) -> Floats | None:
    """The gradients that ``.grad`` held, (P, k, d+1), or the parameters where it held none."""
    return side_by_side(
        [step.w if step.grad_w is None else step.grad_w for step in run],
        [step.b if step.grad_b is None else step.grad_b for step in run],
    )


def _verdicts(equal: Bools, usable: Bools) -> Verdicts:
    """One for each step, from (P, k, m) numbers that are equal or not."""
    whole = np.logical_and.reduce(equal, axis=(1, 2))
    return tuple(bool(verdict) if ok else None for verdict, ok in zip(whole, usable, strict=True))
