"""Derived data of a recorded run: its bowl, its parameters as arrays, the losses that are numbers.

Figures, diagnosis and report all ask for the same few things. Each is computed when it is first asked
for, once for a run, so whoever shows a run makes one `RunData` and hands it on.

    >>> from rainfall_kit.quadratic.bowl import Bowl
    >>> from rainfall_kit.records.run import Run, Step
    >>> step = Step(number=1, lr=0.25, loss=9.0, w=((0.0,),), b=(0.0,), w_after=((3.0,),), b_after=(1.5,))
    >>> run = Run(steps=(step,), final_loss=20.25, quadratic=Bowl.from_data([[2.0]], [[3.0]]).record())
    >>> data = RunData(run)
    >>> data.gradients.round(9).tolist()  # before the only step, of w and then of b
    [[[-12.0, -6.0]]]
    >>> data.bowl is data.bowl
    True
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rainfall_kit.errors import DataError, OptionError
from rainfall_kit.quadratic.bowl import Bowl

if TYPE_CHECKING:
    from rainfall_kit.records.run import Run, Vector

Floats = npt.NDArray[np.float64]

SHAPES_CHANGE = "w and b do not have the same shape in every step"


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


class RunData:
    """Derived data of one run: each part is computed when it is first asked for, and then kept.

    Params and gradients are arrays of [w, b] side by side: (P, k, d+1) for the P steps that were kept.

    Attributes:
        run: the record.
    """

    def __init__(self, run: Run) -> None:
        self.run = run

    @property
    def bowl(self) -> Bowl | None:
        """The bowl of the data; None without data that the first step fits."""
        return self._bowl_or_why[0]

    @property
    def why_no_bowl(self) -> str:
        """Why there is no bowl; the empty text when there is one."""
        return self._bowl_or_why[1]

    @cached_property
    def _bowl_or_why(self) -> tuple[Bowl | None, str]:
        run = self.run
        if not run.steps:
            return None, "no step was taken"
        if run.quadratic is None:
            return None, _first_sentence(run.data_problem) or (
                "the inputs and targets were not at hand"
            )
        try:
            bowl = Bowl.from_record(run.quadratic)
            bowl.loss(run.steps[0].w, run.steps[0].b)  # says so where their shapes do not fit
        except (DataError, OptionError) as problem:
            return None, _first_sentence(str(problem))
        except ValueError:  # what NumPy says to rows of different lengths
            return None, SHAPES_CHANGE
        return bowl, ""

    @cached_property
    def before(self) -> Floats | None:
        """[w, b] before each step; None where their shapes change on the way."""
        steps = self.run.steps
        return side_by_side([step.w for step in steps], [step.b for step in steps])

    @cached_property
    def after(self) -> Floats | None:
        """[w, b] after each step; None where their shapes change on the way."""
        steps = self.run.steps
        return side_by_side([step.w_after for step in steps], [step.b_after for step in steps])

    @cached_property
    def path(self) -> Floats | None:
        """[w, b] at each of the run's losses, (P+1, k, d+1); None where their shapes change."""
        if self.before is None:
            return None
        last = self.run.steps[-1]
        end = side_by_side([last.w_after], [last.b_after])
        if end is None or end.shape[1:] != self.before.shape[1:]:
            return None
        return np.concatenate([self.before, end])

    @cached_property
    def gradients(self) -> Floats | None:
        """∂loss/∂[w, b] before each step, by the bowl; None without a bowl or where shapes change."""
        if self.bowl is None or self.before is None:
            return None
        grads = self.bowl.gradient(self.before[..., :-1], self.before[..., -1])
        return side_by_side(*grads)

    @cached_property
    def known_losses(self) -> KnownLosses:
        """The run's losses, as far as they are numbers."""
        losses, numbers = self.run.losses, self.run.numbers
        count = next((i for i, loss in enumerate(losses) if not math.isfinite(loss)), len(losses))
        lost = next(
            (
                i
                for i in range(count, len(losses))
                if math.isinf(losses[i]) or not _is_finite(self.run, i)
            ),
            None,
        )
        return KnownLosses(
            numbers=numbers[:count],
            values=losses[:count],
            lost_after=None if lost is None else numbers[lost],
        )


def side_by_side(w: npt.ArrayLike, b: npt.ArrayLike) -> Floats | None:
    """[w, b] (P, k, d+1) from w (P, k, d) and b (P, k); None where the shapes do not fit together."""
    try:
        weights, offsets = np.asarray(w, dtype=np.float64), np.asarray(b, dtype=np.float64)
        return np.concatenate([weights, offsets[..., None]], axis=-1)
    except ValueError:
        return None


def _first_sentence(words: str) -> str:
    return words.split(". ")[0]


def _is_finite(run: Run, index: int) -> bool:
    """True if w and b are numbers where ``run.losses[index]`` was taken."""
    if not run.steps:
        return True
    at_end = index == len(run.steps)
    step = run.steps[-1] if at_end else run.steps[index]
    w, b = (step.w_after, step.b_after) if at_end else (step.w, step.b)
    return all(math.isfinite(value) for row in (*w, b) for value in row)
