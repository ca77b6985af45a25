"""Search for the mutant that does what a wrong answer does, where no known mistake explains it.

The table says which mutants may; those are run on every case and compared as known mistakes are: values
and signs. What is told holds of the one program that is left, or is what all that are left have in common.
"""

from __future__ import annotations

import itertools
from dataclasses import replace
from typing import TYPE_CHECKING

from rainfall_kit.checks.diagnosis.contradictions import ruled_out
from rainfall_kit.checks.diagnosis.diagnose import FEW, seen_of, telling_cases
from rainfall_kit.checks.diagnosis.facts.fact import Fact
from rainfall_kit.checks.diagnosis.facts.probes import probes
from rainfall_kit.checks.diagnosis.mutants import Agreement
from rainfall_kit.checks.mutation.operators import SOMETHING, first_order
from rainfall_kit.checks.mutation.table import candidates, is_yes_or_no, rows_of
from rainfall_kit.checks.tracing.torch_calls import ASKS, LEFT, READ_AGAIN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.checks.mutation.edits import Change
    from rainfall_kit.checks.mutation.operators import Changes
    from rainfall_kit.checks.observations import Case, Observation
    from rainfall_kit.checks.questions.question import Question

Mutants = list[tuple[str, "Changes"]]

# More programs than these are not run for one answer.
_MOST_RUN = 150
# Of a question without a table, as a course adds them.
_MOST_WITHOUT_TABLE = 200


def fact_of_mutants(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...]
) -> Fact | None:
    """Sentence of the mutants that give all that was seen; None where they have none.

    Example:
        >>> from rainfall_kit.checks.questions.registry import find_question
        >>> question = find_question("update")
        >>> cases = question.draw(0)
        >>> mine = question.program.replace("lr * b.grad", "lr / b.grad")
        >>> seen = tuple(question.run(mine, case) for case in cases)
        >>> print(fact_of_mutants(question, cases, seen).text)
        On every try it does what a right update would do with one change: in the move of b, b.grad divides.
    """
    searches = _searches(question, cases, seen)
    search, plainest = next(
        ((search, found) for search in searches if (found := search.plainest())), (None, [])
    )
    if search is None:
        return None
    begin = f"On every try it does what a right {question.name} would do with"
    told = told_of([changes for _, changes in plainest])
    if told:
        count = "one change" if len(told) == 1 else "two changes"
        return Fact(
            text=f"{begin} {count}: {'; and '.join(change.what for change in told)}.",
            hint=" ".join(dict.fromkeys(_hint(change) for change in told)),
        )
    places = _places(plainest)
    if len(places) == 1:  # what is less plain counts here, too
        places = _places(search.fitting())
    if len(places) == 1 and (place := places.pop()):
        count = "one change" if len(plainest[0][1]) == 1 else "two changes"
        return Fact(text=f"{begin} {count} in {place}.", hint=f"Look at {place} in your lines.")
    return None


def cases_between_mutants(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...], *, seed: int
) -> tuple[Case, ...]:
    """Further cases on which mutants of different words part; none where one wording explains it all."""
    rivals: dict[tuple[str, ...], str] = {}
    searches = _searches(question, cases, seen)
    found = next((found for search in searches if (found := search.fitting())), [])
    for source, changes in found:
        rivals.setdefault(tuple(change.what for change in changes), source)
    return telling_cases(question, [*rivals.values()], seed=seed)


def _places(mutants: Mutants) -> set[str]:
    return {change.place for _, changes in mutants for change in changes}


def _rank(change: Change, little: bool) -> int:
    if change.does.endswith("left out") and not little:
        return 0
    return 2 if change.is_insertion else 1


def told_of(found: list[Changes]) -> Changes:
    """The words that all explanations share, as changes; none where they share too little.

    Example:
        >>> from rainfall_kit.checks.mutation.edits import Change
        >>> one = Change(does="{it} is twice as large", it="b", place="the sum", look="")
        >>> other = Change(does="{it} is twice as large", it="w", place="the sum", look="")
        >>> [change.what for change in told_of([(one,), (other,)])]
        ['in the sum, something is twice as large']
    """
    if len({tuple(change.does for change in changes) for changes in found}) > 1:
        found = [tuple(replace(one, does=one.kind) for one in changes) for changes in found]
    clauses = {tuple(change.does for change in changes) for changes in found}
    if len(clauses) != 1 or not all(clauses.pop()):
        return ()
    return tuple(
        replace(
            same[0],
            place=same[0].place if len({change.place for change in same}) == 1 else "",
            it=same[0].it if len({change.it for change in same}) == 1 else SOMETHING,
        )
        for same in zip(*found, strict=True)
    )


def _hint(change: Change) -> str:
    return f"Look at {change.place} in your lines. {change.look}" if change.place else change.look


def _searches(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...]
) -> Iterator[_Search]:
    """One among the mutants with one edit, then one among those with two."""
    pairs = [*zip(cases, seen, strict=True)]
    if any(observed.failure is not None for observed in seen) or _is_constant(seen):
        return
    little = is_yes_or_no(question)  # too little to tell by what was put in
    for found in _to_run(question, pairs):
        mutants = [one for one in found if not (little and _puts_in(one[1]))]
        if len({source for source, _ in mutants}) <= _MOST_RUN + _MOST_WITHOUT_TABLE:
            yield _Search(question, mutants, pairs)


def _puts_in(changes: Changes) -> bool:
    return any(change.is_insertion for change in changes)


def _is_constant(seen: tuple[Observation, ...]) -> bool:
    """True if every try came out the same: that is said in plainer words."""
    return all(observed.results == seen[0].results for observed in seen)


def _to_run(question: Question, pairs: list[tuple[Case, Observation]]) -> tuple[Mutants, ...]:
    if rows_of(question) is not None:
        return candidates(question, {case: observed.values for case, observed in pairs})
    if question.recorded is not None:  # no text to change
        return ()
    programs = question.other_programs or (question.program,)
    single = (mutant for program in programs for mutant in first_order(program, question.name))
    return ([*itertools.islice(single, _MOST_WITHOUT_TABLE)],)


class _Search:
    """Mutants that may give all that was seen, of which no more are run than are asked for."""

    def __init__(
        self, question: Question, mutants: Mutants, pairs: list[tuple[Case, Observation]]
    ) -> None:
        self._question, self._mutants = question, mutants
        self._shown = [pair for pair in pairs if pair[0].public]
        # the smallest first: what it rules out is not run on the larger ones
        hidden = sorted(
            (pair for pair in pairs if not pair[0].public), key=lambda pair: _size(pair[0])
        )
        probed = {*probes(question, tuple(case for case, _ in pairs))}
        drawn = [pair for pair in hidden if pair[0] not in probed]
        self._drawn = Agreement(question, [*drawn, *self._shown])
        self._further = Agreement(question, [pair for pair in hidden if pair[0] in probed])

    def fitting(self) -> Mutants:
        """Those that give all that was seen; of them those that ask torch for gradients as it does, if any do."""
        found, alike = self._fitting(self._mutants)
        return alike or found

    def plainest(self) -> Mutants:
        """Of these, those that leave something out, if any do; else those that put nothing in.

        What comes out the same in another way is less likely. A yes or no is too little to prefer what is
        left out by.
        """
        little = is_yes_or_no(self._question)
        ranked: dict[int, Mutants] = {}
        for source, changes in self._mutants:
            rank = sum(_rank(change, little) for change in changes)
            ranked.setdefault(rank, []).append((source, changes))
        first: Mutants = []
        for rank in sorted(ranked):
            found, alike = self._fitting(ranked[rank])
            if alike:  # so what is less plain need not be run
                return alike
            first = first or found
        return first

    def _fitting(self, mutants: Mutants) -> tuple[Mutants, Mutants]:
        """Those that give all that was seen, and of them those that ask torch for gradients as it does."""
        question, shown = self._question, self._shown
        found: dict[Changes, str] = {}
        alike: dict[Changes, str] = {}
        for source, changes in mutants:
            if changes in alike:  # a second program of the same words says nothing more
                continue
            if len(self._mutants) <= FEW and _is_contradicted(question, source, shown):
                continue
            if not self._drawn.holds_for(source) or _is_contradicted(question, source, shown):
                continue
            if self._further.holds_for(source):
                found.setdefault(changes, source)
                if _asks_alike(question, source, shown):
                    alike[changes] = source
        return _in_pairs(found), _in_pairs(alike)


def _in_pairs(found: dict[Changes, str]) -> Mutants:
    return [(source, changes) for changes, source in found.items()]


def _size(case: Case) -> float:
    return sum(len(value.numbers) for value in case.given) + sum(
        10 * value.numbers[0] for value in case.given if value.name == "epochs"
    )


def _is_contradicted(
    question: Question, source: str, shown: list[tuple[Case, Observation]]
) -> bool:
    return any(
        ruled_out(_shown_of_change(question, source, case), observed) for case, observed in shown
    )


def _shown_of_change(question: Question, source: str, case: Case) -> Observation:
    """Observations of a mutant, without what is style here.

    That a gradient is read tells of resets that do nothing; and where the right answer leaves a gradient,
    too, it is no sign of a missing reset.
    """
    left = {sign for sign in question.expected(case).signs if sign.name.startswith(LEFT)}
    seen = seen_of(question, source, case)
    kept = tuple(
        s for s in seen.signs if s.name != READ_AGAIN and not (s in left and any(s.numbers))
    )
    return replace(seen, signs=kept)


def _asks_alike(question: Question, source: str, shown: list[tuple[Case, Observation]]) -> bool:
    """True if both ask torch for gradients, or neither does."""
    return all(
        _asks(seen_of(question, source, case)) == _asks(observed) for case, observed in shown
    )


def _asks(seen: Observation) -> bool:
    return any(sign.name == ASKS and sign.numbers != (0.0,) for sign in seen.signs)
