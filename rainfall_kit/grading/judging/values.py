"""Judgement of one ask, from the texts that came back for it; runs no student code."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rainfall_kit.checks.observations import MOST_NUMBERS, Failure, Observation
from rainfall_kit.checks.own_verdict import conclude_own
from rainfall_kit.checks.questions.registry import find_question
from rainfall_kit.checks.verdict import conclude
from rainfall_kit.errors import RecordError
from rainfall_kit.grading.safe_json import clean_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rainfall_kit.checks.observations import Case, Value
    from rainfall_kit.checks.questions.question import Question
    from rainfall_kit.grading.sandbox.job import Ask
    from rainfall_kit.records.outcomes import CheckResult

# What is judged is student code's word. Nothing honest comes near any of these.
_MOST_CHARACTERS = 8 << 20  # of one ask
_MOST_VALUES = 5_000
_MOST_TEXT = 10_000
_MOST_DIMENSIONS = 64
_MOST_SIZE = 1 << 48


def judge_values(
    ask: Ask,
    cases: tuple[Case, ...],
    texts: Sequence[str],
    *,
    examples: bool = True,
    explain: bool = True,
) -> CheckResult:
    """Judge the values that came back for one ask.

    Args:
        ask: what was asked.
        cases: what the function was called with.
        texts: the observations, as the student's process told them.
        examples: whether that process held no secret inputs by then, so that its words may be told.
        explain: whether to look for what a mistake is.
    """
    question = find_question(ask.question)
    try:
        # a lone surrogate would come back in a message, and no file could hold it
        texts = texts[: len(cases)]
        if sum(map(len, texts)) > _MOST_CHARACTERS:
            raise ValueError("more than any answer says")  # noqa: TRY301
        seen = tuple(Observation.from_json(clean_json(text)) for text in texts)
        if _has_sane_sizes(seen) and _is_whole(question, seen, cases):
            if ask.own_orchard:
                return conclude_own(question, ask.name, cases, seen, secret=True)
            return conclude(question, cases[: len(seen)], seen, examples=examples, explain=explain)
    except (RecordError, ValueError, OverflowError, RecursionError):
        pass
    nothing = Failure(kind="RuntimeError", message="it gave nothing that can be read")
    if ask.own_orchard:
        return conclude_own(question, ask.name, cases, (Observation(failure=nothing),), secret=True)
    return conclude(question, cases[:1], (Observation(failure=nothing),))


def _has_sane_sizes(seen: tuple[Observation, ...]) -> bool:
    """True if no size is past all that a worker of the kit's sends: work grows with each of them."""
    values = [value for one in seen for value in (*one.values, *one.signs)]
    failures = [one.failure for one in seen if one.failure is not None]
    texts = [text for one in failures for text in (one.kind, one.message, one.where)]
    texts += [text for value in values for text in (value.name, value.kind, value.dtype)]
    return (
        len(values) <= _MOST_VALUES
        and max(map(len, texts), default=0) <= _MOST_TEXT
        and all(len(value.shape) <= _MOST_DIMENSIONS for value in values)
        and all(0 <= size < _MOST_SIZE for value in values for size in value.shape)
    )


def _is_whole(question: Question, seen: tuple[Observation, ...], cases: tuple[Case, ...]) -> bool:
    """True if nothing is missing: a call for each case, up to a failure, and numbers for each shape."""
    if len(seen) < len(cases) and not (seen and seen[-1].failure is not None):
        return False
    for case, one in zip(cases, seen, strict=False):
        odd = [value for value in (*one.values, *one.signs) if not _fits_its_shape(value)]
        # where numbers are left open, none are told
        left_open = {
            value.name
            for value in (question.expected(case).values if odd else ())
            if not value.numbers
        }
        if any(value.numbers or value.name not in left_open for value in odd):
            return False
    return True


def _fits_its_shape(value: Value) -> bool:
    return not value.shape or min(math.prod(value.shape), MOST_NUMBERS) == len(value.numbers)
