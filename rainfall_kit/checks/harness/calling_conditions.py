"""Calling conditions: the same around every answer, live, in a test and in a sandbox, whatever the notebook set.

Gradients are on, torch has one thread and compiles nothing, and nobody types.

>>> import torch
>>> with torch.no_grad(), calling_conditions():
...     torch.is_grad_enabled()
True
"""

from __future__ import annotations

import builtins
import contextlib
import getpass
import sys
from typing import TYPE_CHECKING, NoReturn

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def calling_conditions() -> Iterator[None]:
    """Set them, and put back what was there."""
    import torch

    threads = torch.get_num_threads()
    before = builtins.input, getpass.getpass, sys.breakpointhook
    with contextlib.ExitStack() as stack:
        stack.enter_context(torch.enable_grad())
        if torch.is_inference_mode_enabled():
            stack.enter_context(torch.inference_mode(mode=False))
        if "torch._dynamo" in sys.modules:
            # What torch.compile made is called as it was written: to compile takes seconds, for the
            # same numbers, and a sandbox may have no compiler.
            stack.enter_context(torch.compiler.set_stance("force_eager"))
        torch.set_num_threads(1)  # CPU time is then that of the one thread
        builtins.input = getpass.getpass = refuse_input
        sys.breakpointhook = refuse_breakpoint
        try:
            yield
        finally:
            builtins.input, getpass.getpass, sys.breakpointhook = before
            if torch.get_num_threads() != threads:
                torch.set_num_threads(threads)


def refuse_input(*_: object, **__: object) -> NoReturn:
    """Stands in the place of `input`."""
    raise EOFError("there is nobody to type while an answer is checked")


def refuse_breakpoint(*_: object, **__: object) -> NoReturn:
    """Stands in the place of `breakpoint`."""
    raise EOFError(
        "a breakpoint waits for somebody to type, and nobody can while an answer is checked"
    )
