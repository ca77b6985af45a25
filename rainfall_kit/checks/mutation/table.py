"""Table of mutants: what each gives on the public cases, made once and kept with the package.

A row says which mutant it is and has two numbers for each case: one for the names, kinds and shapes of the
values, one for their numbers. It only says which mutants are worth running. Without the file, or with
one made of other programs, nothing is found.

Make it anew, a few minutes, after a change of an operator, of a question's other programs or of its public
cases:

    python -m rainfall_kit.checks.mutation.build_table
"""

from __future__ import annotations

import ast
import functools
import hashlib
import inspect
import math
import sys
import textwrap
import types
import zlib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rainfall_kit import installation
from rainfall_kit.checks import questions
from rainfall_kit.checks.mutation.edits import applied
from rainfall_kit.checks.mutation.operators import edits_of
from rainfall_kit.checks.questions.registry import QUESTIONS, added_question_files

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rainfall_kit.checks.mutation.operators import Changes
    from rainfall_kit.checks.observations import Case, Value
    from rainfall_kit.checks.questions.question import Question

PATH = installation.FOLDER / "checks" / "mutation" / "mutants.npz"

# Twice what two answers of one value may differ by, since both may be off.
_TOLERANCE = 2e-5
_NEAR_0 = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Rows:
    """The mutants of one question.

    Attributes:
        which: program, first edit, and second edit plus 1 or else 0, (rows, 3).
        forms: of the values of each public case, (rows, cases).
        sums: of their numbers, the same shape.
    """

    which: npt.NDArray[np.uint16]
    forms: npt.NDArray[np.uint32]
    sums: npt.NDArray[np.float32]


@functools.lru_cache(maxsize=100)
def table_cases(question: Question) -> tuple[Case, ...]:
    """The cases that are the same for every seed; those of seed 0, too, where each tells but yes or no."""
    drawn = question.draw(0)
    public = tuple(case for case in drawn if case.public)
    return drawn if is_yes_or_no(question) else public


def is_yes_or_no(question: Question) -> bool:
    """True if nothing but yes or no comes back: too little to tell many mutants apart by."""
    return all(
        value.kind == "truth"
        for case in question.draw(0)
        for value in question.expected(case).results
    )


def form_of(values: Sequence[Value]) -> int:
    """One number for the names, kinds, shapes and dtypes of all values."""
    return zlib.crc32(repr([(v.name, v.kind, v.shape, v.dtype) for v in values]).encode())


def sum_of(values: Sequence[Value]) -> tuple[float, float]:
    """A sum of all numbers, each with a weight of its own, and how far rounding can push it."""
    total, error, count = 0.0, 0.0, 0
    for value in values:
        finite = [number for number in value.numbers if math.isfinite(number)]
        largest = max(map(abs, finite), default=0.0)
        for number in value.numbers:
            count += 1
            weight = 1 + count * 0.618034 % 1
            if math.isfinite(number):
                total += weight * number
                error += weight * (_TOLERANCE * largest + _NEAR_0)
    return total, error


def digest_of(question: Question) -> str:
    """Digest of what the rows of a question are about: its programs and cases."""
    found = hashlib.sha256()
    for text in (*question.other_programs, *(case.to_json() for case in table_cases(question))):
        found.update(text.encode())
    return found.hexdigest()


def edits_digest_of(question: Question) -> str:
    """Digest of the edits of a question's programs, in their order."""
    found = hashlib.sha256()
    for program in question.other_programs:
        for edit in edits_of(program, question.name):
            found.update(repr((edit.pieces, edit.is_common)).encode())
    return found.hexdigest()


def call_digest_of(question: Question) -> str:
    """How an answer is called and what is noted: the text of `call`, and of what it names in its room."""
    found = hashlib.sha256()
    waiting: list[Any] = [question.call]
    seen: set[object] = set()
    while waiting:
        thing = inspect.unwrap(waiting.pop(0))  # what is no function is its own
        if isinstance(thing, str | int | float):
            found.update(repr(thing).encode())
        elif isinstance(thing, types.FunctionType | type) and thing not in seen:
            seen.add(thing)
            if thing.__module__.startswith(questions.__name__):
                text = textwrap.dedent(inspect.getsource(thing))
                found.update(text.encode())
                known = vars(sys.modules[thing.__module__])
                names = {
                    node.id for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Name)
                }
                waiting += [known[name] for name in sorted(names & known.keys())]
    return found.hexdigest()


def fresh_questions() -> tuple[str, ...]:
    """The questions whose rows were made of their programs, cases, edits and calls as they are."""
    if not PATH.is_file():
        return ()
    with np.load(PATH) as file:
        return tuple(
            name
            for name, question in own_questions().items()
            if str(file.get(f"{name}.digest", "")) == digest_of(question)
            and str(file.get(f"{name}.edits", "")) == edits_digest_of(question)
            and str(file.get(f"{name}.call", "")) == call_digest_of(question)
        )


def own_questions() -> dict[str, Question]:
    """The questions of the package: those that a course adds have no rows."""
    added = {*added_question_files().values()}
    return {name: question for name, question in QUESTIONS.items() if question not in added}


@functools.lru_cache(maxsize=100)
def rows_of(question: Question) -> Rows | None:
    """The rows of a question; None where there are none, or none for its programs as they are."""
    if not PATH.is_file():
        return None
    with np.load(PATH) as file:
        if f"{question.name}.digest" not in file or digest_of(question) != str(
            file[f"{question.name}.digest"]
        ):
            return None
        which, forms, sums = (
            file[f"{question.name}.{part}"] for part in ("which", "forms", "sums")
        )
    return Rows(which=which, forms=forms, sums=sums)


def candidates(
    question: Question, seen: Mapping[Case, Sequence[Value]]
) -> tuple[list[tuple[str, Changes]], list[tuple[str, Changes]]]:
    """The mutants that may give these values on the public cases: with one edit, and with two.

    Args:
        question: what was asked.
        seen: the values of each case.
    """
    rows = rows_of(question)
    if rows is None:
        return [], []
    fits = np.ones(len(rows.which), dtype=bool)
    for i, case in enumerate(table_cases(question)):
        if case not in seen:
            continue  # drawn from another seed
        values = seen[case]
        total, error = sum_of(values)
        fits &= rows.forms[:, i] == form_of(values)
        fits &= np.abs(rows.sums[:, i].astype(np.float64) - total) <= error + 1e-6 * abs(total)
    found = [*filter(None, (_mutant(question, row) for row in rows.which[fits].tolist()))]
    return [one for one in found if len(one[1]) == 1], [one for one in found if len(one[1]) > 1]


def _mutant(question: Question, row: list[int]) -> tuple[str, Changes] | None:
    """The mutant of a row; None where the operators are no longer those that the table was made with."""
    program = question.other_programs[row[0]]
    edits = edits_of(program, question.name)
    if max(row[1], row[2] - 1) >= len(edits):
        return None
    chosen = [edits[row[1]]] + ([edits[row[2] - 1]] if row[2] else [])
    source = applied(program, chosen)
    return None if source is None else (source, tuple(edit.change for edit in chosen))
