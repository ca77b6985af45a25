"""Loop of a run: steps of a cell's body or of the reference, their start, and the lr they borrow."""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeGuard

import torch

from rainfall_kit.errors import DataError, Interrupted
from rainfall_kit.lesson import reference
from rainfall_kit.notebook.recording.interrupt import stop_between_steps
from rainfall_kit.notebook.recording.names import bind, value_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, MutableMapping

    from rainfall_kit.notebook.recording.names import Names
    from rainfall_kit.notebook.recording.progress import Progress
    from rainfall_kit.notebook.recording.recorder import Recorder


def take_steps(
    step: Callable[[], object], recorder: Recorder, epochs: int, progress: Progress
) -> BaseException | None:
    """Call `step` once for each epoch and record what it does.

    Args:
        step: takes one step; any error ends the run.
        recorder: records each step that was completed.
        epochs: how many steps to take.
        progress: is told after each of them.

    Returns:
        The error that ended the run early, for the caller to raise once it has shown the record; None when
        every step was taken. Ctrl-C ends it between two steps.

    Example:
        >>> from rainfall_kit.notebook.recording.progress import Progress
        >>> from rainfall_kit.notebook.recording.recorder import Names, Recorder
        >>> recorder = Recorder({"w": torch.ones(1, 1), "b": torch.ones(1)}, Names())
        >>> take_steps(lambda: 1 / 0, recorder, 3, Progress(3, in_notebook=False))
        ZeroDivisionError('division by zero')
    """
    with recorder, stop_between_steps(progress.say_stopping) as stop:
        for number in range(1, epochs + 1):
            try:
                recorder.before_step()
                step()
                recorder.after_step()
            except BaseException as problem:  # noqa: BLE001  # the caller raises it, also a Ctrl-C
                return problem
            progress.update(number)
            if (
                stop.is_set()
            ):  # also after the last one: the cells that wait behind this one must stop too
                return Interrupted(f"interrupted after step {number:,} of {epochs:,}")
    return None


def reference_step(namespace: MutableMapping[str, Any], names: Names) -> Callable[[], object]:
    """A step of the kit's own, on the student's tensors, with the lr that ``lr`` names.

    Args:
        namespace: the student's names.
        names: of the student's variables.

    Raises:
        DataError: inputs or targets is missing; when called, also where the tensors do not fit.

    Example:
        >>> from rainfall_kit.notebook.recording.recorder import Names
        >>> names = {"inputs": torch.ones(1, 1), "targets": torch.ones(1, 1), "lr": 0.25}
        >>> names |= {"w": torch.zeros(1, 1, requires_grad=True)}
        >>> names |= {"b": torch.zeros(1, requires_grad=True)}
        >>> step = reference_step(names, Names())()
        >>> names["w"]
        tensor([[0.5000]], requires_grad=True)
    """
    for name in (names.inputs, names.targets):
        if not isinstance(value_of(namespace, name), torch.Tensor):
            raise DataError(
                f"{name} must be a tensor, and {_what_is(namespace, name)}. "
                "Try: inputs, targets = rainfall_kit.load_orchard().tensors()"
            )
    inputs, targets = (value_of(namespace, name) for name in (names.inputs, names.targets))

    def step() -> object:
        w, b = value_of(namespace, names.w), value_of(namespace, names.b)
        for name, param in ((names.w, w), (names.b, b)):
            if not (param.requires_grad and param.is_leaf):
                raise DataError(
                    f"{name} is not watched by autograd, so backward would fill in no {name}.grad. "
                    f"Try: {name} = {name}.detach().requires_grad_()"
                )
        try:
            with torch.enable_grad():  # whatever the notebook has set
                return reference.gd_step(inputs, targets, w, b, lr=float(namespace["lr"]))
        except RuntimeError as problem:
            shapes = ", ".join(f"{tuple(tensor.shape)}" for tensor in (inputs, targets, w, b))
            raise DataError(
                f"no step can be taken from here: {problem}. The shapes of {names.inputs}, "
                f"{names.targets}, {names.w} and {names.b} are {shapes}. Try: %gd_step --seed 0"
            ) from None

    return step


@dataclass(frozen=True, kw_only=True)
class Start:
    """The parameters that a run began with, so that they can be put back.

    Attributes:
        names: of the student's variables.
        w: a copy of the weights, watched by autograd if they were.
        b: a copy of the offsets, likewise.

    Example:
        >>> from rainfall_kit.notebook.recording.recorder import Names
        >>> names = {"w": torch.ones(1, 1), "b": torch.ones(1)}
        >>> start = Start.of(names, Names())
        >>> names["w"] = None
        >>> start.put_back(names)
        >>> names["w"]
        tensor([[1.]])
    """

    names: Names
    w: torch.Tensor
    b: torch.Tensor

    @classmethod
    def of(cls, namespace: MutableMapping[str, Any], names: Names) -> Start | None:
        """The parameters as they are now; None when there are no such tensors."""
        w, b = value_of(namespace, names.w), value_of(namespace, names.b)
        if not (isinstance(w, torch.Tensor) and isinstance(b, torch.Tensor)):
            return None
        return cls(names=names, w=_copy(w), b=_copy(b))

    def put_back(self, namespace: MutableMapping[str, Any]) -> None:
        """Set the parameters to these values, without gradients.

        Tensors that can hold the values keep their identity, so that an optimiser that knows them
        still moves them; otherwise the names are bound to new ones.
        """
        for name, value in ((self.names.w, self.w), (self.names.b, self.b)):
            now = value_of(namespace, name)
            if _can_hold(now, value):
                with torch.no_grad():
                    now.copy_(value)
                now.grad = None
            else:
                bind(namespace, name, _copy(value))


def lesson_start(seed: int, namespace: MutableMapping[str, Any], names: Names) -> Start:
    """The lesson's random parameters for a seed, in the dtype and on the device of the data.

    Example:
        >>> from rainfall_kit.notebook.recording.recorder import Names
        >>> lesson_start(0, {}, Names()).b
        tensor([0.4033, 0.8380], requires_grad=True)
    """
    like = namespace.get(names.inputs)
    if not (isinstance(like, torch.Tensor) and like.is_floating_point()):
        like = torch.empty(0, device="cpu")
    w, b = reference.init_params(seed, torch.float32)
    return Start(
        names=names,
        w=w.detach().to(like.device, like.dtype).requires_grad_(),
        b=b.detach().to(like.device, like.dtype).requires_grad_(),
    )


@contextmanager
def borrowed_lr(namespace: MutableMapping[str, Any], lr: float | None) -> Iterator[None]:
    """Let the name ``lr`` stand for this number for a while; None leaves it alone.

    Example:
        >>> names = {"lr": 1.0}
        >>> with borrowed_lr(names, 0.1):
        ...     names["lr"]
        0.1
        >>> names["lr"]
        1.0
    """
    if lr is None:
        yield
        return
    missing = object()  # None, too, is something that a student may have called lr
    before = namespace.get("lr", missing)
    namespace["lr"] = lr
    try:
        yield
    finally:
        if before is missing:
            namespace.pop("lr", None)
        else:
            namespace["lr"] = before


def _can_hold(now: object, value: torch.Tensor) -> TypeGuard[torch.Tensor]:
    return (
        isinstance(now, torch.Tensor)
        and now.is_leaf
        and (now.requires_grad, now.shape, now.dtype, now.device)
        == (value.requires_grad, value.shape, value.dtype, value.device)
    )


def _copy(param: torch.Tensor) -> torch.Tensor:
    return param.detach().clone().requires_grad_(param.requires_grad)


def _what_is(namespace: MutableMapping[str, Any], name: str) -> str:
    return f"it is a {type(namespace[name]).__name__}" if name in namespace else "there is none"
