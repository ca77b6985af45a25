"""Torch calls of an answer before it stops: the signs that tell one error from another.

Two mistakes can end in the same error. Which of them it was shows in the calls before it.
"""

from __future__ import annotations

import contextlib
import dataclasses
import functools
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.observations import read
from rainfall_kit.checks.tracing.torch_state import version_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import torch

    from rainfall_kit.checks.observations import Value
    from rainfall_kit.checks.tracing.trace import Answer, Trace

# The names of signs that hold whatever the style: with them a mistake can be ruled out. The last six are
# noted for w and for b.
ASKS = "asks for gradients"
ROOT = "backward starts from"
MADE_ANEW = "backward starts from a tensor made anew"
READ_AGAIN = "a gradient is read after the move"
REACHED = "a gradient reaches"
FIRST = "the first gradient of"
AGAIN = "backward again before the move of"
LEFT = "a gradient is left for"
WATCHED = "still watched:"

# The names of operations that are looked into, whatever they are about.
_LOOKED_INTO = frozenset(("backward", "grad", "numpy", "__array__", "detach", "detach_", "__get__"))


@contextlib.contextmanager
def torch_calls_noted(trace: Trace, answer: Answer, *params: torch.Tensor) -> Iterator[Answer]:
    """Note as signs what an answer asks PyTorch to do with the parameters, even if it stops.

    Args:
        trace: where the signs go; unless they listen, nothing is done.
        answer: the student's function.
        params: w and b.

    Yields:
        The answer as it is to be called.

    Example:
        >>> import torch
        >>> from rainfall_kit.checks.tracing.trace import Trace
        >>> trace, w = Trace(), torch.ones(2, requires_grad=True)
        >>> with torch_calls_noted(trace, lambda: (w * w).sum().backward(), w) as asked:
        ...     asked()
        >>> trace.signs[0].name, trace.signs[0].numbers
        ('calls of backward', (1.0,))
    """
    if not trace.listening:
        yield answer
        return
    before = [param.detach().clone() for param in params]
    requests = _requests()(params)
    reached = [_Reached(param) for param in params]

    def asked(*given: Any) -> Any:
        with requests:
            return answer(*given)

    try:
        yield asked
    finally:
        trace.sign("calls of backward", requests.backwards)
        trace.sign("backward from a table", requests.from_table)
        trace.sign("cut off before backward", requests.cut)
        trace.sign("numbers taken to NumPy", requests.to_numpy)
        trace.sign("used unwatched before backward", requests.unwatched)
        trace.sign("used watched", requests.watched)
        trace.sign("used watched after backward", requests.again)
        moved = any(not old.equal(new) for old, new in zip(before, params, strict=True))
        trace.sign("moved", moved)
        trace.sign(ASKS, requests.asks)
        trace.sign(READ_AGAIN, requests.read_again)
        if requests.root is not None:
            trace.note_sign(dataclasses.replace(requests.root, name=ROOT))
            trace.sign(MADE_ANEW, requests.made_anew)
        for name, one in zip("wb", reached, strict=False):
            one.note(trace, name)


class _Reached:
    """The gradients that reach one parameter, counted by a hook."""

    def __init__(self, param: torch.Tensor) -> None:
        self._param = param
        self._at: Any = None
        self._first: Any = None
        self._again = False
        if param.requires_grad and param.is_leaf:
            param.register_hook(self._found)

    def _found(self, grad: torch.Tensor) -> None:
        import torch

        with torch._C.DisableTorchFunction():  # noqa: SLF001  or these would pass for calls of the answer
            at = self._param.detach().clone()
            # backward may come a second time before the move, whatever it starts from
            self._again |= self._at is not None and at.equal(self._at)
            self._at = at
            self._first = grad.detach().clone() if self._first is None else self._first

    def note(self, trace: Trace, name: str) -> None:
        """Note as signs what has reached the parameter, and what is left of it."""
        grad = self._param.grad
        trace.sign(f"{REACHED} {name}", self._first is not None)
        trace.sign(f"{FIRST} {name}", self._first)
        trace.sign(f"{AGAIN} {name}", self._again)
        trace.sign(f"{LEFT} {name}", grad is not None and bool(grad.any()))
        trace.sign(f"{WATCHED} {name}", self._param.requires_grad)


@functools.cache
def _requests() -> Callable[..., Any]:
    import torch
    from torch.overrides import TorchFunctionMode

    # looked up once: this is asked for every operation
    grad_of, data_of = torch.Tensor.grad.__get__, torch.Tensor.data.__get__  # type: ignore[union-attr,attr-defined]

    class Requests(TorchFunctionMode):
        def __init__(self, params: tuple[torch.Tensor, ...]) -> None:
            super().__init__()
            self._params = params
            self.params = frozenset(map(id, params))
            self.backwards = self.watched = 0
            self.from_table = self.cut = self.to_numpy = self.unwatched = self.again = False
            self.asks = 0
            self.root: Value | None = None
            self.made_anew = self.read_again = False
            self._versions: dict[
                int, int
            ] = {}  # of the parameters, when gradients were last asked for

        def __torch_function__(
            self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
        ) -> Any:
            # Python comes here for every operation: most are looked at for the parameters alone.
            del types
            name = getattr(func, "__name__", "")
            if name in _LOOKED_INTO:
                self._look_into(name, func, args, kwargs)
            if name != "__get__" and not self.params.isdisjoint(map(id, args)):
                on = torch.is_grad_enabled()
                self.watched += on
                again = self.backwards > 0 and name != "__set__"  # w.grad = None asks for nothing
                self.again |= again and on
                self.unwatched |= not (self.backwards or on)
            return func(*args, **(kwargs or {}))

        def _look_into(self, name: str, func: Any, args: tuple[Any, ...], kwargs: Any) -> None:
            if name in ("backward", "grad"):
                self._ask(args[0] if args else next(iter((kwargs or {}).values()), None))
            elif name == "__get__" and func == grad_of:
                self.read_again |= self._has_moved(args[0])
            if name == "backward":
                self.backwards += 1
                self.from_table = getattr(args[0], "numel", lambda: 1)() != 1
            elif name in ("numpy", "__array__"):
                self.to_numpy = True
            elif not self.backwards and not self._is_param(args[:1]):
                self.cut |= name in ("detach", "detach_") or (name == "__get__" and func == data_of)

        def _ask(self, start: Any) -> None:
            """Note where the gradients are asked for."""
            self.asks += 1
            self._versions = {id(param): version_of(param) for param in self._params}
            root = start[0] if isinstance(start, tuple | list) and start else start
            if self.root is None and isinstance(root, torch.Tensor):
                with contextlib.suppress(
                    RuntimeError
                ):  # inside torch.func's vmap it has no numbers
                    self.root = read("", root)
                self.made_anew = root.requires_grad and root.is_leaf and not self._is_param((root,))

        def _has_moved(self, param: torch.Tensor) -> bool:
            now = version_of(param)
            return self._versions.get(id(param), now) != now

        def _is_param(self, args: tuple[Any, ...]) -> bool:
            return not self.params.isdisjoint(map(id, args))

    return Requests
