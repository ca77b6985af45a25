"""Torch calls of an answer before it stops: the signs that tell one error from another.

Two mistakes can end in the same error. Which of them it was shows in the calls before it.
"""

from __future__ import annotations

import contextlib
import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import torch

    from rainfall_kit.checks.tracing.trace import Answer, Trace


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


@functools.cache
def _requests() -> Callable[..., Any]:
    import torch
    from torch.overrides import TorchFunctionMode

    class Requests(TorchFunctionMode):
        def __init__(self, params: tuple[torch.Tensor, ...]) -> None:
            super().__init__()
            self.params = frozenset(map(id, params))
            self.backwards = self.watched = 0
            self.from_table = self.cut = self.to_numpy = self.unwatched = self.again = False

        def __torch_function__(
            self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
        ) -> Any:
            del types
            name = getattr(func, "__name__", "")
            if name == "backward":
                self.backwards += 1
                self.from_table = getattr(args[0], "numel", lambda: 1)() != 1
            elif name in ("numpy", "__array__"):
                self.to_numpy = True
            elif not self.backwards and not self._is_param(args[:1]):
                self.cut |= name in ("detach", "detach_") or func == torch.Tensor.data.__get__  # type: ignore[attr-defined]
            if name != "__get__" and self._is_param(args):
                self.watched += torch.is_grad_enabled()
                again = self.backwards > 0 and name != "__set__"  # w.grad = None asks for nothing
                self.again |= again and torch.is_grad_enabled()
                self.unwatched |= not (self.backwards or torch.is_grad_enabled())
            return func(*args, **(kwargs or {}))

        def _is_param(self, args: tuple[Any, ...]) -> bool:
            return not self.params.isdisjoint(map(id, args))

    return Requests
