"""Mutants: the kit's wrong programs, run on a case as far as they agree with what was seen.

What came out is kept, so the next answer to the same question is compared without running them.
"""

from __future__ import annotations

import contextlib
import io
import math
import re
import warnings
from collections import OrderedDict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rainfall_kit.checks.observations import Failure, agree
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.tracing.failures import failure_of
from rainfall_kit.checks.tracing.torch_state import switches_kept
from rainfall_kit.checks.tracing.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rainfall_kit.checks.observations import Case, Observation, Value
    from rainfall_kit.checks.questions.question import Question

_MOST_CASES = 2_000

# What rounding leaves of a number that is 0 in another style.
_NEXT_TO_0 = 1e-10


@dataclass(frozen=True, kw_only=True)
class _Begun:
    """Values of a program on a case, up to where it was stopped."""

    values: tuple[Value, ...]
    failure: Failure | None = None
    complete: bool = True


class _Differs(Exception):
    """The program does not give what was seen."""


class _ComparingTrace(Trace):
    """A trace that stops at the first value that is not as it was seen."""

    def __init__(self, seen: Observation, dtype: str) -> None:
        super().__init__(listening=False)
        self._seen = seen
        self._dtype = dtype

    def note(self, value: Value) -> None:
        super().note(value)
        if not _begins_like(
            self.values[-1:], self._seen.values[len(self.values) - 1 :], self._dtype
        ):
            raise _Differs


_kept: OrderedDict[tuple[Question, Case], dict[str, _Begun]] = OrderedDict()


class Agreement:
    """Observations of an answer on several cases, to hold programs against.

    Args:
        question: what was asked.
        pairs: cases, and what was seen on each; those that rule out most are best put first.

    Example:
        >>> from rainfall_kit.checks.questions.registry import find_question
        >>> question = find_question("mse")
        >>> case = question.draw(0)[1]
        >>> seen = question.run("def mse(p, t): return ((t - p) ** 2).sum()", case)
        >>> wrong = question.program.replace(" / diff.numel()", "")
        >>> agreement = Agreement(question, [(case, seen)])
        >>> agreement.holds_for(question.program), agreement.holds_for(wrong)
        (False, True)
    """

    def __init__(self, question: Question, pairs: Iterable[tuple[Case, Observation]]) -> None:
        self._question = question
        self._tries = [(case, seen, _begun_on(question, case)) for case, seen in pairs]

    def holds_for(self, source: str) -> bool:
        """True if a program gives the same values and the same kind of failure on every case."""
        # what is known already costs nothing, so nothing is run of a program that it rules out
        if any(
            source in begun and not _may_be_same(begun[source], seen, case.dtype)
            for case, seen, begun in self._tries
        ):
            return False
        for place, (case, seen, begun) in enumerate(self._tries):
            known = begun.get(source)
            if known is None or not known.complete:
                known = begun[source] = _run(self._question, source, case, seen)
                if not known.complete or not _is_same(known, seen, case.dtype):
                    # what rules out one program often rules out the next
                    self._tries.insert(0, self._tries.pop(place))
                    return False
        return True


def _begun_on(question: Question, case: Case) -> dict[str, _Begun]:
    """Observations that are kept of the programs that were run on a case."""
    begun = _kept.setdefault((question, case), {})
    _kept.move_to_end((question, case))
    if len(_kept) > _MOST_CASES:
        _kept.popitem(last=False)
    return begun


def _run(question: Question, source: str, case: Case, seen: Observation) -> _Begun:
    if question.recorded is not None:
        known = question.run(source, case)
        return _Begun(values=known.values, failure=known.failure)
    trace = _ComparingTrace(seen, case.dtype)
    failure, complete = None, True
    try:
        with _quiet(), switches_kept():
            question.call(build(source, question.name), case, trace)
    except _Differs:
        complete = False
    except Exception as error:  # noqa: BLE001  wrong programs raise anything
        failure = failure_of(error)
    return _Begun(values=tuple(trace.values), failure=failure, complete=complete)


def _is_same(known: _Begun, seen: Observation, dtype: str) -> bool:
    return (
        len(known.values) == len(seen.values)
        and _same_failure(known.failure, seen.failure)
        and _begins_like(known.values, seen.values, dtype)
    )


def _may_be_same(known: _Begun, seen: Observation, dtype: str) -> bool:
    """False where what is known of a program shows that it gives something else."""
    if known.complete:
        return _is_same(known, seen, dtype)
    return _begins_like(known.values, seen.values, dtype)


def _begins_like(
    some: tuple[Value, ...] | list[Value], seen: tuple[Value, ...], dtype: str
) -> bool:
    return len(some) <= len(seen) and all(
        one.name == other.name
        and (agree(one, other, dtype) or _is_no_slope(one, other) or _are_next_to_0(one, other))
        for one, other in zip(some, seen, strict=False)
    )


def _is_no_slope(one: Value, other: Value) -> bool:
    """True if one of two slopes is no number, as that of a root at 0: which one depends on style."""
    alike = (one.kind, one.shape, one.dtype) == (other.kind, other.shape, other.dtype)
    is_slope = alike and one.name.startswith("the slope for ")
    return is_slope and any(map(math.isnan, (*one.numbers, *other.numbers)))


def _are_next_to_0(one: Value, other: Value) -> bool:
    """True if nothing but rounding is left in both, as of a slope where a curve has become level."""
    alike = (one.kind, one.shape, one.dtype) == (other.kind, other.shape, other.dtype)
    return alike and all(abs(x) < _NEXT_TO_0 for x in (*one.numbers, *other.numbers))


def _same_failure(one: Failure | None, other: Failure | None) -> bool:
    """True if both are none, or of one type and one wording."""
    if one is None or other is None:
        return one is other
    return one.kind == other.kind and _wording(one.message) == _wording(other.message)


def _wording(message: str) -> str:
    """The message without what depends on style: names in quotes sorted, the function left out."""
    message = re.sub(r"\bof type \w+", "of type …", message)
    names = sorted(re.findall(r"'[^']*'", message))
    return re.sub(r"'[^']*'", "'…'", message) + " ".join(names)


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()):
        warnings.simplefilter("ignore")
        yield
