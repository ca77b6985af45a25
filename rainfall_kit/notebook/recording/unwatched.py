"""Unwatched steps of a run: those that are expected to go like the watched one before them.

Watching a step costs more than the step. After two watched steps of the usual kind (one backward, one
move of w and of b, by an lr that was read), the second like the first, the next ones leave their values and the gradients that
backward found, and versions tell whether something else was done. Of each no more is said than that:
see `kept_steps`.

>>> w = torch.ones(1, requires_grad=True)
>>> usual = UsualParam(w, State.of(w), expected=State.of(w).since(State.of(w)))
>>> (w * w).sum().backward()
>>> usual.after_step(w)  # .grad was None, and is not any more
(tensor([2.]), False)
>>> usual.release()
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import torch

from rainfall_kit.notebook.recording.lr_sources import number_of
from rainfall_kit.notebook.recording.names import version_of
from rainfall_kit.notebook.recording.watch import Copies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rainfall_kit.notebook.recording.data_watch import DataWatch
    from rainfall_kit.notebook.recording.lr_sources import LrSources
    from rainfall_kit.notebook.recording.step_reading import Reading, Watched
    from rainfall_kit.notebook.recording.watch import Values

# The first two steps are watched, and a few later ones.
_EARLY, _LATER = 2, frozenset({10, 1000, 100_000})


class UnwatchedStep(NamedTuple):
    """A step that nobody watched, with tensors; each pair is for w and b.

    Attributes:
        number: of the step.
        before: the values.
        after: the values then.
        found: the gradient that the last backward found; None without one.
        backwards: how many backward calls reached w or b.
        lr: what stands where the watched step before it had its lr; None where no number does.
        lr_from: where that is.
        lr_is_sure: whether the name held one number from the beginning to the end.
        body_loss: what the name ``loss`` held in the end, where the watched step bound it once.
        changed: which of the data are others now.
        as_expected: whether versions and identities went as in the watched step before it.
    """

    number: int
    before: tuple[Values, Values]
    after: tuple[Values, Values]
    found: tuple[torch.Tensor | None, torch.Tensor | None]
    backwards: int
    lr: float | None
    lr_from: str
    lr_is_sure: bool
    body_loss: float | None
    changed: tuple[str, ...]
    as_expected: bool


class State(NamedTuple):
    """State of a parameter between two steps, as far as it costs next to nothing to ask."""

    version: int
    grad: torch.Tensor | None
    grad_version: int

    @classmethod
    def of(cls, param: torch.Tensor) -> State:
        """The state now."""
        grad = param.grad if param.is_leaf else None  # asking one that is no leaf gives a warning
        return cls(version_of(param) or 0, grad, version_of(grad) or 0)

    def since(self, before: State) -> Change:
        """Changes since then."""
        is_kept = self.grad is before.grad
        return Change(
            moves=self.version - before.version,
            is_empty=self.grad is None,
            is_kept=is_kept,
            grad_moves=self.grad_version - (before.grad_version if is_kept else 0),
            is_first=before.grad is None,
        )


class Change(NamedTuple):
    """Change of a parameter's state in one step, which a step like it makes, too.

    Attributes:
        moves: how often its values were changed in place.
        is_empty: whether ``.grad`` holds nothing afterwards.
        is_kept: whether ``.grad`` is the tensor that it was.
        grad_moves: how often that was changed in place.
        is_first: whether ``.grad`` held nothing before.
    """

    moves: int
    is_empty: bool
    is_kept: bool
    grad_moves: int
    is_first: bool

    def recurs_as(self, later: Change) -> bool:
        """True if the same lines make this change and then the later one.

        Where the first backward makes ``.grad``, the next one adds to it in place: one change more.
        """
        kept = self._replace(is_kept=True, grad_moves=self.grad_moves + 1)
        return self[:-1] == later[:-1] or (self.is_first and kept[:-1] == later[:-1])


class LrPlace(NamedTuple):
    """Place where a watched step had its lr: a name, at the beginning or at the end, or a number.

    Attributes:
        origin: as `Reading.lr_from` has it.
        name: the name; the empty text for a number that stands in the lines, or an optimiser.
        at_end: whether the name held it when the step was over, and not when it began.
        is_steady: whether it held it all the time.
        number: the number.
    """

    origin: str
    name: str
    at_end: bool
    is_steady: bool
    number: float | None


class UsualParam:
    """One parameter that is expected to change as it did in a watched step.

    Attributes:
        param: the tensor.
        found: the gradients that backward has found since the last step.
    """

    def __init__(self, param: torch.Tensor, after: State, expected: Change) -> None:
        self.param = param
        self.found: list[torch.Tensor] = []
        self._version, self._grad, self._grad_version = after
        self._expected = expected[:-1]
        # Autograd does not change what it hands to a hook: with a reference to it, it makes a copy itself.
        self._hook: Any = param.register_hook(self.found.append)
        self._copies = Copies(param)

    def values(self, param: torch.Tensor) -> Values:
        """A copy of the values of what the name stands for now."""
        return self._copies.of(param) if param is self.param else param.detach().clone()

    def after_step(self, param: torch.Tensor) -> tuple[torch.Tensor | None, bool]:
        """The gradient that was found last, and whether all went as expected.

        Expected are one backward, and the versions and identities of the watched step.
        """
        found = self.found
        as_expected = len(found) == 1 and param is self.param
        last = found[-1] if found else None
        if last is not None and last.requires_grad:  # it has a graph of its own
            last = last.detach()
        found.clear()
        if not as_expected:
            return last, False
        version, grad = param._version, param.grad  # noqa: SLF001  # what is hooked has both
        grad_version = version_of(grad) or 0
        is_kept = grad is self._grad
        as_expected = self._expected == (  # not made a `Change`, which would take longer
            version - self._version,
            grad is None,
            is_kept,
            grad_version - (self._grad_version if is_kept else 0),
        )
        self._version, self._grad, self._grad_version = version, grad, grad_version
        return last, as_expected

    def release(self) -> None:
        """Take the hook off the tensor."""
        self._hook.remove()


class Unwatched:
    """Steps from a watched one of the usual kind on, as long as they go like it.

    Args:
        namespace: the student's names; only read.
        params: w and b after the watched step.
        expected: how that changed them.
        place: where it had its lr.
        data: the watch on inputs and targets.
        binds_loss: whether it bound the name ``loss`` once, before the move.
    """

    def __init__(
        self,
        namespace: Mapping[str, Any],
        params: tuple[torch.Tensor, torch.Tensor],
        expected: tuple[Change, Change],
        place: LrPlace,
        data: DataWatch,
        *,
        binds_loss: bool,
    ) -> None:
        self._namespace = namespace
        w, b = params
        self._w = UsualParam(w, State.of(w), expected[0])
        self._b = UsualParam(b, State.of(b), expected[1])
        self._place = place
        self._data = data
        self._binds_loss = binds_loss
        self._loss = namespace.get("loss")
        self._lr = namespace.get(place.name)
        self._optimiser_lr: float | None = None

    def after_step(
        self,
        number: int,
        before: tuple[Values, Values],
        params: tuple[torch.Tensor, torch.Tensor],
    ) -> UnwatchedStep:
        """Note what the step left behind."""
        w, b = params
        of_w, of_b = self._w, self._b
        backwards = max(len(of_w.found), len(of_b.found))
        found_w, w_alike = of_w.after_step(w)
        found_b, b_alike = of_b.after_step(b)
        lr, is_sure = self._lr_of_step()
        is_steady = is_sure or not self._place.is_steady
        loss_before, self._loss = self._loss, self._namespace.get("loss")
        changed: tuple[str, ...] = ()
        if not self._data.are_the_same():
            self._data.look()
            changed = self._data.changed
        return UnwatchedStep(
            number,
            before,
            (of_w.values(w), of_b.values(b)),
            (found_w, found_b),
            backwards,
            lr,
            self._place.origin,
            is_sure,
            number_of(self._loss) if self._binds_loss and self._loss is not loss_before else None,
            changed,
            w_alike and b_alike and is_steady and lr is not None and not changed,
        )

    def are(self, w: object, b: object) -> bool:
        """True if these are the parameters still."""
        return w is self._w.param and b is self._b.param

    def note_optimiser(self, optimiser: Any) -> None:
        """An optimiser is about to move tensors, with an lr for each group of them."""
        for group in optimiser.param_groups:
            if any(param is self._w.param for param in group["params"]):
                self._optimiser_lr = number_of(group.get("lr"))

    def release(self) -> None:
        """Take the hooks off the tensors."""
        self._w.release()
        self._b.release()

    def _lr_of_step(self) -> tuple[float | None, bool]:
        """The lr, and whether it cannot have been another one at the move."""
        place = self._place
        if not place.name:
            lr, self._optimiser_lr = self._optimiser_lr, None
            return (lr if place.number is None else place.number), True
        before, self._lr = self._lr, self._namespace.get(place.name)
        held = self._lr if place.at_end else before
        return (held if type(held) is float else number_of(held)), self._lr is before


def is_due(number: int) -> bool:
    """True if a step is to be watched even where the one before it was as usual.

    Example:
        >>> [number for number in range(1, 10_000) if is_due(number)]
        [1, 2, 10, 1000]
    """
    return number <= _EARLY or number in _LATER


def is_usual(watched: tuple[Watched, Watched]) -> bool:
    """True if w and b each made one move behind one backward call, and nothing changed ``.grad`` between."""
    return all(map(_is_usual, watched))


def lr_place(
    readings: tuple[Reading, Reading],
    numbers: tuple[object, ...],
    sources: LrSources,
    begin: Mapping[str, object],
    now: Mapping[str, Any],
) -> LrPlace | None:
    """Where a usual step had its lr; None where w and b moved otherwise, or where the lr was not read.

    Args:
        readings: of w and of b.
        numbers: what the names that an lr may come from stood for at the move.
        sources: of an lr in the lines.
        begin: what the names that an lr may come from stood for when the step began.
        now: the student's names.
    """
    of_w, of_b = readings
    if not (of_w.follows and of_b.follows and _lr(of_w) == _lr(of_b) and of_w.lr is not None):
        return None
    if of_w.lr_from == "optimiser":
        return LrPlace("optimiser", "", at_end=False, is_steady=True, number=None)
    for name, value in zip(sources.names, numbers, strict=False):
        if type(value) not in (int, float) or value != of_w.lr:
            continue
        first, last = begin.get(name), now.get(name)
        if (of_w.lr_from == "name") == (name == "lr") and value in (first, last):
            at_end, is_steady = value != first, first == last
            return LrPlace(of_w.lr_from, name, at_end=at_end, is_steady=is_steady, number=None)
    if of_w.lr_from == "number" and of_w.lr in sources.constants:
        return LrPlace("number", "", at_end=False, is_steady=True, number=of_w.lr)
    return None


def _lr(reading: Reading) -> tuple[float | None, str]:
    return reading.lr, reading.lr_from


def _is_usual(seen: Watched) -> bool:
    if seen.total != 1 or seen.backwards != 1 or seen.stale or seen.held is None:
        return False
    move = seen.moves[0]
    plain = move.rule is None or not move.rule.name
    untouched = move.held is not None and seen.found is not None
    return (
        plain
        and not move.re_made
        and move.backwards == 1
        and untouched
        and torch.equal(move.held, seen.found)  # type: ignore[arg-type]
    )
