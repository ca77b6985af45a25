"""Whether the steps of a run were gradient descent: each move, held against lr times the gradient.

The gradients come from the data as the run recorded them, in float64, and the move of w and of b is
looked at separately. Rounding is allowed for by the dtype of the parameters, nothing else is:

    a gradient     (2/N) Σᵢ |xᵢ| (|xᵢ|·|w| + |b| + |yᵢ|) is the size of the numbers that go into it;
                   its error is a few times eps of that
    w - lr·grad    rounds to within eps of w, and passes on lr times the error of the gradient

    >>> from rainfall_kit.quadratic.bowl import Bowl
    >>> from rainfall_kit.records.run import Run, Step
    >>> step = Step(number=1, lr=0.25, loss=9.0, w=((0.0,),), b=(0.0,), w_after=((3.0,),), b_after=(0.0,))
    >>> run = Run(steps=(step,), final_loss=9.0, quadratic=Bowl.from_data([[2.0]], [[3.0]]).record())
    >>> compare_moves(run).w_equal, compare_moves(run).b_equal  # the gradient was -12 and -6
    ((True,), (False,))
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rainfall_kit.errors import DataError, OptionError
from rainfall_kit.quadratic.bowl import Bowl

if TYPE_CHECKING:
    from rainfall_kit.records.run import Quadratic, Run

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]
Verdicts = tuple[bool | None, ...]

# How far 1 is from the next number, and the largest number.
_PRECISION = {
    "float64": (2.0**-52, float(np.finfo(np.float64).max)),
    "float32": (2.0**-23, float(np.finfo(np.float32).max)),
    "float16": (2.0**-10, float(np.finfo(np.float16).max)),
    "bfloat16": (2.0**-7, float(np.finfo(np.float32).max)),
}


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What was found, for each step that the run kept.

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

    @property
    def downhill(self) -> bool:
        """Whether no lr is 0 or below: a negative one climbs, even by ``w -= lr * w.grad``."""
        return not any(lr <= 0 for lr in self.lrs)

    @property
    def is_descent(self) -> bool:
        """Whether nothing differs: all that could be judged was a step of gradient descent."""
        return not self.why_not and self.downhill and False not in (*self.w_equal, *self.b_equal)


def compare_moves(run: Run) -> Comparison:
    """Hold every kept step of a run against w - lr·∂loss/∂w and b - lr·∂loss/∂b.

    Where a step's lr is not known, the single lr is used that fits the moves of w and b best (least
    squares on the gradients).

    Args:
        run: a run; without its quadratic, nothing can be compared, and `why_not` says so.

    Example:
        >>> from rainfall_kit.records.run import Run
        >>> compare_moves(Run(steps=(), final_loss=1.0)).why_not
        'no step was taken'
    """
    if not run.steps:
        return Comparison(why_not="no step was taken")
    if run.quadratic is None:
        problem = run.data_problem.split(". ")[0]
        return Comparison(why_not=problem or "the inputs and targets were not at hand")
    if all(step.lr is None and step.w == step.w_after and step.b == step.b_after for step in run):
        return Comparison(why_not="nothing moved, and the lr is not known")
    if run.dtype not in _PRECISION:
        return Comparison(why_not=f"the precision of {run.dtype} parameters is not known")
    try:
        bowl = Bowl.from_record(run.quadratic)
        bowl.loss(run.steps[0].w, run.steps[0].b)  # says so where their shapes do not fit the data
        before = _join([step.w for step in run.steps], [step.b for step in run.steps])
        after = _join([step.w_after for step in run.steps], [step.b_after for step in run.steps])
        grad = _join(*bowl.gradient(before[..., :-1], before[..., -1]))  # (P, k, d+1)
        held, filled = _held_gradients(run)
    except (DataError, OptionError) as problem:
        return Comparison(why_not=str(problem).split(". ")[0])
    except ValueError:  # what NumPy says to rows of different lengths
        return Comparison(why_not="w and b do not have the same shape in every step")

    w, b = np.s_[..., :-1], np.s_[..., -1:]
    precision, largest = _PRECISION[run.dtype]
    with np.errstate(over="ignore", invalid="ignore"):
        usable = np.isfinite(before).all(axis=(1, 2))  # (P,)
        usable &= bowl.losses_at(before[..., :-1], before[..., -1]) < largest
        grad_error = _gradient_error(run.quadratic, before, precision)  # (P, k, d+1)
        rounding = precision * np.maximum(np.abs(before), np.abs(after))
        lr, lr_error = _learning_rates(run, before - after, grad, rounding, usable)
        move = lr[:, None, None] * grad
        error = rounding + np.abs(lr[:, None, None]) * grad_error
        error += (2 * precision * np.abs(lr) + lr_error)[:, None, None] * np.abs(grad)
        usable &= (np.abs(before - move) < largest).all(axis=(1, 2))
        moved = np.abs(after - (before - move)) <= error
        known = usable if lr_error.max() == 0 else np.zeros_like(usable)
        times = [
            _times((before - after)[known][part], move[known][part], error[known][part])
            for part in (w, b)
        ]
        fresh = np.abs(held - grad) <= grad_error
    return Comparison(
        numbers=tuple(step.number for step in run.steps),
        w_equal=_verdicts(moved[w], usable),
        b_equal=_verdicts(moved[b], usable),
        w_times=times[0],
        b_times=times[1],
        grad_w_equal=_verdicts(fresh[w], usable & filled[0]),
        grad_b_equal=_verdicts(fresh[b], usable & filled[1]),
        lrs=tuple(lr.tolist()),
        lr_inferred=any(step.lr is None for step in run.steps),
    )


def _join(w: npt.ArrayLike, b: npt.ArrayLike) -> Floats:
    """[w, b] (P, k, d+1) from w (P, k, d) and b (P, k); ValueError when they do not fit."""
    weights, offsets = np.asarray(w, dtype=np.float64), np.asarray(b, dtype=np.float64)
    return np.concatenate([weights, offsets[..., None]], axis=-1)


def _held_gradients(run: Run) -> tuple[Floats, tuple[Bools, Bools]]:
    """What ``.grad`` held, like `_join`, and for w and for b in which steps (P,) it held anything."""
    filled_w = np.array([step.grad_w is not None for step in run.steps])
    filled_b = np.array([step.grad_b is not None for step in run.steps])
    held = _join(
        [step.w if step.grad_w is None else step.grad_w for step in run.steps],
        [step.b if step.grad_b is None else step.grad_b for step in run.steps],
    )
    return held, (filled_w, filled_b)


def _gradient_error(quadratic: Quadratic, params: Floats, precision: float) -> Floats:
    """How far rounding can push a gradient at params (P, k, d+1), the same shape.

    The sums over rows and inputs round as often as they have terms; the errors of n terms add up
    like a random walk, to about √n of one (Higham & Mary 2019, doi:10.1137/18M1226312).
    """
    d = quadratic.n_inputs
    lengths = np.linalg.norm(
        np.array(quadratic.factor), axis=0
    )  # of the columns of [inputs, 1, targets]
    a, y = lengths[: d + 1], lengths[d + 1 :]
    residual = np.abs(params) @ a + y  # (P, k), before anything cancels
    size = (2 / (quadratic.rows * len(y))) * residual[..., None] * a  # (P, k, d+1)
    terms = quadratic.rows + len(a)
    return np.asarray(4 * np.sqrt(terms) * precision * size)


def _learning_rates(
    run: Run, move: Floats, grad: Floats, rounding: Floats, usable: Bools
) -> tuple[Floats, Floats]:
    """The lr of each step, and how far off it may be, both (P,); not at all where it is known.

    The lr that fits best is Σ move·grad / Σ grad², so it is off by Σ rounding·|grad| / Σ grad² at most.
    """
    unknown = np.array([step.lr is None for step in run.steps])
    lr = np.array([np.nan if step.lr is None else step.lr for step in run.steps])
    error = np.zeros(len(lr))
    fits = unknown & usable & np.isfinite(move).all(axis=(1, 2))
    weights = _fit_weights(grad[fits])
    if weights is not None:
        lr[unknown] = (move[fits] * weights).sum()
        error[unknown] = (rounding[fits] * np.abs(weights)).sum()
    return lr, error


def _times(moved: Floats, move: Floats, error: Floats) -> float | None:
    """Which multiple of the right move was made every time, up to rounding."""
    weights = _fit_weights(move)
    if weights is None:
        return None
    times = float((moved * weights).sum())
    fits = np.abs(moved - times * move) <= error * max(1.0, abs(times))
    return times if fits.all() else None


def _fit_weights(along: Floats) -> Floats | None:
    """along / Σ along²: weighted so, a move sums up to the multiple of ``along`` that fits it best.

    None where ``along`` is 0 everywhere.
    """
    peak = np.abs(along).max(initial=0.0)
    if not peak > 0:
        return None
    shape = along / peak  # of a run that diverges, the squares themselves would overflow
    return np.asarray(shape / ((shape**2).sum() * peak))


def _verdicts(equal: Bools, usable: Bools) -> Verdicts:
    """One for each step, from (P, k, m) numbers that are equal or not."""
    whole = np.logical_and.reduce(equal, axis=(1, 2))
    return tuple(bool(each) if ok else None for each, ok in zip(whole, usable, strict=True))
