"""Checks: one look at one answer, and what to tell the student.

>>> from rainfall_kit.reference import mse
>>> def mine(preds, targets):
...     return ((preds - targets) ** 2).mean()
>>> print(check("mse", mine))
mse is right: it gave what it should on 14 of 14 tries.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.answers import names_lent, not_called, right_functions
from rainfall_kit.checks.diagnosis import diagnose, notes_on, partly
from rainfall_kit.checks.families import hint_for_message
from rainfall_kit.checks.questions import OWN_CALL, Question, find_question
from rainfall_kit.checks.watching import watch
from rainfall_kit.checks.wording import say_error, say_finding, say_given_back
from rainfall_kit.errors import CheckFailed
from rainfall_kit.records import CheckResult

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case, Observation
    from rainfall_kit.records import Outcome

__all__ = ["check", "conclude", "require"]


def check(question: str, answer: Any, *, seed: int = 0, given: tuple[str, ...] = ()) -> CheckResult:
    """Try an answer on inputs drawn from a seed.

    Args:
        question: its name, such as ``"mse"``.
        answer: the student's function.
        seed: the same seed draws the same inputs.
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
    cases = asked.draw(seed)
    refused = not_called(asked, answer)
    if refused is not None:
        return conclude(asked, cases[:1], (refused,))
    with names_lent(answer, right_functions(given)):
        seen = watch(asked, answer, cases)
    # What seed 0 draws anybody can draw; other seeds may be those of a hidden test.
    return conclude(asked, cases[: len(seen)], seen, secret=seed != 0)


def require(question: str, answer: Any, *, seed: int = 0, given: tuple[str, ...] = ()) -> None:
    """Do nothing if the answer is right; this is what a graded cell calls.

    Args:
        question: its name, such as ``"mse"``.
        answer: the student's function.
        seed: the same seed draws the same inputs.
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
) -> CheckResult:
    """Judge what was seen; this runs no student code.

    Args:
        question: what was asked.
        cases: what the answer was called with.
        seen: one observation for each case.
        secret: whether the inputs that were drawn must not be told.

    Example:
        >>> question = find_question("mse")
        >>> cases = question.draw(0)
        >>> conclude(question, cases, tuple(map(question.expected, cases))).outcome
        'right'
    """
    findings = [question.judge(case, each) for case, each in zip(cases, seen, strict=True)]
    failures = [each.failure for each in seen if each.failure is not None]
    stub = next((each for each in failures if each.kind == "stub"), None)
    if stub is not None:
        inner = "" if stub.where == question.name else f"{question.name} calls {stub.where}, and "
        return _result(question, "not tried", f"{inner}{stub.where} is still to be written.")
    own_call = next((s.kind for each in seen for s in each.signs if s.name == OWN_CALL), None)
    if own_call is not None:
        return _result(
            question,
            "wrong",
            f"{question.name} calls the kit's own {own_call}. Here it is to be written from scratch, "
            "with tensors.",
        )
    if any(each.kind == "too long" for each in failures):
        return _result(
            question,
            "could not run",
            f"{question.name} was stopped: it did not finish within a second.",
        )
    if failures and failures[0].kind == "not a function":
        kind = failures[0].message
        message = f"{question.name} is a {kind}, not a function. {question.asks}."
        return _result(question, "could not run", message)
    for case, each in zip(cases, seen, strict=True):
        if each.failure is not None:
            message = say_error(question, case, each.failure, secret=secret)
            return _named(question, cases, seen, "could not run", message)
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
        return _named(question, cases, seen, "wrong", message)
    return _right(question, cases, seen)


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
) -> CheckResult:
    """A result with the mistake's name and hint, where it is known."""
    suspects = diagnose(question, cases, seen)
    if suspects and outcome == "wrong":
        names = " and ".join(f"{entry.name} ({entry.id})" for entry in suspects)
        message = f"{question.name} is not right yet. It looks like: {names}."
    elif outcome == "wrong":
        suspects = partly(question, cases, seen)
        if suspects:
            message = f"{message} Its steps look like: {suspects[0].name} ({suspects[0].id})."
    return CheckResult(
        question=question.name,
        outcome=outcome,
        message=message,
        misconceptions=tuple(entry.id for entry in suspects),
        hint=" ".join(entry.hint for entry in suspects) or _family_hint(seen),
    )


def _family_hint(seen: tuple[Observation, ...]) -> str:
    """The hint on the first error that was raised; empty when it is of no known family."""
    messages = [each.failure.message for each in seen if each.failure is not None]
    return (hint_for_message(messages[0]) or "") if messages else ""


def _result(question: Question, outcome: Outcome, message: str) -> CheckResult:
    return CheckResult(question=question.name, outcome=outcome, message=message)
