"""Signs of a batch: lines that take some of the data's rows at a time, by what they are and what they leave.

The loss of a batch is not that of the whole table, and its gradients cannot be held against it.

>>> lines = compile("loss = mse(model(inputs[i : i + 2]), targets[i : i + 2])", "", "exec")
>>> takes_rows([lines], ("inputs", "targets"))
True
"""

from __future__ import annotations

import dis
from typing import TYPE_CHECKING, Any

import torch

from rainfall_kit.notebook.recording.lr_sources import instructions_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from types import CodeType

_LOADS = frozenset({"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FAST", "LOAD_DEREF"})
_SUBSCRIPTS = frozenset({"BINARY_SUBSCR", "BINARY_SLICE"})
_MOST_COMPARED = 1_000_000  # numbers


def takes_rows(codes: Iterable[CodeType], names: tuple[str, ...]) -> bool:
    """True if one of these names is indexed somewhere in the code, as in ``inputs[i : i + 2]``."""
    return any(_subscripts(code, names) for code in codes)


def _subscripts(code: CodeType, names: tuple[str, ...]) -> bool:
    if not set(names) & {*code.co_names, *code.co_varnames, *code.co_freevars}:
        return False
    steps = instructions_of(code)
    for i, load in enumerate(steps):
        if load.opname in _LOADS and load.argval in names and _is_indexed(steps[i + 1 :]):
            return True
    return False


def _is_indexed(steps: Sequence[dis.Instruction]) -> bool:
    """True if what lies on top of the stack before these instructions is indexed by them."""
    above = 0  # how many values lie on it
    for step in steps:
        if step.opname in _SUBSCRIPTS and above == (2 if step.opname == "BINARY_SLICE" else 1):
            return True
        try:
            above += dis.stack_effect(step.opcode, step.arg, jump=False)
        except ValueError:  # an instruction that the compiler alone knows
            return False
        if above <= 0 and step.opname != "CACHE":
            return False
    return False


def holds_rows(namespace: Mapping[str, Any], names: Iterable[str], inputs: object) -> bool:
    """True if one of the names stands for some of the rows of inputs, but not all.

    Example:
        >>> rows = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
        >>> holds_rows({"x": rows[1:], "y": rows + 1}, ["x"], rows), holds_rows({"y": rows + 1}, ["y"], rows)
        (True, False)
    """
    if not isinstance(inputs, torch.Tensor) or inputs.dim() != 2:
        return False
    return any(_is_part(namespace.get(name), inputs) for name in names)


def _is_part(value: object, inputs: torch.Tensor) -> bool:
    if (
        not isinstance(value, torch.Tensor)
        or not 1 <= value.dim() <= 2
        or value.device != inputs.device
    ):
        return False
    rows = value.detach().reshape(-1, value.shape[-1])
    if rows.shape[1] != inputs.shape[1] or not 1 <= rows.shape[0] < inputs.shape[0]:
        return False
    if rows.shape[0] * inputs.numel() > _MOST_COMPARED:
        rows = rows[:1]  # that much is cheap, and telling enough of so large a table
    equal = (rows[:, None, :] == inputs.detach()[None]).all(dim=2)
    return bool(equal.any(dim=1).all())
