"""Table of the catalogue's programs: what each gives on the public cases, made once and kept with the package.

As in the table of mutants there are two numbers for each case. It only rules programs out: those that may
give what was seen are run, and so are those that it does not know, as after a change of a mistake.

    python -m rainfall_kit.checks.mutation.build_table
"""

from __future__ import annotations

import functools
import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rainfall_kit import installation
from rainfall_kit.checks.mutation.table import form_of, sum_of, table_cases

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rainfall_kit.checks.observations import Case, Observation, Value
    from rainfall_kit.checks.questions.question import Question

PATH = installation.FOLDER / "checks" / "mutation" / "catalogue.npz"

# The form where nothing can be told by it.
OPEN = 0


@dataclass(frozen=True, kw_only=True, eq=False)
class KnownPrograms:
    """The programs of one question.

    Attributes:
        keys: of the programs' texts, (programs,).
        forms: of the values of each table case, or `OPEN`, (programs, cases).
        sums: of their numbers, the same shape.
    """

    keys: npt.NDArray[np.uint64]
    forms: npt.NDArray[np.uint32]
    sums: npt.NDArray[np.float32]


def key_of(source: str) -> int:
    """One number for a program's text."""
    return int.from_bytes(hashlib.blake2b(source.encode(), digest_size=8).digest())


def form_with_failure(values: Sequence[Value], *, failed: bool) -> int:
    """One number for the form of the values, and for whether a failure came behind them."""
    if any(_is_no_number(value) for value in values):
        return OPEN  # which of two slopes is no number depends on style
    return (form_of(values) ^ failed) or OPEN + 1


def _is_no_number(value: Value) -> bool:
    return value.name.startswith("the slope for ") and any(map(math.isnan, value.numbers))


def cases_digest_of(question: Question) -> str:
    """Digest of what the columns of a question are about: its cases."""
    text = "\n".join(case.to_json() for case in table_cases(question))
    return hashlib.sha256(text.encode()).hexdigest()


@functools.lru_cache(maxsize=100)
def known_programs(question: Question) -> KnownPrograms | None:
    """The programs of a question; None where nothing is known of its cases as they are."""
    if not PATH.is_file():
        return None
    with np.load(PATH) as file:
        if str(file.get(f"{question.name}.cases", "")) != cases_digest_of(question):
            return None
        keys, forms, sums = (file[f"{question.name}.{part}"] for part in ("keys", "forms", "sums"))
    return KnownPrograms(keys=keys, forms=forms, sums=sums)


def may_give(question: Question, sources: list[str], seen: Mapping[Case, Observation]) -> list[str]:
    """The programs that may give what was seen: all but those of which it is known that they do not.

    Example:
        >>> from rainfall_kit.checks.questions.registry import find_question
        >>> question = find_question("mse")
        >>> wrong = question.program.replace(" / diff.numel()", "")
        >>> right = {case: question.expected(case) for case in question.draw(0)}
        >>> may_give(question, [wrong], right)
        []
    """
    known = known_programs(question)
    if known is None:
        return sources
    out = np.zeros(len(known.keys), dtype=bool)
    for i, case in enumerate(table_cases(question)):
        if case not in seen:
            continue  # drawn from another seed
        observed = seen[case]
        form = form_with_failure(observed.values, failed=observed.failure is not None)
        if form == OPEN:
            continue
        total, error = sum_of(observed.values)
        far = np.abs(known.sums[:, i].astype(np.float64) - total) > error + 1e-6 * abs(total)
        out |= (known.forms[:, i] != OPEN) & ((known.forms[:, i] != form) | far)
    ruled_out = {*known.keys[out].tolist()}
    return [source for source in sources if key_of(source) not in ruled_out]
