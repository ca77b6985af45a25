"""Unwatched steps of a run: those that are expected to go like the watched one before them.

Watching a step costs more than the step. After a watched step of the usual kind (one backward, one
move of w and of b, by an lr that was read) the next ones leave their values and the gradients that
backward found, and versions tell whether something else was done. Of each no more is said than that:
see `kept_steps`.

>>> w = torch.ones(1, requires_grad=True)
>>> usual = UsualParam(w, before=State.of(w), after=State.of(w))
>>> (w * w).sum().backward()
>>> found, backwards, as_expected = usual.after_step(w)  # .grad was None, and is not any more
>>> usual.release()
>>> found, backwards, as_expected
(tensor([2.]), 1, False)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from rainfall_kit.notebook.recording.names import version_of
from rainfall_kit.notebook.recording.step_reading import read_moves

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rainfall_kit.notebook.recording.lr_sources import LrSources
    from rainfall_kit.notebook.recording.step_reading import Reading, Watched

_EARLY = 2  # so many first steps are watched


class UnwatchedStep(NamedTuple):
    """A step that nobody watched, with tensors; each pair is for w and b.

    Attributes:
        number: of the step.
        before: the values.
        after: the values then.
        found: the gradient that the last backward found; None without.
        backwards: how many backward calls reached w or b.
        lr: what stands where the watched step before it had its lr; None where no number does.
        lr_from: where that is.
        body_loss: what the name ``loss`` held in the end, where the watched step bound it once.
        changed: which of the data are others now.
        as_expected: whether versions and identities went as in the watched step before it.
    """

    number: int
    before: tuple[torch.Tensor, torch.Tensor]
    after: tuple[torch.Tensor, torch.Tensor]
    found: tuple[torch.Tensor | None, torch.Tensor | None]
    backwards: int
    lr: float | None
    lr_from: str
    body_loss: torch.Tensor | float | None
    changed: tuple[str, ...]
    as_expected: bool


class State(NamedTuple):
    """State of a parameter between two steps, as far as it costs next to nothing to ask."""

    param: torch.Tensor
    version: int | None
    grad: torch.Tensor | None
    grad_version: int | None

    @classmethod
    def of(cls, param: torch.Tensor) -> State:
        """The state now."""
        grad = param.grad if param.is_leaf else None  # asking one that is no leaf gives a warning
        return cls(param, version_of(param), grad, version_of(grad))

    def since(self, before: State) -> tuple[object, ...]:
        """What has changed since then, in a form that can be compared with that of another step."""
        kept = self.grad is before.grad and before.grad_version is not None
        return (
            self.param is before.param,
            (self.version or 0) - (before.version or 0),
            self.grad is None,
            kept,
            (self.grad_version or 0) - ((before.grad_version or 0) if kept else 0),
        )


class LrPlace(NamedTuple):
    """Place where a watched step had its lr: a name, at the beginning or at the end, or a number.

    Attributes:
        origin: as `Reading.lr_from` has it.
        name: the name; the empty text for a number that stands in the lines, or an optimiser.
        at_end: whether the name held it when the step was over, and not when it began.
        number: the number.
    """

    origin: str
    name: str
    at_end: bool
    number: float | None


class UsualParam:
    """One parameter that is expected to change as it did in a watched step.

    Attributes:
        param: the tensor.
    """

    def __init__(self, param: torch.Tensor, before: State, after: State) -> None:
        self.param = param
        self._expected = after.since(before)
        self._state = after
        self._found: list[torch.Tensor] = []
        # Autograd does not change what it hands to a hook: with a reference to it, it makes a copy itself.
        self._hook: Any = param.register_hook(self._found.append)

    def after_step(self, param: torch.Tensor) -> tuple[torch.Tensor | None, int, bool]:
        """The gradient that was found last, how many were, and whether all went as expected."""
        found = self._found
        backwards = len(found)
        last = found[-1].detach() if found else None
        found.clear()
        before, self._state = self._state, State.of(param)
        return last, backwards, backwards == 1 and self._state.since(before) == self._expected

    def release(self) -> None:
        """Take the hook off the tensor."""
        self._hook.remove()


def is_due(number: int) -> bool:
    """True if a step is to be watched even where the one before it was as usual.

    Example:
        >>> [number for number in range(1, 100) if is_due(number)]
        [1, 2, 4, 16, 64]
    """
    is_power_of_four = number & (number - 1) == 0 and number.bit_length() % 2 == 1
    return number <= _EARLY or is_power_of_four


def lr_place(
    watched: tuple[Watched, Watched],
    sources: LrSources,
    begin: Mapping[str, object],
    now: Mapping[str, Any],
) -> LrPlace | None:
    """Where a step had its lr; None where it was not of the usual kind, or where its lr was not read.

    Args:
        watched: w and b, as they were seen in the step.
        sources: of an lr in the lines.
        begin: what the names that an lr may come from stood for when the step began.
        now: the student's names.
    """
    if not all(map(_is_usual, watched)):
        return None
    of_w, of_b = (read_moves(seen, sources, None, None) for seen in watched)
    if not (of_w.follows and of_b.follows and _lr(of_w) == _lr(of_b) and of_w.lr is not None):
        return None
    if of_w.lr_from == "optimiser":
        return LrPlace("optimiser", "", at_end=False, number=None)
    for name, value in zip(sources.names, watched[0].moves[0].numbers, strict=False):
        if type(value) not in (int, float) or value != of_w.lr:
            continue
        if (of_w.lr_from == "name") == (name == "lr") and value in (begin.get(name), now.get(name)):
            return LrPlace(of_w.lr_from, name, at_end=begin.get(name) != value, number=None)
    if of_w.lr_from == "number" and of_w.lr in sources.constants:
        return LrPlace("number", "", at_end=False, number=of_w.lr)
    return None


def _lr(reading: Reading) -> tuple[float | None, str]:
    return reading.lr, reading.lr_from


def _is_usual(seen: Watched) -> bool:
    if seen.total != 1 or seen.backwards != 1 or seen.stale or seen.held is None:
        return False
    move = seen.moves[0]
    plain = move.rule is None or not move.rule.name
    # What .grad held at the move must be what backward found, and the lr that of the one name.
    untouched = move.held is not None and seen.found is not None
    return (
        plain
        and not move.re_made
        and move.backwards == 1
        and untouched
        and torch.equal(move.held, seen.found)  # type: ignore[arg-type]
    )
