"""Calls an answer on case after case, whatever it is that the student calls an answer.

>>> from rainfall_kit.checks.questions import find_question
>>> question = find_question("mse")
>>> seen = observe(question, None, question.draw(0))
>>> seen[0].failure.kind
'stub'
"""

from __future__ import annotations

import contextlib
import functools
import inspect
import time
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.observations import Failure, Observation
from rainfall_kit.checks.programs import PROGRAMS, build
from rainfall_kit.checks.questions import does_nothing, find_question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.questions import Question

__all__ = ["observe", "right_names"]

_LEAST_SECONDS = 0.1


def observe(
    question: Question,
    answer: Any,
    cases: tuple[Case, ...],
    *,
    given: tuple[str, ...] = (),
    seconds: float = 1.0,
) -> tuple[Observation, ...]:
    """What is seen when an answer is called on each case.

    Args:
        question: what the answer is to.
        answer: the student's function, or anything else.
        cases: what to call it with.
        given: names that stand for the kit's right functions meanwhile, as in `right_names`.
        seconds: for all calls together.

    Returns:
        One observation for each case, up to the first that shows that the others would tell nothing.

    Example:
        >>> from rainfall_kit.checks.questions import find_question
        >>> question = find_question("mse")
        >>> observe(question, 3, question.draw(0))[0].failure.kind
        'not a function'
    """
    if answer is None or answer is ... or does_nothing(answer):
        return (Observation(failure=Failure(kind="stub", where=question.name)),)
    if not callable(answer):
        kind = type(answer).__name__
        return (Observation(failure=Failure(kind="not a function", message=kind)),)
    seen: list[Observation] = []
    ends = time.perf_counter() + seconds
    with right_names(answer, given):
        for case in cases:
            left = max(ends - time.perf_counter(), _LEAST_SECONDS)
            seen.append(question.call(answer, case, seconds=left))
            failure = seen[-1].failure
            if failure is not None and failure.kind in ("too long", "stub"):
                break
    return tuple(seen)


@contextlib.contextmanager
def right_names(answer: Any, given: tuple[str, ...]) -> Iterator[None]:
    """Let names stand for right functions, where the answer looks them up.

    A mistake in a function that was asked for before then costs nothing here.

    Args:
        answer: the student's function.
        given: names of questions, such as ``("model", "mse")``.

    Raises:
        OptionError: there is no such question.

    Example:
        >>> def mse(preds, targets):
        ...     return 0
        >>> def answer(preds, targets):
        ...     return mse(preds, targets)
        >>> import torch
        >>> with right_names(answer, ("mse",)):
        ...     answer(torch.ones(2, 1), torch.zeros(2, 1))
        tensor(1.)
    """
    right = {name: build(PROGRAMS[find_question(name).name], name) for name in given}
    names = _names_of(answer)
    before = {name: names[name] for name in given if name in names}
    names.update(right)
    try:
        yield
    finally:
        for name in given:
            names.pop(name, None)
        names.update(before)


def _names_of(answer: Any) -> dict[str, Any]:
    """The global names of a function, a method, a partial or an object that is called."""
    while isinstance(answer, functools.partial):
        answer = answer.func
    answer = inspect.unwrap(answer)
    called = answer if hasattr(answer, "__globals__") else type(answer).__call__
    names = getattr(called, "__globals__", None)
    return names if isinstance(names, dict) else {}
