"""Call of an answer on one case: the only part of the kit that runs a student's function.

>>> from rainfall_kit.checks.questions.registry import find_question
>>> question = find_question("mse")
>>> seen = call(question, lambda preds, targets: (preds - targets).sum(), question.draw(seed=0)[0])
>>> seen.values[0].numbers
(3.0,)
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.harness.given_functions import names_of
from rainfall_kit.checks.harness.names_read import names_read
from rainfall_kit.checks.harness.process_state import contained, names_kept
from rainfall_kit.checks.harness.reference_calls import ReferenceCalls
from rainfall_kit.checks.harness.time_limit import OutOfTime
from rainfall_kit.checks.observations import Case, Failure, Observation
from rainfall_kit.checks.tracing.failures import last_frame, says_raise
from rainfall_kit.checks.tracing.trace import OF_NOTEBOOK, REFERENCE_CALL, UNUSED, Trace

if TYPE_CHECKING:
    from collections.abc import Callable

    from rainfall_kit.checks.questions.question import Question


def call(
    question: Question,
    answer: Any,
    case: Case,
    *,
    seconds: float = 1.0,
    on_delay: Callable[[], object] | None = None,
    put_back: Callable[[], None] | None = None,
    notice_reference_calls: bool = True,
) -> Observation:
    """Call the answer on one case, as its question says, and note what is seen.

    Args:
        question: what the answer is to.
        answer: the student's function.
        case: what to call it with.
        seconds: the time limit.
        on_delay: called each time that the limit is put off, because an import is under way.
        put_back: for many calls in a row, what `process_state.state_now` gave before the first.
        notice_reference_calls: whether to see calls of the kit's own functions, which takes a fifth of
            the time.
    """
    calls = ReferenceCalls(question.name)
    if notice_reference_calls:
        trace = Trace(listening=case.public, during_unpacking=calls.noticed)
        called = calls.noticed_in(answer)
    else:
        trace, called = Trace(listening=case.public), answer
    failure = None
    with names_kept(answer), contained(seconds, on_delay, put_back=put_back) as contents:
        try:
            question.call(trace.followed(called), case, trace)
        except BaseException as error:  # student code raises anything
            if _is_stop(error):
                raise
            failure = trace.failure_of(error)
    if contents.too_long:
        failure = Failure(kind="too long")
    for name in calls.names[:1]:
        trace.word(REFERENCE_CALL, name)
    if case.public:
        read = names_read(answer, names_of(answer))
        for sign, names in ((OF_NOTEBOOK, read.of_notebook), (UNUSED, read.unused)):
            for name in names[:1]:
                trace.word(sign, name)
    return trace.observation(failure, contents.output)


def _is_stop(error: BaseException) -> bool:
    """True if an error comes from the time limit or the keyboard, and not from the answer."""
    if isinstance(error, KeyboardInterrupt):
        last = last_frame(error)
        return last is None or not says_raise(last)
    return isinstance(error, OutOfTime)
