"""Checks: one look at one answer, and what to tell the student.

>>> def mine(preds, targets):
...     return ((preds - targets) ** 2).mean()
>>> print(check("mse", mine))
mse is right: it gave what it should on 14 of 14 tries.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.diagnosis.diagnose import cases_between, diagnose
from rainfall_kit.checks.diagnosis.facts.probes import probes
from rainfall_kit.checks.diagnosis.mutant_search import cases_between_mutants
from rainfall_kit.checks.harness.given_functions import (
    names_called,
    names_of,
    plain_function,
    right_functions,
)
from rainfall_kit.checks.harness.observing import Trial, not_called, observe_trials
from rainfall_kit.checks.own_verdict import conclude_own
from rainfall_kit.checks.questions.own_data import own_case, refuse_all_but_a_number
from rainfall_kit.checks.questions.question import Seed, seeds_of
from rainfall_kit.checks.questions.registry import find_question, find_question_here
from rainfall_kit.checks.verdict import conclude, not_run, outcome_of, with_others
from rainfall_kit.errors import CheckFailed
from rainfall_kit.lesson.own_orchard import own_seed

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case, Observation
    from rainfall_kit.checks.questions.question import Question
    from rainfall_kit.records.outcomes import CheckResult, Outcome


def check(
    question: str,
    answer: Any,
    *,
    seed: Seed = 0,
    given: tuple[str, ...] | None = None,
    own_orchard: bool = False,
) -> CheckResult:
    """Try an answer on inputs drawn from a seed.

    Args:
        question: its name, such as ``"mse"``.
        answer: the student's function.
        seed: the same seed draws the same inputs; with several, such as ``(1, 2)``, each of the
            inputs is drawn from one of them, in turn.
        given: names, such as ``("model", "mse")``, that stand for the kit's right functions while
            the answer is called: a mistake in them costs nothing here. None means those that the
            question builds on; the result then tells of the student's own, too.
        own_orchard: whether the question is about the student's own orchard, as `own_orchard()` gives it:
            the answer takes nothing then, and a seed is of no account.

    Returns:
        The result: right, wrong, not tried or could not run. Nothing of the student's is changed.

    Raises:
        OptionError: there is no such question, or it cannot be asked about an orchard.
        CourseError: nothing says whose notebook this is.

    Example:
        >>> check("mse", lambda preds, targets: (preds - targets).mean()).outcome
        'wrong'
    """
    asked = find_question_here(question)
    if own_orchard:
        return _check_own(asked, answer, given)
    refused = not_called(asked, answer)
    if refused is not None:
        return conclude(asked, (), (refused,))
    own = _functions_called(answer, asked.builds_on) if given is None else {}
    if given is None:
        given = asked.builds_on
    trial = _trial(asked, answer, seed, given)
    called = _trials_of(own, seed)
    seen, *beside = observe_trials([trial, *called])
    cases = trial.cases[: len(seen)]
    told = not_run(asked, cases, seen, secret=True) is None
    more = _further_cases(asked, cases, seen, seed=max(seeds_of(seed))) if told else ()
    if more:
        (again,) = observe_trials([replace(trial, cases=more)])
        cases, seen = (*cases, *more[: len(again)]), (*seen, *again)
    # What seed 0 draws anybody can draw; other seeds may be those of a hidden test.
    result = conclude(asked, cases, seen, secret=seed != 0)
    return with_others(result, dict(zip(own, map(_outcome, called, beside), strict=True)))


def _check_own(question: Question, answer: Any, given: tuple[str, ...] | None) -> CheckResult:
    """The result of an answer about the student's own orchard; it may call the question's own function, if there is one."""
    name = str(getattr(plain_function(answer), "__name__", question.name))
    cases = (own_case(question, own_seed()),)
    refuse_all_but_a_number(question, *cases)
    refused = not_called(question, answer)
    if refused is not None:
        return conclude_own(question, name, cases, (refused,), secret=False)
    own_name = {question.name} & names_of(answer).keys()
    builds_on = (*own_name, *question.builds_on)
    own = _functions_called(answer, builds_on) if given is None else {}
    trial = Trial(
        question=question.without_arguments(),
        answer=answer,
        cases=cases,
        given=right_functions(builds_on if given is None else given),
    )
    called = _trials_of(own, 0)
    seen, *beside = observe_trials([trial, *called])
    result = conclude_own(question, name, cases, seen, secret=False)
    return with_others(result, dict(zip(own, map(_outcome, called, beside), strict=True)))


def _trials_of(functions: dict[str, Any], seed: Seed) -> list[Trial]:
    return [
        _trial(find_question(name), function, seed, find_question(name).builds_on)
        for name, function in functions.items()
    ]


def _trial(question: Question, answer: Any, seed: Seed, given: tuple[str, ...]) -> Trial:
    return Trial(
        question=question,
        answer=answer,
        cases=question.cases(seed),
        given=right_functions(given),
    )


def _outcome(trial: Trial, beside: tuple[Observation, ...]) -> Outcome:
    """The outcome of an answer that was called behind another one; alone, unless it was right there."""
    if beside and outcome_of(trial.question, trial.cases[: len(beside)], beside) == "right":
        return "right"
    (seen,) = observe_trials([trial])
    return outcome_of(trial.question, trial.cases[: len(seen)], seen)


def _further_cases(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...], *, seed: int
) -> tuple[Case, ...]:
    """Cases that tell known mistakes apart; of a mistake that is not known, those that show what it does."""
    has_failed = any(observed.failure is not None for observed in seen)
    if not has_failed and all(judged is None for judged in map(question.judge, cases, seen)):
        return ()  # told first: a right answer waits for nothing else
    more = cases_between(question, cases, seen, seed=seed)
    if more or has_failed:
        return more
    if diagnose(question, cases, seen):
        return ()
    between = cases_between_mutants(question, cases, seen, seed=seed)
    return (*between, *probes(question, cases))


def _functions_called(answer: Any, names: tuple[str, ...]) -> dict[str, Any]:
    """Values under these names in the notebook, of those that the answer calls; None for nothing."""
    found = names_of(answer)
    called = set(names_called(answer, found))
    return {name: found.get(name) for name in names if name in called}


def require(
    question: str,
    answer: Any,
    *,
    seed: Seed = 0,
    given: tuple[str, ...] | None = None,
    own_orchard: bool = False,
) -> None:
    """Say that the answer is right, or raise; this is what a graded cell calls.

    Args:
        question: its name, such as ``"mse"``.
        answer: the student's function.
        seed: one or several, as in `check`.
        given: names that stand for right functions meanwhile, as in `check`.
        own_orchard: whether it is about the student's own orchard, as in `check`.

    Raises:
        CheckFailed: it is not; the message is that of the check.
        OptionError: as of `check`.
        CourseError: as of `check`.

    Example:
        >>> require("mse", lambda preds, targets: ((preds - targets) ** 2).mean())
        mse is right: it gave what it should on 14 of 14 tries.
    """
    result = check(question, answer, seed=seed, given=given, own_orchard=own_orchard)
    if result.outcome != "right":
        raise CheckFailed(str(result), misconceptions=result.misconceptions)
    # Silence reads as nothing. Printed, and not shown: a graded cell may end in no value.
    print(result)  # noqa: T201
