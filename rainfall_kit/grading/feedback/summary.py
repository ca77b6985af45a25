"""Feedback summary of one submission's notebook: each question's outcome, points, message, hints and comment."""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rainfall_kit.checks.questions.registry import find_misconception
from rainfall_kit.errors import OptionError
from rainfall_kit.grading.local_time import first_full_minute
from rainfall_kit.grading.local_time import in_words as time_in_words
from rainfall_kit.grading.prepare.notes import notes_of
from rainfall_kit.grading.record.scoring import said_of
from rainfall_kit.grading.results.cell_output import CellOutput, read_output
from rainfall_kit.grading.sandbox.job import FAILURES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from nbformat import NotebookNode

    from rainfall_kit.checks.questions.misconception import Misconception
    from rainfall_kit.grading.plugins.late_penalty import DailyPenalty
    from rainfall_kit.grading.record.grade_tables import CellRow, SubmissionRow
    from rainfall_kit.grading.record.tries import Tries
    from rainfall_kit.grading.results.notebook_questions import NotebookQuestion

State = Literal[
    "right", "partly right", "wrong", "not tried", "could not run", "not read yet", "read"
]
# The first of these that a question's cells have is the question's.
_WORST_FIRST: tuple[State, ...] = (
    "could not run", "wrong", "partly right", "not tried", "not read yet", "read", "right",
)  # fmt: skip

# What Python calls a notebook's cell, before the line of a syntax error.
_CELL_NAME = re.compile(r"\((?:\d+\.py|<[^>]*>), (?=line \d)")


@dataclass(frozen=True, kw_only=True)
class Hint:
    """The stages of what is told of one known mistake: its name, and each stage's name with its text."""

    name: str
    stages: tuple[tuple[str, str], ...]


@dataclass(frozen=True, kw_only=True)
class QuestionFeedback:
    """One question as a student is told of it.

    Attributes:
        title: the notebook's own heading.
        state: how it came out.
        points: so far.
        most: what it could earn.
        waiting: the points that a person has still to give or to keep.
        message: what is the matter, or the empty text.
        hints: what there is to unfold, for each known mistake.
        comments: what a person wrote on it.
        anchor: the grade id of the cell to look at.
    """

    title: str
    state: State
    points: float
    most: float
    waiting: float
    message: str
    hints: tuple[Hint, ...]
    comments: tuple[str, ...]
    anchor: str


@dataclass(frozen=True, kw_only=True)
class Summary:
    """Summary above the notebook, for the student.

    Attributes:
        questions: one after another.
        earned: points of all questions.
        most: what could be earned.
        waiting: the points that a person has still to give.
        penalty: points taken off for lateness.
        late: how late it was, in words, or the empty text.
        due: when it was due, in words, or the empty text.
        tries: which try this was, and when the next one is graded, or the empty text.
        rule: by which points are taken off, in words, or the empty text.
        notes: what is special about what was handed in.
    """

    questions: tuple[QuestionFeedback, ...]
    earned: float
    most: float
    waiting: float
    penalty: float
    late: str
    due: str
    tries: str = ""
    rule: str = ""
    notes: tuple[str, ...] = ()

    @property
    def total(self) -> float:
        """Points that count so far."""
        return max(0.0, self.earned - self.penalty)


def summarise(
    nb: NotebookNode,
    questions: Sequence[NotebookQuestion],
    grades: SubmissionRow,
    *,
    untouched: Collection[str],
    hidden: Collection[str],
    zone: dt.tzinfo | None,
    tries: Tries | None = None,
    late_rule: DailyPenalty | None = None,
) -> Summary:
    """Put together what there is to say of one graded notebook.

    Args:
        nb: as it was graded; hidden tests may be taken out.
        questions: of this notebook.
        grades: of the submission, from the gradebook.
        untouched: the grade ids of answers that are as they were given out.
        hidden: the grade ids of tests that students do not see.
        zone: in which times are shown; None for this machine's.
        tries: of the assignment, where it has been watched.
        late_rule: what takes points off for lateness, where it is the kit's.
    """
    cells = {
        cell.metadata.nbgrader.grade_id: cell
        for cell in nb.cells
        if cell.metadata.get("nbgrader", {}).get("grade_id")
    }
    told = [
        _question(question, cells, grades, untouched=untouched, hidden=hidden)
        for question in questions
    ]
    penalty = sum(grades.penalties.get(name, 0.0) for name in {one.notebook for one in questions})
    earned = sum(one.points for one in told)
    return Summary(
        questions=tuple(told),
        earned=earned,
        most=sum(one.most for one in told),
        waiting=sum(one.waiting for one in told),
        penalty=penalty,
        late=in_words(grades.seconds_late) if grades.seconds_late else "",
        due=time_in_words(grades.due, zone) if grades.due else "",
        tries=tries_in_words(tries, grades.student, grades.timestamp, zone) if tries else "",
        rule=_rule(late_rule, grades, earned, penalty),
        notes=tuple(map(str, notes_of(nb))),
    )


def _rule(
    late_rule: DailyPenalty | None, grades: SubmissionRow, earned: float, penalty: float
) -> str:
    """The rule in words, where what is taken off follows from it: not where a person gave points since."""
    if late_rule is None:
        return ""
    follows = late_rule.points_off(earned, grades.seconds_late)
    return late_rule.in_words() if math.isclose(follows, penalty) else ""


def _question(
    question: NotebookQuestion,
    cells: Mapping[str, NotebookNode],
    grades: SubmissionRow,
    *,
    untouched: Collection[str],
    hidden: Collection[str],
) -> QuestionFeedback:
    rows = [
        grades.cells[question.notebook, name]
        for name in question.graded
        if (question.notebook, name) in grades.cells
    ]
    outputs = {row.name: _output(cells.get(row.name)) for row in rows}
    blank = bool(question.answers) and all(name in untouched for name in question.answers)
    states = {
        row.name: _state(row, outputs[row.name], blank=blank, written=row.name in question.answers)
        for row in rows
    }
    state: State = next((one for one in _WORST_FIRST if one in states.values()), "not tried")
    if rows and all(row.points >= row.most for row in rows):
        state = "right"
    failed = [name for name, one in states.items() if one not in ("right", "not read yet", "read")]
    first = next((name for name in failed if outputs[name].message), None)
    if state == "not tried" and blank:  # an assert's error about a stub tells nothing
        told = CellOutput()
    else:
        told = outputs[first] if first is not None and state != "right" else CellOutput()
    message = told.message
    if state != "right" and not blank:
        message = " ".join(filter(None, (_own_error(question, cells), message)))
    if first in hidden and any(one == "right" for one in states.values()) and message:
        message = f"What you can test passes, and a test that you do not see does not. {message}"
    if state == "not tried" and not message:
        message = "Nothing was written here."
    return QuestionFeedback(
        title=question.title,
        state=state,
        points=sum(row.points for row in rows),
        most=sum(row.most for row in rows),
        waiting=sum(row.most for row in rows if states[row.name] == "not read yet"),
        message=message,
        hints=_hints(told),
        comments=tuple(
            comment
            for name in dict.fromkeys((*question.answers, *question.graded))
            if (comment := grades.comments.get((question.notebook, name), "").strip())
        ),
        anchor=(*question.answers, *question.graded)[0],
    )


def _own_error(question: NotebookQuestion, cells: Mapping[str, NotebookNode]) -> str:
    """Error with which the cell of the answer itself ended, in a sentence: what a test says may come of it."""
    for cell in (cells[name] for name in question.answers if name in cells):
        for output in cell.get("outputs", ()):
            if output.output_type == "error" and output.ename not in FAILURES:
                said = said_of(output).removesuffix(".")
                return f"Your cell itself ended with an error: {_CELL_NAME.sub('(', said)}."
    return ""


def _output(cell: NotebookNode | None) -> CellOutput:
    return read_output(cell) if cell is not None else CellOutput()


def _state(row: CellRow, output: CellOutput, *, blank: bool, written: bool) -> State:
    if row.manual is not None:
        return "right" if row.points >= row.most else "read"
    if row.auto is None:
        return "not read yet"
    if row.points >= row.most > 0:
        return "right"
    if (
        blank or written
    ):  # nbgrader gives 0 to a written answer only where it is as it was given out
        return "not tried"
    if row.points > 0:
        return "partly right"
    return output.outcome if output.outcome not in (None, "right") else "wrong"


def _hints(told: CellOutput) -> tuple[Hint, ...]:
    known = [entry for entry in map(_known, told.misconceptions) if entry is not None]
    if known:
        return tuple(
            Hint(
                name=f"{entry.name} ({entry.id})",
                stages=(("Hint", entry.hint), ("Look closer", entry.more), ("Why", entry.why)),
            )
            for entry in known
        )
    return (Hint(name="", stages=(("Hint", told.hint),)),) if told.hint else ()


def _known(id_: str) -> Misconception | None:
    try:
        return find_misconception(id_)
    except OptionError:  # of another version of the kit, or the student's own words
        return None


def tries_in_words(
    tries: Tries, student: str, timestamp: dt.datetime | None, zone: dt.tzinfo | None
) -> str:
    """Number of this try of a watched assignment, and when the next one is graded; empty where it was none.

    Args:
        tries: of the assignment.
        student: whose.
        timestamp: when what was graded was handed in, in UTC, or None.
        zone: in which times are shown.
    """
    done = tries.of(student).tries
    if not done:
        return ""
    handed_in = _at(done[-1].handed_in)
    if timestamp is not None and timestamp.replace(tzinfo=dt.UTC) != handed_in:
        return ""  # somebody has graded another submission
    of = f" of {tries.most}" if tries.most else ""
    line = f"Try {len(done)}{of}, handed in on {time_in_words(handed_in, zone)}."
    following = tries.allowed_from(student)
    if following is None:
        return (
            f"{line} It was the last: what you hand in after it is kept, and not graded by itself."
        )
    if tries.waiting_minutes:
        line += f" What you hand in next is graded from {time_in_words(first_full_minute(_at(following)), zone)} on."
    return line


def _at(seconds: float) -> dt.datetime:
    return dt.datetime.fromtimestamp(seconds, dt.UTC)


def in_words(seconds: float) -> str:
    """A length of time to two units; what is longer than that is said to be.

    Example:
        >>> in_words(86_401), in_words(40), in_words(7200)
        ('more than 1 day', 'less than a minute', '2 hours')
    """
    left, rest = divmod(seconds, 60)
    parts: list[str] = []
    for unit, minutes in (("day", 24 * 60), ("hour", 60), ("minute", 1)):
        count, left = divmod(int(left), minutes)
        if count and len(parts) < 2:
            parts.append(f"{count} {unit}{'s' if count > 1 else ''}")
        else:
            rest += count
    more = "more than " if rest else ""
    return more + " ".join(parts) if parts else "less than a minute"
