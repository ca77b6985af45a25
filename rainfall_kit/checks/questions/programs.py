r"""Right answers as source text: building a function of one, and editing one into a mistake.

A program is the text that a student could have in one cell: the asked function and what it calls.
A wrong implementation is a program with a few pieces replaced, so it can be run here, combined with
another, and pasted into a notebook.

    >>> double = build("def double(x):\n    return 2 * x\n", "double")
    >>> double(4)
    8
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

Edits = tuple[tuple[str, str], ...]


def build(source: str, name: str) -> Callable[..., Any]:
    r"""Run a program and hand back one of its functions.

    Its names are those of the course's notebooks: `math`, `np`, `torch`, `nn`, `F`, and what makes batches.

    Raises:
        SyntaxError: the text is no Python.
        KeyError: it defines no such function.

    Example:
        >>> build("def half(x): return x / 2", "half").__name__
        'half'
    """
    import math

    import numpy as np
    import torch
    import torch.nn.functional as f
    from torch import nn
    from torch.utils.data import DataLoader, TensorDataset

    names: dict[str, Any] = {"math": math, "np": np, "torch": torch, "nn": nn, "F": f}
    names |= {"DataLoader": DataLoader, "TensorDataset": TensorDataset}
    exec(_compiled(source), names)  # noqa: S102  the text is the kit's own
    function: Callable[..., Any] = names[name]
    return function


def edited(source: str, edits: Sequence[tuple[str, str]]) -> str | None:
    """The program with each (old, new) piece replaced in turn; None when one finds nothing to replace.

    Example:
        >>> edited("a + b", [("+", "-")])
        'a - b'
        >>> edited("a + b", [("*", "-")]) is None
        True
    """
    for old, new in edits:
        if old not in source:
            return None
        source = source.replace(old, new)
    return source


@functools.lru_cache(maxsize=2_000)
def _compiled(source: str) -> Any:
    return compile(source, "<a program of the kit>", "exec")
