"""Names that an answer reads: its own arguments, and what stands in the notebook in their place.

>>> def model(x, w, b):
...     return inputs @ w.t() + b
>>> import torch
>>> inputs = torch.ones(5, 3)
>>> names_read(model, {"inputs": inputs})
NamesRead(of_notebook=('inputs',), unused=('x',))
"""

from __future__ import annotations

import dis
import functools
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any, NamedTuple

from rainfall_kit.checks.harness.given_functions import names_outside, plain_function

if TYPE_CHECKING:
    from collections.abc import Mapping

# With these a function reads names that do not stand in its lines.
_READS_ALL = {"locals", "vars", "eval", "exec"}


class NamesRead(NamedTuple):
    """Names that a function reads.

    Attributes:
        of_notebook: names of tensors and other data in the notebook, in the order in which they are read.
        unused: arguments that it never reads.
    """

    of_notebook: tuple[str, ...] = ()
    unused: tuple[str, ...] = ()


def names_read(answer: Any, names: Mapping[str, Any]) -> NamesRead:
    """The names that a function reads and was not given, and those that it was given and never reads.

    A number of the notebook counts only where an argument is left unread: it may be a constant.

    Args:
        answer: the student's function; of anything else nothing is told.
        names: those of its notebook.
    """
    function = plain_function(answer)
    if type(function) is not FunctionType:
        return NamesRead()
    outside, unused = _in_code(function.__code__)
    if _READS_ALL.intersection(outside):
        return NamesRead()
    found = dict.fromkeys(name for name in outside if _is_data(names.get(name), strict=not unused))
    return NamesRead(tuple(found), unused)


# An answer is called on case after case.
@functools.lru_cache(maxsize=64)
def _in_code(code: CodeType) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names that code reads from outside, and its arguments that it never reads."""
    outside = tuple(names_outside(code))
    given = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    own = [step for step in dis.get_instructions(code) if step.opname.startswith("LOAD_FAST")]
    read = {name for step in own for name in _as_names(step.argval)} | {*code.co_cellvars}
    return outside, tuple(name for name in given if name not in read and not name.startswith("_"))


def _as_names(argument: Any) -> tuple[str, ...]:
    # newer Pythons load two at once
    return argument if isinstance(argument, tuple) else (argument,)


def _is_data(thing: Any, *, strict: bool) -> bool:
    """True for tensors; unless it must be strict, for what else is data, and for a model."""
    import torch

    if type(thing) in (torch.Tensor, torch.nn.Parameter):
        return True
    return not strict and (
        type(thing) in (int, float, list, tuple) or isinstance(thing, torch.nn.Module)
    )
