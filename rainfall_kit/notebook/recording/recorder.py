"""Recorder of a run: watches the student's own tensors while steps are taken.

Recording must cost less than the steps themselves, so a step leaves only copies of small tensors
behind; they become a `Run` when all is over.
"""

from __future__ import annotations

import dataclasses
import math
import operator
import time
from typing import TYPE_CHECKING, Any, Self

import torch
from torch.optim.optimizer import (
    register_optimizer_step_post_hook,
    register_optimizer_step_pre_hook,
)

from rainfall_kit.errors import DataError
from rainfall_kit.notebook.recording.data_watch import DataWatch, column_names, table_of
from rainfall_kit.notebook.recording.kept_steps import (
    Kept,
    coarsest_dtype,
    losses_at,
    places_of,
    steps_of,
)
from rainfall_kit.notebook.recording.loss_data import (
    beside_table,
    holds_rows,
    taken_columns,
    takes_rows,
)
from rainfall_kit.notebook.recording.lr_sources import LrSources, number_of
from rainfall_kit.notebook.recording.names import Names, reader, value_of
from rainfall_kit.notebook.recording.seen_step import rule_name
from rainfall_kit.notebook.recording.step_reading import Watched, read_both
from rainfall_kit.notebook.recording.unwatched import (
    Change,
    State,
    Unwatched,
    UnwatchedStep,
    is_due,
    is_usual,
    lr_place,
)
from rainfall_kit.notebook.recording.watch import Rule, Watch, as_tensor
from rainfall_kit.quadratic.bowl import Bowl
from rainfall_kit.records.run import Run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import CodeType

    from rainfall_kit.notebook.recording.watch import Values

# A run keeps about this many steps at most: past it every second one goes, then every second again.
KEPT_STEPS = 4096
# Of large parameters it keeps fewer: so many numbers of w and b in all, and two steps at least.
_KEPT_NUMBERS = 500_000
# Where the names stand that every look asks for: w and b, the data, loss and preds, sources of an lr.
_DATA, _LOSS, _SOURCES = 2, 4, 6


class Recorder:
    """Record the steps that are taken between `before_step` and `after_step`.

    Use it as a context manager, so that no hook stays on the student's tensors.

    Args:
        namespace: the student's names; only read.
        names: of the student's variables.
        reads_lr: whether the steps use the name ``lr``, for steps without lines of the student's.
        code: the student's lines, where an lr may stand.
        told_lr: the lr that the student gave beside the lines.

    Attributes:
        taken: how many steps have been taken.
        watching: whether `look` is to be called behind each line of the step that is taken now.

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
        self.watching = True
        self._namespace = namespace
        self._names = names
        self._reads_lr = reads_lr
        self._told_lr = told_lr
        self._code = code
        self._sources = LrSources(code, namespace)
        self._kept: list[Kept | UnwatchedStep] = []
        self._in_parts = False
        self._beside: tuple[str, ...] = ()
        self._other_table = ""
        self._change: tuple[Change, Change] | None = None  # in the last step that was watched
        self._unwatched: Unwatched | None = None  # where the last step was as usual
        self._stride = 1  # every so many steps one is kept
        self._watches = tuple(map(Watch, self._params()))
        self._get = reader(namespace, names.w, names.b, names.inputs, names.targets)
        self._values_seen: list[Any] = []
        self._look_at_sources()
        now = self._values()
        self._now: tuple[Values, Values] = now
        numbers = sum(param.numel() for param in now)
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
        self._watch_again()
        for watch in self._watches:
            watch.release()

    def before_step(self) -> None:
        """Watch the tensors that are the parameters now; a cell may bind new ones at any step."""
        if self._unwatched is not None and is_due(self.taken + 1):
            self._watch_again()
        self.watching = self._unwatched is None
        if not self.watching:
            return
        if self.taken == 1:  # functions that the first step defined have names and numbers, too
            self._sources = LrSources(self._code, self._namespace)
            self._look_at_sources()
        numbers = self._sources.now()
        params = self._params()
        for watch, param in zip(self._watches, params, strict=True):
            watch.numbers = numbers
            watch.begin(param)
        self._states = State.of(params[0]), State.of(params[1])
        self._lrs_before = dict(zip(self._sources.names, numbers, strict=True))
        self._data.begin()
        self._loss = self._loss_before = self._own_loss = self._namespace.get("loss")
        self._loss_bound = ""
        self._body_loss: torch.Tensor | float | None = None
        self._preds = self._namespace.get("preds")
        self._preds_right: bool | None = None
        self._vain_optimiser = ""

    def look(self, deep: bool) -> None:
        """Note what the statement did that has just been run; see `Watch.look`."""
        values = [*map(self._get, self._looked_at)]
        for watch, param in zip(self._watches, values, strict=False):  # w and b come first
            if (
                (deep or not watch.is_as_it_was(param))
                and isinstance(param, torch.Tensor)
                and not param.is_complex()
            ):
                watch.look(param, deep=deep)
        # At most looks the names stand for what they did, which must cost next to nothing.
        if self._sources.may_change_in_place or not all(
            map(operator.is_, values, self._values_seen)
        ):
            self._note_values(values)
        if not self._data.are_as_they_were():
            self._data.look()

    def after_step(self) -> None:
        """Record what the step did.

        Raises:
            DataError: the step left a w or b that is not a tensor.
        """
        if self._unwatched is not None:
            self._note(self._unwatched)
            return
        params = self._params()  # says so
        self.look(True)
        if self._code is not None and self.taken <= 1:
            self._in_parts = self._in_parts or self._takes_rows()
            own = dataclasses.astuple(self._names)
            codes = self._sources.codes
            others = beside_table(codes, self._namespace, own)
            columns = taken_columns(codes, (self._names.inputs, self._names.targets))
            tables = (self._other_table,) if self._other_table else ()
            self._beside = tuple(dict.fromkeys((*tables, *columns, *others)))
        w_before, b_before = self._now
        self._now = after = self._values()
        self.taken += 1
        step = Kept(
            number=self.taken,
            before=(as_tensor(w_before), as_tensor(b_before)),
            after=after,
            watched=(Watched.of(self._watches[0]), Watched.of(self._watches[1])),
            lr=number_of(self._namespace.get("lr")) if self._reads_lr else None,
            body_loss=self._body_loss,
            loss_bound=self._loss_bound,
            changed=self._data.changed,
            preds_right=self._preds_right,
            in_parts=self._in_parts,
            beside=self._beside,
            vain_optimiser=self._vain_optimiser,
        )
        last_change, self._change = self._change, self._change_of(params)
        # Twice alike: a reset in every second step, too, is seen.
        recurs = last_change is not None and all(
            before.recurs_as(now) for before, now in zip(last_change, self._change, strict=True)
        )
        if self._code is not None and recurs and is_usual(step.watched):
            step = step._replace(readings=read_both(step.watched, self._sources, self._told_lr))
            self._expect_the_same(step, params)
        self._keep(step)

    def _keep(self, step: Kept | UnwatchedStep) -> None:
        if (self.taken - 1) % self._stride == 0:
            self._kept.append(step)
        self._last = step
        if len(self._kept) > self._most:
            del self._kept[1::2]  # the first step stays; the last one is added when the run is made
            self._stride *= 2

    def _expect_the_same(self, step: Kept, params: tuple[torch.Tensor, torch.Tensor]) -> None:
        """Let the next steps go unwatched, where the lr of this one was read."""
        assert step.readings is not None and self._change is not None
        numbers = step.watched[0].moves[0].numbers
        place = lr_place(step.readings, numbers, self._sources, self._lrs_before, self._namespace)
        if place is None or step.changed:
            return
        for watch in self._watches:
            watch.release()
        bound_once = self._namespace.get("loss") is self._own_loss
        self._unwatched = Unwatched(
            self._namespace,
            params,
            self._change,
            place,
            self._data,
            binds_loss=step.loss_bound == "before" and bound_once,
        )

    def _note(self, unwatched: Unwatched) -> None:
        """Record a step that nobody watched."""
        w, b = self._get(self._names.w), self._get(self._names.b)
        if not unwatched.are(w, b):
            w, b = self._params()
        self.taken += 1
        step = unwatched.after_step(self.taken, self._now, (w, b))
        self._now = step.after
        self._keep(step)
        if not step.as_expected:
            self._watch_again()

    def _change_of(self, params: tuple[torch.Tensor, torch.Tensor]) -> tuple[Change, Change]:
        (w, b), (w_before, b_before) = params, self._states
        return State.of(w).since(w_before), State.of(b).since(b_before)

    def _watch_again(self) -> None:
        if self._unwatched is not None:
            self._unwatched.release()
        self._unwatched = None

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
            watched = [step for step in kept if isinstance(step, Kept)]
            most = max((seen.total for step in watched for seen in step.watched), default=1)
            bowl, problem = None, _data_changed(changed, most)
        places = places_of(kept, self._now)
        w, _ = places[-1]
        losses = losses_at(bowl, places)
        if losses is None:  # the cell's own are better than none
            own = [number_of(step.body_loss) for step in kept]
            losses = [math.nan if loss is None else loss for loss in (*own, None)]
        steps = steps_of(
            kept,
            places,
            losses,
            bowl=bowl,
            sources=None if self._code is None else self._sources,
            told_lr=self._told_lr,
        )
        inputs, crops = column_names(self._namespace, self._names, w)
        return Run(
            steps=steps,
            final_loss=losses[-1],
            epochs=self.taken,
            quadratic=bowl.record() if bowl else None,
            data_problem=problem,
            input_names=inputs,
            crop_names=crops,
            dtype=coarsest_dtype((as_tensor(self._now[0]), as_tensor(self._now[1])), kept),
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
        if self._unwatched is not None:
            self._unwatched.note_optimiser(optimiser)
            return
        moved = [param for group in optimiser.param_groups for param in group["params"]]
        of_ours = [param for param in moved if any(watch.watches(param) for watch in self._watches)]
        if not of_ours:
            self._vain_optimiser = "other tensors"
        elif all(param.grad is None for param in of_ours):
            self._vain_optimiser = "no gradients"
        for group in optimiser.param_groups:
            rule = Rule(name=rule_name(optimiser, group), lr=number_of(group.get("lr")))
            for watch in self._watches:
                watch.before_optimiser(group["params"], rule)

    def _after_optimiser(self, *_: object) -> None:
        if self._unwatched is not None:
            return
        for watch in self._watches:
            watch.after_optimiser()

    def _look_at_sources(self) -> None:
        """Tell the names that every look asks for."""
        names = self._names
        of_data = (names.inputs, names.targets, "loss", "preds")
        self._looked_at = (names.w, names.b, *of_data, *self._sources.names)
        self._values_seen = [object()]  # what no name stands for

    def _note_values(self, values: list[Any]) -> None:
        """Note what `_looked_at` stands for, each part only where it is new."""
        before, self._values_seen = self._values_seen, values
        is_new = [*map(operator.is_not, values, before)]
        is_first = len(before) < len(values)
        if is_first or self._sources.may_change_in_place or True in is_new[_SOURCES:]:
            numbers = self._sources.now()
            for watch in self._watches:
                watch.numbers = numbers
        if is_first or True in is_new[_DATA:_LOSS]:
            self._data.look()
        if is_first or True in is_new[_LOSS:_SOURCES]:
            self._note_loss_and_preds()

    def _takes_rows(self) -> bool:
        data = (self._names.inputs, self._names.targets)
        return takes_rows(self._sources.codes, data) or holds_rows(
            self._namespace, self._sources.bound, self._get(data[0])
        )

    def _note_loss_and_preds(self) -> None:
        loss, preds = self._namespace.get("loss"), self._namespace.get("preds")
        if loss is self._loss and preds is self._preds:
            return
        moved = any(watch.count for watch in self._watches)
        if loss is not self._loss:
            self._loss = loss
            if loss is self._loss_before:  # an earlier cell's
                return
            if moved:
                self._loss_bound = self._loss_bound or "after"
            else:
                self._loss_bound, self._body_loss = "before", _one_number(loss)
                self._own_loss = loss
        if preds is not self._preds:
            self._preds = preds
            if self.taken == 0 and not moved:  # the same lines compute it in every step
                self._preds_right = self._data.fits(preds, *self._values())
                if self._preds_right is False:
                    bound = self._sources.bound
                    self._other_table = self._data.other_table(bound, preds, *self._values())


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


def _bowl(namespace: Mapping[str, Any], names: Names) -> Bowl:
    missing = [name for name in (names.inputs, names.targets) if value_of(namespace, name) is None]
    if missing:
        raise DataError(f"there is no {missing[0]}. Try: --inputs NAME --targets NAME")
    inputs, targets = (value_of(namespace, name) for name in (names.inputs, names.targets))
    return Bowl.from_data(inputs, table_of(targets))  # one crop may have its targets in a row
