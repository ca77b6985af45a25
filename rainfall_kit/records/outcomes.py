"""Records of outcomes: the result of a check, and the grade of a submission."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rainfall_kit.records.json_record import Record

Outcome = Literal["right", "wrong", "not tried", "could not run"]


@dataclass(frozen=True, kw_only=True)
class CheckResult(Record):
    """The result of a check of one answer.

    Attributes:
        question: the question's name, such as ``"mse"``.
        outcome: ``"right"``, ``"wrong"``, ``"not tried"`` or ``"could not run"``.
        message: one or a few sentences for the student.
        misconceptions: the ids of the known mistakes that explain the answer, such as ``"RK016"``.
        hint: where to look, or the empty text.
        notes: the ids of what a right answer hears about its style.

    Example:
        >>> CheckResult(question="mse", outcome="right", message="mse: right.")
        mse: right.
    """

    question: str
    outcome: Outcome
    message: str
    misconceptions: tuple[str, ...] = ()
    hint: str = ""
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        """The message; below it the hint, and how to get more of it."""
        lines = [self.message]
        if self.hint:
            lines.append(f"Hint: {self.hint}")
        if self.misconceptions:
            lines.append(f"More: %gd_hint {' '.join(self.misconceptions)}")
        return "\n".join(lines)

    def __repr__(self) -> str:
        return str(self)


def read_check_text(text: str) -> tuple[str, str, tuple[str, ...]]:
    """The message, the hint and the ids of known mistakes in the text of a `CheckResult`.

    Example:
        >>> result = CheckResult(question="mse", outcome="wrong", message="mse is not right yet.",
        ...     misconceptions=("RK016",), hint="Should the loss double?")
        >>> read_check_text(str(result))
        ('mse is not right yet.', 'Should the loss double?', ('RK016',))
    """
    message, _, more = text.partition("\nMore: %gd_hint ")
    message, _, hint = message.partition("\nHint: ")
    return message, hint, tuple(more.split())


@dataclass(frozen=True, kw_only=True)
class Grade(Record):
    """The grade of one submission.

    Attributes:
        student: the student's id.
        assignment: the assignment's name.
        score: points earned so far, late penalties taken off.
        max_score: points that could be earned.
        needs_manual_grade: whether a person still has to read a written answer.
        note: what is special about it, such as ``"late"``, or the empty text.
    """

    student: str
    assignment: str
    score: float
    max_score: float
    needs_manual_grade: bool = False
    note: str = ""
