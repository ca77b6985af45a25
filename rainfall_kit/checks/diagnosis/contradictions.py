"""Contradictions between a known mistake and an answer: signs that rule the mistake out.

Two programs can give the same numbers for different reasons. A loss mistake is none where backward began
at the right loss, and "backward was not called" is none where it was. Only signs that hold whatever the
style count here: what is merely unlike is weighed in `diagnose`.
"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from rainfall_kit.checks.observations import agree
from rainfall_kit.checks.tracing.torch_calls import (
    AGAIN,
    ASKS,
    FIRST,
    LEFT,
    MADE_ANEW,
    REACHED,
    READ_AGAIN,
    ROOT,
    WATCHED,
)
from rainfall_kit.checks.tracing.trace import OF_NOTEBOOK, UNUSED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.checks.observations import Observation, Value

_PARAMS = ("w", "b")

# The signs that are compared here, and the two of them that also weigh where several mistakes are left.
EVIDENCE = frozenset(
    {ASKS, ROOT, MADE_ANEW, READ_AGAIN, OF_NOTEBOOK, UNUSED}
    | {f"{name} {of}" for name in (REACHED, FIRST, AGAIN, LEFT, WATCHED) for of in _PARAMS}
)
WEIGHED = frozenset((READ_AGAIN, f"{LEFT} w", f"{LEFT} b"))

# Gradients of one value in another style differ by rounding; a literal in float64 by the width of float32.
_DTYPE = "float32"


def ruled_out(mistaken: Observation, seen: Observation, *, numbers: bool = True) -> bool:
    """True if an answer shows what a program with a mistake never does, or never what it always does.

    Args:
        mistaken: what the program with the mistake shows on a public case.
        seen: what the answer shows on it.
        numbers: whether to compare where backward starts and what it finds, too: not where an error
            came first, whose line says nothing of them.

    Example:
        >>> from rainfall_kit.checks.questions.registry import find_question
        >>> question = find_question("gradients")
        >>> case = question.draw(0)[0]
        >>> asked = question.run(question.program, case)
        >>> not_asked = question.run(question.program.replace("loss.backward()", "pass"), case)
        >>> ruled_out(not_asked, asked), ruled_out(asked, asked)
        (True, False)
    """
    theirs = {sign.name: sign for sign in mistaken.signs}
    mine = {sign.name: sign for sign in seen.signs}
    if ASKS not in theirs or ASKS not in mine:
        return False
    return any(_structure(theirs, mine)) or (numbers and any(_numbers(theirs, mine)))


def near(one: Value, other: Value) -> bool:
    """True if the numbers are the same but for rounding, whatever holds them.

    Example:
        >>> from rainfall_kit.checks.observations import read
        >>> near(read("", 1.0), read("b", 1.0000001)), near(read("", 1.0), read("", 1.1))
        (True, False)
    """
    mine, theirs = (replace(one, name="", kind="", shape=(), dtype="") for one in (one, other))
    return len(mine.numbers) == len(theirs.numbers) and agree(mine, theirs, _DTYPE)


def _structure(theirs: dict[str, Value], mine: dict[str, Value]) -> Iterator[bool]:
    """Contradictions in what was asked of torch, and in what order."""
    if not _count(mine[ASKS]):  # gradients by hand: there is nothing to hold against a mistake
        return
    yield not _count(theirs[ASKS])
    if not _count(theirs[ASKS]):
        return
    yield _differ(MADE_ANEW, theirs, mine)
    yield READ_AGAIN in mine and _is_no_op(theirs) and not _holds(READ_AGAIN, mine)
    reached = [any(_holds(f"{REACHED} {of}", signs) for of in _PARAMS) for signs in (theirs, mine)]
    yield reached[0] != reached[1]
    for of in _PARAMS:
        if _holds(f"{REACHED} {of}", theirs) and _holds(f"{REACHED} {of}", mine):
            yield _differ(f"{AGAIN} {of}", theirs, mine)
        yield _differ(f"{WATCHED} {of}", theirs, mine)
        yield _left_otherwise(of, theirs, mine)


def _left_otherwise(of: str, theirs: dict[str, Value], mine: dict[str, Value]) -> bool:
    """True if a program leaves a gradient and the answer does not, so the answer has reset it at some time.

    The other way round it is style: what resets before backward leaves one, too, and is right. But where
    gradients pile up in both, it tells which of the resets is missing.
    """
    left, is_left = (_holds(f"{LEFT} {of}", signs) for signs in (theirs, mine))
    both_pile = all(_holds(f"{of}.grad piles up", signs) for signs in (theirs, mine))
    return left != is_left and (left or both_pile)


def _is_no_op(theirs: dict[str, Value]) -> bool:
    """True if a program reads a gradient after the move, and leaves it as it was all the same."""
    return _holds(READ_AGAIN, theirs) and all(
        _holds(f"{LEFT} {param}", theirs) for param in _PARAMS
    )


def _numbers(theirs: dict[str, Value], mine: dict[str, Value]) -> Iterator[bool]:
    """Contradictions in where backward starts, and in what reaches w and b first."""
    if ROOT in theirs and ROOT in mine:
        one, other = theirs[ROOT], mine[ROOT]
        yield (math.prod(one.shape) == 1) != (math.prod(other.shape) == 1)
        if len(one.numbers) == len(other.numbers) == 1:
            yield not near(one, other)
    for param in _PARAMS:
        one, other = theirs.get(f"{FIRST} {param}"), mine.get(f"{FIRST} {param}")  # type: ignore[assignment]
        if one is not None and other is not None and one.shape == other.shape:
            yield bool(one.numbers) and bool(other.numbers) and not near(one, other)


def _count(value: Value) -> float:
    return value.numbers[0] if value.numbers else 0.0


def _holds(name: str, signs: dict[str, Value]) -> bool:
    return name in signs and bool(_count(signs[name]))


def _differ(name: str, theirs: dict[str, Value], mine: dict[str, Value]) -> bool:
    return name in theirs and name in mine and _holds(name, theirs) != _holds(name, mine)
