"""JSON of records: frozen dataclasses become text, and come back from it with every field checked.

>>> from dataclasses import dataclass
>>> @dataclass(frozen=True, kw_only=True)
... class Basket(Record):
...     apples: int
...     weights: tuple[float, ...] = ()
>>> Basket.from_json(Basket(apples=2).to_json())
Basket(apples=2, weights=())
"""

from __future__ import annotations

import dataclasses
import functools
import json
import math
import types
import typing
from typing import TYPE_CHECKING, Any, ClassVar, Self, TypeVar

from rainfall_kit.errors import RecordError

if TYPE_CHECKING:
    from collections.abc import Callable

# Standard JSON has no NaN, and runs that diverge are full of them.
_NOT_FINITE = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}
_WRITER = json.JSONEncoder(allow_nan=False)

# What is written as it is.
_PLAIN = {str, int, bool, type(None)}


class Record:
    """Base of all records: one can become JSON text, and come back from it.

    Attributes:
        version: raised when a field changes its meaning; a text of another version is refused.
        is_row: whether the fields are written without their names: for what comes in hundreds, inside
            another record.
    """

    version: ClassVar[int] = 1
    is_row: ClassVar[bool] = False

    def to_json(self) -> str:
        """This record as one line of standard JSON; NaN and infinities are written as texts.

        Example:
            >>> from rainfall_kit.records.run import Quadratic
            >>> Quadratic(rows=1, n_inputs=1, factor=((1.0,),)).to_json()
            '{"record": "Quadratic", "version": 1, "rows": 1, "n_inputs": 1, "factor": [[1.0]]}'
        """
        return _WRITER.encode(_plain(self))

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what `to_json` wrote.

        Raises:
            RecordError: not JSON, another record, another version, or a field that is missing,
                unknown or of the wrong type.

        Example:
            >>> from rainfall_kit.records.run import Quadratic
            >>> Quadratic.from_json("[]")
            Traceback (most recent call last):
            rainfall_kit.errors.RecordError: expected the JSON of a Quadratic, got []. \
Try: a text that Quadratic.to_json() wrote
        """
        try:
            plain = json.loads(text)
        except (TypeError, ValueError) as problem:
            raise _not_a(cls, f"this is not JSON: {problem}") from None
        return _read_record(cls, plain)


_R = TypeVar("_R", bound=Record)


def _plain(value: Any) -> Any:
    if isinstance(value, tuple):
        if not value or (type(value[0]) is float and all(map(math.isfinite, value))):
            return value  # JSON's own way to write it is ours, and most of a long record is this
        return [part if type(part) in _PLAIN else _plain(part) for part in value]
    if isinstance(value, Record):
        fields = _field_names(type(value))  # type: ignore[arg-type]  # a class is hashable
        if value.is_row:
            row = [getattr(value, name) for name in fields]
            return [field if type(field) in _PLAIN else _plain(field) for field in row]
        plain = {"record": type(value).__name__, "version": value.version}
        added = _added_later(type(value))  # type: ignore[arg-type]  # a class is hashable
        for name in fields:
            field = getattr(value, name)
            if name in added and field == added[name]:
                continue
            plain[name] = field if type(field) in _PLAIN else _plain(field)
        return plain
    return plain_number(value) if isinstance(value, float) else value


def plain_number(value: float) -> float | str:
    """A number as JSON can tell it: NaN and the infinities as texts, by JavaScript's names.

    Example:
        >>> plain_number(1.5), plain_number(float("-inf"))
        (1.5, '-Infinity')
    """
    if math.isfinite(value):
        return value
    return "NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity"


@functools.cache
def _field_names(cls: type) -> tuple[str, ...]:
    return tuple(field.name for field in dataclasses.fields(cls))


def _not_a(cls: type[Record], problem: str) -> RecordError:
    return RecordError(
        f"expected the JSON of a {cls.__name__}, {problem}. "
        f"Try: a text that {cls.__name__}.to_json() wrote"
    )


@functools.cache
def _added_later(cls: type) -> dict[str, Any]:
    """The defaults of the fields that `added_later` made."""
    fields = dataclasses.fields(cls)
    return {field.name: field.default for field in fields if field.metadata.get("added later")}


def added_later(default: Any) -> Any:
    """A record's field that came after texts had been stored: it is written only where it says something.

    Example:
        >>> from dataclasses import dataclass
        >>> @dataclass(frozen=True, kw_only=True)
        ... class Basket(Record):
        ...     apples: int
        ...     note: str = added_later("")
        >>> Basket(apples=2).to_json(), Basket(apples=2, note="ripe").to_json()[-17:]
        ('{"record": "Basket", "version": 1, "apples": 2}', ', "note": "ripe"}')
    """
    return dataclasses.field(default=default, metadata={"added later": True})


def _read_record(cls: type[_R], plain: Any) -> _R:
    readers = _readers(cls)  # type: ignore[arg-type]  # a class is hashable
    if cls.is_row and isinstance(plain, list) and len(plain) == len(readers):
        return _read_row(cls, readers, plain)
    if cls.is_row or not isinstance(plain, dict) or plain.get("record") != cls.__name__:
        raise _not_a(cls, f"got {str(plain)[:60]}")
    if plain.get("version") != cls.version:
        raise _not_a(cls, f"version {cls.version}, got version {plain.get('version')}")
    if unknown := plain.keys() - readers.keys() - {"record", "version"}:
        raise _not_a(cls, f"got a field that it does not have: {min(unknown)}")
    try:
        return cls(**{name: read(plain[name]) for name, read in readers.items() if name in plain})
    except TypeError as problem:  # a missing field, or one of the wrong type
        raise _not_a(cls, f"got one that does not fit: {problem}") from None


def _read_row(cls: type[_R], readers: dict[str, Callable[[Any], Any]], plain: list[Any]) -> _R:
    fields = zip(readers.items(), plain, strict=True)
    try:
        return cls(**{name: read(field) for (name, read), field in fields})
    except TypeError as problem:  # a field of the wrong type
        raise _not_a(cls, f"got one that does not fit: {problem}") from None


# Resolving the annotations takes a hundred times as long as reading a step with them.
@functools.cache
def _readers(cls: type) -> dict[str, Callable[[Any], Any]]:
    """For each field of a record, the function that makes its value of plain data."""
    hints = typing.get_type_hints(cls)
    return {name: _reader(hints[name]) for name in _field_names(cls)}


def _reader(hint: Any) -> Callable[[Any], Any]:
    """A function that makes a value of that annotation of plain data; TypeError where it is none."""
    origin, args = typing.get_origin(hint), typing.get_args(hint)
    if origin in (types.UnionType, typing.Union):
        (kind,) = (arg for arg in args if arg is not type(None))  # T | None, and nothing else
        read = _reader(kind)
        return lambda plain: None if plain is None else read(plain)
    if origin is tuple and args[0] is float:
        return _read_floats
    if origin is tuple:
        return functools.partial(_read_tuple, _reader(args[0]))
    if hint is float:
        return _read_float
    if isinstance(hint, type) and issubclass(hint, Record):
        return functools.partial(_read_record, hint)
    return functools.partial(_read_exactly, hint, args)


def _read_tuple(read: Callable[[Any], Any], plain: Any) -> tuple[Any, ...]:
    if not isinstance(plain, list):
        raise _misfit(tuple, plain)
    return tuple([read(part) for part in plain])  # a list is quicker than a generator


def _read_floats(plain: Any) -> tuple[float, ...]:
    if isinstance(plain, list) and set(map(type, plain)) <= {float}:  # most of every long record
        return tuple(plain)
    return _read_tuple(_read_float, plain)


def _read_float(plain: Any) -> float:
    if isinstance(plain, str) and plain in _NOT_FINITE:
        return _NOT_FINITE[plain]
    if isinstance(plain, int | float) and not isinstance(plain, bool):
        return float(plain)
    raise _misfit(float, plain)


def _read_exactly(hint: Any, allowed: tuple[Any, ...], plain: Any) -> Any:
    """A whole number, a text, a truth value, or one of a `Literal`'s texts."""
    if plain in allowed if allowed else type(plain) is hint:
        return plain
    raise _misfit(hint, plain)


def _misfit(hint: Any, plain: Any) -> TypeError:
    return TypeError(f"{str(plain)[:60]!r} is not a {getattr(hint, '__name__', hint)}")
