"""Diagnosis of a wrong answer: the known mistake that gives the same numbers.

The wrong implementations are run on the same cases as the answer. One that gives the same values and
the same errors on every case names the mistake; if no single one does, two silent ones together. Where
several do, the signs decide: what was printed, what torch was asked for, how w and b moved. Where
these do not, inputs are drawn on which the mistakes part. A mistake that a sign contradicts is none.
"""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

from rainfall_kit.checks.diagnosis.contradictions import EVIDENCE, WEIGHED, ruled_out
from rainfall_kit.checks.diagnosis.facts.probes import probes
from rainfall_kit.checks.diagnosis.mutants import Agreement
from rainfall_kit.checks.mutation.catalogue_programs import doubles, singles
from rainfall_kit.checks.mutation.catalogue_table import may_give
from rainfall_kit.checks.questions.registry import CATALOGUE, mild_programs
from rainfall_kit.checks.tracing.torch_calls import ASKS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from rainfall_kit.checks.mutation.catalogue_programs import Suspects
    from rainfall_kit.checks.observations import Case, Observation, Value
    from rainfall_kit.checks.questions.question import Question

Seen = tuple["Observation", ...]

# More explanations than this explain nothing.
_MOST_EXPLANATIONS = 2

# How many further seeds may be drawn from to tell mistakes apart.
_MOST_DRAWS = 3

# Of so few programs the signs on the public cases cost less than the values on the others.
FEW = 20

# The signs that speak for themselves, whatever else an answer does.
_TELLING = ("how w moves", "how b moves", "w.grad piles up", "b.grad piles up")


def diagnose(question: Question, cases: tuple[Case, ...], seen: Seen) -> tuple[Suspects, ...]:
    """Explain everything that was seen by one mistake, or by two at once.

    Returns:
        One explanation; two where nothing tells them apart, and none belongs to this question more
        than the other; none where there is no explanation, or where there are too many.

    Example:
        >>> from rainfall_kit.checks.questions.registry import find_question
        >>> question = find_question("mse")
        >>> cases = question.draw(0)
        >>> mine = "def mse(preds, targets): return ((targets - preds) ** 2).sum()"
        >>> seen = tuple(question.run(mine, case) for case in cases)
        >>> [[entry.id for entry in suspects] for suspects in diagnose(question, cases, seen)]
        [['RK016']]
    """
    fitting = dict.fromkeys(suspects for _, suspects in _fitting(question, cases, seen))
    own = [
        suspects
        for suspects in fitting
        if all(entry.question == question.name for entry in suspects)
    ]
    explanations = tuple(own or fitting)[: _MOST_EXPLANATIONS + 1]
    return explanations if len(explanations) <= _MOST_EXPLANATIONS else ()


def cases_between(
    question: Question, cases: tuple[Case, ...], seen: Seen, *, seed: int
) -> tuple[Case, ...]:
    """Further cases on which the mistakes part that explain equally well what was seen.

    Args:
        question: what was asked.
        cases: what the answer was called with.
        seen: one observation for each case.
        seed: that of the cases; those behind it are drawn from.

    Returns:
        A few cases; none where one mistake at most explains it all, or where no inputs tell them apart.

    Example:
        >>> from rainfall_kit.checks.questions.registry import find_question
        >>> question = find_question("mse")
        >>> cases = question.draw(0)[:1]    # one number, where a root and |e| are the same
        >>> seen = (question.run("def mse(p, t): return (p - t).abs().mean()", cases[0]),)
        >>> [case.label for case in cases_between(question, cases, seen, seed=0)]
        ['2 rows, 2 crops', '3 rows, 1 crop']
    """
    rivals: dict[Suspects, str] = {}
    for source, suspects in _fitting(question, cases, seen):
        rivals.setdefault(suspects, source)
    return telling_cases(question, [*rivals.values()], seed=seed)


def telling_cases(question: Question, rivals: list[str], *, seed: int) -> tuple[Case, ...]:
    """Cases of the seeds behind one on which programs part that are alike so far."""
    groups, telling = [rivals], []
    for more in range(1, _MOST_DRAWS + 1):
        before = len(groups)
        for case in () if _all_alone(groups) else question.draw(seed + more):
            parts = [part for group in groups for part in _parted(question, group, case)]
            if len(parts) > len(groups):
                groups = parts
                telling.append(case)
        if len(groups) == before:  # what one draw does not part, the next will not either
            break
    return tuple(telling)


def _all_alone(groups: list[list[str]]) -> bool:
    return all(len(group) < 2 for group in groups)


def _parted(question: Question, group: list[str], case: Case) -> list[list[str]]:
    """The programs that give what the first one does on this case, and the others."""
    if len(group) < 2:
        return [group]
    agreement = Agreement(question, [(case, seen_of(question, group[0], case))])
    same = [group[0], *filter(agreement.holds_for, group[1:])]
    others = [source for source in group if source not in same]
    return [same, others] if others else [group]


def _fitting(question: Question, cases: tuple[Case, ...], seen: Seen) -> list[tuple[str, Suspects]]:
    """The programs with one mistake, or else with two, that give all that was seen and its signs."""
    judged = [
        (_is_right(question, case, observed), case, observed)
        for case, observed in zip(cases, seen, strict=True)
    ]
    if all(right for right, _, _ in judged):
        return []
    # What programs give on a public case is often known already.
    judged.sort(key=lambda one: (one[0], not one[1].public, _epochs(one[1])))
    pairs = [(case, observed) for _, case, observed in judged]
    probed = {*probes(question, cases)}
    drawn = Agreement(question, [pair for pair in pairs if pair[0] not in probed])
    further = Agreement(question, [pair for pair in pairs if pair[0] in probed])
    for programs in (singles(question), doubles(question)):
        left = may_give(question, [source for source, _ in programs], dict(pairs))
        named = dict(programs) if left else {}
        are_few = len(left) <= FEW
        if not are_few:
            left = [*filter(drawn.holds_for, left)]
        left = [one for one in left if not _is_contradicted(question, one, named[one], pairs)]
        if are_few:
            left = [*filter(drawn.holds_for, left)]
        # the probes are many: what is contradicted already is not run on them
        left = [*filter(further.holds_for, left)]
        left = [one for one in left if not _is_beside_it(question, one, named[one], pairs)]
        if left:
            if len({named[text] for text in left}) == 1:
                return [(left[0], named[left[0]])]
            shown = [pairs[0], *(pair for pair in pairs if pair[0].public)]
            strange = {text: _strangeness(question, text, shown) for text in left}
            fewest = min(strange.values())
            return [(text, named[text]) for text in left if strange[text] == fewest]
    return []


def _is_beside_it(
    question: Question, source: str, suspects: Suspects, pairs: list[tuple[Case, Observation]]
) -> bool:
    """True if an answer has nothing that the mistake of a program could be in."""
    silent = all(entry.kind == "silent" for entry in suspects)
    if silent and any(entry.question == "mse" for entry in suspects) and _is_by_hand(pairs):
        return True  # there is no loss that could be mistaken
    if silent and _is_by_hand(pairs) and _is_nothing(pairs):
        return True  # zeros that nothing was asked for: many programs end there
    # the mistake is in how often torch is asked, and the answer never asks
    return _is_by_hand(pairs) and any(
        _asks(seen_of(question, source, case)) not in (0, _asks(question.expected(case)))
        for case, _ in pairs
        if case.public
    )


def _is_contradicted(
    question: Question,
    source: str,
    suspects: Suspects,
    pairs: list[tuple[Case, Observation]],
    *,
    numbers: bool = True,
) -> bool:
    """True if a sign on a public case contradicts the mistake of a program."""
    numbers = numbers and all(entry.kind == "silent" for entry in suspects)
    return any(
        case.public and ruled_out(seen_of(question, source, case), observed, numbers=numbers)
        for case, observed in pairs
    )


def _is_by_hand(pairs: Iterable[tuple[Case, Observation]]) -> bool:
    """True if an answer writes the gradients out, and shows no loss."""
    shown = [observed for case, observed in pairs if case.public]
    asks = [sign.numbers for one in shown for sign in one.signs if sign.name == ASKS]
    has_loss = any("loss" in value.name for one in shown for value in one.values)
    return bool(asks) and not has_loss and not any(map(any, asks))


def _is_nothing(pairs: Iterable[tuple[Case, Observation]]) -> bool:
    """True if an answer to what is about gradients gives zeros, whatever it is given."""
    slopes = [v for _, one in pairs for v in one.values if v.name.startswith("the slope")]
    return bool(slopes) and not any(any(value.numbers) for value in slopes)


def _asks(seen: Observation) -> float:
    return next((sign.numbers[0] for sign in seen.signs if sign.name == ASKS), 0)


def partly(question: Question, cases: tuple[Case, ...], seen: Seen) -> Suspects:
    """The silent mistake whose steps an answer shows, though its numbers have other causes too.

    Example:
        >>> from rainfall_kit.checks.questions.registry import find_question
        >>> question = find_question("gd_step")
        >>> cases = question.draw(0)[:4]
        >>> odd = question.program.replace("diff * diff", "diff ** 4").replace("b.grad.zero_()", "")
        >>> seen = tuple(question.run(odd, case) for case in cases)
        >>> [entry.id for entry in partly(question, cases, seen)]
        ['RK080']
    """
    pairs = [(case, observed) for case, observed in zip(cases, seen, strict=True) if case.public]
    strange = [_telling(question.expected(case).signs, observed.signs) for case, observed in pairs]
    if not any(strange):
        return ()
    fits = [
        (shown, suspects)
        for source, suspects in singles(question)
        if suspects[0].kind == "silent"
        and (shown := _telling_signs(question, source, pairs)) > 0
        and not _is_beside_it(question, source, suspects, pairs)
        and not _is_contradicted(question, source, suspects, pairs, numbers=False)
    ]
    return max(fits, key=lambda fit: fit[0])[1] if fits else ()


def notes_on(question: Question, cases: tuple[Case, ...], seen: Seen) -> Suspects:
    """Mistakes of style in a right answer.

    Example:
        >>> from rainfall_kit.checks.questions.registry import find_question
        >>> question = find_question("update")
        >>> cases = question.draw(0)
        >>> hidden = question.program.replace("w -=", "w.data -=")
        >>> seen = tuple(question.run(hidden, case) for case in cases)
        >>> [entry.id for entry in notes_on(question, cases, seen)]
        ['RK073']
    """
    shown = [(case, observed) for case, observed in zip(cases, seen, strict=True) if case.public]
    if all(
        _differing(observed.signs, question.expected(case).signs) == {} for case, observed in shown
    ):
        return ()
    return tuple(
        entry
        for entry in CATALOGUE
        if any(_has_style(question, text, shown) for text in mild_programs(entry, question.name))
    )


@functools.lru_cache(maxsize=5_000)
def seen_of(question: Question, source: str, case: Case) -> Observation:
    """Values and signs of a program on a case; run once."""
    return question.run(source, case)


def _epochs(case: Case) -> float:
    """Epochs that a case asks for: few rule most programs out as well as many do."""
    return next((value.numbers[0] for value in case.given if value.name == "epochs"), 0)


def _is_right(question: Question, case: Case, observed: Observation) -> bool:
    return observed.failure is None and question.judge(case, observed) is None


def _strangeness(
    question: Question, source: str, pairs: Iterable[tuple[Case, Observation]]
) -> tuple[int, float]:
    """The number of signs in which a program and an answer differ, and how far their counts are apart."""
    strange, far = 0, 0.0
    for case, observed in pairs:
        theirs = {sign.name: sign for sign in seen_of(question, source, case).signs}
        mine = {sign.name: sign for sign in observed.signs}
        for name in (mine.keys() | theirs.keys()) - (EVIDENCE - WEIGHED):
            one, other = mine.get(name), theirs.get(name)
            strange += one != other
            if one is not None and other is not None and one.kind == other.kind == "number":
                far += abs(one.numbers[0] - other.numbers[0])
    return strange, far


def _differing(mine: tuple[Value, ...], theirs: tuple[Value, ...]) -> dict[str, Value | None]:
    """The signs in which two observations differ, as the second shows them."""
    one, other = ({sign.name: sign for sign in signs} for signs in (mine, theirs))
    names = (one.keys() | other.keys()) - EVIDENCE
    return {name: other.get(name) for name in names if one.get(name) != other.get(name)}


def _telling(mine: tuple[Value, ...], theirs: tuple[Value, ...]) -> dict[str, Value | None]:
    """The telling signs in which the second differs from the first; an empty word tells nothing."""
    return {
        name: sign
        for name, sign in _differing(mine, theirs).items()
        if name in _TELLING and sign is not None and sign.kind
    }


def _telling_signs(
    question: Question, source: str, pairs: Iterable[tuple[Case, Observation]]
) -> int:
    """The number of signs of a program's mistake that an answer shows; 0 unless it shows all and no other."""
    found = 0
    for case, observed in pairs:
        program = seen_of(question, source, case)
        right = question.expected(case).signs
        telling, shown = _telling(right, program.signs), _telling(right, observed.signs)
        if telling != shown:
            return 0
        found += len(telling)
    return found


def _has_style(question: Question, source: str, shown: list[tuple[Case, Observation]]) -> bool:
    """True if an answer shows every sign by which a mild program differs from the reference."""
    for case, observed in shown:
        style = _differing(question.expected(case).signs, seen_of(question, source, case).signs)
        mine = {sign.name: sign for sign in observed.signs}
        if not style or any(mine.get(name) != sign for name, sign in style.items()):
            return False
    return bool(shown)
