"""Calls an answer on every case, in a copy of the process where there can be one.

>>> from rainfall_kit.checks.questions.question import find_question
>>> question = find_question("mse")
>>> len(watch(question, lambda preds, targets: 0, question.draw(0)[:3]))
3
"""

from __future__ import annotations

import contextlib
import importlib
import itertools
import json
import sys
import warnings
from types import CodeType, FunctionType
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.harness.fork import Ended, TooLong, apart, can_fork
from rainfall_kit.checks.harness.observing import SECONDS, call_all
from rainfall_kit.checks.harness.process_state import process_kept
from rainfall_kit.checks.observations import Failure, Observation

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.questions.question import Question

# When the first of these is used, torch loads some five hundred modules, in one to two seconds.
LATE_NAMES = frozenset({"assert_close", "func", "optim"})
LATE_MODULE = "torch._dynamo"

# What the limit inside the copied process has for saying that it is up, on a busy machine too.
_GRACE_SECONDS = 0.5


def watch(question: Question, answer: Any, cases: tuple[Case, ...]) -> tuple[Observation, ...]:
    """What is seen when an answer is called on each case.

    Returns:
        One observation for each case, up to the first after which the others would tell nothing.
    """
    if not can_fork():
        return _call_here(question, answer, cases)

    def work(patience: Callable[[], object]) -> str:
        before = len(sys.modules)
        seen = call_all(question, answer, cases, patience=patience)
        # only the newest are looked at: to touch each of two thousand names copies a page for each
        newest = itertools.islice(reversed(sys.modules), max(0, len(sys.modules) - before))
        loaded = [name for name in newest if name.startswith("torch.")][::-1]
        return "\n".join([json.dumps(loaded), *(each.to_json() for each in seen)])

    # of anything but a plain function even the attributes may be student code
    names = {*_names_in(answer.__code__)} if type(answer) is FunctionType else set()
    if "torch" in names and names & LATE_NAMES:
        _load([LATE_MODULE])  # or the copy loads it, and then this process once more
    try:
        loaded, *lines = apart(work, seconds=SECONDS + _GRACE_SECONDS).splitlines()
    except TooLong:
        return (Observation(failure=Failure(kind="too long")),)
    except Ended:
        return (Observation(failure=Failure(kind="ended")),)
    except OSError:  # no more processes
        return _call_here(question, answer, cases)
    _load(json.loads(loaded))
    return tuple(map(Observation.from_json, lines))


def _call_here(question: Question, answer: Any, cases: tuple[Case, ...]) -> tuple[Observation, ...]:
    with process_kept():
        return call_all(question, answer, cases)


def _names_in(code: CodeType) -> Iterator[str]:
    """The names and attributes that a function and those inside it use."""
    yield from code.co_names
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from _names_in(each)


def _load(modules: list[str]) -> None:
    """Load what the copy loaded, so that the next one has it: the first torch.optim takes seconds."""
    for name in modules:
        with contextlib.suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            importlib.import_module(name)
