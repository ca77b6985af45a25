"""Moves of a recorded run with bounds on rounding: how far each may be off for its dtype alone.

a gradient     (2/N) Σᵢ |xᵢ| (|xᵢ|·|w| + |b| + |yᵢ|) is the size of the numbers that go into it;
its error is a few times eps of that
w - lr·grad    rounds to within eps of w, and passes on lr times the error of the gradient

>>> from rainfall_kit.quadratic.bowl import Bowl
>>> from rainfall_kit.quadratic.run_data import RunData
>>> from rainfall_kit.records.run import Run, Step
>>> step = Step(number=1, lr=0.25, loss=9.0, w=((0.0,),), b=(0.0,), w_after=((3.0,),), b_after=(1.5,))
>>> run = Run(steps=(step,), final_loss=9.0, quadratic=Bowl.from_data([[2.0]], [[3.0]]).record())
>>> moves, usable = recorded_moves(RunData(run))
>>> fall, error = moves.along(moves.gradients, moves.gradient_error)
>>> moves.made.tolist(), moves.fell_by(fall, error).tolist()
([[[-3.0, -1.5]]], [[[True, True]]])
"""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from rainfall_kit.quadratic.run_data import RunData
    from rainfall_kit.records.run import Quadratic, Run

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

# How far 1 is from the next number, and the largest number.
PRECISION = {
    "float64": (2.0**-52, float(np.finfo(np.float64).max)),
    "float32": (2.0**-23, float(np.finfo(np.float32).max)),
    "float16": (2.0**-10, float(np.finfo(np.float16).max)),
    "bfloat16": (2.0**-7, float(np.finfo(np.float32).max)),
}
_OF_EACH_STEP = (
    "before", "after", "gradients", "gradient_error", "rounding", "lr", "lr_error",
)  # fmt: skip


@dataclass(frozen=True, kw_only=True, eq=False)
class Moves:
    """The moves of a run with what rounding can do to each; P steps, [w, b] (k, d+1) side by side.

    Attributes:
        before: the parameters before each step, (P, k, d+1).
        after: the parameters after each step, the same shape.
        gradients: ∂loss/∂[w, b] before each step, the same shape.
        gradient_error: how far rounding can push those, the same shape.
        rounding: how far storing the parameters can push them, the same shape.
        lr: the learning rate of each step, (P,).
        lr_error: how far off that may be, (P,); 0 where it is known.
        precision: how far 1 is from the next number of the run's dtype.
        largest: the largest number of that dtype.
    """

    before: Floats
    after: Floats
    gradients: Floats
    gradient_error: Floats
    rounding: Floats
    lr: Floats
    lr_error: Floats
    precision: float
    largest: float

    @property
    def made(self) -> Floats:
        """By how much the parameters fell in each step, (P, k, d+1)."""
        return self.before - self.after

    def along(self, direction: Floats, direction_error: Floats) -> tuple[Floats, Floats]:
        """By how much they fall in steps of lr times a direction, and how far rounding can push that.

        Args:
            direction: of each step, (P, k, d+1).
            direction_error: how far rounding can push it, the same shape.
        """
        lr = self.lr[:, None, None]
        error = self.rounding + np.abs(lr) * direction_error
        error += (2 * self.precision * np.abs(lr) + self.lr_error[:, None, None]) * np.abs(
            direction
        )
        return lr * direction, error

    def fell_by(self, fall: Floats, error: Floats) -> Bools:
        """True for each parameter that fell by that, up to the error, (P, k, d+1)."""
        return np.asarray(np.abs(self.after - (self.before - fall)) <= error)

    def first(self, count: int) -> Moves:
        """The same of the first steps alone."""
        parts = {name: getattr(self, name)[:count] for name in _OF_EACH_STEP}
        return dataclasses.replace(self, **parts)


def recorded_moves(data: RunData) -> tuple[Moves, Bools]:
    """The moves of a run that can be compared, and which steps (P,) began at numbers that can be used."""
    run, bowl, before, after = data.run, data.bowl, data.before, data.after
    assert run.quadratic is not None and bowl is not None and data.gradients is not None
    assert before is not None and after is not None
    precision, largest = PRECISION[run.dtype]
    # Numbers near the largest overflow on the way to the gradient, where nothing can be told any more.
    usable = np.isfinite(before).all(axis=(1, 2))  # (P,)
    usable &= bowl.losses_at(before[..., :-1], before[..., -1]) < largest
    rounding = precision * np.maximum(np.abs(before), np.abs(after))
    lr, lr_error = _learning_rates(run, before - after, data.gradients, rounding, usable)
    moves = Moves(
        before=before,
        after=after,
        gradients=data.gradients,
        gradient_error=_gradient_error(run.quadratic, before, precision),
        rounding=rounding,
        lr=lr,
        lr_error=lr_error,
        precision=precision,
        largest=largest,
    )
    return moves, usable


def _gradient_error(quadratic: Quadratic, params: Floats, precision: float) -> Floats:
    """How far rounding can push a gradient at params (P, k, d+1), the same shape.

    The sums over rows and inputs round as often as they have terms; the errors of n terms add up
    like a random walk, to about √n of one (Higham & Mary 2019, doi:10.1137/18M1226312).
    """
    d = quadratic.n_inputs
    # of the columns of [inputs, 1, targets]
    lengths = np.linalg.norm(np.array(quadratic.factor), axis=0)
    a, y = lengths[: d + 1], lengths[d + 1 :]
    residual = np.abs(params) @ a + y  # (P, k), before anything cancels
    size = (2 / (quadratic.rows * len(y))) * residual[..., None] * a  # (P, k, d+1)
    terms = quadratic.rows + len(a)
    return np.asarray(4 * np.sqrt(terms) * precision * size)


def loss_error(quadratic: Quadratic, moves: Moves) -> float:
    """How far rounding can push the loss before the first step.

    Each prediction is off by a few eps of the numbers that go into it, r, and so a residual of size
    √loss gives a loss that is off by 2·√loss·r + r².
    """
    d = quadratic.n_inputs
    lengths = np.linalg.norm(np.array(quadratic.factor), axis=0)
    sizes = (np.abs(moves.before[0]) @ lengths[: d + 1] + lengths[d + 1 :]) / np.sqrt(
        quadratic.rows
    )
    off = 4 * np.sqrt(d + 2) * moves.precision * float(sizes.max())
    return float(off**2)


def _learning_rates(
    run: Run, made: Floats, grad: Floats, rounding: Floats, usable: Bools
) -> tuple[Floats, Floats]:
    """The lr of each step, and how far off it may be, both (P,); not at all where it is known.

    The lr that fits best is Σ made·grad / Σ grad², so it is off by Σ rounding·|grad| / Σ grad² at most.
    """
    unknown = np.array([step.lr is None for step in run])
    lr = np.array([np.nan if step.lr is None else step.lr for step in run])
    error = np.zeros(len(lr))
    fits = unknown & usable & np.isfinite(made).all(axis=(1, 2))
    weights = _fit_weights(grad[fits])
    if weights is not None:
        fitted = (made[fits] * weights).sum()
        # Uphill is uphill at any lr: a negative one is never proposed, and no lr above 0 explains it.
        lr[unknown] = fitted if fitted > 0 else np.nan
        error[unknown] = (rounding[fits] * np.abs(weights)).sum()
    return lr, error


def multiple_of(made: Floats, fall: Floats, error: Floats) -> float | None:
    """The multiple of the right fall that was made every time, up to rounding; None if none was."""
    weights = _fit_weights(fall)
    if weights is None:
        return None
    times = float((made * weights).sum())
    fits = np.abs(made - times * fall) <= error * max(1.0, abs(times))
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
