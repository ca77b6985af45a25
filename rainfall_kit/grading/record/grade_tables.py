"""Nbgrader's gradebook, read for a whole class at once: students, submissions, and the points of each cell."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbgrader.api import (
    BaseCell,
    Comment,
    Grade,
    Notebook,
    Student,
    SubmittedAssignment,
    SubmittedNotebook,
)

from rainfall_kit.grading.record.gradebook import extra_time, late_penalties, open_gradebook

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from nbgrader.coursedir import CourseDirectory


@dataclass(frozen=True, kw_only=True)
class StudentRow:
    """A student, as the gradebook has them; what it does not know is the empty text."""

    id: str
    first_name: str = ""
    last_name: str = ""
    email: str = ""
    lms_user_id: str = ""

    @property
    def name(self) -> str:
        """First and last name, or the id where the gradebook has neither.

        Example:
            >>> StudentRow(id="ash").name, StudentRow(id="a1", first_name="Ash", last_name="K").name
            ('ash', 'Ash K')
        """
        return f"{self.first_name} {self.last_name}".strip() or self.id


@dataclass(frozen=True, kw_only=True)
class CellRow:
    """The points of one graded cell of a submission.

    Attributes:
        notebook: its name.
        name: the cell's grade id.
        most: the points that it could earn.
        auto: what the autograder gave; None where a person has to give them.
        manual: what a person gave, or None.
        extra: extra credit.
        unread: whether a person has still to read it, or to look again at what has changed since.
    """

    notebook: str
    name: str
    most: float
    auto: float | None
    manual: float | None
    extra: float
    unread: bool

    @property
    def lacks_points(self) -> bool:
        """True if a person has still to give the points; what is `unread` may have them from before a change."""
        return self.auto is None and self.manual is None

    @property
    def points(self) -> float:
        """The points so far, as nbgrader counts them: a person's come first."""
        given = self.manual if self.manual is not None else self.auto
        return (given or 0.0) + (self.extra if given is not None else 0.0)


@dataclass(frozen=True, kw_only=True)
class SubmissionRow:
    """One submission.

    Attributes:
        student: whose it is.
        timestamp: when it was handed in, in UTC, or None.
        due: when it was due, in UTC, with the student's extension and extra hours; None where there is no date.
        penalties: by notebook, the points taken off for lateness.
        cells: every graded cell, by notebook and grade id.
        comments: by notebook and grade id of the answer, what a person wrote.
    """

    student: str
    timestamp: dt.datetime | None
    due: dt.datetime | None
    penalties: Mapping[str, float]
    cells: Mapping[tuple[str, str], CellRow]
    comments: Mapping[tuple[str, str], str]

    @property
    def seconds_late(self) -> float:
        """How late it was handed in; 0 in time."""
        if self.timestamp is None or self.due is None:
            return 0.0
        return max(0.0, (self.timestamp - self.due).total_seconds())

    @property
    def penalty(self) -> float:
        """The points taken off for lateness."""
        return sum(self.penalties.values())

    @property
    def score(self) -> float:
        """Points so far, what is taken off for lateness taken off: as ``nbgrader export`` has it."""
        return max(0.0, sum(cell.points for cell in self.cells.values()) - self.penalty)

    @property
    def max_score(self) -> float:
        """Points that could be earned."""
        return sum(cell.most for cell in self.cells.values())

    @property
    def unread(self) -> bool:
        """True if a person has still to read something, or to look at it again."""
        return any(cell.unread for cell in self.cells.values())

    @property
    def lacks_points(self) -> bool:
        """True if a person has still to give points."""
        return any(cell.lacks_points for cell in self.cells.values())


@dataclass(frozen=True, kw_only=True)
class ClassTables:
    """An assignment's part of the gradebook.

    Attributes:
        students: everybody whom the gradebook knows, sorted by id.
        submissions: by student.
        due: when the assignment is due, in UTC, or None.
        cells: the points that each graded cell can earn, by notebook and grade id.
        sources: the instructor's text of every known cell, with hidden tests, by notebook and grade id.
    """

    students: tuple[StudentRow, ...]
    submissions: Mapping[str, SubmissionRow]
    due: dt.datetime | None
    cells: Mapping[tuple[str, str], float]
    sources: Mapping[tuple[str, str], str]


def read_class(
    folders: CourseDirectory, assignment: str, students: Sequence[str] = ()
) -> ClassTables:
    """Read an assignment's grades from the gradebook.

    Args:
        folders: the course.
        assignment: its name.
        students: whose submissions; everybody's if empty.

    Raises:
        CourseError: the gradebook is not there, or does not know the assignment.
    """
    rule = late_penalties(folders.config).plugin_inst
    with open_gradebook(folders, assignment) as gradebook:
        known = gradebook.find_assignment(assignment)
        db = gradebook.db
        due = known.duedate
        rows = db.query(
            SubmittedAssignment.id,
            SubmittedAssignment.student_id,
            SubmittedAssignment.timestamp,
            SubmittedAssignment.extension,
        ).filter(SubmittedAssignment.assignment_id == known.id)
        if students:
            rows = rows.filter(SubmittedAssignment.student_id.in_(students))
        found = list(rows)
        notebooks, penalties = _notebooks(db, known.id, students)
        cells = _cells(db, known, students, notebooks)
        comments = _comments(db, known.id, students, notebooks)
        submissions = {
            student: SubmissionRow(
                student=student,
                timestamp=timestamp,
                due=due and due + (extension or dt.timedelta()) + extra_time(rule, student),
                penalties=penalties.get(key, {}),
                cells=cells.get(key, {}),
                comments=comments.get(key, {}),
            )
            for key, student, timestamp, extension in found
        }
        columns = Student.id, Student.first_name, Student.last_name, Student.email
        everybody = [
            StudentRow(**dict(zip(_STUDENT, (value or "" for value in row), strict=True)))
            for row in db.query(*columns, Student.lms_user_id).order_by(Student.id)
        ]
        graded = {
            (notebook.name, cell.name): float(cell.max_score)
            for notebook in known.notebooks
            for cell in (*notebook.grade_cells, *notebook.task_cells)
        }
        sources = {
            (notebook.name, cell.name): cell.source
            for notebook in known.notebooks
            for cell in notebook.source_cells
        }
    return ClassTables(
        students=tuple(everybody), submissions=submissions, due=due, cells=graded, sources=sources
    )


_STUDENT = "id", "first_name", "last_name", "email", "lms_user_id"
_Notebooks = dict[str, tuple[str, str]]  # by id: the submission's id, and the notebook's name


def _notebooks(
    db: Any, assignment: str, students: Sequence[str]
) -> tuple[_Notebooks, dict[str, dict[str, float]]]:
    columns = SubmittedNotebook.id, SubmittedNotebook.assignment_id, Notebook.name
    rows = db.query(*columns, SubmittedNotebook.late_submission_penalty).select_from(
        SubmittedNotebook
    )
    rows = rows.join(Notebook, SubmittedNotebook.notebook_id == Notebook.id)
    notebooks: _Notebooks = {}
    penalties: dict[str, dict[str, float]] = {}
    for key, submission, name, penalty in _of(rows, assignment, students):
        notebooks[key] = submission, name
        penalties.setdefault(submission, {})[name] = penalty or 0.0
    return notebooks, penalties


def _cells(
    db: Any, assignment: Any, students: Sequence[str], notebooks: _Notebooks
) -> dict[str, dict[tuple[str, str], CellRow]]:
    most = {
        cell.id: (cell.name, float(cell.max_score))
        for notebook in assignment.notebooks
        for cell in (*notebook.grade_cells, *notebook.task_cells)
    }
    columns = Grade.notebook_id, Grade.cell_id, Grade.auto_score, Grade.manual_score
    rows = db.query(*columns, Grade.extra_credit, Grade.needs_manual_grade).select_from(Grade)
    rows = rows.join(SubmittedNotebook, Grade.notebook_id == SubmittedNotebook.id)
    found: dict[str, dict[tuple[str, str], CellRow]] = {}
    for key, cell, auto, manual, extra, unread in _of(rows, assignment.id, students):
        submission, notebook = notebooks[key]
        name, points = most[cell]
        found.setdefault(submission, {})[notebook, name] = CellRow(
            notebook=notebook,
            name=name,
            most=points,
            auto=auto,
            manual=manual,
            extra=extra or 0.0,
            unread=bool(unread),
        )
    return found


def _comments(
    db: Any, assignment: str, students: Sequence[str], notebooks: _Notebooks
) -> dict[str, dict[tuple[str, str], str]]:
    rows = db.query(Comment.notebook_id, BaseCell.name, Comment.manual_comment)
    rows = rows.select_from(Comment).join(BaseCell, Comment.cell_id == BaseCell.id)
    rows = rows.join(SubmittedNotebook, Comment.notebook_id == SubmittedNotebook.id)
    rows = rows.filter(Comment.manual_comment.isnot(None))
    found: dict[str, dict[tuple[str, str], str]] = {}
    for key, name, comment in _of(rows, assignment, students):
        submission, notebook = notebooks[key]
        found.setdefault(submission, {})[notebook, name] = comment
    return found


def _of(rows: Any, assignment: str, students: Sequence[str]) -> Any:
    """Those of the rows that belong to submissions of the assignment, of these students."""
    submitted = SubmittedAssignment
    rows = rows.join(submitted, SubmittedNotebook.assignment_id == submitted.id)
    rows = rows.filter(submitted.assignment_id == assignment)
    return rows.filter(submitted.student_id.in_(students)) if students else rows
