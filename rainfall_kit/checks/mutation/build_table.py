"""Command that makes the tables of mutants and of the catalogue's programs anew.

Of mutants only the questions whose programs, cases, edits or calls have changed are run again. All take a few minutes:

    python -m rainfall_kit.checks.mutation.build_table
"""

from __future__ import annotations

import re
import warnings
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np
import torch

from rainfall_kit.checks.mutation import catalogue_table
from rainfall_kit.checks.mutation.catalogue_programs import doubles, singles
from rainfall_kit.checks.mutation.catalogue_table import (
    OPEN,
    KnownPrograms,
    cases_digest_of,
    form_with_failure,
    key_of,
)
from rainfall_kit.checks.mutation.edits import applied
from rainfall_kit.checks.mutation.operators import edits_of, pairs_of
from rainfall_kit.checks.mutation.table import (
    PATH,
    Rows,
    call_digest_of,
    digest_of,
    edits_digest_of,
    form_of,
    fresh_questions,
    is_yes_or_no,
    own_questions,
    rows_of,
    sum_of,
    table_cases,
)
from rainfall_kit.checks.observations import agree
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.tracing.output import output_caught
from rainfall_kit.checks.tracing.torch_state import switches_kept
from rainfall_kit.checks.tracing.trace import Trace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from rainfall_kit.checks.observations import Case, Value
    from rainfall_kit.checks.questions.question import Question

# Of two mutants at once that give the same, so many are kept: more tell nothing.
_MOST_ALIKE = 3

_RANDOM = re.compile("rand|seed|shuffle|DataLoader|Linear")

# A mutant that draws random numbers is run so often: a root of them is not always a number.
_MORE_DRAWS = 40

_Row = tuple[int, int, int]
_Given = tuple[tuple[int, float], ...]


def made_rows(question: Question) -> Rows:
    """Run every mutant of a question on the public cases."""
    cases = table_cases(question)
    single = {
        row: given
        for row, source in _singles(question)
        if (given := _given(question, source, cases))
    }
    known = {_rounded(given) for given in single.values()}
    double: dict[_Row, _Given] = {}
    alike: Counter[_Given] = Counter()
    # a yes or no is too little to tell two changes at once by
    known_rows = {row[:2] for row in single}
    doubles = () if is_yes_or_no(question) else _doubles(question, known_rows)
    for row, source in doubles:
        given = _given(question, source, cases)
        if given and (key := _rounded(given)) not in known and alike[key] < _MOST_ALIKE:
            alike[key] += 1
            double[row] = given
    rows = single | double
    shape = len(rows), len(cases)
    return Rows(
        which=np.array([*rows], dtype=np.uint16).reshape(-1, 3),
        forms=np.array([[form for form, _ in given] for given in rows.values()], np.uint32).reshape(
            shape
        ),
        sums=np.array(
            [[total for _, total in given] for given in rows.values()], np.float32
        ).reshape(shape),
    )


def _singles(question: Question) -> Iterator[tuple[_Row, str]]:
    for i, program in enumerate(question.other_programs):
        seen = set()
        for j, edit in enumerate(edits_of(program, question.name)):
            source = applied(program, [edit])
            if source is not None and (source, edit.change.what) not in seen:
                seen.add((source, edit.change.what))
                yield (i, j, 0), source


def _doubles(question: Question, known: set[tuple[int, int]]) -> Iterator[tuple[_Row, str]]:
    """Two edits at once, each of which is a wrong program that runs."""
    for i, program in enumerate(question.other_programs):
        edits = edits_of(program, question.name)
        for j, k in pairs_of(program, question.name):
            if (i, j) in known and (i, k) in known:
                source = applied(program, [edits[j], edits[k]])
                if source is not None:
                    yield (i, j, k + 1), source


def _given(question: Question, source: str, cases: tuple[Case, ...]) -> _Given | None:
    """Values that a mutant gives; None where it raises, is no Python, is right, or differs each time."""
    given = _given_once(question, source, cases)
    if given is None or not _is_steady(source, given, lambda: _given_once(question, source, cases)):
        return None
    return given


def _is_steady(source: str, first: object, run: Callable[[], object]) -> bool:
    """True unless a program that draws random numbers gives something else when it is run again."""
    if _RANDOM.search(source):
        for _ in range(_MORE_DRAWS):
            torch.rand(1)  # for one that draws from a generator that it has not seeded
            if run() != first:
                return False
    return True


def _given_once(question: Question, source: str, cases: tuple[Case, ...]) -> _Given | None:
    found = []
    is_right = True
    for case in cases:
        values = _values(question, source, case)
        if values is None:
            return None
        is_right = is_right and _is_right(question, case, values)
        found.append((form_of(values), float(np.float32(sum_of(values)[0]))))
    if is_right:
        for case in question.draw(0):
            values = _values(question, source, case)
            if values is None or not _is_right(question, case, values):
                break
        else:
            return None
    return tuple(found)


def _values(question: Question, source: str, case: Case) -> list[Value] | None:
    values, failed = _given_before_failure(question, source, case)
    return None if failed else values


def _given_before_failure(question: Question, source: str, case: Case) -> tuple[list[Value], bool]:
    trace, failed = Trace(listening=False), False
    try:
        with switches_kept():
            question.call(build(source, question.name), case, trace)
    except Exception:  # noqa: BLE001  wrong programs raise anything
        failed = True
    return trace.values, failed


def made_known_programs(question: Question) -> KnownPrograms:
    """Run every program of a question with mistakes of the catalogue on the same cases."""
    cases = table_cases(question)
    sources = dict.fromkeys(
        source for programs in (singles(question), doubles(question)) for source, _ in programs
    )
    given = [[_known_of(question, source, case) for case in cases] for source in sources]
    shape = len(sources), len(cases)
    return KnownPrograms(
        keys=np.array([*map(key_of, sources)], dtype=np.uint64),
        forms=np.array([[form for form, _ in row] for row in given], np.uint32).reshape(shape),
        sums=np.array([[total for _, total in row] for row in given], np.float32).reshape(shape),
    )


def _known_of(question: Question, source: str, case: Case) -> tuple[int, float]:
    """Values that a program gives on a case, as the table has them; open where they differ each time."""

    def run() -> tuple[int, float]:
        values, failed = _given_before_failure(question, source, case)
        return form_with_failure(values, failed=failed), sum_of(values)[0]

    found = run()
    return found if _is_steady(source, found, run) else (OPEN, 0.0)


def _is_right(question: Question, case: Case, values: list[Value]) -> bool:
    want = question.expected(case).values
    return len(values) == len(want) and all(
        one.name == other.name and agree(one, other, case.dtype)
        for one, other in zip(values, want, strict=True)
    )


def _rounded(given: _Given) -> _Given:
    return tuple((form, float(f"{total:.4g}")) for form, total in given)


def _main() -> None:
    parts: dict[str, object] = {}
    fresh = fresh_questions()
    for name, question in own_questions().items():
        rows = rows_of(question) if name in fresh else None
        with warnings.catch_warnings(), output_caught(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            rows = rows or made_rows(question)
        parts[f"{name}.digest"] = np.array(digest_of(question))
        parts[f"{name}.edits"] = np.array(edits_digest_of(question))
        parts[f"{name}.call"] = np.array(call_digest_of(question))
        parts |= {f"{name}.{part}": getattr(rows, part) for part in ("which", "forms", "sums")}
        print(f"{name}: {len(rows.which)} mutants")  # noqa: T201  it is a command
    _save(PATH, parts)
    parts = {}
    for name, question in own_questions().items():
        with warnings.catch_warnings(), output_caught(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            known = made_known_programs(question)
        parts[f"{name}.cases"] = np.array(cases_digest_of(question))
        parts |= {f"{name}.{part}": getattr(known, part) for part in ("keys", "forms", "sums")}
    _save(catalogue_table.PATH, parts)


def _save(path: Path, parts: dict[str, object]) -> None:
    np.savez_compressed(path, **parts)  # type: ignore[arg-type]
    print(f"{path}: {path.stat().st_size / 1024:.0f} KiB")  # noqa: T201


if __name__ == "__main__":
    _main()
