"""Cases and observations: what goes into an answer and what comes out, as plain data.

A case is what an answer is called with; an observation is what was seen when it was called. Both
are records, so a case can be drawn in one process, called in a second and judged in a third.

    >>> case = Case(label="one row", dtype="float32", given=(Value(name="lr", numbers=(0.1,)),))
    >>> case.number("lr")
    0.1
"""

from __future__ import annotations

import functools
import itertools
import math
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rainfall_kit.records.json_record import Record, added_later
from rainfall_kit.records.run import Vector

if TYPE_CHECKING:
    from collections.abc import Iterable

    import torch

# A right answer may round differently, and a tensor made of lr is float32 in any company.
_TOLERANCE = {"float32": 1e-5, "float64": 1e-6}

# Where all of a value should be 0, its own size says nothing of how it is rounded.
_NEAR_0 = 1e-10

# More numbers than any right answer has; the shape alone tells that such a value is wrong.
MOST_NUMBERS = 10_000

# The end of the names of what was handed in, as it is after the call.
HANDED_IN = " afterwards"


@dataclass(frozen=True, kw_only=True)
class Value(Record):
    """One named value.

    Attributes:
        name: what a message calls it, such as ``"w after step 2"``.
        kind: ``"tensor"``, ``"array"``, ``"number"``, ``"truth"``, ``"text"``, ``"nothing"``, or the name
            of another type.
        shape: of a tensor or array; of a text, how many characters it has.
        dtype: such as ``"float32"``; empty where the question leaves it open.
        numbers: the elements, row by row; of a text, its characters' code points.

    Example:
        >>> Value(name="lr", numbers=(0.1,)).to_json()
        '["lr", "number", [], "", [0.1]]'
    """

    is_row = True

    name: str
    kind: str = "number"
    shape: tuple[int, ...] = ()
    dtype: str = ""
    numbers: Vector = ()


@dataclass(frozen=True, kw_only=True)
class Failure(Record):
    """Why a call gave no result.

    Attributes:
        kind: the name of the exception's type, ``"too long"``, or ``"stub"``.
        message: the exception's own text.
        where: the student's line that it comes from, or the name of the function that is a stub.
        of_result: whether the answer had given something back, and using that raised.
    """

    kind: str
    message: str = ""
    where: str = ""
    of_result: bool = added_later(False)


@dataclass(frozen=True, kw_only=True)
class Observation(Record):
    """All that was seen when an answer was called on one case.

    Attributes:
        values: what is judged, in the order in which it was seen.
        signs: what is not judged, and tells one mistake from another.
        failure: what ended the call early, or None.
    """

    values: tuple[Value, ...] = ()
    signs: tuple[Value, ...] = ()
    failure: Failure | None = None

    @property
    def results(self) -> list[Value]:
        """Values that were given back; not those handed in, which are also looked at afterwards."""
        return [value for value in self.values if not value.name.endswith(HANDED_IN)]


@dataclass(frozen=True, kw_only=True)
class Case(Record):
    """Arguments of one call of an answer.

    Attributes:
        label: what a message calls it, such as ``"2 rows, 1 crop"``.
        dtype: of the tensors.
        given: the named values.
        public: whether a message may show its numbers.
    """

    label: str
    dtype: str
    given: tuple[Value, ...]
    public: bool = False

    def value(self, name: str) -> Value:
        """The value of that name.

        Raises:
            KeyError: there is none.

        Example:
            >>> Case(label="", dtype="float32", given=(Value(name="lr"),)).value("lr").kind
            'number'
        """
        for value in self.given:
            if value.name == name:
                return value
        raise KeyError(name)

    def number(self, name: str) -> float:
        """The only element of the value of that name.

        Raises:
            KeyError: there is none.

        Example:
            >>> Case(label="", dtype="", given=(Value(name="lr", numbers=(0.1,)),)).number("lr")
            0.1
        """
        return self.value(name).numbers[0]

    def text(self, name: str) -> str:
        """The text of that name.

        Raises:
            KeyError: there is none.

        Example:
            >>> Case(label="", dtype="", given=(read_text("word", "rain"),)).text("word")
            'rain'
        """
        return _text_of(self.value(name))

    def tensors(self, *names: str) -> list[torch.Tensor]:
        """New tensors of the values of those names, in the dtype of the case.

        Raises:
            KeyError: there is no such value.

        Example:
            >>> given = Value(name="b", kind="tensor", shape=(2,), numbers=(1.0, 2.0))
            >>> Case(label="", dtype="float64", given=(given,)).tensors("b")
            [tensor([1., 2.], dtype=torch.float64)]
        """
        import torch

        values = [self.value(name) for name in names]
        dtype = getattr(torch, self.dtype)
        return [torch.tensor(value.numbers, dtype=dtype).reshape(value.shape) for value in values]

    def arrays(self, *names: str) -> list[Any]:
        """New NumPy arrays of the values of those names, in the dtype of the case.

        Raises:
            KeyError: there is no such value.

        Example:
            >>> given = Value(name="temps", kind="tensor", shape=(2,), numbers=(70.0, 80.0))
            >>> Case(label="", dtype="int64", given=(given,)).arrays("temps")
            [array([70, 80])]
        """
        import numpy as np

        values = [self.value(name) for name in names]
        return [np.array(value.numbers, dtype=self.dtype).reshape(value.shape) for value in values]


def read(name: str, thing: Any, *, dtype: bool = False) -> Value:
    """Copy what an answer gave into plain data.

    Args:
        name: what messages call it.
        thing: anything.
        dtype: whether the dtype is part of the answer.

    Example:
        >>> read("loss", 4.5)
        Value(name='loss', kind='number', shape=(), dtype='', numbers=(4.5,))
        >>> read("loss", print).kind
        'builtin_function_or_method'
    """
    # an answer is read some thousand times, so what is commonest comes first
    if thing is None:
        return Value(name=name, kind="nothing")
    if type(thing) is bool:
        return Value(name=name, kind="truth", numbers=(float(thing),))
    import numpy as np
    import torch

    if isinstance(thing, torch.Tensor) and not thing.dtype.is_complex:
        plain = _dense(thing)
        label = _name_of(plain.dtype) if dtype else ""
        shape, numbers = tuple(plain.shape), _numbers(plain)
        return Value(name=name, kind="tensor", shape=shape, dtype=label, numbers=numbers)
    if isinstance(thing, np.bool_):
        return Value(name=name, kind="truth", numbers=(float(thing),))
    if isinstance(thing, np.ndarray | np.number) and thing.dtype.kind in "iufb":
        thing = np.asarray(thing)  # a subclass may give anything for its numbers
        label = str(thing.dtype) if dtype else ""
        shape, numbers = thing.shape, np.ravel(thing)[:MOST_NUMBERS].astype(float).tolist()
        return Value(name=name, kind="array", shape=shape, dtype=label, numbers=tuple(numbers))
    if isinstance(thing, int | float):
        return Value(name=name, kind="number", numbers=(_as_float(thing),))
    return Value(name=name, kind=type(thing).__name__)


def read_text(name: str, thing: Any) -> Value:
    """Copy a text that an answer gave into plain data, and anything else as `read` does.

    Example:
        >>> read_text("word", "ab")
        Value(name='word', kind='text', shape=(2,), dtype='', numbers=(97.0, 98.0))
        >>> read_text("word", None).kind
        'nothing'
    """
    if not isinstance(thing, str):
        return read(name, thing)
    numbers = tuple(float(ord(one)) for one in thing[:MOST_NUMBERS])
    return Value(name=name, kind="text", shape=(len(thing),), numbers=numbers)


def _text_of(value: Value) -> str:
    # what comes back from an answer may be any numbers
    whole = (int(number) if 0 <= number < sys.maxunicode else 0xFFFD for number in value.numbers)
    return "".join(map(chr, whole)).encode(errors="replace").decode()


def agree(got: Value, want: Value, dtype: str) -> bool:
    """True if two values are the same but for rounding, measured against their largest element.

    Example:
        >>> agree(Value(name="b", numbers=(1.0,)), Value(name="b", numbers=(1.0000001,)), "float32")
        True
    """
    if (got.kind, got.shape, got.dtype) != (want.kind, want.shape, want.dtype):
        return False
    if got.numbers == want.numbers:  # as most are, and quicker told
        return True
    if want.kind == "text":
        return False
    scale = max((abs(x) for x in want.numbers if math.isfinite(x)), default=0.0)
    most = _TOLERANCE.get(dtype, 1e-5) * scale or _NEAR_0
    pairs = zip(got.numbers, want.numbers, strict=True)
    return all(a == b or abs(a - b) <= most or (math.isnan(a) and math.isnan(b)) for a, b in pairs)


def describe(value: Value) -> str:
    """A value in readable numbers, for a message.

    Example:
        >>> describe(Value(name="b", kind="tensor", shape=(1, 2), numbers=(0.5, 2.0)))
        '[[0.5, 2]]'
    """
    if value.kind == "nothing":
        return "None"
    if value.kind == "truth":
        return str(bool(value.numbers[0]))
    if value.kind == "text":
        return repr(_text_of(value))
    if not value.numbers or math.prod(value.shape) != len(value.numbers):
        return f"a {value.kind}" + (f" of shape {value.shape}" if value.shape else "")
    return _rows(value.shape, [f"{number:.6g}" for number in value.numbers])


def _rows(shape: tuple[int, ...], texts: list[str]) -> str:
    if not shape:
        return texts[0]
    count = len(texts) // max(shape[0], 1)
    parts = [_rows(shape[1:], texts[i * count : (i + 1) * count]) for i in range(shape[0])]
    return f"[{', '.join(parts)}]"


def _dense(tensor: torch.Tensor) -> torch.Tensor:
    """The same numbers as a plain tensor on the CPU, whatever its layout, device or class."""
    import torch

    plain = tensor.detach()
    if type(plain) is not torch.Tensor:
        plain = plain.as_subclass(torch.Tensor)
    if plain.layout != torch.strided:
        plain = plain.to_dense()
    return plain if plain.is_cpu else plain.cpu()


def _numbers(plain: torch.Tensor) -> tuple[float, ...]:
    """The elements, row by row; of a huge tensor the first of them."""
    size = plain.numel()
    if not size:
        return ()
    if size > MOST_NUMBERS:
        plain = plain.reshape(-1)[:MOST_NUMBERS]
    shape = plain.shape
    # rows in rows take less time than a flat view
    numbers: Iterable[Any] = plain.tolist() if shape else (plain.item(),)
    for _ in shape[1:]:
        numbers = itertools.chain.from_iterable(numbers)
    return tuple(numbers) if plain.dtype.is_floating_point else tuple(map(_as_float, numbers))


@functools.cache
def _name_of(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


def _as_float(number: float) -> float:
    try:
        return float(number)
    except OverflowError:  # a whole number past all floats
        return float("inf") if number > 0 else float("-inf")
