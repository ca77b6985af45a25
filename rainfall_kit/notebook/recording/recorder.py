"""Recorder of a run: watches the student's own tensors while steps are taken.

Recording must cost less than the steps themselves, so a step leaves only copies of small tensors
behind; they become a `Run` when all is over.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import time
from typing import TYPE_CHECKING, Any, NamedTuple, Self

import numpy as np
import torch
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

from rainfall_kit.errors import DataError
from rainfall_kit.notebook.recording.data_watch import DataWatch, column_names, table_of
from rainfall_kit.notebook.recording.lr_sources import LrSources, number_of
from rainfall_kit.notebook.recording.names import Names, value_of
from rainfall_kit.notebook.recording.seen_step import matrix, rule_name, seen_in, vector
from rainfall_kit.notebook.recording.step_reading import Watched, cast_from, read_moves
from rainfall_kit.notebook.recording.watch import Rule, Watch
from rainfall_kit.quadratic.bowl import Bowl
from rainfall_kit.records.run import Matrix, Run, Step, Vector

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CodeType

# A run keeps about this many steps at most: past it every second one goes, then every second again.
KEPT_STEPS = 4096
# Of large parameters it keeps fewer: so many numbers of w and b in all, and two steps at least.
_KEPT_NUMBERS = 500_000
_CAST_STEPS = 3


class _Kept(NamedTuple):
    """A step as it is recorded, with tensors; each pair is for w and b."""

    number: int
    before: tuple[torch.Tensor, torch.Tensor]
    after: tuple[torch.Tensor, torch.Tensor]
    watched: tuple[Watched, Watched]
    lr: float | None
    body_loss: torch.Tensor | float | None
    loss_bound: str
    changed: tuple[str, ...]
    preds_right: bool | None


class Recorder:
    """Record the steps that are taken between `before_step` and `after_step`.

    Use it as a context manager, so that no hook stays on the student's tensors.

    Args:
        namespace: the student's names; only read.
        names: of the student's variables.
        reads_lr: whether the steps use the name ``lr``, for steps without lines of the student's.
        code: the student's lines, where an lr may stand; `look` is to be called behind each of them.
        told_lr: the lr that the student gave beside the lines.

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
        self,
        namespace: Mapping[str, Any],
        names: Names,
        *,
        reads_lr: bool = True,
        code: CodeType | None = None,
        told_lr: float | None = None,
    ) -> None:
        self.taken = 0
        self._namespace = namespace
        self._names = names
        self._reads_lr = reads_lr
        self._told_lr = told_lr
        self._code = code
        self._sources = LrSources(code, namespace)
        self._kept: list[_Kept] = []
        self._stride = 1  # every so many steps one is kept
        self._watches = tuple(map(Watch, self._params()))
        self._now = self._values()
        numbers = sum(param.numel() for param in self._now)
        self._most = max(2, min(KEPT_STEPS, _KEPT_NUMBERS // max(numbers, 1)))
        self._data = DataWatch(namespace, names)
        self._optimisers: list[Any] = []
        self._bowl: Bowl | None = None
        self._data_problem = ""
        try:
            self._bowl = _bowl(namespace, names)
        except DataError as problem:
            self._data_problem = str(problem)
        self._began = time.perf_counter()

    def __enter__(self) -> Self:
        # Of every optimiser, for a cell may make its own: they tell the lr of the very moment of a move.
        self._optimisers = [
            register_optimizer_step_pre_hook(self._before_optimiser),
            register_optimizer_step_post_hook(self._after_optimiser),
        ]
        return self

    def __exit__(self, *_: object) -> None:
        for hook in self._optimisers:
            hook.remove()
        for watch in self._watches:
            watch.release()

    def before_step(self) -> None:
        """Watch the tensors that are the parameters now; a cell may bind new ones at any step."""
        if self.taken == 1:  # functions that the first step defined have names and numbers, too
            self._sources = LrSources(self._code, self._namespace)
        numbers = self._sources.now()
        for watch, param in zip(self._watches, self._params(), strict=True):
            watch.numbers = numbers
            watch.begin(param)
        self._data.begin()
        self._loss = self._loss_before = self._namespace.get("loss")
        self._loss_bound = ""
        self._body_loss: torch.Tensor | float | None = None
        self._preds = self._namespace.get("preds")
        self._preds_right: bool | None = None

    def look(self, deep: bool) -> None:
        """Note what the statement did that has just been run; see `Watch.look`."""
        numbers = self._sources.now()
        for watch, name in zip(self._watches, (self._names.w, self._names.b), strict=True):
            param = value_of(self._namespace, name)
            if isinstance(param, torch.Tensor) and not param.is_complex():
                watch.look(param, deep=deep)
            watch.numbers = numbers
        self._data.look()
        self._note_loss_and_preds()

    def after_step(self) -> None:
        """Record what the step did.

        Raises:
            DataError: the step left a w or b that is not a tensor.
        """
        self._params()  # says so
        self.look(True)
        before, self._now = self._now, self._values()
        self.taken += 1
        step = _Kept(
            number=self.taken,
            before=before,
            after=self._now,
            watched=(Watched.of(self._watches[0]), Watched.of(self._watches[1])),
            lr=number_of(self._namespace.get("lr")) if self._reads_lr else None,
            body_loss=self._body_loss,
            loss_bound=self._loss_bound,
            changed=self._data.changed,
            preds_right=self._preds_right,
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
        bowl, problem = self._bowl, self._data_problem
        if not problem and (changed := {name for step in kept for name in step.changed}):
            most = max(seen.total for step in kept for seen in step.watched)
            bowl, problem = None, _data_changed(changed, most)
        w, b = _plain(self._now)
        losses = _losses(bowl, [*(_plain(step.before) for step in kept), (w, b)])
        if losses is None:  # the cell's own are better than none
            own = [number_of(step.body_loss) for step in kept]
            losses = [math.nan if loss is None else loss for loss in (*own, None)]
        inputs, crops = column_names(self._namespace, self._names, w)
        return Run(
            steps=tuple(map(functools.partial(self._step, bowl), kept, losses[:-1])),
            final_loss=losses[-1],
            epochs=self.taken,
            quadratic=bowl.record() if bowl else None,
            data_problem=problem,
            input_names=inputs,
            crop_names=crops,
            dtype=_coarsest_dtype(self._now, kept),
            seconds=seconds,
            stopped=stopped,
            told_lr=self._told_lr,
            variables=() if self._names == Names() else dataclasses.astuple(self._names),
        )

    def _params(self) -> tuple[torch.Tensor, torch.Tensor]:
        w, b = (self._param(name) for name in (self._names.w, self._names.b))
        return w, b

    def _values(self) -> tuple[torch.Tensor, torch.Tensor]:
        return self._watches[0].value, self._watches[1].value

    def _param(self, name: str) -> torch.Tensor:
        value = value_of(self._namespace, name)
        if isinstance(value, torch.Tensor) and not value.is_complex():
            return value
        if value is None and name not in self._namespace:
            given = f"there is no {name}"
        elif isinstance(value, torch.Tensor):
            given = f"{name} has complex numbers"
        else:
            given = f"{name} is a {type(value).__name__}"
        raise DataError(
            f"{given}; w and b must be tensors of real numbers. Try: %%gd_step --seed 0, or --params "
            "with your own two names, such as --params weights bias or --params model.weight model.bias"
        )

    def _before_optimiser(self, optimiser: Any, *_: object) -> None:
        for group in optimiser.param_groups:
            rule = Rule(name=rule_name(optimiser, group), lr=number_of(group.get("lr")))
            for watch in self._watches:
                watch.before_optimiser(group["params"], rule)

    def _after_optimiser(self, *_: object) -> None:
        for watch in self._watches:
            watch.after_optimiser()

    def _note_loss_and_preds(self) -> None:
        moved = any(watch.count for watch in self._watches)
        loss, preds = self._namespace.get("loss"), self._namespace.get("preds")
        if loss is not self._loss:
            self._loss = loss
            if loss is self._loss_before:  # an earlier cell's
                return
            if moved:
                self._loss_bound = self._loss_bound or "after"
            else:
                self._loss_bound, self._body_loss = "before", _one_number(loss)
        if preds is not self._preds:
            self._preds = preds
            if self.taken == 0 and not moved:  # the same lines compute it in every step
                self._preds_right = self._data.fits(preds, *self._values())

    def _step(self, bowl: Bowl | None, kept: _Kept, loss: float) -> Step:
        (w, b), (w_after, b_after) = _plain(kept.before), _plain(kept.after)
        of_w, of_b = kept.watched
        seen, lr, held_w, held_b = None, kept.lr, of_w.held, of_b.held
        if self._code is not None:
            # Only a step without backward goes by a formula of its own.
            found_any = of_w.backwards or of_b.backwards
            slopes = (None, None) if found_any else _slopes(bowl, w, b)
            readings = [
                read_moves(found, self._sources, self._told_lr, slope)
                for found, slope in zip(kept.watched, slopes, strict=True)
            ]
            seen = seen_in(
                kept.watched,
                readings,
                loops=self._sources.loops,
                changed=kept.changed,
                loss_bound=kept.loss_bound,
                preds_right=kept.preds_right,
            )
            if seen.updates == 1:  # what the move went by, which may have been clipped or older
                held_w, held_b = (
                    held if found.held is None else found.held
                    for held, found in zip((held_w, held_b), readings, strict=True)
                )
            moved = [found.lr for found in readings if found.updates]
            lr = moved[0] if moved else lr if self._sources.reads_lr else self._told_lr
        return Step(
            number=kept.number,
            lr=lr,
            loss=loss,
            w=w,
            b=b,
            w_after=w_after,
            b_after=b_after,
            grad_w=None if held_w is None else matrix(held_w),
            grad_b=None if held_b is None else vector(held_b),
            body_loss=number_of(kept.body_loss),
            seen=seen,
        )


def _losses(bowl: Bowl | None, places: list[tuple[Matrix, Vector]]) -> list[float] | None:
    """The mean squared error at each place; None where no table of data fits the parameters."""
    if bowl is None or not all(_fit(bowl, w, b) for w, b in places):
        return None
    ws, bs = zip(*places, strict=True)
    losses: list[float] = bowl.losses_at(np.array(ws), np.array(bs)).tolist()
    return losses


def _slopes(bowl: Bowl | None, w: Matrix, b: Vector) -> tuple[Any, Any]:
    """∂loss/∂w and ∂loss/∂b by the data, for steps that asked autograd for none."""
    if bowl is None or not _fit(bowl, w, b):
        return None, None
    with np.errstate(over="ignore", invalid="ignore"):
        grad_w, grad_b = bowl.gradient(np.array(w), np.array(b))
    return grad_w, grad_b


def _fit(bowl: Bowl, w: Matrix, b: Vector) -> bool:
    k, d = bowl.n_crops, bowl.n_inputs
    return len(b) == k and len(w) == k and len(w[0]) == d


def _one_number(loss: object) -> torch.Tensor | float | None:
    if not isinstance(loss, torch.Tensor):
        return number_of(loss)
    # Without its graph; and of losses that are not one number, nothing.
    return loss.detach().clone() if loss.numel() == 1 else None


def _data_changed(names: set[str], most: int) -> str:
    which = " and ".join(sorted(names))
    return (
        f"{which} changed while the cell ran, so there is no one table to compare with. Try: "
        + (
            f"a cell above that prepares {which}"
            if most <= 1
            else "other names for the rows of a batch"
        )
    )


def _coarsest_dtype(params: tuple[torch.Tensor, torch.Tensor], kept: list[_Kept]) -> str:
    """Name of the dtype that rounded most: of w and b, of their gradients or of the cell's own loss.

    What the inputs and targets had does not count: their numbers are exact, and torch computes in the
    wider dtype of what it multiplies or subtracts.
    """
    took_part = {param.dtype for param in params}
    for number, step in enumerate(kept):
        of_step = [*step.before, *step.after, step.body_loss]
        for seen in step.watched:
            of_step += [seen.held, seen.found]
            # The same lines cast in every step.
            cast = (
                cast_from(seen.found) if number < _CAST_STEPS and seen.found is not None else None
            )
            if cast is not None:
                took_part.add(cast)
        took_part |= {value.dtype for value in of_step if isinstance(value, torch.Tensor)}
    whole = [param.dtype for param in params if not param.is_floating_point()]
    floats = [dtype for dtype in took_part if dtype.is_floating_point]
    # Parameters of whole numbers cannot be compared at all, which the report says by their dtype.
    coarsest = whole[0] if whole else max(floats, key=lambda dtype: torch.finfo(dtype).eps)
    return str(coarsest).removeprefix("torch.")


def _bowl(namespace: Mapping[str, Any], names: Names) -> Bowl:
    missing = [name for name in (names.inputs, names.targets) if value_of(namespace, name) is None]
    if missing:
        raise DataError(f"there is no {missing[0]}. Try: --inputs NAME --targets NAME")
    inputs, targets = (value_of(namespace, name) for name in (names.inputs, names.targets))
    return Bowl.from_data(inputs, table_of(targets))  # one crop may have its targets in a row


def _plain(params: tuple[torch.Tensor, torch.Tensor]) -> tuple[Matrix, Vector]:
    return matrix(params[0]), vector(params[1])
