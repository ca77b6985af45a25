"""Everything that is read from nbgrader's gradebook or written to it; no other module knows it."""

from __future__ import annotations

import contextlib
import dataclasses
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import nbformat
from jupyter_core.paths import jupyter_config_path
from nbgrader.api import Gradebook, MissingEntry, SubmittedAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import AssignLatePenalties
from sqlalchemy import create_engine, inspect, make_url
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Application

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.assignment_notebook import Sheet, SourceCell, arrange
from rainfall_kit.grading.prepare.notebook_reader import notes_of
from rainfall_kit.grading.sandbox.job import FAILURES
from rainfall_kit.records.outcomes import Grade

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nbformat import NotebookNode

# What the database adds up, for a submission; asked for by name it comes in one query.
_SUMS = ["score", "late_submission_penalty", "max_score", "needs_manual_grade"]


def open_course(course: Path) -> CourseDirectory:
    """The folders and the gradebook of a course, as its ``nbgrader_config.py`` names them.

    Args:
        course: the folder in which nbgrader is started.

    Raises:
        CourseError: the folder is not there, or its configuration cannot be read.

    Example:
        >>> from pathlib import Path
        >>> open_course(Path("/")).submitted_directory
        'submitted'
    """
    if not course.is_dir():
        raise CourseError(
            f"{course} is not a folder. Try: the folder that holds nbgrader_config.py"
        )
    reader = Application(raise_config_file_errors=True)
    try:
        # Where nbgrader looks, the course last: its settings win.
        reader.load_config_file("nbgrader_config", [str(course), *jupyter_config_path()])
    except Exception as problem:
        raise CourseError(
            f"{course / 'nbgrader_config.py'} cannot be read: {problem}. "
            "Try: nbgrader --help-all, which lists what it may hold"
        ) from problem
    reader.config.CourseDirectory.setdefault("root", str(course.resolve()))
    return whole_database(CourseDirectory(config=reader.config))


def whole_database(folders: CourseDirectory) -> CourseDirectory:
    """The same course, with a path to its gradebook that holds wherever this process stands."""
    url = make_url(folders.db_url)
    if url.get_backend_name() == "sqlite" and url.database:
        # nbgrader is started in the course; here a path has to be whole.
        url = url.set(database=str(Path(folders.root, url.database)))
        folders.db_url = url.render_as_string(hide_password=False)
    return folders


def notebook_names(course: Path, assignment: str) -> tuple[str, ...]:
    """The names of an assignment's notebooks, without ``.ipynb``.

    Raises:
        CourseError: the gradebook does not know the assignment.

    Example:
        >>> from pathlib import Path
        >>> notebook_names(Path("nowhere"), "gradient_descent")
        Traceback (most recent call last):
        rainfall_kit.errors.CourseError: nowhere is not a folder. \
Try: the folder that holds nbgrader_config.py
    """
    with _open_gradebook(open_course(course), assignment) as gradebook:
        return tuple(each.name for each in gradebook.find_assignment(assignment).notebooks)


def read_grades(course: Path, assignment: str) -> tuple[Grade, ...]:
    """What every submission of an assignment has earned so far.

    Args:
        course: the folder in which nbgrader is started.
        assignment: the assignment's name.

    Returns:
        One grade for each student with a submission, sorted by student. The score is what
        ``nbgrader export`` writes: late penalties are taken off.

    Raises:
        CourseError: the gradebook is not there, or does not know the assignment.

    Example:
        >>> from pathlib import Path
        >>> read_grades(Path("nowhere"), "gradient_descent")
        Traceback (most recent call last):
        rainfall_kit.errors.CourseError: nowhere is not a folder. \
Try: the folder that holds nbgrader_config.py
    """
    folders = open_course(course)
    with _open_gradebook(folders, assignment) as gradebook:
        found = gradebook.assignment_submissions(assignment)
        grades = [_with_notes(folders, _grade(each, assignment), each) for each in found]
    return tuple(sorted(grades, key=lambda grade: grade.student))


@dataclass(frozen=True, kw_only=True)
class CellScore:
    """What the autograder gives for one cell.

    Attributes:
        points: None where a person has to give them.
        unchanged: whether a cell for a student's answer is as it had been given out.
    """

    points: float | None = None
    unchanged: bool = False


class AssignmentGradebook:
    """The gradebook of one course, open; the only one that writes to it.

    Args:
        folders: the course.
        assignment: one that the gradebook knows.

    Raises:
        CourseError: the gradebook is not there, or does not know the assignment.
    """

    def __init__(self, folders: CourseDirectory, assignment: str) -> None:
        self._gradebook = _open_gradebook(folders, assignment)
        self._assignment = assignment
        self._penalties = AssignLatePenalties(config=folders.config)
        self._penalties.init_plugin()
        # Or the session reads every cell of the assignment anew for each submission. It remembers
        # only what somebody holds.
        self._gradebook.db().expire_on_commit = False
        self._held = list(_cells_of(self._gradebook.find_assignment(assignment)))
        self._names = {each.id: each.name for each in self._held}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._gradebook.close()

    def sheets(self, released: Mapping[str, NotebookNode]) -> tuple[Sheet, ...]:
        """What the gradebook knows of each notebook of the assignment.

        Args:
            released: what was given out, by the notebooks' names.
        """
        notebooks = self._gradebook.find_assignment(self._assignment).notebooks
        return tuple(
            Sheet(
                name=notebook.name,
                kernelspec=json.loads(notebook.kernelspec or "{}"),
                cells=arrange(_source_cells(notebook), released.get(notebook.name)),
            )
            for notebook in sorted(notebooks, key=lambda each: str(each.name))
        )

    def due_dates(self) -> dict[str, str]:
        """When each student who has handed in before has to; the empty name stands for all others."""
        assignment = self._gradebook.find_assignment(self._assignment)
        rows = self._gradebook.db.query(
            SubmittedAssignment.student_id, SubmittedAssignment.extension
        )
        rows = rows.filter(SubmittedAssignment.assignment_id == assignment.id)
        known = {student: f"{assignment.duedate} + {more or 0}" for student, more in rows}
        return {**known, "": f"{assignment.duedate} + 0"}

    def write(
        self, student: str, timestamp: Any, scores: Mapping[str, Mapping[str, CellScore]]
    ) -> Grade:
        """Write what one submission has earned.

        Args:
            student: whose it is.
            timestamp: when it was handed in, or None.
            scores: by the notebook's name and the cell's grade id.

        Returns:
            The grade, as `read_grades` would tell it but for its note.
        """
        handed_in = {} if timestamp is None else {"timestamp": timestamp}
        db = self._gradebook.db
        # a flush in the middle of what nbgrader does would have SQLAlchemy warn of it
        with self._one_transaction(), db.no_autoflush:
            self._gradebook.update_or_create_student(student)
            submission = self._gradebook.update_or_create_submission(
                self._assignment, student, **handed_in
            )
            for notebook in submission.notebooks:
                self._write_notebook(notebook, scores[notebook.name])
            db.flush()
            for notebook in submission.notebooks:
                self._take_off(submission, notebook)
            db.flush()
            db.refresh(submission, _SUMS)
        grade = _grade(submission, self._assignment)
        db.expunge(submission)  # formgrader may change it meanwhile
        return grade

    @contextlib.contextmanager
    def _one_transaction(self) -> Iterator[None]:
        """Commit once, at the end; nbgrader's own calls do it each, and each waits for the disk."""
        db = self._gradebook.db
        db.commit = db.flush
        try:
            yield
        finally:
            del db.commit
        db.commit()

    def undo(self) -> None:
        """Forget what a `write` that failed half-way has begun."""
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

    def _take_off(self, submission: Any, notebook: Any) -> None:
        """What nbgrader's AssignLatePenalties does, in this transaction."""
        notebook.late_submission_penalty = None
        if submission.total_seconds_late > 0:
            self._gradebook.db.refresh(notebook, ["score"])
            penalty = self._penalties.plugin_inst.late_submission_penalty(
                submission.student_id, notebook.score, submission.total_seconds_late
            )
            if penalty is not None:
                notebook.late_submission_penalty = min(max(penalty, 0), notebook.score)


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


def _open_gradebook(folders: CourseDirectory, assignment: str) -> Gradebook:
    wanted = f"nbgrader generate_assignment {assignment}"
    try:
        there = _has_tables(folders.db_url)
    except SQLAlchemyError as problem:
        raise CourseError(
            f"the gradebook {folders.db_url} cannot be opened: {problem}. Try: {wanted}"
        ) from problem
    if not there:
        raise CourseError(f"there is no gradebook at {folders.db_url}. Try: {wanted}")
    gradebook = Gradebook(folders.db_url, folders.course_id)
    try:
        gradebook.find_assignment(assignment)
    except MissingEntry:
        known = ", ".join(each.name for each in gradebook.assignments) or "none"
        gradebook.close()
        raise CourseError(
            f"the gradebook has no assignment {assignment!r}; it has {known}. Try: {wanted}"
        ) from None
    return gradebook


def _has_tables(database: str) -> bool:
    # Both Gradebook and SQLite make a database where there is none.
    url = make_url(database)
    if url.get_backend_name() == "sqlite" and not Path(url.database or "").is_file():
        return False
    engine = create_engine(url)
    try:
        return bool(inspect(engine).has_table("assignment"))
    finally:
        engine.dispose()


def _grade(submission: Any, assignment: str) -> Grade:
    return Grade(
        student=submission.student_id,
        assignment=assignment,
        score=max(0.0, float(submission.score) - float(submission.late_submission_penalty)),
        max_score=float(submission.max_score),
        needs_manual_grade=bool(submission.needs_manual_grade),
        note="late" if submission.total_seconds_late > 0 else "",
    )


def _with_notes(folders: CourseDirectory, grade: Grade, submission: Any) -> Grade:
    folder = folders.format_path(folders.autograded_directory, grade.student, grade.assignment)
    notes = [grade.note] if grade.note else []
    for name in sorted(each.name for each in submission.notebooks):
        notes += _notes(f"{folder}/{name}.ipynb")
    return dataclasses.replace(grade, note="; ".join(notes))


def _notes(path: str) -> list[str]:
    """What is special about a graded notebook."""
    try:
        return notes_in(nbformat.read(path, as_version=4))
    except OSError:
        return ["not graded yet"]


def notes_in(nb: NotebookNode) -> list[str]:
    """What is special about a submission once it has been run, for the instructor."""
    failed = [
        f"{_name(cell)} {FAILURES[output.ename]}"
        for cell in nb.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error" and output.ename in FAILURES
    ]
    return [*map(str, notes_of(nb)), *failed]


def _name(cell: Any) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id") or f"the cell {cell.id}"
