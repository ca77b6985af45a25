"""Probes: an example changed in one thing at a time, to see what an answer reacts to.

Where no known mistake explains an answer, it is called once more: with other targets and all else the same,
with every row twice, with the rows in another order. What should change and does not, or changes and
should not, can be said in words.
"""

from __future__ import annotations

import functools
import math
from dataclasses import replace
from typing import TYPE_CHECKING

from rainfall_kit.checks.diagnosis.facts.comparisons import TABLES
from rainfall_kit.checks.diagnosis.facts.fact import Fact
from rainfall_kit.checks.observations import agree

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rainfall_kit.checks.observations import Case, Observation, Value
    from rainfall_kit.checks.questions.question import Question

_NUMBERS = ("w", "b", "grad_w", "grad_b", "mean", "std", "region", "temps")
_SIZES = ("lr", "epochs", "distance", "curvature", "nudge")

# In float32, of a quotient of two results.
_ROUNDING = 1e-3

# So many examples are changed; the more, the slower.
_MOST_BASES = 4

# The lesson's table, which numbers in a student's lines are often true of alone.
_ROWS, _CROPS, _INPUTS = 5, 2, 3


@functools.lru_cache(maxsize=20)  # of one answer they are asked for several times
def probes(question: Question, cases: tuple[Case, ...]) -> tuple[Case, ...]:
    """The largest example of those that anybody can see, changed in one thing at a time.

    Example:
        >>> from rainfall_kit.checks.questions.registry import find_question
        >>> asked = find_question("mse")
        >>> [case.label for case in probes(asked, asked.draw(0))][:2]
        ['2 rows, 2 crops, other preds', '2 rows, 2 crops, other targets']
    """
    base = _base(question, cases)
    if base is None:
        return ()
    others = (
        made for other in _bases(question, cases) for made in _others(question, other).values()
    )
    made = dict.fromkeys([*_named_probes(question, base).values(), *others])
    return tuple(case for case in made if question.knows(case))


def facts_of_probes(
    question: Question, cases: tuple[Case, ...], seen: tuple[Observation, ...]
) -> Iterator[Fact]:
    """Facts about what an answer reacts to and should not, or the other way round; none without probes."""
    base, known = _base(question, cases), dict(zip(cases, seen, strict=True))
    if base is None or known[base].failure is not None:
        return
    tried = {
        name: (known[probe], question.expected(probe))
        for name, probe in _named_probes(question, base).items()
        if probe in known and known[probe].failure is None
    }
    mine, right = known[base].results, question.expected(base).results
    if not mine or len(mine) < len(right):  # nothing that could be compared was given back
        return
    if any(not value.numbers and value.kind != "nothing" for value in mine):
        return  # of a list or a text nobody has looked at what is in it
    stays = {name: _same(mine, got.results, base.dtype) for name, (got, _) in tried.items()}
    should = {name: _same(right, want.results, base.dtype) for name, (_, want) in tried.items()}
    if _AGAIN in tried and not stays[_AGAIN] and should[_AGAIN]:
        yield Fact(
            text="When it is called twice with the same, it gives something else the second time.",
            hint="Which of your lines draws something at random, or keeps something from the call before?",
        )
        return  # what else changes may be chance, too
    given = [name for name in tried if _is_probed(name) and not should[name]]
    # one example may hide it: an error that is 0 there, or a part that is cut off
    deaf = [name for name in given if stays[name] and _is_deaf(question, name, known)]
    if deaf and len(deaf) == len(given):
        # the probes change a single example: in the others it may give something else
        results = {_numbers_of(one.results) for one in seen if one.failure is None}
        if len(results) > 1:
            return
        yield Fact(
            text="It gives the same, whatever it is given.",
            hint="Which of your lines use the names in the first line of your function?",
        )
    elif deaf:
        yield Fact(
            text=f"What it gives stays the same when only {' or only '.join(deaf)} changes.",
            hint=f"Which of your lines use {deaf[0]}, as it is given to your function?",
        )
    for name in tried:
        if name in _SIZES and should[name] and not stays[name]:
            yield Fact(
                text=f"When only {name} changes, what it gives changes, and should not.",
                hint=f"Which of your lines use {name}, and does it cancel where it should?",
            )
    yield from _facts_of_errors(
        {name: _loss(got) for name, (got, _) in tried.items()}, _loss(known[base])
    )
    if _loss(known[base]) is None and _LARGER in tried:
        growths = [
            _growth(one, other.results)
            for one, other in zip((mine, right), tried[_LARGER], strict=True)
        ]
        yield from _facts_of_growth(*growths)
    for name in tried:
        if name in _SAME and should[name] and not stays[name]:
            yield _SAME[name]
    for name in tried:
        is_part = name.startswith(_PARTS) and not should[name] and not deaf
        lower = f"{name}{_LOWER}"
        if is_part and stays[name] and stays.get(lower) and _is_deaf(question, name, known):
            yield Fact(
                text=f"What it gives stays the same when only {name} changes.",
                hint="Go through your lines: from which one on is that part no longer there?",
            )


def _is_deaf(question: Question, name: str, known: dict[Case, Observation]) -> bool:
    """True if in no example what an answer gives changes when only one thing of what it is given does."""
    for base in _bases(question, tuple(known)):
        probe = _others(question, base).get(name)
        if probe not in known or known[base].failure is not None:
            continue
        if known[probe].failure is not None or not _same(
            known[base].results, known[probe].results, base.dtype
        ):
            return False
    return True


def _facts_of_errors(losses: dict[str, float | None], base: float | None) -> Iterator[Fact]:
    """Fact about a loss of errors that anybody can square by heart."""
    cancelling, ones, larger = (losses.get(name) for name in (_CANCELLING, _ONES, _LARGER))
    if cancelling is not None and abs(cancelling) < 1e-6:
        yield Fact(
            text="Where some predictions are too high by 1 and as many too low by 1, the loss is 0.",
            hint="Which of your lines lets the two make up for each other, and what comes too late there?",
        )
    elif ones is not None and abs(ones - 1) > 1e-4:
        yield Fact(
            text=f"Where every prediction is too high by 1, the loss is {ones:.4g}, and should be 1.",
            hint="For errors that are all 1, what do you add up, and by what do you divide it?",
        )
    elif larger is not None and base and math.isfinite(larger) and abs(larger / base - 16) > 1e-3:
        yield Fact(
            text=f"When all errors are 4 times as large, the loss is {larger / base:.4g} times as large, "
            "and should be 16 times.",
            hint="Follow one error of 1, and then of 4, through your lines. What becomes of each?",
        )


def _growth(before: list[Value], after: list[Value]) -> float | None:
    """How many times as large every number became; None unless it is the same for all of them."""
    numbers = [value.numbers for value in before], [value.numbers for value in after]
    pairs = [
        (a, b)
        for one, other in zip(*numbers, strict=False)
        for a, b in zip(one, other, strict=False)
    ]
    growths = [b / a for a, b in pairs if a]
    if not growths or any(b for a, b in pairs if not a) or not all(map(math.isfinite, growths)):
        return None
    return (
        growths[0]
        if all(abs(one - growths[0]) < _ROUNDING * abs(growths[0]) for one in growths)
        else None
    )


def _facts_of_growth(mine: float | None, right: float | None) -> Iterator[Fact]:
    """How a result grows with the table, where that is plain and another than it should be."""
    if mine is None or right is None or abs(mine - right) < 1e-2 * abs(right):
        return
    if not any(math.isclose(right, plain, rel_tol=_ROUNDING) for plain in _PLAIN_GROWTHS):
        return
    grows = f"is {mine:.4g} times as large" if abs(mine - 1) > _ROUNDING else "stays as it is"
    yield Fact(
        text=f"When every number of the table is 4 times as large, what it gives {grows}, and should be "
        f"{right:.4g} times as large.",
        hint="In which unit is each of your lines: that of the table, its square, or none?",
    )


# As the table's unit grows, its square, or one of it; what a run of steps gives grows by any number.
_PLAIN_GROWTHS = (4**-2, 1 / 4, 4, 4**2)

_ONES, _CANCELLING, _LARGER = (
    "errors of 1",
    "errors of 1 and -1",
    "every number, to 4 times as much",
)
_AGAIN = "once more"
_ROWS_REVERSED, _TWICE, _SHIFTED = (
    "the order of the rows",
    "every row, to two of it",
    "every number, by 1",
)

_LOWER = ", downwards"
_PARTS = ("the first row", "the last row", "the first column", "the last column")

_SAME = {
    _TWICE: Fact(
        text="When the table holds each of its rows twice, what it gives changes, and should not.",
        hint="Which number in your lines grows with the table, and which should grow with it?",
    ),
    _ROWS_REVERSED: Fact(
        text="When the rows stand in another order, what it gives changes, and should not.",
        hint="Does each row meet its own targets, and is every row treated alike?",
    ),
    _SHIFTED: Fact(
        text="When every number of the table grows by 1, what it gives changes, and should not.",
        hint="In which of your lines does it matter how far the numbers are from 0?",
    ),
    _LARGER: Fact(
        text="When every number of the table is 4 times as large, what it gives changes, and should not.",
        hint="In which of your lines does the unit of the numbers matter?",
    ),
}


def _bases(question: Question, cases: tuple[Case, ...]) -> list[Case]:
    """The examples that anybody can see, of which something can be changed."""
    asked = question.argument_names
    return [
        case
        for case in cases
        if case.public
        and any(_is_probed(value.name) and value.name in asked for value in case.given)
    ][:_MOST_BASES]


def _base(question: Question, cases: tuple[Case, ...]) -> Case | None:
    shown = _bases(question, cases)
    return max(shown, key=lambda case: sum(len(v.numbers) for v in case.given), default=None)


def _named_probes(question: Question, base: Case) -> dict[str, Case]:
    """The probes by what is changed."""
    names = [value.name for value in base.given if value.name in question.argument_names]
    made = _others(question, base)
    made[_AGAIN] = _with(base, _AGAIN, lambda value: value)
    tables = [name for name in names if _is_table(base.value(name))]
    if not tables:
        return made
    made[_TWICE] = _with(base, "every row twice", _doubled, *tables)
    made[_ROWS_REVERSED] = _with(base, "the rows reversed", _reversed, *tables)
    made[_SHIFTED] = _with(base, "1 more everywhere", _shifted, *tables)
    made[_LARGER] = _with(base, "4 times as large", _larger, *tables)
    if {"preds", "targets"} <= set(names):
        targets = base.value("targets").numbers
        for name, errors in ((_ONES, (1, 1)), (_CANCELLING, (1, -1))):
            preds = tuple(x + errors[i % 2] for i, x in enumerate(targets))
            made[name] = _with(base, name, functools.partial(replace, numbers=preds), "preds")
    # a number that counts rows, such as those to hold out, may be too large for so small a table
    if all(value.kind != "number" or value.numbers[0] <= _ROWS for value in base.given):
        # nobody can tell by the size alone what else is special about a table
        made["the size"] = _with(base, f"{_ROWS} rows, {_CROPS} crops", _resized, *names)
    return made


def _others(question: Question, base: Case) -> dict[str, Case]:
    """The example with other numbers in one thing that is given, by what that is."""
    names = [value.name for value in base.given if value.name in question.argument_names]
    numbers = [name for name in names if base.value(name).kind != "text"]
    made = {
        name: _with(base, f"other {name}", _other, name) for name in numbers if _is_probed(name)
    }
    tables = [name for name in names if _is_table(base.value(name))]
    for part in _PARTS if tables else ():
        _, place, along = part.split()
        shape = base.value(tables[0]).shape
        if len(shape) == 2 and shape[along == "column"] > 1:  # else it is the whole
            for sign, more in ((1, ""), (-1, _LOWER)):
                made[f"{part} of {tables[0]}{more}"] = _with(
                    base, f"other numbers in {part}{more}", _in_part(place, along, sign), tables[0]
                )
    return made


def is_of_the_lessons_size(case: Case) -> bool:
    """True if the tables of a case have as many rows, inputs and crops as the lesson's.

    Example:
        >>> from rainfall_kit.checks.questions.registry import find_question
        >>> [case.label for case in find_question("gd_step").draw(0) if is_of_the_lessons_size(case)]
        ['the five regions']
    """
    shapes = {value.name: value.shape for value in case.given}
    inputs = shapes.get("inputs", (_ROWS, _INPUTS))
    return shapes.get("targets") == (_ROWS, _CROPS) and inputs == (_ROWS, _INPUTS)


def _is_probed(name: str) -> bool:
    return name in (*TABLES, *_NUMBERS, *_SIZES)


def _is_table(value: Value) -> bool:
    # a course's own question may call a number so, or a text
    return value.name in TABLES and value.kind == "tensor"


def _with(base: Case, label: str, changed: Callable[[Value], Value], *names: str) -> Case:
    given = tuple(changed(value) if value.name in names else value for value in base.given)
    return replace(base, label=f"{base.label}, {label}", given=given, public=False)


def _other(value: Value) -> Value:
    if value.name == "epochs":
        return replace(value, numbers=(value.numbers[0] + 1,))
    if value.name in _SIZES:
        return replace(value, numbers=(value.numbers[0] / 2,))
    # each number by another amount, all of them exact in float32, and more than rounding takes away
    numbers = tuple(x + 16.5 + 0.25 * (i % 3) for i, x in enumerate(value.numbers))
    return replace(value, numbers=numbers)


def _doubled(value: Value) -> Value:
    rows, *rest = value.shape
    return replace(value, shape=(2 * rows, *rest), numbers=value.numbers * 2)


def _reversed(value: Value) -> Value:
    row = len(value.numbers) // value.shape[0]
    rows = [value.numbers[i : i + row] for i in range(0, len(value.numbers), row)]
    return replace(value, numbers=tuple(x for one in rows[::-1] for x in one))


def _shifted(value: Value) -> Value:
    return replace(value, numbers=tuple(x + 1 for x in value.numbers))


def _larger(value: Value) -> Value:
    return replace(value, numbers=tuple(4 * x for x in value.numbers))


def _in_part(place: str, along: str, sign: int) -> Callable[[Value], Value]:
    """Changes one row or one column, upwards or downwards: what is cut off on one side shows on the other."""

    def changed(value: Value) -> Value:
        width = value.shape[-1]
        count = len(value.numbers) // width if along == "row" else width
        wanted = 0 if place == "first" else count - 1
        numbers = [
            # by different amounts, or what looks at differences alone would not see it
            x + sign * (16.5 + 0.25 * (i % 3) + 0.5 * (i // width % 3))
            if (i // width if along == "row" else i % width) == wanted
            else x
            for i, x in enumerate(value.numbers)
        ]
        return replace(value, numbers=tuple(numbers))

    return changed


def _loss(seen: Observation) -> float | None:
    """The loss that was given, where it is one number."""
    found = [v.numbers for v in seen.values if v.name == "the loss" and len(v.numbers) == 1]
    return found[0][0] if found else None


def _resized(value: Value) -> Value:
    """The value with 5 rows, 3 inputs and 2 crops."""
    wide = {"preds": _CROPS, "targets": _CROPS}
    if value.name in TABLES:
        shape: tuple[int, ...] = (_ROWS, wide.get(value.name, _INPUTS))
    elif value.name in _NUMBERS:
        shape = (_CROPS, _INPUTS)[: len(value.shape)]
    else:
        return value
    count = math.prod(shape)
    numbers = (value.numbers * count)[:count]
    return replace(
        value, shape=shape, numbers=tuple(x + 0.25 * (i % 4) for i, x in enumerate(numbers))
    )


def _numbers_of(results: list[Value]) -> tuple[tuple[str, frozenset[str]], ...]:
    """The numbers of each value, whatever its shape and however often they stand in it."""
    return tuple((one.name, frozenset(f"{x:.5g}" for x in one.numbers)) for one in results)


def _same(some: list[Value], others: list[Value], dtype: str) -> bool:
    pairs = list(zip(some, others, strict=False))
    return len(some) == len(others) and all(
        one.name == other.name and agree(one, other, dtype) for one, other in pairs
    )
