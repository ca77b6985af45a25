"""Which known mistake an answer made, told by its numbers.

The wrong implementations are run on the same cases as the answer. One that gives the same values and
the same errors on every case names the mistake; if no single one does, two silent ones together.
"""

from __future__ import annotations

import functools
import itertools
import re
from typing import TYPE_CHECKING

from rainfall_kit.checks.misconceptions.catalogue import CATALOGUE
from rainfall_kit.checks.programs import build, edited
from rainfall_kit.checks.questions import Question, agree, find_question

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.checks.misconceptions.entry import Misconception
    from rainfall_kit.checks.observations import Case, Observation

__all__ = ["diagnose"]

Suspects = tuple["Misconception", ...]


def diagnose(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...]
) -> Suspects:
    """The one or two mistakes that explain everything that was seen; empty when none does.

    Example:
        >>> question = find_question("mse")
        >>> cases = question.draw(0)
        >>> def mine(preds, targets):
        ...     return ((targets - preds) ** 2).sum()
        >>> [entry.id for entry in diagnose(question, cases, tuple(
        ...     question.call(mine, case) for case in cases))]
        ['RK016']
    """
    for suspects, source in _programs(question.name):
        if all(
            same(each, _seen(question.name, source, case), case.dtype)
            for case, each in zip(cases, seen, strict=True)
        ):
            return suspects
    return ()


def same(one: Observation, other: Observation, dtype: str) -> bool:
    """Whether two observations show the same values, signs and kind of failure."""
    if (one.failure is None) != (other.failure is None):
        return False
    if one.failure is not None and other.failure is not None:
        mine, theirs = ((each.kind, _family(each.message)) for each in (one.failure, other.failure))
        if mine != theirs:
            return False
    mine_all, theirs_all = (*one.values, *one.signs), (*other.values, *other.signs)
    return len(mine_all) == len(theirs_all) and all(
        a.name == b.name and agree(a, b, dtype) for a, b in zip(mine_all, theirs_all, strict=True)
    )


@functools.cache
def _programs(question: str) -> tuple[tuple[Suspects, str], ...]:
    """Every wrong program of a question: single mistakes first, its own before borrowed ones."""
    own_first = sorted(CATALOGUE, key=lambda entry: entry.question != question)
    singles = [((entry,), text) for entry in own_first for text in entry.sources(question)]
    return (*singles, *_pairs(question, own_first))


def _pairs(question: str, entries: list[Misconception]) -> Iterator[tuple[Suspects, str]]:
    silent = [entry for entry in entries if entry.kind == "silent"]
    for one, other in itertools.combinations(silent, 2):
        both = (edited(text, edits) for text in one.sources(question) for edits in other.wrong)
        text = next((text for text in both if text is not None), None)
        if text is not None:
            yield (one, other), text


@functools.lru_cache(maxsize=5_000)
def _seen(name: str, source: str, case: Case) -> Observation:
    return find_question(name).call(build(source, name), case)


def _family(message: str) -> str:
    """The message without what depends on style: names in quotes sorted, the function left out."""
    names = sorted(re.findall(r"'[^']*'", message))
    return re.sub(r"'[^']*'", "'…'", message) + " ".join(names)
