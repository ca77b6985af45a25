"""Other data beside the table: what else the lines of a cell read that its loss may depend on.

Where there is any, another loss than the mean squared error of the table is no mistake for sure.

>>> lines = compile("loss = (weights * (preds - targets) ** 2).mean()", "", "exec")
>>> beside_table([lines], {"weights": torch.ones(5, 1), "targets": torch.ones(5, 2)}, ("targets",))
('weights',)
"""

from __future__ import annotations

import dis
import functools
from typing import TYPE_CHECKING, Any

import torch

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from types import CodeType

_READS = ("LOAD_NAME", "LOAD_GLOBAL")
_BINDS = ("STORE_NAME", "STORE_GLOBAL")
_DRAWS = frozenset(
    [
        "randn",
        "rand",
        "randn_like",
        "rand_like",
        "randint",
        "normal",
        "bernoulli",
        "dropout",
        "normal_",
        "uniform_",
    ]
)
_RIGHT_LOSS = ("mse_loss", "MSELoss")
# A step's own results, which an earlier cell may have left.
_RESULTS = ("loss", "preds")
_MOST = 2


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


@functools.lru_cache(maxsize=256)
def _used(code: CodeType) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names that code reads, and those that it binds, of those that are no locals."""
    steps = [*dis.get_instructions(code)]
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
