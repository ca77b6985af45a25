"""Recorder of a run: watches the student's own tensors while steps are taken.

Recording must cost less than the steps themselves, so a step leaves only copies of small tensors
behind; they become a `Run` when all is over.
"""

from __future__ import annotations

import functools
import math
import time
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import torch

from rainfall_kit.errors import DataError
from rainfall_kit.lesson.orchard import CROPS, INPUT_NAMES
from rainfall_kit.quadratic.bowl import Bowl
from rainfall_kit.records.run import Matrix, Run, Step, Vector

if TYPE_CHECKING:
    from collections.abc import Mapping

# A run keeps about this many steps at most: past it every second one goes, then every second again.
KEPT_STEPS = 4096
# Of large parameters it keeps fewer: so many numbers of w and b in all, and two steps at least.
_KEPT_NUMBERS = 500_000


@dataclass(frozen=True, kw_only=True)
class Names:
    """Names of the student's variables: of the weights, the offsets, the inputs and the targets."""

    w: str = "w"
    b: str = "b"
    inputs: str = "inputs"
    targets: str = "targets"


class _Kept(NamedTuple):
    """A step as it is recorded, with tensors; each pair is for w and b."""

    number: int
    before: tuple[torch.Tensor, torch.Tensor]
    after: tuple[torch.Tensor, torch.Tensor]
    grads: tuple[torch.Tensor | None, torch.Tensor | None]
    lr: float | None
    body_loss: torch.Tensor | float | None


class Recorder:
    """Record the steps that are taken between `before_step` and `after_step`.

    Use it as a context manager, so that no hook stays on the student's tensors.

    Args:
        namespace: the student's names; only read.
        names: of the student's variables.
        reads_lr: whether the steps use the name ``lr``; if not, their lr is not known.

    Raises:
        DataError: w or b is missing or not a tensor.

    Example:
        >>> names = {"w": torch.ones(1, 1, requires_grad=True), "b": torch.zeros(1)}
        >>> with Recorder(names, Names()) as recorder:
        ...     recorder.before_step()
        ...     with torch.no_grad():
        ...         _ = names["w"].mul_(3)
        ...     recorder.after_step()
        >>> recorder.run().w
        ((3.0,),)
    """

    def __init__(
        self, namespace: Mapping[str, Any], names: Names, *, reads_lr: bool = True
    ) -> None:
        self.taken = 0
        self._namespace = namespace
        self._names = names
        self._reads_lr = reads_lr
        self._kept: list[_Kept] = []
        self._stride = 1  # every so many steps one is kept
        # For w, and then for b: the tensor that is watched, its hook, and the gradient it got.
        self._hooks: list[tuple[torch.Tensor | None, Any]] = [(None, None), (None, None)]
        self._grads: list[torch.Tensor | None] = [None, None]
        self._now = _copies(self._params())
        numbers = sum(param.numel() for param in self._now)
        self._most = max(2, min(KEPT_STEPS, _KEPT_NUMBERS // max(numbers, 1)))
        self._bowl: Bowl | None = None
        self._data_problem = ""
        try:
            self._bowl = _bowl(namespace, names)
        except DataError as problem:
            self._data_problem = str(problem)
        self._began = time.perf_counter()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for which in range(len(self._hooks)):
            self._unhook(which)

    def before_step(self) -> None:
        """Watch the tensors that are the parameters now; a cell may bind new ones at any step."""
        for which, param in enumerate(self._params()):
            watched, hook = self._hooks[which]
            if watched is not param or (hook is None and param.requires_grad):
                self._unhook(which)
                self._hooks[which] = param, self._hook(which, param)
        self._grads = [None, None]
        self._loss_before = self._namespace.get("loss")

    def after_step(self) -> None:
        """Record what the step did.

        Raises:
            DataError: the step left a w or b that is not a tensor.
        """
        before, self._now = self._now, _copies(self._params())
        self.taken += 1
        step = _Kept(
            number=self.taken,
            before=before,
            after=self._now,
            grads=(self._grads[0], self._grads[1]),
            lr=self._lr(),
            body_loss=self._body_loss(),
        )
        if (self.taken - 1) % self._stride == 0:
            self._kept.append(step)
        self._last = step
        if len(self._kept) > self._most:
            del self._kept[1::2]  # the first step stays; the last one is added when the run is made
            self._stride *= 2

    def run(self, *, stopped: str = "") -> Run:
        """The run so far.

        Args:
            stopped: why it ended early, or the empty text.
        """
        seconds = time.perf_counter() - self._began
        kept = self._kept
        if kept and kept[-1] is not self._last:
            kept = [*kept, self._last]
        w, b = _plain(self._now)
        losses = self._losses([*(_plain(step.before) for step in kept), (w, b)])
        if losses is None:  # the cell's own are better than none
            own = [_number(step.body_loss) for step in kept]
            losses = [math.nan if loss is None else loss for loss in (*own, None)]
        shape = (len(w), len(w[0]) if w else 0)
        is_lesson = shape == (len(CROPS), len(INPUT_NAMES))
        return Run(
            steps=tuple(map(_step, kept, losses[:-1])),
            final_loss=losses[-1],
            epochs=self.taken,
            quadratic=self._bowl.record() if self._bowl else None,
            data_problem=self._data_problem,
            input_names=INPUT_NAMES if is_lesson else (),
            crop_names=CROPS if is_lesson else (),
            dtype=_coarsest_dtype(self._now, kept),
            seconds=seconds,
            stopped=stopped,
        )

    def _params(self) -> tuple[torch.Tensor, torch.Tensor]:
        w, b = (self._param(name) for name in (self._names.w, self._names.b))
        return w, b

    def _param(self, name: str) -> torch.Tensor:
        value = self._namespace.get(name)
        if isinstance(value, torch.Tensor) and not value.is_complex():
            return value
        if name not in self._namespace:
            given = f"there is no {name}"
        elif isinstance(value, torch.Tensor):
            given = f"{name} has complex numbers"
        else:
            given = f"{name} is a {type(value).__name__}"
        raise DataError(
            f"{given}; w and b must be tensors of real numbers. Try: %%gd_step --seed 0, or --params W B"
        )

    def _hook(self, which: int, param: torch.Tensor) -> Any:
        if not (param.requires_grad and param.is_leaf):
            return None  # autograd fills in no .grad there
        # After it has been added to what .grad held: the step uses that, and zeroes it before it ends.
        return param.register_post_accumulate_grad_hook(functools.partial(self._keep_grad, which))

    def _unhook(self, which: int) -> None:
        _, hook = self._hooks[which]
        if hook is not None:
            hook.remove()
        self._hooks[which] = (None, None)

    def _keep_grad(self, which: int, param: torch.Tensor) -> None:
        assert param.grad is not None
        self._grads[which] = param.grad.detach().clone()

    def _lr(self) -> float | None:
        return _number(self._namespace.get("lr")) if self._reads_lr else None

    def _body_loss(self) -> torch.Tensor | float | None:
        loss = self._namespace.get("loss")
        if loss is self._loss_before:  # an earlier cell's
            return None
        if not isinstance(loss, torch.Tensor):
            return _number(loss)
        # Without its graph; and of losses that are not one number, nothing.
        return loss.detach().clone() if loss.numel() == 1 else None

    def _losses(self, places: list[tuple[Matrix, Vector]]) -> list[float] | None:
        """The mean squared error at each place; None where no table of data fits the parameters."""
        if self._bowl is None:
            return None
        k, d = self._bowl.n_crops, self._bowl.n_inputs
        if any(len(b) != k or len(w) != k or len(w[0]) != d for w, b in places):
            return None
        ws, bs = zip(*places, strict=True)
        losses: list[float] = self._bowl.losses_at(np.array(ws), np.array(bs)).tolist()
        return losses


def _copies(params: tuple[torch.Tensor, torch.Tensor]) -> tuple[torch.Tensor, torch.Tensor]:
    w, b = params
    return w.detach().clone(), b.detach().clone()


def _coarsest_dtype(params: tuple[torch.Tensor, torch.Tensor], kept: list[_Kept]) -> str:
    """Name of the dtype that rounded most: of w and b, of their gradients or of the cell's own loss.

    What the inputs and targets had does not count: their numbers are exact, and torch computes in the
    wider dtype of what it multiplies or subtracts.
    """
    took_part = {param.dtype for param in params}
    for step in kept:
        of_step = (*step.before, *step.after, *step.grads, step.body_loss)
        took_part |= {value.dtype for value in of_step if isinstance(value, torch.Tensor)}
    whole = [param.dtype for param in params if not param.is_floating_point()]
    floats = [dtype for dtype in took_part if dtype.is_floating_point]
    # Parameters of whole numbers cannot be compared at all, which the report says by their dtype.
    coarsest = whole[0] if whole else max(floats, key=lambda dtype: torch.finfo(dtype).eps)
    return str(coarsest).removeprefix("torch.")


def _bowl(namespace: Mapping[str, Any], names: Names) -> Bowl:
    missing = [name for name in (names.inputs, names.targets) if namespace.get(name) is None]
    if missing:
        raise DataError(f"there is no {missing[0]}. Try: --inputs NAME --targets NAME")
    inputs, targets = namespace[names.inputs], namespace[names.targets]
    if getattr(targets, "ndim", 2) == 1:  # one crop, its targets in a row
        targets = targets[:, None]
    return Bowl.from_data(inputs, targets)


def _step(kept: _Kept, loss: float) -> Step:
    (w, b), (w_after, b_after) = _plain(kept.before), _plain(kept.after)
    grad_w, grad_b = kept.grads
    return Step(
        number=kept.number,
        lr=kept.lr,
        loss=loss,
        w=w,
        b=b,
        w_after=w_after,
        b_after=b_after,
        grad_w=None if grad_w is None else _matrix(grad_w),
        grad_b=None if grad_b is None else _vector(grad_b),
        body_loss=_number(kept.body_loss),
    )


def _plain(params: tuple[torch.Tensor, torch.Tensor]) -> tuple[Matrix, Vector]:
    return _matrix(params[0]), _vector(params[1])


def _matrix(values: torch.Tensor) -> Matrix:
    """Any shape as rows: what is not a matrix becomes one row."""
    rows = values if values.dim() == 2 else values.reshape(1, -1)
    return tuple([tuple(row) for row in rows.tolist()])


def _vector(values: torch.Tensor) -> Vector:
    return tuple(values.reshape(-1).tolist())


def _number(value: object) -> float | None:
    """A single number, as a float; None for anything else."""
    if isinstance(value, torch.Tensor) and value.numel() == 1 and not value.is_complex():
        return float(value.item())
    return float(value) if isinstance(value, Real) and not isinstance(value, bool) else None
