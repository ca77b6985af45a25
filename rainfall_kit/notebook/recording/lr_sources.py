"""Places where the lr of a move can come from: the name lr, another name, a number in the lines.

A function that the cell calls counts with its own names, numbers and defaults.

>>> sources = LrSources(compile("w -= 1e-5 * rate * w.grad", "", "exec"), {"rate": 2.0})
>>> sources.constants, sources.names, sources.now()
((1e-05,), ('w', 'rate'), (None, 2.0))
"""

from __future__ import annotations

import dis
import functools
from numbers import Real
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_LOADS = ("LOAD_NAME", "LOAD_GLOBAL", "LOAD_DEREF", "LOAD_CLASSDEREF")
_JUMPS_BACK = ("JUMP_BACKWARD", "FOR_ITER", "JUMP_BACKWARD_NO_INTERRUPT")
_DEEPEST = 4  # functions that call functions
_MOST = 64  # names or numbers
_PLAIN = frozenset({float, int, str, type(None)})


class LrSources:
    """Numbers that the lines under a magic, and the functions that they call, could use as their lr.

    Attributes:
        names: that are read, ``lr`` first where it is one.
        constants: the numbers that stand in the lines.
        codes: of the lines and of the functions that they call.
        bound: the names that the lines bind or read.
        loops: whether a function that the lines call has a loop in it.
        may_change_in_place: whether a name stood for more than a number or a text when last asked.
    """

    def __init__(self, code: CodeType | None, namespace: Mapping[str, Any]) -> None:
        self._namespace = namespace
        names: dict[str, None] = {}
        constants: dict[float, None] = {}
        self.loops = False
        self.may_change_in_place = True
        seen: set[CodeType] = set()
        todo = [(code, 0)] if code is not None else []
        while todo:
            inner, depth = todo.pop(0)
            if inner in seen or depth > _DEEPEST:
                continue
            seen.add(inner)
            constants |= dict.fromkeys(_numbers_in(inner.co_consts))
            loaded = dict.fromkeys(_loaded(inner))
            names |= loaded
            self.loops = self.loops or (depth > 0 and _jumps_back(inner))
            todo += [(part, depth) for part in inner.co_consts if isinstance(part, CodeType)]
            for name in loaded:
                for function in _functions(namespace.get(name)):
                    defaults = (
                        (function.__defaults__ or ()),
                        (function.__kwdefaults__ or {}).values(),
                    )
                    constants |= dict.fromkeys(_numbers_in((*defaults[0], *defaults[1])))
                    todo.append((function.__code__, depth + 1))
        self.codes = tuple(seen)
        self.bound = () if code is None else code.co_names
        told = [name for name in names if name == "lr" or _may_be_lr(namespace.get(name))]
        self.names = tuple(sorted(told, key=lambda name: name != "lr"))[:_MOST]
        self.constants = tuple(constants)[:_MOST]

    @property
    def reads_lr(self) -> bool:
        """True if the name lr is read."""
        return self.names[:1] == ("lr",)

    def now(self) -> tuple[object, ...]:
        """Values of the names at this moment; a tensor of one number as that number."""
        values = (*map(self._namespace.get, self.names),)
        self.may_change_in_place = not _PLAIN.issuperset(map(type, values))
        if not self.may_change_in_place:  # nearly always
            return values
        return tuple(map(_frozen, values))


def number_of(value: object) -> float | None:
    """A single number, as a float; None for anything else.

    Example:
        >>> number_of(torch.tensor(2.0)), number_of(True), number_of("2")
        (2.0, None, None)
    """
    if isinstance(value, torch.Tensor):
        return float(value.item()) if value.numel() == 1 and not value.is_complex() else None
    return float(value) if isinstance(value, Real) and not isinstance(value, bool) else None


def numbers_behind(value: object) -> Iterator[float]:
    """The number that a name stands for, or those in the dictionary or object that it stands for.

    Example:
        >>> [*numbers_behind({"lr": 0.1, "epochs": 3})]
        [0.1, 3.0]
    """
    number = number_of(value)
    if number is not None:
        yield number
        return
    if isinstance(value, ModuleType | type | FunctionType | torch.nn.Module):
        return
    inside = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    for part in [*inside.values()][:_MOST]:
        number = number_of(part)
        if number is not None:
            yield number


def _may_be_lr(value: object) -> bool:
    """False for tables, functions and modules: every name costs time at every look."""
    if isinstance(value, torch.Tensor):
        return value.numel() == 1 and value.grad_fn is None
    return not isinstance(value, ModuleType | type | FunctionType | torch.nn.Module)


def _frozen(value: object) -> object:
    # A tensor can be changed in place, and then it would tell of a later lr.
    return value if type(value) in (float, int) or not _is_single(value) else number_of(value)


def _is_single(value: object) -> bool:
    return isinstance(value, torch.Tensor) and value.numel() == 1


# Several questions are asked of each code, and a cell's functions are the same in its next run.
@functools.lru_cache(maxsize=256)
def instructions_of(code: CodeType) -> tuple[dis.Instruction, ...]:
    """The instructions of a code, without those of the functions that are defined in it."""
    return tuple(dis.get_instructions(code))


def _loaded(code: CodeType) -> Iterator[str]:
    return (step.argval for step in instructions_of(code) if step.opname in _LOADS)


def _jumps_back(code: CodeType) -> bool:
    return any(step.opname in _JUMPS_BACK for step in instructions_of(code))


def _numbers_in(values: tuple[Any, ...]) -> Iterator[float]:
    for value in values:
        if isinstance(value, tuple):
            yield from _numbers_in(value)
        elif type(value) in (int, float) and value:
            try:
                yield float(value)
            except OverflowError:  # an integer past all floats
                continue


def _functions(value: object) -> Iterator[FunctionType]:
    """The function that a name stands for, or the methods of the student's own object or class."""
    value = getattr(value, "__wrapped__", value)
    if isinstance(value, MethodType):
        value = value.__func__
    if isinstance(value, FunctionType):
        yield value
    elif not isinstance(value, ModuleType):
        kind = value if isinstance(value, type) else type(value)
        if kind.__module__ == "__main__":
            yield from (part for part in vars(kind).values() if isinstance(part, FunctionType))
