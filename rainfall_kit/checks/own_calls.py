"""Whether an answer calls the kit's own functions in place of doing the work itself.

It is seen in the calls and not in the text, so another name, a lambda or a partial changes nothing.

    >>> from rainfall_kit import reference
    >>> with own_calls_seen("init_params") as seen:
    ...     _ = reference.init_params(0)
    >>> seen
    ['init_params']
"""

from __future__ import annotations

import contextlib
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType

__all__ = ["own_calls_seen"]

_KIT = Path(__file__).parents[1]
_PLAYS = str(_KIT / "checks")
# The rooms where the work of an exercise is done already.
_ANSWERS = tuple(
    str(_KIT / place) for place in ("reference.py", "bowl.py", "factor.py", "checks/programs.py")
)


@contextlib.contextmanager
def own_calls_seen(question: str) -> Iterator[list[str]]:
    """List the names of the kit's functions that do an answer's work.

    A function that stands in the caller's notebook under its own name was given there, as a grader
    gives a right `model` to the check of `gd_step`; that is no call to notice.

    Args:
        question: its name; a function of that name is noticed wherever it stands.
    """
    seen: list[str] = []

    def look(frame: FrameType, event: str, _: Any) -> None:
        code = frame.f_code
        if (
            event == "call"
            and code.co_filename.startswith(_ANSWERS)
            and _is_asked_from_outside(frame)
            and (code.co_name == question or not _is_given(frame))
        ):
            seen.append(code.co_name)

    before: Any = sys.getprofile()
    if before is not None and not callable(before):  # cProfile is at work, and cannot be resumed
        yield seen
        return
    sys.setprofile(look)
    try:
        yield seen
    finally:
        sys.setprofile(before)


def _is_asked_from_outside(frame: FrameType) -> bool:
    """Whether the caller is no part of the kit, or is a play that was handed the function itself."""
    caller = frame.f_back
    if caller is None or not caller.f_code.co_filename.startswith(str(_KIT)):
        return True
    return caller.f_code.co_filename.startswith(_PLAYS) and not frame.f_code.co_filename.startswith(
        _PLAYS
    )


def _is_given(frame: FrameType) -> bool:
    assert frame.f_back is not None  # somebody called it
    own = frame.f_back.f_globals.get(frame.f_code.co_name)
    return getattr(own, "__code__", None) is frame.f_code
