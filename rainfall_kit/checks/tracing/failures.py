"""Failures: an exception that ended a call, as plain data."""

from __future__ import annotations

import dis
import linecache
import os
from typing import TYPE_CHECKING

from rainfall_kit import installation
from rainfall_kit.checks.observations import Failure

if TYPE_CHECKING:
    from types import TracebackType

_KIT = f"{installation.FOLDER}{os.sep}"
_LONGEST_MESSAGE = 300


def failure_of(error: BaseException) -> Failure:
    """An exception of a student's code as plain data: its kind, its first line, the student's own line."""
    frame, last, own = error.__traceback__, last_frame(error), None
    while frame is not None:
        if _is_students(frame.tb_frame.f_code.co_filename):
            own = frame
        frame = frame.tb_next
    message = _first_line(error)
    if isinstance(error, NotImplementedError) and last is not None and says_raise(last):
        return Failure(kind="stub", message=message, where=last.tb_frame.f_code.co_name)
    return Failure(kind=type(error).__name__, message=message, where=_place(own))


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
        line = (str(error).splitlines() or [""])[0]
        if len(line) <= _LONGEST_MESSAGE:
            return line
        return f"{line[:_LONGEST_MESSAGE].rsplit(' ', 1)[0]} ..."
    except Exception:  # noqa: BLE001  a student's own exception may fail at that too
        return ""


def _is_students(filename: str) -> bool:
    return not (filename.startswith(_KIT) or "site-packages" in filename)


def _place(frame: TracebackType | None) -> str:
    if frame is None:
        return ""
    code = frame.tb_frame.f_code
    line = linecache.getline(code.co_filename, frame.tb_lineno).strip()
    return f"line {frame.tb_lineno} of {code.co_name}" + (f": {line}" if line else "")
