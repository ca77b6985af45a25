"""Checks: one look at one answer, and what to tell the student.

>>> from rainfall_kit.lesson.reference import mse
>>> def mine(preds, targets):
...     return ((preds - targets) ** 2).mean()
>>> print(check("mse", mine))
mse is right: it gave what it should on 14 of 14 tries.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.diagnosis.diagnose import cases_apart, diagnose, notes_on, partly
from rainfall_kit.checks.diagnosis.patterns import say_pattern
from rainfall_kit.checks.diagnosis.torch_errors import hint_for_message
from rainfall_kit.checks.harness.observing import names_lent, not_called, right_functions
from rainfall_kit.checks.harness.watching import watch
from rainfall_kit.checks.messages import (
    say_error,
    say_finding,
    say_given_back,
    say_name,
    say_names,
    say_no_function,
    say_wrong_value,
)
from rainfall_kit.checks.questions.question import OWN_CALL, Question, Seed, find_question, seeds_of
from rainfall_kit.errors import CheckFailed
from rainfall_kit.records.outcomes import CheckResult

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case, Observation
    from rainfall_kit.records.outcomes import Outcome


def check(
    question: str, answer: Any, *, seed: Seed = 0, given: tuple[str, ...] = ()
) -> CheckResult:
    """Try an answer on inputs drawn from a seed.

    Args:
        question: its name, such as ``"mse"``.
        answer: the student's function.
        seed: the same seed draws the same inputs; with several, such as ``(1, 2)``, each of the
            inputs is drawn from one of them, in turn.
        given: names, such as ``("model", "mse")``, that stand for the kit's right functions while
            the answer is called: a mistake in them costs nothing here.

    Returns:
        The result: right, wrong, not tried or could not run. Nothing of the student's is changed.

    Raises:
        OptionError: there is no such question.

    Example:
        >>> check("mse", lambda preds, targets: (preds - targets).mean()).outcome
        'wrong'
    """
    asked = find_question(question)
    refused = not_called(asked, answer)
    if refused is not None:
        return conclude(asked, (), (refused,))
    cases = asked.cases(seed)
    with names_lent(answer, right_functions(given)):
        seen = watch(asked, answer, cases)
        cases = cases[: len(seen)]
        told = _not_run(asked, cases, seen, secret=True) is None
        more = cases_apart(asked, cases, seen, seed=max(seeds_of(seed))) if told else ()
        if more:
            again = watch(asked, answer, more)
            cases, seen = (*cases, *more[: len(again)]), (*seen, *again)
    # What seed 0 draws anybody can draw; other seeds may be those of a hidden test.
    return conclude(asked, cases, seen, secret=seed != 0)


def require(question: str, answer: Any, *, seed: Seed = 0, given: tuple[str, ...] = ()) -> None:
    """Do nothing if the answer is right; this is what a graded cell calls.

    Args:
        question: its name, such as ``"mse"``.
        answer: the student's function.
        seed: one or several, as in `check`.
        given: names that stand for right functions meanwhile, as in `check`.

    Raises:
        CheckFailed: it is not; the message is that of the check.
        OptionError: there is no such question.

    Example:
        >>> require("mse", lambda preds, targets: ((preds - targets) ** 2).mean())
    """
    result = check(question, answer, seed=seed, given=given)
    if result.outcome != "right":
        raise CheckFailed(str(result), misconceptions=result.misconceptions)


def conclude(
    question: Question,
    cases: tuple[Case, ...],
    seen: tuple[Observation, ...],
    *,
    secret: bool = True,
    examples: bool = True,
) -> CheckResult:
    """Judge what was seen; this runs no student code.

    Args:
        question: what was asked.
        cases: what the answer was called with.
        seen: one observation for each case, or one that there was nothing to call.
        secret: whether the inputs that were drawn must not be told.
        examples: whether what was seen on public inputs may be told; an answer that could find
            secret inputs in its process by then can put those into it.

    Example:
        >>> question = find_question("mse")
        >>> cases = question.draw(0)
        >>> conclude(question, cases, tuple(map(question.expected, cases))).outcome
        'right'
    """
    told = cases if examples else tuple(replace(case, public=False) for case in cases)
    not_run = _not_run(question, told, seen, secret=secret)
    if not_run is not None:
        return not_run
    judged = [question.judge(case, each) for case, each in zip(cases, seen, strict=True)]
    findings = [
        finding and replace(finding, case=case) for case, finding in zip(told, judged, strict=True)
    ]
    for case, each, finding in zip(told, seen, findings, strict=True):
        if each.failure is not None:
            message = say_error(question, case, each.failure, secret=secret)
            if finding is not None and finding.got is not None:
                before = say_wrong_value(question, finding, secret=secret)
                message = f"{message.rstrip('.')}. Before that, {before}"
            return _named(question, cases, seen, "could not run", message, secret=secret)
    if any(value.kind == "ellipsis" for each in seen for value in (*each.values, *each.signs)):
        return _result(question, "not tried", f"{question.name} still gives back `...`.")
    bad = [finding for finding in findings if finding is not None]
    if bad:
        given_back = next((s for each in seen for s in each.signs if s.name == "given back"), None)
        message = (
            say_finding(question, bad, secret=secret)
            if given_back is None
            else say_given_back(question, given_back)
        )
        return _named(question, cases, seen, "wrong", message, secret=secret)
    return _right(question, cases, seen)


def _not_run(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...], *, secret: bool
) -> CheckResult | None:
    """The result where the values say nothing: a stub, the kit's own work, too slow, no function."""
    hides = [secret and not case.public for case in cases] or [secret]  # nothing was called
    failures = [each.failure for each in seen if each.failure is not None]
    for each, hide in zip(seen, hides, strict=True):
        if each.failure is not None and each.failure.kind == "stub":
            stub = say_name(each.failure.where, "another function", secret=hide)
            inner = "" if stub == question.name else f"{question.name} calls {stub}, and "
            it = "this one" if stub == "another function" else stub
            return _result(question, "not tried", f"{inner}{it} is still to be written.")
    for each, hide in zip(seen, hides, strict=True):
        own_call = next((sign.kind for sign in each.signs if sign.name == OWN_CALL), None)
        if own_call is not None:
            message = (
                f"{question.name} calls the kit's own {say_name(own_call, 'work', secret=hide)}. Here "
                "it is to be written from scratch, with tensors."
            )
            return _result(question, "wrong", message)
    if any(each.kind == "too long" for each in failures):
        message = f"{question.name} was stopped: it did not finish within a second."
        return _result(question, "could not run", message)
    if failures and failures[0].kind == "not a function":
        return _result(question, "could not run", say_no_function(question, failures[0]))
    return None


def _right(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...]
) -> CheckResult:
    """A right answer, with a note on its style where there is something to say."""
    styles = notes_on(question, cases, seen)
    noted = "".join(f" A note, which costs nothing: {each.name} ({each.id})." for each in styles)
    tries = f"{len(cases)} of {len(cases)} tries"
    return CheckResult(
        question=question.name,
        outcome="right",
        message=f"{question.name} is right: it gave what it should on {tries}.{noted}",
        notes=tuple(each.id for each in styles),
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
    elif not explanations:
        entries = partly(question, cases, seen) if outcome == "wrong" else ()
        more = (
            f"Its steps look like: {say_names((entries,))}."
            if entries
            else say_pattern(question, cases, seen, secret=secret)
        )
        message = f"{message.rstrip('.')}. {more}" if more else message
    return CheckResult(
        question=question.name,
        outcome=outcome,
        message=message,
        misconceptions=tuple(entry.id for entry in entries),
        hint=" ".join(entry.hint for entry in entries) or _family_hint(seen),
    )


def _family_hint(seen: tuple[Observation, ...]) -> str:
    """The hint on the first error that was raised; empty when it is of no known family."""
    messages = [each.failure.message for each in seen if each.failure is not None]
    return (hint_for_message(messages[0]) or "") if messages else ""


def _result(question: Question, outcome: Outcome, message: str) -> CheckResult:
    return CheckResult(question=question.name, outcome=outcome, message=message)
