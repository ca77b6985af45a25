"""Calls an answer on case after case, whatever it is that the student calls an answer.

>>> from rainfall_kit.checks.questions.question import find_question
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
from types import FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.harness.process_state import state_now
from rainfall_kit.checks.observations import Failure, Observation
from rainfall_kit.checks.questions.programs import PROGRAMS, build
from rainfall_kit.checks.questions.question import does_nothing, find_question

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.questions.question import Question

# A tenth of the second that an answer has is kept for starting and ending its process.
SECONDS = 0.9
_LEAST_SECONDS = 0.01


def observe(
    question: Question,
    answer: Any,
    cases: tuple[Case, ...],
    *,
    given: Mapping[str, Callable[..., Any]] | None = None,
    seconds: float = SECONDS,
) -> tuple[Observation, ...]:
    """What is seen when an answer is called on each case, in this very process.

    Args:
        question: what the answer is to.
        answer: the student's function, or anything else.
        cases: what to call it with.
        given: functions that stand in for the student's own meanwhile, by their names.
        seconds: for each half of the calls.

    Returns:
        One observation for each case, up to the first that shows that the others would tell nothing.

    Example:
        >>> from rainfall_kit.checks.questions.question import find_question
        >>> question = find_question("mse")
        >>> observe(question, 3, question.draw(0))[0].failure.kind
        'not a function'
    """
    refused = not_called(question, answer)
    if refused is not None:
        return (refused,)
    with names_lent(answer, given or {}):
        return call_all(question, answer, cases, seconds=seconds)


def not_called(question: Question, answer: Any) -> Observation | None:
    """What there is to see without a call: a stub, or no function at all; None for a function.

    Example:
        >>> from rainfall_kit.checks.questions.question import find_question
        >>> not_called(find_question("mse"), ...).failure.kind
        'stub'
    """
    if answer is None or answer is ... or does_nothing(answer):
        return Observation(failure=Failure(kind="stub", where=question.name))
    if not callable(answer):
        return Observation(failure=Failure(kind="not a function", message=type(answer).__name__))
    return None


def call_all(
    question: Question,
    answer: Callable[..., Any],
    cases: tuple[Case, ...],
    *,
    seconds: float = SECONDS,
    patience: Callable[[], object] = lambda: None,
) -> tuple[Observation, ...]:
    """Call the answer on case after case, until one shows that the others would tell nothing.

    Args:
        question: what the answer is to.
        answer: the student's function.
        cases: what to call it with.
        seconds: for the first half of the calls, and again for the second: a busy machine must not
            stop an answer that gets on.
        patience: called each time that the limit is put off: half-way, and while an import is under
            way.

    Example:
        >>> from rainfall_kit.checks.questions.question import find_question
        >>> question = find_question("mse")
        >>> len(call_all(question, lambda preds, targets: 0, question.draw(0)[:2]))
        2
    """
    seen: list[Observation] = []
    put_back = state_now()
    ends = time.perf_counter() + seconds

    def wait() -> None:
        nonlocal ends
        ends = time.perf_counter() + seconds
        patience()

    for number, case in enumerate(cases):
        if number == (len(cases) + 1) // 2:  # it is slow, and not endless
            wait()
        left = max(ends - time.perf_counter(), _LEAST_SECONDS)
        # an answer that leaves its work to the kit does so in the smallest cases or in the last one
        watching = case.public or number == len(cases) - 1
        seen.append(
            question.call(
                answer, case, seconds=left, patience=wait, put_back=put_back, watching=watching
            )
        )
        failure = seen[-1].failure
        if failure is not None and failure.kind in ("too long", "stub"):
            break
    return tuple(seen)


def right_functions(given: tuple[str, ...]) -> dict[str, Callable[..., Any]]:
    """The kit's right functions of these names.

    Args:
        given: names of questions, such as ``("model", "mse")``.

    Raises:
        OptionError: there is no such question.

    Example:
        >>> right_functions(("mse",))["mse"].__name__
        'mse'
    """
    return {name: build(PROGRAMS[find_question(name).name], name) for name in given}


@contextlib.contextmanager
def names_lent(answer: Any, functions: Mapping[str, Callable[..., Any]]) -> Iterator[None]:
    """Let names stand for other functions, where the answer looks them up.

    A mistake in a function that was asked for before then costs nothing here.

    Args:
        answer: the student's function.
        functions: what stands in, by the names.

    Example:
        >>> def mse(preds, targets):
        ...     return 0
        >>> def answer(preds, targets):
        ...     return mse(preds, targets)
        >>> import torch
        >>> with names_lent(answer, right_functions(("mse",))):
        ...     answer(torch.ones(2, 1), torch.zeros(2, 1))
        tensor(1.)
    """
    names = _names_of(answer)
    before = {name: names[name] for name in functions if name in names}
    names.update(functions)
    try:
        yield
    finally:
        for name in functions:
            names.pop(name, None)
        names.update(before)


def _names_of(answer: Any) -> dict[str, Any]:
    """The global names of a function, a method, a partial or an object that is called."""
    while isinstance(answer, functools.partial):
        answer = answer.func
    with contextlib.suppress(Exception):  # an object may answer to any name, or fail at it
        answer = inspect.unwrap(answer)
    is_function = isinstance(answer, FunctionType | MethodType)
    called = answer if is_function else type(answer).__call__
    names = getattr(called, "__globals__", None)
    return names if isinstance(names, dict) else {}
