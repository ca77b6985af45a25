"""Altered arguments: for which other numbers an answer would be right, or which other question it answers.

>>> from rainfall_kit.checks.questions.registry import find_question
>>> question = find_question("distance_after")
>>> cases = question.draw(0)
>>> mine = question.program.replace("** epochs", "** (epochs + 1)")
>>> seen = tuple(question.run(mine, case) for case in cases)
>>> print(next(facts_of_alterations(question, cases, seen)).text)
In every try it gives what would be right if epochs were 1 more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from rainfall_kit.checks.diagnosis.facts.alterations import alterations, is_given
from rainfall_kit.checks.diagnosis.facts.comparisons import FEWEST
from rainfall_kit.checks.diagnosis.facts.fact import Fact
from rainfall_kit.checks.observations import HANDED_IN, agree
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import QUESTIONS
from rainfall_kit.checks.tracing.output import output_caught
from rainfall_kit.checks.tracing.torch_state import switches_kept
from rainfall_kit.checks.tracing.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rainfall_kit.checks.observations import Case, Observation, Value
    from rainfall_kit.checks.questions.question import Question


def facts_of_alterations(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...]
) -> Iterator[Fact]:
    """Fact about what an answer would be right for, where the same holds in every try.

    Args:
        question: what was asked.
        cases: what the answer was called with.
        seen: one observation for each case.
    """
    if question.recorded is not None or any(one.failure is not None for one in seen):
        return
    pairs = [
        (case, observed)
        for case, observed in zip(cases, seen, strict=True)
        if question.judge(case, observed) is not None
    ]
    right = [pair for pair in zip(cases, seen, strict=True) if pair not in pairs]
    if not pairs or _is_yes_or_no(question, pairs[0][0]):
        return
    if any(_fits(question, lambda case: case, *pair) for pair in pairs):
        return  # what it gives is right for the numbers as they are
    # the smallest first: they rule most of them out
    pairs.sort(key=lambda pair: sum(len(value.numbers) for value in pair[0].given))
    for words, altered in alterations(question, [case for case, _ in pairs]):
        if all(_fits(question, altered, *pair) for pair in pairs):
            always = all(_fits(question, altered, *pair) for pair in right)
            if not always and len(pairs) < FEWEST:
                continue
            yield Fact(
                text=f"{_when(always, cases)} gives what would be right if {words}.",
                hint="Print what your lines begin with, and compare it with what your function was given.",
            )
            return
    for name, other in QUESTIONS.items():
        # what asks for the same numbers explains nothing
        if name != question.name and all(
            _answers(other, *pair) and not _answers(other, pair[0], _as_much(question, *pair))
            for pair in pairs
        ):
            always = all(_answers(other, *pair) for pair in right)
            yield Fact(
                text=f"{_when(always, cases)} gives what {name} should give.",
                hint=f"Read what {question.name} should give once more, and what {name} should.",
            )
            return


def _as_much(question: Question, case: Case, observed: Observation) -> Observation:
    """The right results, as many of them as an answer has given."""
    right = question.expected(case)
    return replace(right, values=tuple(right.results[: len(observed.results)]))


def _when(always: bool, cases: tuple[Case, ...]) -> str:
    if len(cases) == 1:
        return "It"
    return "In every try it" if always else "Where it is wrong, it"


def _is_yes_or_no(question: Question, case: Case) -> bool:
    """True if nothing but yes or no comes back: too little to tell by what was looked at."""
    return all(value.kind == "truth" for value in question.expected(case).results)


def _fits(
    question: Question,
    altered: Callable[[Case], Case | None],
    case: Case,
    observed: Observation,
) -> bool:
    other = altered(case)
    if other is None:
        return False
    trace = _ComparingTrace(observed.results, case.dtype)
    try:
        with output_caught(), switches_kept():
            question.call(build(question.program, question.name), other, trace)
    except Exception:  # noqa: BLE001  with other arguments a right program may raise anything
        return False
    return trace.is_complete


class _Differs(Exception):
    """The altered arguments do not give what was seen."""


class _ComparingTrace(Trace):
    """A trace that stops at the first result that is not as it was seen: most differ in the first."""

    def __init__(self, seen: list[Value], dtype: str) -> None:
        super().__init__(listening=False)
        self._left = seen[::-1]
        self._dtype = dtype

    @property
    def is_complete(self) -> bool:
        return not self._left

    def note(self, value: Value) -> None:
        if value.name.endswith(HANDED_IN):
            return
        seen = self._left.pop() if self._left else None
        if seen is None or seen.name != value.name or not agree(seen, value, self._dtype):
            raise _Differs


def _answers(other: Question, case: Case, observed: Observation) -> bool:
    """True if an answer gives what another question asks for."""
    names = other.argument_names
    if (
        other.recorded is not None
        or not all(names)
        or not all(is_given(case, name) for name in names)
    ):
        return False
    mine, want = observed.results, other.run(other.program, case).results
    if len(mine) == 1:
        want = want[:1]  # it may be looked at in more than one way there
    return _same_numbers(mine, want, dtype=case.dtype)


def _same_numbers(some: list[Value], others: list[Value], *, dtype: str) -> bool:
    """True if the numbers are the same, whatever they are called and whatever holds them."""
    plain = [[replace(v, name="", kind="", dtype="") for v in values] for values in (some, others)]
    return (
        bool(some)
        and len(some) == len(others)
        and all(
            one.numbers != ()
            and len(one.numbers) == len(other.numbers)
            and agree(one, other, dtype)
            for one, other in zip(*plain, strict=True)
        )
    )
