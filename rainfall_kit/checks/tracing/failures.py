"""Failures: an exception that ended a call, as plain data."""

from __future__ import annotations

import ast
import dis
import linecache
import os
from typing import TYPE_CHECKING

from rainfall_kit import installation
from rainfall_kit.checks.observations import Failure

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, TracebackType

# What the calls of an answer may compute, in one thread: live, in a visible test and in a hidden one.
CPU_SECONDS = 2.0

_KIT = f"{installation.FOLDER}{os.sep}"
_PYTHONS_OWN = f"{os.path.dirname(os.__file__)}{os.sep}"  # noqa: PTH120  as frames have it
_LONGEST_MESSAGE = 300

# The kind of failure where a stub's ``raise`` still stands above what the student wrote.
ABOVE_CODE = "stub above code"


def failure_of(error: BaseException) -> Failure:
    """An exception of a student's code as plain data: its kind, its first line, the student's own line."""
    frame, last, own = error.__traceback__, last_frame(error), None
    while frame is not None:
        if _is_students(frame.tb_frame.f_code.co_filename):
            own = frame
        frame = frame.tb_next
    message = _first_line(error)
    if type(error) is NotImplementedError and last is not None and _is_stub(last):
        code = last.tb_frame.f_code
        kind = ABOVE_CODE if _stands_above_code(code, last.tb_lineno) else "stub"
        return Failure(kind=kind, message=message, where=code.co_name)
    if type(error).__name__ == "BdbQuit":
        message = (
            "a breakpoint waits for somebody to type, and nobody can while an answer is checked"
        )
    return Failure(kind=type(error).__name__, message=message, where=_place(own))


def _is_stub(last: TracebackType) -> bool:
    """True if the student's own line raised; a library raises NotImplementedError of other things."""
    return says_raise(last) and _is_students(last.tb_frame.f_code.co_filename)


def _stands_above_code(code: CodeType, line: int) -> bool:
    """True if the ``raise`` was left above lines of the function that do something.

    Python itself leaves out lines that cannot be reached, so it is the text that tells.
    """
    lines = linecache.getlines(code.co_filename)
    try:
        tree = ast.parse("".join(lines))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False  # a magic stands in the cell, perhaps
    for block in _blocks(tree):
        for place, statement in enumerate(block):
            if isinstance(statement, ast.Raise) and statement.lineno == line:
                return any(_does_something(below) for below in block[place + 1 :])
    return False


def _blocks(tree: ast.AST) -> Iterator[list[ast.stmt]]:
    for node in ast.walk(tree):
        for part in ("body", "orelse", "finalbody"):
            block = getattr(node, part, None)
            if isinstance(block, list):
                yield block


def _does_something(statement: ast.stmt) -> bool:
    """False for what a stub may end in: the names that were given or made above, given back."""
    if isinstance(statement, ast.Pass):
        return False
    if isinstance(statement, ast.Return):
        return any(
            not isinstance(node, ast.Name | ast.Tuple | ast.Load | ast.Constant)
            for node in (ast.walk(statement.value) if statement.value else ())
        )
    return not (isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant))


def last_frame(error: BaseException) -> TracebackType | None:
    """Where the exception was raised."""
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return frame


def says_raise(frame: TracebackType) -> bool:
    """True if the error comes from a `raise` statement; torch raises NotImplementedError too."""
    return frame.tb_frame.f_code.co_code[frame.tb_lasti] == dis.opmap["RAISE_VARARGS"]


def _first_line(error: BaseException) -> str:
    try:
        line, *more = str(error).splitlines() or [""]
        if line.rstrip().endswith(":") and more:  # what is the matter stands below it
            line = f"{line.rstrip()} {more[0].strip()}"
        if len(line) <= _LONGEST_MESSAGE:
            return line
        return f"{line[:_LONGEST_MESSAGE].rsplit(' ', 1)[0]} ..."
    except Exception:  # noqa: BLE001  a student's own exception may fail at that too
        return ""


def _is_students(filename: str) -> bool:
    return not (filename.startswith((_KIT, _PYTHONS_OWN)) or "site-packages" in filename)


def _place(frame: TracebackType | None) -> str:
    if frame is None:
        return ""
    code = frame.tb_frame.f_code
    line = linecache.getline(code.co_filename, frame.tb_lineno).strip()
    return f"line {frame.tb_lineno} of {code.co_name}" + (f": {line}" if line else "")
