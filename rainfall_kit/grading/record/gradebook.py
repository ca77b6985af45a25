"""Nbgrader's gradebook, read and written."""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
from typing import TYPE_CHECKING, Any, Self

import nbformat
from nbgrader.api import Grade as GradeRow
from nbgrader.api import (
    Gradebook,
    InvalidEntry,
    MissingEntry,
    SubmittedAssignment,
    SubmittedNotebook,
)
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy.exc import OperationalError

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.assignment_notebook import (
    AssignmentNotebook,
    SourceCell,
    in_released_order,
)
from rainfall_kit.grading.prepare.course import open_course
from rainfall_kit.grading.prepare.notes import all_notes
from rainfall_kit.grading.record.database import (
    GradebookError,
    advice_on,
    database_url,
    has_tables,
    said_by,
    shown_url,
    told_in_words,
)
from rainfall_kit.records.outcomes import Grade

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from nbformat import NotebookNode
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    from rainfall_kit.grading.record.scoring import CellScore

# By the notebook's name and the cell's grade id: a person's score, or None, and extra credit.
Given = dict[tuple[str, str], tuple[float | None, float]]

LATE = "late"  # the note on a grade
# Sums that the database makes for a submission; asked for by name they come in one query.
_SUMS = ["score", "late_submission_penalty", "max_score", "needs_manual_grade"]


def notebook_names(course: Path, assignment: str) -> tuple[str, ...]:
    """The names of an assignment's notebooks, without ``.ipynb``.

    Raises:
        CourseError: the gradebook does not know the assignment.
    """
    with open_gradebook(open_course(course), assignment) as gradebook:
        return tuple(notebook.name for notebook in gradebook.find_assignment(assignment).notebooks)


def read_grades(course: Path, assignment: str) -> tuple[Grade, ...]:
    """The grade of every submission of an assignment, so far.

    Args:
        course: the folder in which nbgrader is started.
        assignment: the assignment's name.

    Returns:
        One grade for each student with a submission, sorted by student. The score is what
        ``nbgrader export`` writes: late penalties are taken off.

    Raises:
        CourseError: the gradebook is not there, or does not know the assignment.
    """
    folders = open_course(course)
    rule = late_penalties(folders.config).plugin_inst
    with open_gradebook(folders, assignment) as gradebook:
        found = gradebook.assignment_submissions(assignment)
        grades = [
            _with_notes(folders, _grade(submission, assignment, rule), submission)
            for submission in found
        ]
    return tuple(sorted(grades, key=lambda grade: grade.student))


class AssignmentGradebook:
    """The gradebook of one course, open; the only one that writes to it.

    Args:
        folders: the course.
        assignment: one that the gradebook knows.

    Raises:
        CourseError: the gradebook is not there, or does not know the assignment.
    """

    def __init__(self, folders: CourseDirectory, assignment: str) -> None:
        self._gradebook = open_gradebook(folders, assignment)
        self._assignment = assignment
        self._penalties = late_penalties(folders.config)
        # Or the session reads every cell of the assignment anew for each submission. It remembers
        # only what somebody holds.
        self._gradebook.db().expire_on_commit = False
        self._held = list(_cells_of(self._gradebook.find_assignment(assignment)))
        self._names = {entry.id: entry.name for entry in self._held}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, _kind: object, problem: BaseException | None, _traceback: object) -> None:
        with contextlib.suppress(GradebookError):  # the connection may be lost
            self._gradebook.close()
        if isinstance(problem, GradebookError):
            said = said_by(problem)
            raise CourseError(
                f"the gradebook gave up: {said}. What was graded before is kept. {advice_on(said)}"
            ) from problem

    def assignment_notebooks(
        self, released: Mapping[str, NotebookNode]
    ) -> tuple[AssignmentNotebook, ...]:
        """The assignment's notebooks, by name.

        Args:
            released: what was given out, by the notebooks' names.
        """
        notebooks = self._gradebook.find_assignment(self._assignment).notebooks
        return tuple(
            AssignmentNotebook(
                name=notebook.name,
                kernelspec=json.loads(notebook.kernelspec or "{}"),
                cells=in_released_order(_source_cells(notebook), released.get(notebook.name)),
            )
            for notebook in sorted(notebooks, key=lambda notebook: str(notebook.name))
        )

    def due_dates(self) -> dict[str, str]:
        """By student, for those who have handed in before; the empty name stands for all others.

        With what the configuration says of lateness, where it says something: a penalty depends on both.
        """
        policy = _policy(self._penalties.plugin_inst)
        assignment = self._gradebook.find_assignment(self._assignment)
        rows = self._gradebook.db.query(
            SubmittedAssignment.student_id, SubmittedAssignment.extension
        )
        rows = rows.filter(SubmittedAssignment.assignment_id == assignment.id)
        due = assignment.duedate
        known = {student: f"{due} + {more or 0}{policy}" for student, more in rows}
        return {**known, "": f"{due} + 0{policy}"}

    def write(
        self, student: str, timestamp: Any, scores: Mapping[str, Mapping[str, CellScore]]
    ) -> Grade:
        """Write the scores of one submission.

        Args:
            student: whose it is.
            timestamp: when it was handed in, or None.
            scores: by the notebook's name and the cell's grade id.

        Returns:
            The grade, as `read_grades` would tell it but for its notes.
        """
        when = {} if timestamp is None else {"timestamp": timestamp}
        db = self._gradebook.db
        # a flush in the middle of what nbgrader does would have SQLAlchemy warn of it
        with self._one_transaction(), db.no_autoflush:
            self._gradebook.update_or_create_student(student)
            db.flush()  # what nbgrader does next asks the database for the student
            submission = self._gradebook.update_or_create_submission(
                self._assignment, student, **when
            )
            for notebook in submission.notebooks:
                self._write_notebook(notebook, scores.get(notebook.name, {}))
            self._apply_late_penalties(submission)
            grade = _grade(submission, self._assignment, self._penalties.plugin_inst)
        self._forget(submission)
        return grade

    def apply_due_date(self, student: str) -> Grade:
        """Take off anew what a submission loses for lateness; its scores stay."""
        with self._one_transaction(), self._gradebook.db.no_autoflush:
            submission = self._gradebook.find_submission(self._assignment, student)
            self._apply_late_penalties(submission)
            grade = _grade(submission, self._assignment, self._penalties.plugin_inst)
        self._forget(submission)
        return grade

    def given_by_a_person(self, student: str) -> Given:
        """Scores and extra credit that a person gave, by the notebook's name and the cell's grade id."""
        assignment = self._gradebook.find_assignment(self._assignment)
        columns = (
            SubmittedNotebook.notebook_id,
            GradeRow.cell_id,
            GradeRow.manual_score,
            GradeRow.extra_credit,
        )
        rows = self._gradebook.db.query(*columns).join(
            GradeRow, GradeRow.notebook_id == SubmittedNotebook.id
        )
        rows = rows.join(
            SubmittedAssignment, SubmittedNotebook.assignment_id == SubmittedAssignment.id
        )
        rows = rows.filter(
            SubmittedAssignment.assignment_id == assignment.id,
            SubmittedAssignment.student_id == student,
        )
        return {
            (self._names[notebook], self._names[cell]): (manual, extra or 0.0)
            for notebook, cell, manual, extra in rows
            if manual is not None or extra
        }

    def _forget(self, submission: Any) -> None:
        if submission in self._gradebook.db:
            self._gradebook.db.expunge(submission)  # formgrader may change it meanwhile

    @contextlib.contextmanager
    def _one_transaction(self) -> Iterator[None]:
        """Commit once, at the end; nbgrader's own calls do it each, and each waits for the disk."""
        db = self._gradebook.db
        # Nor is there a flush: a new submission is then inserted with its scores, and not updated after it.
        db.commit = int  # does nothing
        try:
            yield
        except (
            InvalidEntry
        ) as problem:  # so nbgrader calls also that the database cannot be written
            if isinstance(problem.__context__, OperationalError):
                raise problem.__context__ from None
            raise
        finally:
            del db.commit
        self._end()

    def _end(self) -> None:
        self._gradebook.db.commit()

    def undo(self) -> None:
        """Roll back a `write` that failed half-way."""
        self._gradebook.db.rollback()

    def _write_notebook(self, notebook: Any, scores: Mapping[str, CellScore]) -> None:
        for grade in notebook.grades:
            name = self._names[grade.cell_id]  # grade.name would load the cell, each time
            if name in scores:
                grade.auto_score = scores[name].points
                by_hand = grade.manual_score is not None or grade.auto_score is None
                grade.needs_manual_grade = by_hand
        for comment in notebook.comments:
            name = self._names[comment.cell_id]
            if name in scores:
                comment.auto_comment = "No response." if scores[name].unchanged else None

    def _apply_late_penalties(self, submission: Any) -> None:
        db = self._gradebook.db
        db.flush()
        for notebook in submission.notebooks:
            self._apply_late_penalty(submission, notebook)
        db.flush()
        db.refresh(submission, _SUMS)

    def _apply_late_penalty(self, submission: Any, notebook: Any) -> None:
        """Do what nbgrader's AssignLatePenalties does, in this transaction."""
        if not self._penalties.enabled:
            return
        notebook.late_submission_penalty = None
        if submission.total_seconds_late > 0:
            self._gradebook.db.refresh(notebook, ["score"])
            penalty = self._penalties.plugin_inst.late_submission_penalty(
                submission.student_id, notebook.score, submission.total_seconds_late
            )
            if penalty is not None:
                notebook.late_submission_penalty = min(max(penalty, 0), notebook.score)


def late_penalties(config: Config) -> AssignLatePenalties:
    """Nbgrader's preprocessor for lateness, with the plugin that a course's configuration names."""
    penalties = AssignLatePenalties(config=config)
    penalties.init_plugin()
    return penalties


def extra_time(rule: object, student: str) -> dt.timedelta:
    """By how much a due date is later for a student, if the plugin is one that says so, as the kit's does."""
    told = getattr(rule, "extra_time", None)
    return told(student) if told is not None else dt.timedelta()


class UnwrittenGradebook(AssignmentGradebook):
    """The gradebook for a dry run: it tells the grades that it would have, and keeps none."""

    def _end(self) -> None:
        self.undo()


def _policy(plugin: Any) -> str:
    """Configuration of a penalty's plugin that is not its default; empty where there is none.

    Example:
        >>> from rainfall_kit.grading.plugins.late_penalty import DailyPenalty
        >>> _policy(DailyPenalty()), _policy(DailyPenalty(grace_minutes=5))
        ('', "; {'grace_minutes': 5.0}")
    """
    traits = plugin.traits(config=True)
    own = {name: getattr(plugin, name) for name, trait in sorted(traits.items())
           if getattr(plugin, name) != trait.default()}  # fmt: skip
    return f"; {own}" if own else ""


def _cells_of(assignment: Any) -> Iterator[Any]:
    for notebook in assignment.notebooks:
        yield notebook
        yield from (*notebook.grade_cells, *notebook.solution_cells, *notebook.task_cells)


def _source_cells(notebook: Any) -> list[SourceCell]:
    graded = {cell.name: float(cell.max_score) for cell in notebook.grade_cells}
    tasks = {cell.name: float(cell.max_score) for cell in notebook.task_cells}
    solutions = {cell.name for cell in notebook.solution_cells}
    return [
        SourceCell(
            name=cell.name,
            cell_type=cell.cell_type,
            source=cell.source,
            checksum=cell.checksum,
            locked=cell.locked,
            points={**graded, **tasks}.get(cell.name),
            solution=cell.name in solutions,
            task=cell.name in tasks,
        )
        for cell in notebook.source_cells
    ]


def open_gradebook(folders: CourseDirectory, assignment: str) -> Gradebook:
    """The gradebook of a course, opened; it is a context manager.

    Raises:
        CourseError: it is not there, or does not know the assignment.
    """
    command = f"nbgrader generate_assignment {assignment}"
    url = database_url(folders)
    with told_in_words(url):
        if not has_tables(url):
            raise CourseError(f"there is no gradebook at {shown_url(url)}. Try: {command}")
        gradebook = Gradebook(url, folders.course_id)
    try:
        with told_in_words(url):
            gradebook.find_assignment(assignment)
    except (MissingEntry, UnicodeEncodeError):  # no database holds a name that was not decoded
        names = ", ".join(known.name for known in gradebook.assignments) or "none"
        gradebook.close()
        raise CourseError(
            f"the gradebook has no assignment {assignment!r}; it has {names}. Try: {command}"
        ) from None
    return gradebook


def _grade(submission: Any, assignment: str, rule: object) -> Grade:
    late = submission.total_seconds_late - extra_time(rule, submission.student_id).total_seconds()
    return Grade(
        student=submission.student_id,
        assignment=assignment,
        score=max(0.0, float(submission.score) - float(submission.late_submission_penalty)),
        max_score=float(submission.max_score),
        needs_manual_grade=bool(submission.needs_manual_grade),
        note=LATE if late > 0 else "",
    )


def _with_notes(folders: CourseDirectory, grade: Grade, submission: Any) -> Grade:
    folder = folders.format_path(folders.autograded_directory, grade.student, grade.assignment)
    notes = [grade.note] if grade.note else []
    for name in sorted(notebook.name for notebook in submission.notebooks):
        notes += _notes_in_file(f"{folder}/{name}.ipynb")
    return dataclasses.replace(grade, note="; ".join(notes))


def _notes_in_file(path: str) -> list[str]:
    try:
        return all_notes(nbformat.read(path, as_version=4))
    except OSError:
        return ["not graded yet"]
