"""Which known mistake an answer made, told by its numbers.

The wrong implementations are run on the same cases as the answer. One that gives the same values and
the same errors on every case names the mistake; if no single one does, two silent ones together. Where
several do, the signs decide: what was printed, what torch was asked for, how w and b moved.
"""

from __future__ import annotations

import functools
import itertools
import re
from typing import TYPE_CHECKING

from rainfall_kit.checks.misconceptions.catalogue import CATALOGUE
from rainfall_kit.checks.programs import PROGRAMS, build, edited
from rainfall_kit.checks.questions import Question, agree, find_question

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from rainfall_kit.checks.misconceptions.entry import Misconception
    from rainfall_kit.checks.observations import Case, Observation, Value

__all__ = ["diagnose", "notes_on", "partly"]

Suspects = tuple["Misconception", ...]
Seen = tuple["Observation", ...]

# The signs that speak for themselves, whatever else an answer does.
_TELLING = ("how w moves", "how b moves", "w.grad piles up", "b.grad piles up")


def diagnose(question: Question, cases: tuple[Case, ...], seen: Seen) -> Suspects:
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
    pairs = sorted(zip(cases, seen, strict=True), key=lambda pair: _is_right(question, *pair))
    for programs in (_singles(question.name), _doubles(question.name)):
        fits = [
            (suspects, source)
            for suspects, source in programs
            if all(
                same(each, _seen(question.name, source, case), case.dtype) for case, each in pairs
            )
        ]
        if fits:
            return max(fits, key=lambda fit: _signs_shared(question.name, fit[1], pairs))[0]
    return ()


def partly(question: Question, cases: tuple[Case, ...], seen: Seen) -> Suspects:
    """The silent mistake whose footsteps an answer shows, though its numbers have other causes too.

    Example:
        >>> question = find_question("gd_step")
        >>> cases = question.draw(0)[:4]
        >>> odd = PROGRAMS["gd_step"].replace("diff * diff", "diff ** 4").replace("b.grad.zero_()", "")
        >>> answer = build(odd, "gd_step")
        >>> seen = tuple(question.call(answer, case) for case in cases)
        >>> [entry.id for entry in partly(question, cases, seen)]
        ['RK080']
    """
    best: tuple[int, Suspects] = (0, ())
    for suspects, source in _singles(question.name):
        if suspects[0].kind == "silent":
            shown = _telling_signs(question, source, cases, seen)
            best = max(best, (shown, suspects), key=lambda each: each[0])
    return best[1]


def notes_on(question: Question, cases: tuple[Case, ...], seen: Seen) -> Suspects:
    """What to say of a right answer's style.

    Example:
        >>> question = find_question("update")
        >>> cases = question.draw(0)
        >>> answer = build(PROGRAMS["update"].replace("w -=", "w.data -="), "update")
        >>> seen = tuple(question.call(answer, case) for case in cases)
        >>> [entry.id for entry in notes_on(question, cases, seen)]
        ['RK073']
    """
    shown = [(case, each) for case, each in zip(cases, seen, strict=True) if case.public]
    if all(_differing(each.signs, _right(question, case).signs) == {} for case, each in shown):
        return ()
    return tuple(
        entry
        for entry in CATALOGUE
        if any(_has_style(question, text, shown) for text in entry.mild_sources(question.name))
    )


def same(one: Observation, other: Observation, dtype: str) -> bool:
    """Whether two observations show the same values and kind of failure."""
    if (one.failure is None) != (other.failure is None):
        return False
    if one.failure is not None and other.failure is not None:
        mine, theirs = ((each.kind, _family(each.message)) for each in (one.failure, other.failure))
        if mine != theirs:
            return False
    return len(one.values) == len(other.values) and all(
        a.name == b.name and agree(a, b, dtype)
        for a, b in zip(one.values, other.values, strict=True)
    )


@functools.cache
def _singles(question: str) -> tuple[tuple[Suspects, str], ...]:
    """The wrong programs of a question with one mistake, its own before borrowed ones."""
    return tuple(
        ((entry,), text) for entry in _own_first(question) for text in entry.sources(question)
    )


@functools.cache
def _doubles(question: str) -> tuple[tuple[Suspects, str], ...]:
    return tuple(_pairs(question))


def _pairs(question: str) -> Iterator[tuple[Suspects, str]]:
    silent = [entry for entry in _own_first(question) if entry.kind == "silent"]
    for one, other in itertools.combinations(silent, 2):
        both = (edited(text, edits) for text in one.sources(question) for edits in other.wrong)
        text = next((text for text in both if text is not None), None)
        if text is not None:
            yield (one, other), text


def _own_first(question: str) -> list[Misconception]:
    return sorted(CATALOGUE, key=lambda entry: entry.question != question)


@functools.lru_cache(maxsize=5_000)
def _seen(name: str, source: str, case: Case) -> Observation:
    return find_question(name).call(build(source, name), case)


def _right(question: Question, case: Case) -> Observation:
    return _seen(question.name, PROGRAMS[question.name], case)


def _is_right(question: Question, case: Case, each: Observation) -> bool:
    return each.failure is None and question.judge(case, each) is None


def _signs_shared(name: str, source: str, pairs: Iterable[tuple[Case, Observation]]) -> int:
    """How many signs of an answer a program shows as well."""
    return -sum(
        len(_differing(each.signs, _seen(name, source, case).signs)) for case, each in pairs
    )


def _differing(mine: tuple[Value, ...], theirs: tuple[Value, ...]) -> dict[str, Value | None]:
    """The signs in which two observations differ, as the second shows them."""
    one, other = ({sign.name: sign for sign in signs} for signs in (mine, theirs))
    return {name: other.get(name) for name in one | other if one.get(name) != other.get(name)}


def _telling_signs(question: Question, source: str, cases: tuple[Case, ...], seen: Seen) -> int:
    """How many signs of a program's mistake an answer shows; 0 unless it shows them all."""
    found = 0
    for case, each in zip(cases, seen, strict=True):
        mistake = _differing(_right(question, case).signs, _seen(question.name, source, case).signs)
        telling = {name: sign for name, sign in mistake.items() if name in _TELLING}
        mine = {sign.name: sign for sign in each.signs}
        if any(mine.get(name) != sign for name, sign in telling.items()):
            return 0
        found += len(telling)
    return found


def _has_style(question: Question, source: str, shown: list[tuple[Case, Observation]]) -> bool:
    """Whether an answer shows every sign by which a mild program differs from the reference."""
    for case, each in shown:
        style = _differing(_right(question, case).signs, _seen(question.name, source, case).signs)
        mine = {sign.name: sign for sign in each.signs}
        if not style or any(mine.get(name) != sign for name, sign in style.items()):
            return False
    return bool(shown)


def _family(message: str) -> str:
    """The message without what depends on style: names in quotes sorted, the function left out."""
    names = sorted(re.findall(r"'[^']*'", message))
    return re.sub(r"'[^']*'", "'…'", message) + " ".join(names)
