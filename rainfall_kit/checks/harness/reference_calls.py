"""Whether an answer calls the kit's own functions in place of doing the work itself.

It is seen in the calls and not in the text, so another name, a lambda or a partial changes nothing.

    >>> from rainfall_kit.lesson import reference
    >>> seen, watched = reference_calls_seen("init_params", lambda: reference.init_params(0))
    >>> _ = watched()
    >>> seen
    ['init_params']
"""

from __future__ import annotations

import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import FrameType

_ROOM = Path(__file__).parents[1]
_KIT = f"{_ROOM.parent}{os.sep}"
_PLAYS = f"{_ROOM}{os.sep}"
# The rooms where the work of an exercise is done already.
_ANSWERS = tuple(
    f"{_KIT}{place}"
    for place in (
        *(f"lesson{os.sep}reference.py", f"quadratic{os.sep}bowl.py", f"quadratic{os.sep}qr.py"),
        str(Path("checks", "questions", "programs.py")),
    )
)


def reference_calls_seen(
    question: str, answer: Callable[..., Any]
) -> tuple[list[str], Callable[..., Any]]:
    """A list that fills with the names of the kit's functions that do an answer's work.

    Args:
        question: its name. `init_params` only makes a start, so it is noticed in its own question alone.
        answer: the student's function.

    Returns:
        The list, and the answer as it is to be called.
    """
    seen: list[str] = []

    def look(frame: FrameType, event: str, _: Any) -> None:
        # most of what is seen are calls of functions in C, so this comes first
        if event == "call" and frame.f_code.co_filename.startswith(_ANSWERS):
            name = frame.f_code.co_name
            if (name != "init_params" or name == question) and _is_asked_from_outside(frame):
                seen.append(name)

    def watched(*given: Any, **named: Any) -> Any:
        before: Any = sys.getprofile()
        if before is not None and not callable(
            before
        ):  # cProfile is at work, and cannot be resumed
            return answer(*given, **named)
        elsewhere: Any = threading.getprofile()
        sys.setprofile(look)
        threading.setprofile(look)  # a thread that the answer starts works for it, too
        try:
            return answer(*given, **named)
        finally:
            sys.setprofile(before)
            threading.setprofile(elsewhere)

    return seen, watched


def _is_asked_from_outside(frame: FrameType) -> bool:
    """Whether the caller is no part of the kit, or is a play that was handed the function itself."""
    caller = frame.f_back
    if caller is None or not caller.f_code.co_filename.startswith(_KIT):
        return True
    return caller.f_code.co_filename.startswith(_PLAYS) and not frame.f_code.co_filename.startswith(
        _PLAYS
    )
