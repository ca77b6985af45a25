"""Reference calls: calls of the kit's own functions by an answer, in place of doing the work itself.

They are seen in the calls and not in the text, so another name, a lambda or a partial changes nothing.
Every function of the kit counts, but for a few that make no answer: a new module is on the safe side
without a word said about it. So a question that hands an answer a function builds it from a text, or the
answer could not call it.

    >>> from rainfall_kit.lesson import reference
    >>> calls = ReferenceCalls("init_params")
    >>> _ = calls.noticed_in(lambda: reference.init_params(0))()
    >>> calls.names
    ['init_params']
"""

from __future__ import annotations

import contextlib
import functools
import os
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from rainfall_kit import checks, errors, installation, records
from rainfall_kit.checks import observations, tracing
from rainfall_kit.checks.harness import calling_conditions, time_limit
from rainfall_kit.checks.questions.registry import added_question_files
from rainfall_kit.lesson import arrays, devices, orchard, own_orchard

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import CodeType, FrameType, ModuleType

_KIT = f"{installation.FOLDER}{os.sep}"
# the package itself, which a room of it must not import
_FRONT_DOOR = sys.modules[__name__.partition(".")[0]]

# What makes no answer to any question: the front door, which only imports; errors and records, which
# only hold things; the table and how it is read; and what runs inside an answer without being asked: hooks, alarms, output.
_FREE: tuple[ModuleType, ...] = (
    *(_FRONT_DOOR, installation, errors, records),
    *(arrays, devices, orchard, own_orchard, observations, tracing, time_limit),
    sys.modules[__name__],
)


class _Rules(NamedTuple):
    """Who may be called.

    Attributes:
        free: where the files of free modules and rooms begin.
        questions: where the files of the checks begin, which call an answer.
        only_in: functions that are noticed in one question alone, or (None) in none.
    """

    free: tuple[str, ...]
    questions: str
    only_in: dict[CodeType, str | None]


def load_rules() -> None:
    """Find out who may be called: before forks that call answers, or each of them finds it out anew."""
    _rules()


@functools.cache
def _rules() -> _Rules:
    from rainfall_kit.lesson import reference  # loads torch, so not before an answer is called

    return _Rules(
        free=tuple(map(_place, _FREE)),
        questions=_place(checks),
        only_in={
            # a start is no part of the work, but where it is what was asked for
            reference.init_params.__code__: "init_params",
            orchard.Orchard.tensors.__code__: "to_tensors",
            observations.Case.tensors.__code__: "to_tensors",
            calling_conditions.refuse_input.__code__: None,  # stands in the place of input()
            calling_conditions.refuse_breakpoint.__code__: None,
        },
    )


def _place(module: ModuleType) -> str:
    """Where the file of a module, or the files of a room, begin."""
    assert module.__file__ is not None
    is_room = hasattr(module, "__path__") and module is not _FRONT_DOOR
    return f"{os.path.dirname(module.__file__)}{os.sep}" if is_room else module.__file__  # noqa: PTH120


class _FilesToLookInto(dict[str, bool]):
    """The files of the kit and of a course's questions, unless all that they hold is free.

    Found once for each file, since this is asked for every call that Python makes.
    """

    def __missing__(self, filename: str) -> bool:
        rules = _rules()
        has_exceptions = filename in {code.co_filename for code in rules.only_in}
        is_free = filename.startswith(rules.free) and not has_exceptions
        is_kits = filename.startswith(_KIT) or Path(filename) in added_question_files()
        self[filename] = is_kits and not is_free
        return self[filename]


_TO_LOOK_INTO = _FilesToLookInto()


def makes_answers(code: CodeType, question: str) -> bool:
    """True if a function of the kit does the work of a question: all do that are not free.

    Example:
        >>> from rainfall_kit.lesson import reference
        >>> makes_answers(reference.mse.__code__, "mse"), makes_answers(makes_answers.__code__, "mse")
        (True, False)
    """
    rules = _rules()
    if code in rules.only_in:
        return rules.only_in[code] == question
    # importing runs the body of a module
    return not code.co_filename.startswith(rules.free) and code.co_name != "<module>"


class ReferenceCalls:
    """The calls of the kit's own functions that are seen while an answer runs.

    Args:
        question: its name.

    Attributes:
        names: of the functions that were called, in order.
    """

    def __init__(self, question: str) -> None:
        self.names: list[str] = []
        self._question = question

    def noticed_in(self, answer: Callable[..., Any]) -> Callable[..., Any]:
        """The answer as it is to be called."""

        def watched(*given: Any, **named: Any) -> Any:
            with self.noticed():
                return answer(*given, **named)

        return watched

    @contextlib.contextmanager
    def noticed(self) -> Iterator[None]:
        """Notice the calls of the body."""
        before: Any = sys.getprofile()
        if before is not None and not callable(
            before
        ):  # cProfile is at work, and cannot be resumed
            yield
            return
        elsewhere: Any = threading.getprofile()
        names, question = self.names, self._question

        def look(frame: FrameType, event: str, _: Any) -> None:
            # Most of what is seen are calls of functions in C, so this comes first.
            if (
                event == "call"
                and _TO_LOOK_INTO[frame.f_code.co_filename]
                and makes_answers(frame.f_code, question)
                and _is_asked_from_outside(frame)
            ):
                names.append(_name_of(frame.f_code))

        sys.setprofile(look)
        threading.setprofile(look)  # a thread that the answer starts works for it, too
        try:
            yield
        finally:
            sys.setprofile(before)
            threading.setprofile(elsewhere)


def _name_of(code: CodeType) -> str:
    """A function's name; of what makes an object, that of its class."""
    name = code.co_name
    return code.co_qualname.split(".")[-2:][0] if name == "__init__" else name


def _is_asked_from_outside(frame: FrameType) -> bool:
    """True if a function of the kit is called by an answer, and not by another that is noticed already."""
    caller = frame.f_back
    if caller is None or not caller.f_code.co_filename.startswith(_KIT):
        return True
    rules = _rules()
    if caller.f_code.co_filename.startswith(rules.free):
        # what is free works alone: this one was handed to it, as the answer itself or to be called back
        return True
    # a question calls nothing outside the checks, so this one is the answer itself
    return caller.f_code.co_filename.startswith(
        rules.questions
    ) and not frame.f_code.co_filename.startswith(rules.questions)
