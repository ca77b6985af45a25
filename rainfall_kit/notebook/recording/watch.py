"""Watch on one parameter: its backward calls and its moves, by hooks, versions and values.

A hook sees the gradient before it is added to what ``.grad`` held, so an old one can be told from a
new one. A move is a change of values between two looks, or between two backward calls where a
function hides the lines. A tensor of the student's is read and never changed.

>>> w = torch.ones(1, requires_grad=True)
>>> watch = Watch(w)
>>> watch.begin(w)
>>> (w * w).sum().backward()
>>> with torch.no_grad():
...     _ = w.sub_(0.5 * w.grad)
>>> watch.look(w, deep=False)
>>> watch.release()
>>> watch.backwards, watch.moves[0].after, watch.moves[0].held
(1, tensor([0.]), tensor([2.]))
"""

from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from rainfall_kit.notebook.recording.names import version_of

if TYPE_CHECKING:
    from collections.abc import Sequence

# Of a parameter or of a gradient, copied by torch or by NumPy.
Values = torch.Tensor | npt.NDArray[Any]

# Of a step with more moves than this the first ones are enough to tell what they are.
MOST_MOVES = 64


class Rule(NamedTuple):
    """The optimiser that made a move: its name where it does more than -lr·gradient, and its lr."""

    name: str
    lr: float | None


class Move(NamedTuple):
    """One change of a parameter.

    Attributes:
        before: its values.
        after: its values then.
        held: what ``.grad`` held, or the gradient that was found where it held nothing; None without.
        backwards: how many backward calls of this step had come before.
        numbers: what the names stood for that its lr may come from.
        rule: the optimiser that made it; None where none did.
        re_made: whether the name stands for another tensor since.
    """

    before: torch.Tensor
    after: torch.Tensor
    held: torch.Tensor | None
    backwards: int
    numbers: tuple[object, ...]
    rule: Rule | None
    re_made: bool


class Watch:
    """Watch on the tensor that a name stands for; the name may come to stand for another one.

    Attributes:
        value: a copy of its values, as they were last seen.
        backwards: how many backward calls this step reached it.
        moves: of this step, the first ones.
        count: how many moves this step made.
        found: the gradient that the last backward found, without what ``.grad`` held before.
        held: what ``.grad`` held after it; None when autograd filled in none.
        found_at: the values at which it was found.
        stale: whether ``.grad`` held an older gradient when the first backward of this step came.
        piled_up: whether it did so at a later one that followed a move.
        idle: whether it was moved by nothing, as ``.grad`` had been reset since a backward.
        numbers: what the names stand for that an lr may come from; set by whoever looks.
    """

    def __init__(self, param: torch.Tensor) -> None:
        self.numbers: tuple[object, ...] = ()
        self._hooks: list[Any] = []
        self._param = param
        self.value = param.detach().clone()
        self._rule: Rule | None = None
        self._note_state()
        self._grad: torch.Tensor | None = None
        self._was_empty = False  # .grad, when the last backward came
        self._reset()

    def begin(self, param: torch.Tensor) -> None:
        """Watch this tensor from the beginning of a step."""
        if not self.is_as_it_was(param):  # between two steps nothing of the student's runs
            self.look(param, deep=not self._hooks)
        if not self._hooks:
            self._hook()
        grad = self._grad_now()
        # By its values, for ``w.grad.data.zero_()`` leaves the version alone.
        if grad is None or self._grad is None or not _same(grad, self._grad):
            self._grad = _copy(grad)
        self._reset()

    def look(self, param: torch.Tensor, *, deep: bool) -> None:
        """Note what has changed since the last look.

        Args:
            param: what the name stands for now.
            deep: whether its values may differ although its version does not.
        """
        re_made = param is not self._param  # most looks end at `is_as_it_was`
        if re_made:
            self.release()
            self._param = param
        if re_made or deep or version_of(param) != self._version:
            self._note_move(re_made=re_made)
        if not self._hooks and param.requires_grad:
            self._hook()
        self._note_grad()
        self._note_state()

    def release(self) -> None:
        """Take the hooks off the tensor."""
        for hook in self._hooks:
            hook.remove()
        self._hooks = []

    def watches(self, param: Any) -> bool:
        """True if this is the tensor."""
        return param is self._param

    def before_optimiser(self, params: list[Any], rule: Rule) -> None:
        """An optimiser is about to move these tensors."""
        if any(map(self.watches, params)):
            self._note_move(re_made=False)
            self._note_grad()  # clipped, maybe, since backward
            self._rule = rule
            grad = self._grad_now()
            self._note_idle(is_empty=grad is None)

    def after_optimiser(self) -> None:
        """It has moved them, if this one is among them."""
        if self._rule is not None:
            self._note_move(re_made=False)
            self._rule = None

    def _reset(self) -> None:
        self.backwards = self.count = 0
        self.moves: list[Move] = []
        self.found: torch.Tensor | None = None
        self.held: torch.Tensor | None = None
        self.found_at: torch.Tensor | None = None
        self.stale = self.piled_up = self.idle = False

    def _hook(self) -> None:
        param = self._param
        if param.requires_grad and param.is_leaf:  # autograd fills in .grad nowhere else
            self._hooks = [
                param.register_hook(self._found),
                param.register_post_accumulate_grad_hook(self._stored),
            ]

    def _found(self, grad: torch.Tensor) -> None:
        """A backward found this gradient; ``.grad`` still holds what it held before."""
        self._note_move(re_made=False)  # in a function, where no look reaches
        old = self._param.grad
        self._was_empty = old is None or not bool(old.any())
        if not self._was_empty:
            if self.backwards == 0:
                self.stale = True
            elif self.moves and self.moves[-1].backwards == self.backwards:
                self.piled_up = True
        self.backwards += 1
        # No copy: with a reference to it, autograd stores one in ``.grad``, and leaves this one alone.
        self.found = self._grad = grad.detach() if grad.requires_grad else grad
        self.found_at = self.value

    def _stored(self, param: torch.Tensor) -> None:
        assert param.grad is not None
        if self._was_empty and self.found is not None and torch.equal(param.grad, self.found):
            # The usual step: one copy does for both.
            self.held = self._grad = self.found
        else:
            self.held = self._grad = _copy(param.grad)
        self._note_state()

    def _note_move(self, *, re_made: bool) -> None:
        if _same(self._param, self.value):
            if version_of(self._param) != self._version:  # written into, and nothing new
                self._note_idle(is_empty=False)
            return
        after = self._param.detach().clone()
        self.count += 1
        if len(self.moves) < MOST_MOVES:
            self.moves.append(
                Move(
                    before=self.value,
                    after=after,
                    held=self._grad,
                    backwards=self.backwards,
                    numbers=self.numbers,
                    rule=self._rule,
                    re_made=re_made,
                )
            )
        self.value = after

    def _note_idle(self, *, is_empty: bool) -> None:
        """Note that a move came to nothing, where a backward has found a gradient that is gone."""
        is_gone = is_empty or (self._grad is not None and not bool(self._grad.any()))
        if is_gone and self.found is not None and not self.moves and bool(self.found.any()):
            self.idle = True

    def _note_grad(self) -> None:
        grad = self._grad_now()
        if grad is None or (grad is self._grad_seen and version_of(grad) == self._grad_version):
            return  # an empty .grad tells nothing of what a move will use
        self._grad = _copy(grad)

    def is_as_it_was(self, param: Any) -> bool:
        """True if a look could see nothing new: at most looks, so this must cost next to nothing."""
        if param is not self._param or not self._hooks:
            return False
        # `version_of` would take ten times as long; what is hooked has a version.
        if param._version != self._version:  # noqa: SLF001
            return False
        grad = param.grad  # what is hooked is a leaf
        if grad is not self._grad_seen:
            return False
        return grad is None or version_of(grad) == self._grad_version

    def _note_state(self) -> None:
        self._version = version_of(self._param)
        self._grad_seen = self._grad_now()
        self._grad_version = version_of(self._grad_seen)

    def _grad_now(self) -> torch.Tensor | None:
        # Asking a tensor that is no leaf for its .grad gives a warning.
        return self._param.grad if self._param.is_leaf else None


class Copies:
    """Copies of a parameter's values, by NumPy where it can read them: torch takes ten times as long.

    Example:
        >>> w = torch.ones(2, requires_grad=True)
        >>> Copies(w).of(w)
        array([1., 1.], dtype=float32)
    """

    def __init__(self, param: torch.Tensor) -> None:
        self._read: Any = None
        # Not `Tensor.numpy`, after which the student could not resize the tensor any more.
        with contextlib.suppress(BufferError, RuntimeError, TypeError, ValueError):
            self._layout = _layout(param)
            self._read = np.from_dlpack(param.detach())  # not of bfloat16, nor of a graphics card

    def of(self, param: torch.Tensor) -> Values:
        """A copy of the values that the parameter has now, wherever it keeps them."""
        if self._read is None or _layout(param) != self._layout:
            return param.detach().clone()
        copy: Values = self._read.copy()
        return copy


def _layout(param: torch.Tensor) -> tuple[Any, ...]:
    return param.data_ptr(), param.shape, param.stride(), param.dtype


def as_tensor(values: Values) -> torch.Tensor:
    """The values as a tensor."""
    return torch.from_numpy(values) if isinstance(values, np.ndarray) else values


def stacked(values: Sequence[Values]) -> Values | None:
    """The values in one table more; None where they have not one shape and dtype."""
    if any(isinstance(of_step, np.ndarray) for of_step in values):
        try:
            arrays = [v.cpu().numpy() if isinstance(v, torch.Tensor) else v for v in values]
        except TypeError:  # of a dtype that NumPy has not, so of another than the arrays
            return None
        alike = len({(array.shape, array.dtype) for array in arrays}) == 1
        return np.array(arrays) if alike else None
    tensors = [v for v in values if isinstance(v, torch.Tensor)]
    if len({of_step.dtype for of_step in tensors}) != 1:
        return None
    try:
        return torch.stack(tensors)
    except RuntimeError:
        return None


def _copy(grad: torch.Tensor | None) -> torch.Tensor | None:
    return None if grad is None else grad.detach().clone()


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    if one.dtype != other.dtype or one.device != other.device:
        return False
    if torch.equal(one, other):
        return True
    one = one.detach()
    if one.shape != other.shape or one.sum().item() <= math.inf:  # no nan among them
        return False
    return bool(((one == other) | (one.isnan() & other.isnan())).all())
