"""Mutation report: every known mistake on fresh inputs, what catches it and what it is named as.

Print it with:

    python -m rainfall_kit.checks.mutation_report --draws 20
"""

from __future__ import annotations

import argparse
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from rainfall_kit.checks.diagnosis.diagnose import seen_of
from rainfall_kit.checks.questions.registry import (
    CATALOGUE,
    QUESTIONS,
    find_question,
    mild_programs,
    wrong_programs,
)
from rainfall_kit.checks.verdict import conclude

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case, Observation
    from rainfall_kit.checks.questions.misconception import Misconception
    from rainfall_kit.checks.questions.question import Question
    from rainfall_kit.records.outcomes import CheckResult

# A style shows in the public cases alone, so it is tried with every fourth seed.
_MILD_EVERY = 4


@dataclass(kw_only=True)
class Row:
    """One entry and what became of its programs, in one question.

    Attributes:
        entry: the entry.
        sources: its programs; each draw tries the next one.
        mild: whether the answer should stay right and hear a note.
        caught_by: how often each value or error showed the mistake.
        named_as: how often it was given which name, or none.
        draws: with how many seeds it was tried.
        lost: how often it was not right.
    """

    entry: Misconception
    sources: tuple[str, ...]
    mild: bool = False
    caught_by: Counter[str] = field(default_factory=Counter)
    named_as: Counter[str] = field(default_factory=Counter)
    draws: int = 0
    lost: int = 0

    @property
    def as_it_should(self) -> bool:
        """True if every draw lost and got the entry's own name, or stayed right with its note."""
        lost = 0 if self.mild else self.draws
        return self.lost == lost and self.named_as == Counter({self.entry.id: self.draws})


def try_mistakes(question: str, seeds: range) -> list[Row]:
    """Try every wrong program of the question's own entries on inputs drawn from each seed.

    Example:
        >>> rows = try_mistakes("zero_grads", range(2))
        >>> [row.entry.id for row in rows if row.as_it_should]
        ['RK080', 'RK083', 'RK084', 'RK086', 'RK310', 'RK311', 'RK312', 'RK313']
    """
    rows = [
        Row(entry=entry, sources=wrong_programs(entry))
        for entry in CATALOGUE
        if entry.question == question and entry.wrong
    ]
    rows += [
        Row(entry=entry, sources=mild_programs(entry, question), mild=True)
        for entry in CATALOGUE
        if mild_programs(entry, question)
    ]
    asked = find_question(question)
    for seed in seeds:
        cases = _some(asked.draw(seed), seed, asked.drawn_for_report)
        for row in rows:
            if not row.mild or seed % _MILD_EVERY == 0:
                _try(asked, row, cases)
    return rows


def _some(cases: tuple[Case, ...], seed: int, drawn: int) -> tuple[Case, ...]:
    shown = [case for case in cases if case.public]
    others = [case for case in cases if not case.public]
    start = seed * drawn % max(len(others), 1)
    return (*shown, *(others[start:] + others[:start])[:drawn])


def _try(question: Question, row: Row, cases: tuple[Case, ...]) -> None:
    source = row.sources[row.draws % len(row.sources)]
    seen = tuple(seen_of(question, source, case) for case in cases)
    result = conclude(question, cases, seen)
    row.draws += 1
    row.lost += result.outcome != "right"
    row.named_as["+".join(result.notes if row.mild else result.misconceptions) or "no name"] += 1
    row.caught_by[_caught_by(question, cases, seen, result)] += 1


def _caught_by(
    question: Question,
    cases: tuple[Case, ...],
    seen: tuple[Observation, ...],
    result: CheckResult,
) -> str:
    if result.outcome == "right":
        return "a sign" if result.notes else ""
    for case, observed in zip(cases, seen, strict=True):
        if observed.failure is not None:
            return observed.failure.kind
        finding = question.judge(case, observed)
        if finding is not None:
            return finding.about
    return result.outcome


def _print(draws: int) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table("id", "mistake", "question", "caught by", "named as", "lost", "draws")
    for question in QUESTIONS:
        for row in try_mistakes(question, range(draws)):
            table.add_row(
                row.entry.id,
                row.entry.name,
                question,
                ", ".join(row.caught_by),
                ", ".join(row.named_as),
                "stays right" if row.mild else str(row.lost),
                str(row.draws),
            )
    for entry in CATALOGUE:
        if not (entry.wrong or entry.mild):
            table.add_row(entry.id, entry.name, entry.question, "a recorded run", entry.id, "", "")
    Console(width=150).print(table)


def _main() -> None:
    parser = argparse.ArgumentParser(description="Try every mistake of the catalogue.")
    parser.add_argument("--draws", type=int, default=20, help="how many seeds, 20 unless told")
    _print(parser.parse_args().draws)


if __name__ == "__main__":
    _main()
