"""Verdict on an answer about one's own orchard: a function that takes nothing, and gives what was found.

No student code runs here. What another orchard gives is wrong, and no message tells the right number.

>>> from rainfall_kit.checks.questions.own_data import own_case
>>> from rainfall_kit.checks.questions.registry import find_question
>>> question = find_question("largest_stable_lr")
>>> case = own_case(question, 7)
>>> seen = question.without_arguments().run("def largest_stable_lr(): return 1.1167e-4", case)
>>> conclude_own(question, "own_limit", (case,), (seen,), secret=True).outcome
'wrong'
"""

from __future__ import annotations

import builtins
from dataclasses import replace
from typing import TYPE_CHECKING

from rainfall_kit.checks.diagnosis.diagnose import diagnose
from rainfall_kit.checks.diagnosis.facts.altered_arguments import facts_of_alterations
from rainfall_kit.checks.diagnosis.facts.fact import Fact
from rainfall_kit.checks.diagnosis.facts.sizes_and_powers import relation_in_words
from rainfall_kit.checks.messages import say_error, say_names, say_wrong_value
from rainfall_kit.checks.observations import agree
from rainfall_kit.checks.questions.own_data import own_case
from rainfall_kit.checks.verdict import not_run
from rainfall_kit.records.outcomes import CheckResult

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rainfall_kit.checks.observations import Case, Failure, Observation, Value
    from rainfall_kit.checks.questions.question import Finding, Question

_HINT = "Work it out for the orchard that own_orchard() gives, and give at least six digits."


def conclude_own(
    question: Question,
    name: str,
    cases: Sequence[Case],
    seen: Sequence[Observation],
    *,
    secret: bool,
) -> CheckResult:
    """Judge what was seen.

    Args:
        question: what was asked about the orchard.
        name: of the student's function.
        cases: the student's own orchard, as `own_case` has it; or none.
        seen: one observation for each case, or one that there was nothing to call.
        secret: whether the process that ran the answer held secret inputs, which its errors could tell.
    """
    asks = f"{name}() gives what {question.name} gives for your own orchard"
    asked = replace(question, name=name, asks=asks)
    seen = tuple(replace(one, failure=_of(one.failure, question, name)) for one in seen)
    refused = not_run(asked, tuple(cases), seen, secret=secret)
    if refused is not None:
        return refused
    (case,), (observed,) = cases, seen
    if observed.failure is not None:
        failure = _without_words(observed.failure) if secret else observed.failure
        message = say_error(asked, case, failure, secret=False)
        return CheckResult(question=name, outcome="could not run", message=message)
    if any(value.kind == "ellipsis" for value in observed.values):
        return CheckResult(
            question=name, outcome="not tried", message=f"{name} still gives back `...`."
        )
    finding = question.judge(case, observed)
    if finding is None:
        return CheckResult(question=name, outcome="right", message=f"{name} is right.")
    return _wrong(question, asked, finding, observed)


def _wrong(
    question: Question, asked: Question, finding: Finding, observed: Observation
) -> CheckResult:
    if finding.got is not None and _is_the_lessons(question, finding.got):
        return CheckResult(
            question=asked.name,
            outcome="wrong",
            message=f"{asked.name} is not right yet: {finding.about} of the lesson's five regions is not that of "
            "your own orchard.",
            hint=_HINT,
        )
    explanations = diagnose(question, (finding.case,), (observed,))
    entries = tuple(dict.fromkeys(entry for suspects in explanations for entry in suspects))
    got, want = finding.got, finding.want
    hint = " ".join(entry.hint for entry in entries)
    if explanations:
        said = f". It looks like: {say_names(explanations)}."
    elif got is None or (got.kind, got.shape, got.dtype) != (want.kind, want.shape, want.dtype):
        said = f": {say_wrong_value(asked, finding, secret=True)}"
    else:
        fact = _fact_of(question, finding, observed)
        said = f": {finding.about} of your own orchard is another number."
        if fact is not None:
            said, hint = f"{said} {fact.text}", fact.hint
    return CheckResult(
        question=asked.name,
        outcome="wrong",
        message=f"{asked.name} is not right yet{said}",
        misconceptions=tuple(entry.id for entry in entries),
        hint=hint or _HINT,
    )


def _fact_of(question: Question, finding: Finding, observed: Observation) -> Fact | None:
    """How the number belongs to the right one, which it must not tell; None where nothing is known.

    All of it holds of numbers that somebody can give only who has the right one already, or nearly.
    """
    if finding.got is not None and len(finding.got.numbers) == 1:
        (mine,), (right,) = finding.got.numbers, finding.want.numbers
        words = relation_in_words(mine, right, finding.case)
        if words:
            return Fact(
                text=f"It is the right one, {words}.",
                hint="Which of your lines makes it so? Print what each of them gives.",
            )
    return next(facts_of_alterations(question, (finding.case,), (observed,)), None)


def _is_the_lessons(question: Question, got: Value) -> bool:
    """True if it is what the lesson's five regions give."""
    case = own_case(question, None)
    return any(
        want.name == got.name and agree(got, want, case.dtype)
        for want in question.expected(case).values
    )


def _of(failure: Failure | None, question: Question, name: str) -> Failure | None:
    """A failure that is told of the question as one of the student's function."""
    if failure is None or failure.where != question.name:
        return failure
    return replace(failure, where=name)


def _without_words(failure: Failure) -> Failure:
    """A failure without what an answer could have put into it."""
    kind = failure.kind if hasattr(builtins, failure.kind) else "An exception"
    return replace(failure, kind=kind, message="", where="")
