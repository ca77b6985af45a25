"""Trace of one call: values that are judged, and signs that tell one mistake from another.

>>> trace = Trace()
>>> trace.value("the loss", 4.5)
>>> trace.values[0].numbers
(4.5,)
"""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
from collections.abc import Callable, Iterator, ValuesView
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.observations import HANDED_IN, Observation, Value, read, read_text
from rainfall_kit.checks.tracing.failures import failure_of

if TYPE_CHECKING:
    import torch

    from rainfall_kit.checks.observations import Failure
    from rainfall_kit.checks.tracing.output import Output

Answer = Callable[..., Any]

# The sign of an answer that leaves its work to the kit.
REFERENCE_CALL = "calls the kit's own"
# The signs of what an answer reads of the notebook, and of the arguments that it never reads.
OF_NOTEBOOK = "reads of the notebook"
UNUSED = "never reads"

_MOST_PARTS = 9  # a generator may never end


class Trace:
    """The values and signs of one call, in the order in which they were seen.

    Attributes:
        values: what is judged.
        signs: what is not judged, and tells one mistake from another.
        listening: whether to note the signs that take time.

    Args:
        listening: as above.
        during_unpacking: stands around code of the answer that runs when its result is taken apart.
    """

    def __init__(
        self,
        *,
        listening: bool = True,
        during_unpacking: Callable[
            [], contextlib.AbstractContextManager[object]
        ] = contextlib.nullcontext,
    ) -> None:
        self.listening = listening
        self.values: list[Value] = []
        self.signs: list[Value] = []
        self._during_unpacking = during_unpacking
        self._has_result = False

    def followed(self, answer: Answer) -> Answer:
        """The answer as it is to be called, so that an error of its own can be told from one of its result."""

        def call(*given: Any, **named: Any) -> Any:
            self._has_result = False
            result = answer(*given, **named)
            self._has_result = True
            return result

        return call

    def failure_of(self, error: BaseException) -> Failure:
        """An exception that ended the call as plain data.

        Example:
            >>> trace = Trace()
            >>> made = trace.followed(lambda: (lambda x: 1 / x))()
            >>> try:
            ...     made(0)
            ... except ZeroDivisionError as error:
            ...     trace.failure_of(error).of_result
            True
        """
        return dataclasses.replace(failure_of(error), of_result=self._has_result)

    def note(self, value: Value) -> None:
        """Note a value as it was read."""
        self.values.append(value)

    def value(self, name: str, thing: Any, *, dtype: bool = False) -> None:
        """Note what is judged."""
        self.note(read(name, thing, dtype=dtype))

    def kind(self, name: str, thing: Any) -> None:
        """Note type, shape and dtype as judged, and leave the numbers open."""
        self.note(dataclasses.replace(read(name, thing, dtype=True), numbers=()))

    def truth(self, name: str, thing: Any) -> None:
        """Note a yes or no as judged, whether it comes from Python, NumPy or torch."""
        import numpy as np
        import torch

        if isinstance(thing, torch.Tensor | np.ndarray) and thing.dtype in (torch.bool, np.bool_):
            thing = thing.item() if thing.shape == () else thing
        self.value(name, thing)

    def single(self, name: str, thing: Any) -> None:
        """Note one number as judged, whether it comes from Python, NumPy or torch.

        Example:
            >>> import torch
            >>> trace = Trace()
            >>> trace.single("the result", torch.tensor(4.5))
            >>> trace.values[0].kind
            'one number'
        """
        seen = read(name, thing)
        if seen.kind in ("tensor", "array", "number"):
            seen = dataclasses.replace(seen, kind="one number")
        self.note(seen)

    def text(self, name: str, thing: Any) -> None:
        """Note a text as judged, character by character."""
        self.note(read_text(name, thing))

    def sign(self, name: str, thing: Any) -> None:
        """Note what is not judged."""
        self.signs.append(read(name, thing))

    def note_sign(self, value: Value) -> None:
        """Note a sign as it was read."""
        self.signs.append(value)

    def word(self, name: str, word: str) -> None:
        """Note a word that is not judged."""
        self.signs.append(Value(name=name, kind=word))

    def change(self, name: str, before: torch.Tensor, after: Any, *, counted: bool) -> None:
        """Note as a sign how a tensor changed, and whether torch counted the change."""
        way = "in place" if counted else "unseen"
        self.word(f"how {name} changed", way if after is before else "into a new tensor")

    def unpacked(self, things: Any) -> Any:
        """A tuple of what gives its parts one by one, as ``w, b = things`` would take it; else as it is.

        Example:
            >>> Trace().unpacked(map(abs, (-1, 2))), Trace().unpacked([1, 2])
            ((1, 2), [1, 2])
        """
        if isinstance(things, Iterator | ValuesView):
            with self._during_unpacking():  # the body of a generator runs here, and not in the call
                return self.followed(tuple)(itertools.islice(things, _MOST_PARTS))
        return things

    def parts(self, things: Any, *names: str) -> bool:
        """Note each part under its name, the empty name excepted; False when they are too few."""
        if not isinstance(things, tuple | list) or len(things) != len(names):
            self.given_back(things)
            return False
        for name, thing in zip(names, things, strict=True):
            if name:
                self.value(name, thing, dtype=True)
        return True

    def given_back(self, things: Any) -> None:
        """Note as a sign what holds nothing of what was asked for; of a tuple or list, how many it holds.

        Example:
            >>> trace = Trace()
            >>> trace.given_back((1, 2))
            >>> trace.signs[0].kind, trace.signs[0].shape
            ('tuple', (2,))
        """
        seen = read("given back", things)
        if isinstance(things, tuple | list):
            seen = dataclasses.replace(seen, shape=(len(things),))
        self.note_sign(seen)

    def slopes(self, result: Any, params: dict[str, torch.Tensor]) -> None:
        """Note the slopes of a weighted sum of the result; a cut wire shows as None."""
        import torch

        slopes: dict[str, Any] = dict.fromkeys(params)
        if isinstance(result, torch.Tensor) and result.requires_grad:
            weights = torch.arange(1, result.numel() + 1, dtype=result.dtype).reshape(result.shape)
            # handing weights to grad would load torch's symbolic shapes, for a second
            grads = torch.autograd.grad(
                (result * weights).sum(), [*params.values()], allow_unused=True
            )
            slopes.update(zip(params, grads, strict=True))
        for name, slope in slopes.items():
            self.value(f"the slope for {name}", slope)

    def ready(self, w: Any, b: Any) -> None:
        """Note as judged whether backward can fill in the gradients of w and b."""
        for name, param in (("w", w), ("b", b)):
            self.value(f"{name}.requires_grad", getattr(param, "requires_grad", None))
            self.value(f"{name}.is_leaf", getattr(param, "is_leaf", None))

    def default_dtype(self) -> None:
        """Note as judged that torch's default dtype is what it was: a switched one stays for good."""
        import torch

        is_float32 = torch.get_default_dtype() == torch.float32
        self.value("torch's default dtype is float32", is_float32)

    def unchanged(self, **things: Any) -> None:
        """Note what was handed in, as it is afterwards."""
        for name, thing in things.items():
            self.value(f"{name}{HANDED_IN}", thing, dtype=True)

    def observation(self, failure: Failure | None, output: Output) -> Observation:
        """All that was seen of the call, with what it showed as signs."""
        self.sign("printed", bool(output.printed))
        self.word("warned", output.warned[0][:40] if output.warned else "")
        return Observation(values=tuple(self.values), signs=tuple(self.signs), failure=failure)
