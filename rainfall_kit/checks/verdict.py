"""Verdict on one answer, from what was seen of it: right, wrong, not tried or could not run.

Here no student code runs, so a grader judges outside the process that called the answer.

>>> from rainfall_kit.checks.questions.registry import find_question
>>> question = find_question("mse")
>>> cases = question.draw(0)
>>> print(conclude(question, cases, tuple(map(question.expected, cases)), secret=False))
mse is right: it gave what it should on 14 of 14 tries.
"""

from __future__ import annotations

import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from rainfall_kit.checks.diagnosis.diagnose import diagnose, notes_on, partly
from rainfall_kit.checks.diagnosis.facts.altered_arguments import facts_of_alterations
from rainfall_kit.checks.diagnosis.facts.observed_facts import (
    DTYPE_FALLBACK,
    ERROR_FALLBACK,
    FALLBACK,
    KIND_FALLBACK,
    SHAPE_FALLBACK,
    SLOPE_FALLBACK,
    TRUTH_FALLBACK,
    facts_of_losses,
    facts_of_names,
    facts_of_signs,
    facts_of_values,
)
from rainfall_kit.checks.diagnosis.facts.patterns import count_of_tries, fact_of_side, pattern_of
from rainfall_kit.checks.diagnosis.facts.probes import facts_of_probes, probes
from rainfall_kit.checks.diagnosis.mutant_search import fact_of_mutants
from rainfall_kit.checks.diagnosis.torch_errors import hint_for_message
from rainfall_kit.checks.messages import (
    say_error,
    say_finding,
    say_given_back,
    say_name,
    say_names,
    say_no_function,
    say_wrong_value,
)
from rainfall_kit.checks.tracing.failures import ABOVE_CODE, CPU_SECONDS
from rainfall_kit.checks.tracing.trace import OF_NOTEBOOK, REFERENCE_CALL, UNUSED
from rainfall_kit.records.outcomes import CheckResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from rainfall_kit.checks.diagnosis.facts.fact import Fact
    from rainfall_kit.checks.observations import Case, Observation
    from rainfall_kit.checks.questions.question import Question
    from rainfall_kit.records.outcomes import Outcome


def conclude(
    question: Question,
    cases: tuple[Case, ...],
    seen: tuple[Observation, ...],
    *,
    secret: bool = True,
    examples: bool = True,
    explain: bool = True,
) -> CheckResult:
    """Judge what was seen; this runs no student code.

    Args:
        question: what was asked.
        cases: what the answer was called with.
        seen: one observation for each case, or one that there was nothing to call.
        secret: whether the inputs that were drawn must not be told.
        examples: whether what was seen on public inputs may be told; an answer that could find
            secret inputs in its process by then can put those into it.
        explain: whether to look for what a mistake is, which takes most of the time.
    """

    def not_right(outcome: Outcome, message: str) -> CheckResult:
        if explain:
            return _named(question, cases, seen, outcome, message, secret=secret)
        hint = _error_hint(seen) or _fallback(question, cases, seen)
        return CheckResult(question=question.name, outcome=outcome, message=message, hint=hint)

    told = cases if examples else tuple(replace(case, public=False) for case in cases)
    refused = not_run(question, told, seen, secret=secret)
    if refused is not None:
        return refused
    judged = [question.judge(case, observed) for case, observed in zip(cases, seen, strict=True)]
    findings = [
        finding and replace(finding, case=case) for case, finding in zip(told, judged, strict=True)
    ]
    for case, observed, finding in zip(told, seen, findings, strict=True):
        if observed.failure is not None:
            message = say_error(question, case, observed.failure, secret=secret)
            if not observed.failure.where and observed.failure.message.startswith(
                f"{question.name}() "
            ):  # it could not even be called
                message = f"{message.rstrip('.')}. {question.asks}."
            if finding is not None and finding.got is not None:
                before = say_wrong_value(question, finding, secret=secret)
                message = f"{message.rstrip('.')}. Before that, {before}"
            return not_right("could not run", message)
    if _gives_back_dots(seen):
        return _result(question, "not tried", f"{question.name} still gives back `...`.")
    bad = [finding for finding in findings if finding is not None]
    if bad:
        given_back = next(
            (s for observed in seen for s in observed.signs if s.name == "given back"), None
        )
        message = (
            say_finding(question, bad, secret=secret)
            if given_back is None
            else say_given_back(question, given_back)
        )
        return not_right("wrong", message)
    return _right(question, cases, seen, secret=secret)


# What the lesson's cells define.
_LESSON_NAMES = frozenset(
    ("inputs", "targets", "preds", "w", "b", "lr", "epochs", "loss", "losses", "model")
)

# What a message says of a function that another answer calls, by its outcome.
_NOT_YET = {
    "wrong": "is not right yet",
    "not tried": "is still to be written",
    "could not run": "does not run yet",
}


def with_others(result: CheckResult, others: Mapping[str, Outcome]) -> CheckResult:
    """The result with what is to be said of the student's functions that the answer calls.

    Right ones stood in their place, so the result is not about them.

    Args:
        result: of the answer.
        others: the outcomes of those functions, by their names.

    Example:
        >>> from rainfall_kit.records.outcomes import CheckResult
        >>> result = CheckResult(question="gd_step", outcome="right", message="gd_step is right.")
        >>> print(with_others(result, {"model": "right", "mse": "wrong"}))
        gd_step is right; it calls your mse, which is not right yet. Try: %gd_check mse
    """
    faults = [(name, _NOT_YET[outcome]) for name, outcome in others.items() if outcome in _NOT_YET]
    if not faults or result.outcome == "not tried":
        return result
    told = ", and ".join(f"your {name}, which {fault}" for name, fault in faults)
    what_to_type = f"Try: %gd_check {faults[0][0]}"
    if result.outcome == "right":
        message = f"{result.question} is right; it calls {told}. {what_to_type}"
    else:
        end = (
            "" if result.message.endswith((".", "?", "!")) else "."
        )  # PyTorch's own words have none
        message = f"{result.message}{end} Besides, it calls {told}. {what_to_type}"
    return replace(result, message=message)


def outcome_of(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...]
) -> Outcome:
    """The outcome alone, of what was seen on these cases, without the search for the mistake.

    Example:
        >>> from rainfall_kit.checks.questions.registry import find_question
        >>> question = find_question("mse")
        >>> cases = question.draw(0)
        >>> outcome_of(question, cases, tuple(map(question.expected, cases)))
        'right'
    """
    refused = not_run(question, cases, seen, secret=True)
    if refused is not None:
        return refused.outcome
    if any(observed.failure is not None for observed in seen):
        return "could not run"
    if _gives_back_dots(seen):
        return "not tried"
    judged = map(question.judge, cases, seen)
    return "right" if all(finding is None for finding in judged) else "wrong"


def not_run(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...], *, secret: bool
) -> CheckResult | None:
    """The result where the values say nothing: a stub, the kit's own work, too slow, no function; or None."""
    hides = [secret and not case.public for case in cases] or [secret]  # nothing was called
    failures = [observed.failure for observed in seen if observed.failure is not None]
    for observed, hide in zip(seen, hides, strict=True):
        if observed.failure is not None and observed.failure.kind == "stub":
            stub = say_name(observed.failure.where, "another function", secret=hide)
            inner = "" if stub == question.name else f"{question.name} calls {stub}, and "
            it = "this one" if stub == "another function" else stub
            return _result(question, "not tried", f"{inner}{it} is still to be written.")
        if observed.failure is not None and observed.failure.kind == ABOVE_CODE:
            name = say_name(observed.failure.where, "another function", secret=hide)
            inner = "" if name == question.name else f"{question.name} calls {name}. "
            message = (
                f"{inner}The line raise NotImplementedError() still stands in {name}, above your code: "
                "nothing below that line is run."
            )
            return _result(question, "could not run", message)
    for observed, hide in zip(seen, hides, strict=True):
        called = next((sign.kind for sign in observed.signs if sign.name == REFERENCE_CALL), None)
        if called is not None:
            message = (
                f"{question.name} calls the kit's own {say_name(called, 'work', secret=hide)}. Here "
                "it is to be written from scratch, with tensors."
            )
            return _result(question, "wrong", message)
    if any(failure.kind == "too long" for failure in failures):
        message = f"{question.name} was stopped: it did not finish within {CPU_SECONDS:g} seconds of computing time."
        return _result(question, "could not run", message)
    if failures and failures[0].kind == "not a function":
        return _result(question, "could not run", say_no_function(question, failures[0]))
    return None


def _gives_back_dots(seen: tuple[Observation, ...]) -> bool:
    return any(
        value.kind == "ellipsis"
        for observed in seen
        for value in (*observed.values, *observed.signs)
    )


def _right(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...], *, secret: bool
) -> CheckResult:
    """A right answer, with a note on its style where there is something to say."""
    styles = notes_on(question, cases, seen)
    noted = "".join(f" A note, which costs nothing: {style.name} ({style.id})." for style in styles)
    # Of a hidden test not even the number of its tries is told.
    tries = "" if secret else f": it gave what it should on {len(cases)} of {len(cases)} tries"
    return CheckResult(
        question=question.name,
        outcome="right",
        message=f"{question.name} is right{tries}.{noted}",
        notes=tuple(style.id for style in styles),
    )


def _named(
    question: Question,
    cases: tuple[Case, ...],
    seen: tuple[Observation, ...],
    outcome: Outcome,
    message: str,
    *,
    secret: bool,
) -> CheckResult:
    """A result with the mistake's name and hint where it is known, else with what else is known."""
    explanations = diagnose(question, cases, seen)
    entries = tuple(dict.fromkeys(entry for suspects in explanations for entry in suspects))
    if explanations and outcome == "wrong":
        message = f"{question.name} is not right yet. It looks like: {say_names(explanations)}."
    hint = " ".join(entry.hint for entry in entries)
    if not explanations and outcome == "wrong":
        mutant = fact_of_mutants(question, cases, seen)
        entries = () if mutant else partly(question, cases, seen)
        hint = " ".join(entry.hint for entry in entries)
        found = _facts(question, cases, seen, mutant, secret=secret)
        facts = () if entries else tuple(itertools.islice(found, _MOST_FACTS))
        if not entries and not facts:
            facts = tuple(fact_of_side(question, *_without_probes(question, cases, seen)))
        more = [f"Its steps look like: {say_names((entries,))}."] if entries else []
        more += [fact.text for fact in facts]
        more = more or [
            count_of_tries(question, *_without_probes(question, cases, seen), secret=secret)
        ]
        message = " ".join([f"{message.rstrip('.')}.", *more]).strip()
        hint = hint or next((fact.hint for fact in facts), "") or _fallback(question, cases, seen)
    elif not explanations:
        pattern = pattern_of(question, cases, seen, secret=secret)
        more = [pattern.text if pattern else count_of_tries(question, cases, seen, secret=secret)]
        known = _told_names(question) if secret else None
        if _shows(seen, OF_NOTEBOOK):
            fact = next(facts_of_names(seen, known=known))
            more = [fact.text]
            hint = fact.hint if _shows(seen, UNUSED) else ""
        message = f"{message.rstrip('.')}. {more[0]}" if more[0] else message
    return CheckResult(
        question=question.name,
        outcome=outcome,
        message=message,
        misconceptions=tuple(entry.id for entry in entries),
        hint=hint or _error_hint(seen),
    )


def _shows(seen: tuple[Observation, ...], name: str) -> bool:
    return any(sign.name == name for observed in seen for sign in observed.signs)


def _told_names(question: Question) -> frozenset[str]:
    """Names that no secret is made of: the lesson's, and those of what the question hands over."""
    return frozenset(re.findall(r"\w+", question.asks.partition(")")[0])) | _LESSON_NAMES


# More sentences than this are not read.
_MOST_FACTS = 2


def _facts(
    question: Question,
    cases: tuple[Case, ...],
    seen: tuple[Observation, ...],
    mutant: Fact | None,
    *,
    secret: bool,
) -> Iterator[Fact]:
    """Facts about a mistake without a name, the most telling first."""
    of_names = [*facts_of_names(seen, known=_told_names(question) if secret else None)]
    tried = _without_probes(question, cases, seen)
    if mutant is not None:
        yield mutant
    if _shows(seen, OF_NOTEBOOK):
        yield from of_names
    yield from facts_of_losses(question, cases, seen)
    pattern = pattern_of(question, cases, seen, secret=secret)
    if pattern is not None and not pattern.is_place:
        yield pattern
    elif mutant is None:
        yield from facts_of_alterations(question, *tried)
    yield from facts_of_probes(question, cases, seen)
    if not _shows(seen, OF_NOTEBOOK):
        yield from of_names
    yield from facts_of_signs(question, cases, seen)
    if pattern is not None and pattern.is_place:
        yield pattern
    yield from facts_of_values(question, *tried)


def _without_probes(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...]
) -> tuple[tuple[Case, ...], tuple[Observation, ...]]:
    """The tries that were drawn: an example changed for the sake of a fact may be no fair one."""
    made = {*probes(question, cases)}
    pairs = [pair for pair in zip(cases, seen, strict=True) if pair[0] not in made]
    return tuple(case for case, _ in pairs), tuple(observed for _, observed in pairs)


def _fallback(question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...]) -> str:
    """Where to look if nothing else is known, by what the first finding is about."""
    judged = (question.judge(case, observed) for case, observed in zip(cases, seen, strict=True))
    finding = next((finding for finding in judged if finding is not None), None)
    if finding is None:
        return FALLBACK
    if finding.got is None:  # it is not there at all
        return KIND_FALLBACK
    got, want = finding.got, finding.want
    slope_of = want.name.partition("the slope for ")[2]
    if slope_of and got.kind == "nothing":
        return SLOPE_FALLBACK.format(param=slope_of)
    if got.kind != want.kind:
        return KIND_FALLBACK
    if got.kind == "truth" and finding.about != "the answer":
        return TRUTH_FALLBACK
    if got.shape != want.shape:
        return SHAPE_FALLBACK
    return DTYPE_FALLBACK if got.dtype != want.dtype else FALLBACK


def _error_hint(seen: tuple[Observation, ...]) -> str:
    """The hint on the first error that was raised; empty when it is no known one."""
    failure = next((observed.failure for observed in seen if observed.failure is not None), None)
    if failure is None:
        return ""
    return hint_for_message(failure.message, kind=failure.kind) or ERROR_FALLBACK


def _result(question: Question, outcome: Outcome, message: str) -> CheckResult:
    return CheckResult(question=question.name, outcome=outcome, message=message)
