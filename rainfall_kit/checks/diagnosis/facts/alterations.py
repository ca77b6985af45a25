"""Alterations of a case: one thing that is given made larger, left out, exchanged, standardised.

>>> from rainfall_kit.checks.questions.registry import find_question
>>> question = find_question("distance_after")
>>> case = question.draw(0)[0]
>>> for words, altered in list(alterations(question, [case]))[:2]:
...     print(words, altered(case).number("distance"))
distance were 1 more 9.0
distance were 1 less 7.0
"""

from __future__ import annotations

import itertools
import math
from dataclasses import replace
from typing import TYPE_CHECKING

from rainfall_kit.checks.diagnosis.facts.comparisons import TABLES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rainfall_kit.checks.observations import Case, Value
    from rainfall_kit.checks.questions.question import Question

Alteration = tuple[str, "Callable[[Case], Case | None]"]

# More epochs than these are not run, but where the case has more itself.
_MOST_EPOCHS = 20


def alterations(question: Question, cases: list[Case]) -> Iterator[Alteration]:
    """Alterations of the arguments of a question, each with the end of a sentence that begins "if"."""
    names = [
        name for name in question.argument_names if all(is_given(case, name) for case in cases)
    ]
    is_run = "epochs" in names  # each try costs many steps, so few are made
    if not is_run:
        yield from _parts_of_tables([name for name in names if name in TABLES])
    for name in names:
        values = [case.value(name) for case in cases]
        if all(value.kind == "number" for value in values):
            for words, number in _NUMBERS:
                yield words.format(it=name), _each(name, number)
        elif all(value.shape for value in values):
            ways = _TENSORS if all(len(value.shape) == 2 for value in values) else _TENSORS[:_FLAT]
            for words, numbers in ways[:2] if is_run else ways:
                yield words.format(it=name), _whole(name, numbers)
    for one, other in itertools.combinations(names, 2):
        if all(case.value(one).shape == case.value(other).shape for case in cases):
            yield f"{one} and {other} were exchanged", _exchanged(one, other)


def _parts_of_tables(tables: list[str]) -> Iterator[Alteration]:
    """Rows and columns left out, and one table in the place of another."""
    together = " and ".join(tables)
    for words, kept in _ROWS if tables else ():
        yield words.format(it=together), _rows_kept(tables, kept)
    for one in tables:
        for words, kept in _COLUMNS:
            yield words.format(it=one), _columns_kept(one, kept)
    for one, other in itertools.permutations(tables, 2):
        yield f"{other} stood in the place of {one}", _replaced(one, other)


def is_given(case: Case, name: str) -> bool:
    """True if a case has numbers of that name."""
    return any(
        value.name == name and value.numbers and value.kind != "text" for value in case.given
    )


_NUMBERS: tuple[tuple[str, Callable[[float], float]], ...] = (
    ("{it} were 1 more", lambda x: x + 1),
    ("{it} were 1 less", lambda x: x - 1),
    ("{it} were twice as large", lambda x: 2 * x),
    ("{it} were half as large", lambda x: x / 2),
    ("{it} were 10 times as large", lambda x: 10 * x),
    ("{it} were a tenth as large", lambda x: x / 10),
    ("{it} were 0", lambda _: 0),
    ("{it} were 1", lambda _: 1),
    ("{it} had the other sign", lambda x: -x),
    ("{it} were squared", lambda x: x * x),
    ("{it} were its own root", lambda x: abs(x) ** 0.5),
)

_Table = list[list[float]]


def _columns(table: _Table, made: Callable[[list[float]], list[float]]) -> _Table:
    """The table with each column as it is made of the old one."""
    return [
        list(row)
        for row in zip(*(made([*column]) for column in zip(*table, strict=True)), strict=True)
    ]


def _every(made: Callable[[float], float]) -> Callable[[_Table], _Table]:
    return lambda table: [[made(x) for x in row] for row in table]


def _centred(column: list[float]) -> list[float]:
    mean = sum(column) / len(column)
    return [x - mean for x in column]


def _standardised(column: list[float]) -> list[float]:
    centred = _centred(column)
    size = math.sqrt(sum(x * x for x in centred) / max(len(column) - 1, 1)) or 1.0
    return [x / size for x in centred]


def _standardised_over_n(column: list[float]) -> list[float]:
    centred = _centred(column)
    size = math.sqrt(sum(x * x for x in centred) / len(column)) or 1.0
    return [x / size for x in centred]


def _by_largest(column: list[float]) -> list[float]:
    largest = max(map(abs, column)) or 1.0
    return [x / largest for x in column]


def _by_range(column: list[float]) -> list[float]:
    low, high = min(column), max(column)
    return [(x - low) / ((high - low) or 1.0) for x in column]


def _mean_of_all(table: _Table) -> _Table:
    numbers = [x for row in table for x in row]
    return [[sum(numbers) / len(numbers)] * len(row) for row in table]


# What can be done to a table, or to a row of numbers, which is a table of one row here.
_TENSORS: tuple[tuple[str, Callable[[_Table], _Table]], ...] = (
    *(
        (f"every number of {{it}} were {words}", _every(made))
        for words, made in (
            ("0", lambda _: 0.0),
            ("1", lambda _: 1.0),
            ("twice as large", lambda x: 2 * x),
            ("half as large", lambda x: x / 2),
            ("10 times as large", lambda x: 10 * x),
            ("a tenth as large", lambda x: x / 10),
            ("100 times as large", lambda x: 100 * x),
            ("a hundredth as large", lambda x: x / 100),
            ("1000 times as large", lambda x: 1000 * x),
            ("a thousandth as large", lambda x: x / 1000),
            ("1 more", lambda x: x + 1),
            ("1 less", lambda x: x - 1),
            ("squared", lambda x: x * x),
            ("without its sign", abs),
            ("rounded", round),
            ("cut off behind the point", math.trunc),
        )
    ),
    ("{it} had the other sign", _every(lambda x: -x)),
    ("what is below 0 in {it} were 0", _every(lambda x: max(x, 0.0))),
    ("the order of the numbers in each row of {it} were reversed", lambda table: [r[::-1] for r in table]),
    ("all numbers in a row of {it} were the first of them", lambda table: [r[:1] * len(r) for r in table]),
    ("all numbers in a row of {it} were the last of them", lambda table: [r[-1:] * len(r) for r in table]),
    ("all numbers in a row of {it} were their mean", lambda table: [[sum(r) / len(r)] * len(r) for r in table]),
    ("all numbers of {it} were their mean", _mean_of_all),
    ("the mean of each row of {it} were taken off it", lambda table: [_centred(r) for r in table]),
    ("each row of {it} were divided by its largest number", lambda table: [_by_largest(r) for r in table]),
    ("each row of {it} were standardised", lambda table: [_standardised(r) for r in table]),
    # of a table alone
    ("the rows of {it} stood in reverse order", lambda table: table[::-1]),
    ("all rows of {it} were the first one", lambda table: table[:1] * len(table)),
    ("all rows of {it} were the last one", lambda table: table[-1:] * len(table)),
    ("all numbers in a column of {it} were their mean", lambda table: _columns(table, lambda c: [sum(c) / len(c)] * len(c))),
    ("the mean of each column of {it} were taken off it", lambda table: _columns(table, _centred)),
    ("each column of {it} were divided by its largest number", lambda table: _columns(table, _by_largest)),
    ("each column of {it} were standardised", lambda table: _columns(table, _standardised)),
    ("each column of {it} were standardised (by n)", lambda table: _columns(table, _standardised_over_n)),
    ("each column of {it} went from 0 to 1", lambda table: _columns(table, _by_range)),
    ("the first column of {it} were 0", lambda table: [[0.0, *r[1:]] for r in table]),
    ("the last column of {it} were 0", lambda table: [[*r[:-1], 0.0] for r in table]),
    ("the first column of {it} were in °C, not °F", lambda table: [[(r[0] - 32) / 1.8, *r[1:]] for r in table]),
)  # fmt: skip
_FLAT = next(i for i, (words, _) in enumerate(_TENSORS) if "rows of" in words)

_ROWS: tuple[tuple[str, slice], ...] = (
    ("the first row of {it} were not there", slice(1, None)),
    ("the last row of {it} were not there", slice(None, -1)),
    ("there were no row of {it} but the first", slice(None, 1)),
    ("there were no row of {it} but the last", slice(-1, None)),
    ("there were no rows of {it} but the first two", slice(None, 2)),
    ("there were no rows of {it} but the first three", slice(None, 3)),
)


_COLUMNS: tuple[tuple[str, slice], ...] = (
    ("there were no column of {it} but the first", slice(None, 1)),
    ("there were no column of {it} but the last", slice(-1, None)),
    ("the first column of {it} were not there", slice(1, None)),
    ("the last column of {it} were not there", slice(None, -1)),
)


def _with(case: Case, **new: Value) -> Case:
    given = tuple(new.get(value.name, value) for value in case.given)
    return replace(case, label="altered", given=given, public=False)


def _each(name: str, made: Callable[[float], float]) -> Callable[[Case], Case | None]:
    def altered(case: Case) -> Case | None:
        value = case.value(name)
        number = made(value.numbers[0])
        most = max(_MOST_EPOCHS, value.numbers[0] + 1)
        if name == "epochs" and not 0 <= number == round(number) <= most:
            return None
        return _with(case, **{name: replace(value, numbers=(float(number),))})

    return altered


def _whole(name: str, made: Callable[[_Table], _Table]) -> Callable[[Case], Case | None]:
    def altered(case: Case) -> Case | None:
        value = case.value(name)
        width = value.shape[-1]
        rows = [[*value.numbers[i : i + width]] for i in range(0, len(value.numbers), width)]
        numbers = tuple(float(x) for row in made(rows) for x in row)
        if case.dtype.startswith("int") and any(x != round(x) for x in numbers):
            return None
        return _with(case, **{name: replace(value, numbers=numbers)})

    return altered


def _exchanged(one: str, other: str) -> Callable[[Case], Case | None]:
    def altered(case: Case) -> Case:
        mine, its = case.value(one), case.value(other)
        return _with(case, **{one: replace(its, name=one), other: replace(mine, name=other)})

    return altered


def _replaced(one: str, other: str) -> Callable[[Case], Case | None]:
    return lambda case: _with(case, **{one: replace(case.value(other), name=one)})


def _columns_kept(name: str, kept: slice) -> Callable[[Case], Case | None]:
    def altered(case: Case) -> Case | None:
        value = case.value(name)
        if len(value.shape) != 2 or not 0 < len(range(value.shape[1])[kept]) < value.shape[1]:
            return None
        width = value.shape[1]
        rows = [value.numbers[i : i + width][kept] for i in range(0, len(value.numbers), width)]
        shape = (value.shape[0], len(rows[0]))
        return _with(case, **{name: replace(value, shape=shape, numbers=tuple(sum(rows, ())))})

    return altered


def _rows_kept(names: list[str], kept: slice) -> Callable[[Case], Case | None]:
    def altered(case: Case) -> Case | None:
        new = {}
        for name in names:
            value = case.value(name)
            rows = range(value.shape[0])[kept]
            if not 0 < len(rows) < value.shape[0]:
                return None
            width = len(value.numbers) // value.shape[0]
            numbers = value.numbers[rows.start * width : rows.stop * width]
            new[name] = replace(value, shape=(len(rows), *value.shape[1:]), numbers=numbers)
        return _with(case, **new)

    return altered
