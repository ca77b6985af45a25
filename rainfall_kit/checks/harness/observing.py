"""Observations of an answer: it is called on case after case, in this process or in a fork of it.

>>> from rainfall_kit.checks.questions.registry import find_question
>>> question = find_question("mse")
>>> seen = observe(question, None, question.draw(0))
>>> seen[0].failure.kind
'stub'
>>> trial = Trial(question=question, answer=lambda preds, targets: 0, cases=question.draw(0)[:3])
>>> [len(seen) for seen in observe_trials([trial])]
[3]
"""

from __future__ import annotations

import contextlib
import dis
import importlib
import itertools
import json
import sys
import warnings
from dataclasses import dataclass, field
from types import CodeType, FunctionType, MethodType
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.harness.call import call
from rainfall_kit.checks.harness.calling_conditions import calling_conditions
from rainfall_kit.checks.harness.fork import ForkStopped, ForkTimeout, can_fork, run_in_fork
from rainfall_kit.checks.harness.given_functions import functions_given
from rainfall_kit.checks.harness.process_state import process_kept, state_now
from rainfall_kit.checks.harness.reference_calls import load_rules
from rainfall_kit.checks.harness.time_limit import Deadline
from rainfall_kit.checks.observations import Failure, Observation
from rainfall_kit.checks.tracing.failures import ABOVE_CODE, CPU_SECONDS
from rainfall_kit.checks.tracing.late_imports import LATE_MODULE, LATE_NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.questions.question import Question

_LEAST_SECONDS = 0.01
# What the limit inside the fork has for saying that it is up, on a busy machine too.
_GRACE_SECONDS = 0.5

# What the body of a function that holds nothing but a docstring, `pass` or `...` compiles to.
_IDLE = {"RESUME", "NOP", "CACHE", "POP_TOP", "LOAD_CONST", "RETURN_CONST", "RETURN_VALUE"}


def observe(
    question: Question,
    answer: Any,
    cases: tuple[Case, ...],
    *,
    given: Mapping[str, Callable[..., Any]] | None = None,
    seconds: float = CPU_SECONDS,
) -> tuple[Observation, ...]:
    """Call an answer on each case, in this very process.

    Args:
        question: what the answer is to.
        answer: the student's function, or anything else.
        cases: what to call it with.
        given: functions that stand in for the student's own meanwhile, by their names.
        seconds: of CPU time, for the first call, and for each half of the others.

    Returns:
        One observation for each case, up to the first that shows that the others would tell nothing.
    """
    refused = not_called(question, answer)
    if refused is not None:
        return (refused,)
    with functions_given(answer, given or {}):
        return call_all(question, answer, cases, seconds=seconds)


@dataclass(frozen=True, kw_only=True, eq=False)
class Trial:
    """An answer that is to be called.

    Attributes:
        question: what it is to.
        answer: the student's function.
        cases: what to call it with.
        given: functions that stand in for the student's own meanwhile, by their names.
    """

    question: Question
    answer: Any
    cases: tuple[Case, ...]
    given: Mapping[str, Callable[..., Any]] = field(default_factory=dict)


def observe_trials(trials: Sequence[Trial]) -> list[tuple[Observation, ...]]:
    """Call one answer after the other, in one fork where there can be one.

    What an answer leaves behind the next one finds, so only the first is called as if alone.

    Returns:
        Of each answer one observation for each case, up to the first after which the others would tell
        nothing; nothing at all of answers behind one that was stopped from outside.
    """
    if not can_fork():
        return [_call_here(trial) for trial in trials]

    def work(on_delay: Callable[[], object]) -> Iterator[str]:
        for number, trial in enumerate(trials):
            if number:
                on_delay()
            before = len(sys.modules)
            seen = _call(trial, on_delay)
            # only the newest are looked at: to touch each of two thousand names copies a page for each
            newest = itertools.islice(reversed(sys.modules), max(0, len(sys.modules) - before))
            loaded = [name for name in newest if name.startswith("torch.")][::-1]
            yield "\n".join([json.dumps(loaded), *(one.to_json() for one in seen)])

    for trial in trials:
        # of anything but a plain function even the attributes may be student code
        plain = type(trial.answer) is FunctionType
        names = {*_names_in(trial.answer.__code__)} if plain else set()
        if "torch" in names and names & LATE_NAMES:
            _load([LATE_MODULE])  # or the fork loads it, and then this process once more
    load_rules()
    stopped = ""
    try:
        texts = run_in_fork(work, seconds=CPU_SECONDS + _GRACE_SECONDS)
    except ForkStopped as error:
        texts, stopped = error.texts, "too long" if isinstance(error, ForkTimeout) else "ended"
    except OSError:  # no more processes
        return [_call_here(trial) for trial in trials]
    found: list[tuple[Observation, ...]] = []
    for text in texts:
        loaded, *lines = text.splitlines()
        _load(json.loads(loaded))
        found.append(tuple(map(Observation.from_json, lines)))
    if len(found) < len(trials):
        found.append((Observation(failure=Failure(kind=stopped)),))
    return found + [()] * (len(trials) - len(found))


def not_called(question: Question, answer: Any) -> Observation | None:
    """All there is to see without a call: a stub, or no function at all; None for a function.

    Example:
        >>> from rainfall_kit.checks.questions.registry import find_question
        >>> not_called(find_question("mse"), ...).failure.kind
        'stub'
    """
    if answer is None or answer is ... or does_nothing(answer):
        return Observation(failure=Failure(kind="stub", where=question.name))
    if not callable(answer):
        return Observation(failure=Failure(kind="not a function", message=type(answer).__name__))
    return None


def does_nothing(answer: Any) -> bool:
    """True if the body of a function is still empty: a docstring, `pass`, `...` or `return None`.

    Example:
        >>> def mse(preds, targets):
        ...     '''Still to be written.'''
        >>> does_nothing(mse), does_nothing(print)
        (True, False)
    """
    if not isinstance(answer, FunctionType | MethodType):
        return False
    # The first instruction that does something ends the search.
    return all(map(_is_idle, dis.get_instructions(answer)))


def _is_idle(step: dis.Instruction) -> bool:
    gives = step.opname in ("LOAD_CONST", "RETURN_CONST")
    return step.opname in _IDLE and (not gives or step.argval is None or step.argval is ...)


def call_all(
    question: Question,
    answer: Callable[..., Any],
    cases: tuple[Case, ...],
    *,
    seconds: float = CPU_SECONDS,
    on_delay: Callable[[], object] = int,  # does nothing, and is no function of the kit's own
) -> tuple[Observation, ...]:
    """Call the answer on case after case, until one shows that the others would tell nothing.

    Args:
        question: what the answer is to.
        answer: the student's function.
        cases: what to call it with.
        seconds: of CPU time, for the first call, in which much is loaded that is no one's fault; then for
            the first half of the others, and again for the second.
        on_delay: called each time that the limit is put off: so, and while an import is under way.

    Example:
        >>> from rainfall_kit.checks.questions.registry import find_question
        >>> question = find_question("mse")
        >>> len(call_all(question, lambda preds, targets: 0, question.draw(0)[:2]))
        2
    """
    with calling_conditions():
        return _call_all(question, answer, cases, seconds=seconds, on_delay=on_delay)


def _call_all(
    question: Question,
    answer: Callable[..., Any],
    cases: tuple[Case, ...],
    *,
    seconds: float,
    on_delay: Callable[[], object],
) -> tuple[Observation, ...]:
    seen: list[Observation] = []
    put_back, deadline = state_now(), Deadline(seconds, on_delay)
    for number, case in enumerate(cases):
        if number in (1, (len(cases) + 1) // 2):  # it is slow, and not endless
            deadline.delay()
        observed = call(
            question,
            answer,
            case,
            seconds=max(deadline.seconds_left, _LEAST_SECONDS),
            on_delay=deadline.delay,
            put_back=put_back,
            # an answer that leaves its work to the kit does so in the smallest cases or in the last one
            notice_reference_calls=case.public or number == len(cases) - 1,
        )
        seen.append(observed)
        if observed.failure is not None and observed.failure.kind in (
            "too long",
            "stub",
            ABOVE_CODE,
        ):
            break
    return tuple(seen)


def _call(trial: Trial, on_delay: Callable[[], object] = int) -> tuple[Observation, ...]:
    refused = not_called(trial.question, trial.answer)
    if refused is not None:
        return (refused,)
    with functions_given(trial.answer, trial.given):
        return call_all(trial.question, trial.answer, trial.cases, on_delay=on_delay)


def _call_here(trial: Trial) -> tuple[Observation, ...]:
    with process_kept():
        return _call(trial)


def _names_in(code: CodeType) -> Iterator[str]:
    """The names and attributes that a function and those inside it use."""
    yield from code.co_names
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _names_in(constant)


def _load(modules: list[str]) -> None:
    """Load what the fork loaded, so that the next one has it: the first torch.optim takes seconds."""
    for name in modules:
        with contextlib.suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module(name)
