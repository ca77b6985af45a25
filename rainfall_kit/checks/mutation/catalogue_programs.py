"""Programs with mistakes of the catalogue: every one alone, and every two that go together."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from rainfall_kit.checks.questions.programs import Edits, edited
from rainfall_kit.checks.questions.registry import CATALOGUE, find_misconception, wrong_programs

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.checks.questions.misconception import Misconception
    from rainfall_kit.checks.questions.question import Question

Suspects = tuple["Misconception", ...]


def singles(question: Question) -> tuple[tuple[str, Suspects], ...]:
    """The wrong programs of a question with one mistake, its own before borrowed ones."""
    return _singles_of(question, tuple(CATALOGUE))


def doubles(question: Question) -> tuple[tuple[str, Suspects], ...]:
    """The same with two silent mistakes at once."""
    if question.recorded is not None:  # there is no text to make two edits in
        return tuple(
            (program, tuple(map(find_misconception, ids)))
            for ids, program in question.recorded.both.items()
        )
    return _doubles_of(question, tuple(CATALOGUE))


# By the catalogue, too: a folder of questions that is added brings mistakes.
@functools.lru_cache(maxsize=100)
def _singles_of(question: Question, catalogue: Suspects) -> tuple[tuple[str, Suspects], ...]:
    return tuple(
        (text, (entry,))
        for entry in _own_first(question, catalogue)
        for text in wrong_programs(entry, question.name)
    )


@functools.lru_cache(maxsize=100)
def _doubles_of(question: Question, catalogue: Suspects) -> tuple[tuple[str, Suspects], ...]:
    return tuple(_pairs(question, catalogue))


def _pairs(question: Question, catalogue: Suspects) -> Iterator[tuple[str, Suspects]]:
    silent = [entry for entry in _own_first(question, catalogue) if entry.kind == "silent"]
    programs = {entry.id: wrong_programs(entry, question.name) for entry in silent}
    alone = {text for text, _ in _singles_of(question, catalogue)}
    pieces = {entry.id: {old for edits in entry.wrong for old, _ in edits} for entry in silent}
    with_programs = [(i, entry) for i, entry in enumerate(silent) if programs[entry.id]]
    for place, first in enumerate(silent):
        # most mistakes are of other questions, and make no program of this one
        others = (
            silent[place + 1 :]
            if programs[first.id]
            else [e for i, e in with_programs if i > place]
        )
        for second in others:
            pair = (first, second)
            orders = [
                (one, other)
                for one, other in (pair, pair[::-1])
                if any(old in text for text in programs[one.id] for old in pieces[other.id])
            ]
            both = (
                made(text, edits)
                for made in (edited, _edited_in_part)
                for one, other in orders
                for text in programs[one.id]
                for edits in other.wrong
            )
            text = next((text for text in both if text is not None and text not in alone), None)
            if text is not None:
                yield text, pair


def _edited_in_part(source: str, edits: Edits) -> str | None:
    """The program with those edits that find something: the mistake made where it still can be."""
    return edited(source, [(old, new) for old, new in edits if old in source] or edits)


def _own_first(question: Question, catalogue: Suspects) -> list[Misconception]:
    return sorted(catalogue, key=lambda entry: entry.question != question.name)
