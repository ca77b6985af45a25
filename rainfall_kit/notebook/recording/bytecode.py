"""Bytecode of a student's lines and functions, as instructions."""

from __future__ import annotations

import dis
import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from types import CodeType


# Several questions are asked of each code, and a cell's functions are the same in its next run.
@functools.lru_cache(maxsize=256)
def instructions_of(code: CodeType) -> tuple[dis.Instruction, ...]:
    """The instructions of a code, without those of the functions that are defined in it.

    Example:
        >>> [step.argval for step in instructions_of(compile("w", "", "eval")) if step.opname == "LOAD_NAME"]
        ['w']
    """
    return tuple(dis.get_instructions(code))
