"""Data of a cell's loss: signs that it is not that of the whole table, and of nothing else.

The loss of a batch is not that of the table, and its gradients cannot be held against it. Where a loss may
depend on other data beside the table, another one than the mean squared error is no mistake for sure.

>>> lines = compile("loss = mse(model(inputs[i : i + 2]), targets[i : i + 2])", "", "exec")
>>> takes_rows([lines], ("inputs", "targets"))
True
>>> lines = compile("loss = (weights * (preds - targets) ** 2).mean()", "", "exec")
>>> beside_table([lines], {"weights": torch.ones(5, 1), "targets": torch.ones(5, 2)}, ("targets",))
('weights',)
"""

from __future__ import annotations

import dis
from typing import TYPE_CHECKING, Any

import torch

from rainfall_kit.notebook.recording.lr_sources import instructions_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from types import CodeType

_LOADS = frozenset({"LOAD_NAME", "LOAD_GLOBAL", "LOAD_FAST", "LOAD_DEREF"})
_SUBSCRIPTS = frozenset({"BINARY_SUBSCR", "BINARY_SLICE"})
_MOST_COMPARED = 1_000_000  # numbers
_READS = ("LOAD_NAME", "LOAD_GLOBAL")
_BINDS = ("STORE_NAME", "STORE_GLOBAL")
_DRAWS = frozenset({
    "bernoulli", "dropout", "normal", "normal_", "rand", "rand_like", "randint", "randn", "randn_like",
    "uniform_",
})  # fmt: skip
_RIGHT_LOSS = ("mse_loss", "MSELoss")
# A step's own results, which an earlier cell may have left.
_RESULTS = ("loss", "preds")
_MOST = 2


def takes_rows(codes: Iterable[CodeType], names: tuple[str, ...]) -> bool:
    """True if rows of one of these names are taken somewhere in the code, as in ``inputs[i : i + 2]``."""
    return any(taken == "rows" for code in codes for _, taken in _taken(code, names))


def taken_columns(codes: Iterable[CodeType], names: tuple[str, ...]) -> tuple[str, ...]:
    """Of which of these names columns are taken somewhere in the code, in words.

    Example:
        >>> taken_columns([compile("loss = mse(preds, targets[:, 0])", "", "exec")], ("inputs", "targets"))
        ('columns of targets',)
    """
    found = (name for code in codes for name, taken in _taken(code, names) if taken == "columns")
    return tuple(dict.fromkeys(f"columns of {name}" for name in found))


def _taken(code: CodeType, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Each of these names that is indexed somewhere, and what is taken: rows, columns, or all of it."""
    if not set(names) & {*code.co_names, *code.co_varnames, *code.co_freevars}:
        return
    steps = [step for step in instructions_of(code) if step.opname != "CACHE"]
    for i, load in enumerate(steps):
        if load.opname in _LOADS and load.argval in names and _is_indexed(steps[i + 1 :]):
            yield load.argval, _first_index(steps[i + 1 :])


def _first_index(steps: Sequence[dis.Instruction]) -> str:
    """Rows, columns or all of what an index takes that these instructions begin with; ``:`` and ``...`` take all rows."""
    value = steps[0].argval if steps[0].opname == "LOAD_CONST" else steps
    if value is None and steps[1].opname == "LOAD_CONST" and steps[1].argval is None:
        if steps[2].opname == "BINARY_SLICE":
            return "all"
        if steps[2].opname == "BUILD_SLICE" and steps[2].arg == 2:
            return "all" if steps[3].opname in _SUBSCRIPTS else "columns"
    if isinstance(value, tuple) and value:
        return "columns" if value[0] in (..., slice(None)) else "rows"
    if value is ...:
        return "all" if steps[1].opname in _SUBSCRIPTS else "columns"
    return "all" if value == slice(None) else "rows"


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
        if above <= 0:
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


def beside_table(
    codes: Iterable[CodeType], namespace: Mapping[str, Any], own: Iterable[str]
) -> tuple[str, ...]:
    """The tensors that lines read and do not bind, torch's other losses by name, and random numbers.

    Args:
        codes: of the lines, and of the functions that they call.
        namespace: the student's names.
        own: the names of w, b, inputs and targets.
    """
    codes = [*codes]
    bound = {name for code in codes for name in _used(code)[1]}
    left_out = {*own, *_RESULTS, *bound}
    names = dict.fromkeys(name for code in codes for name in _used(code)[0])
    found = [name for name in names if name not in left_out and _is_data(namespace.get(name))]
    words = {word for code in codes for word in code.co_names}
    found += sorted(word for word in words if _is_other_loss(word))
    if words & _DRAWS:
        found.append("random numbers")
    return tuple(found[:_MOST])


def _used(code: CodeType) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names that code reads, and those that it binds, of those that are no locals."""
    steps = instructions_of(code)
    reads, binds = (
        tuple(step.argval for step in steps if step.opname in kinds) for kinds in (_READS, _BINDS)
    )
    return reads, binds


def _is_data(value: Any) -> bool:
    return isinstance(value, torch.Tensor) and value.numel() > 1 and not value.requires_grad


def _is_other_loss(word: str) -> bool:
    if word in _RIGHT_LOSS or not word.endswith(("_loss", "Loss")):
        return False
    return hasattr(torch.nn.functional, word) or hasattr(torch.nn, word)
