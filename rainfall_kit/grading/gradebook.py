"""Reads grades out of nbgrader's gradebook; no other module knows that database."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import nbformat
from jupyter_core.paths import jupyter_config_path
from nbgrader.api import Gradebook, MissingEntry
from nbgrader.coursedir import CourseDirectory
from sqlalchemy import create_engine, inspect, make_url
from sqlalchemy.exc import SQLAlchemyError
from traitlets.config import Application

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.execution import FAILURES
from rainfall_kit.grading.submission import notes_of
from rainfall_kit.records import Grade

__all__ = ["notebook_names", "open_course", "read_grades"]


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
    folders = CourseDirectory(config=reader.config)
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
        grades = [_grade(folders, submission, assignment) for submission in found]
    return tuple(sorted(grades, key=lambda grade: grade.student))


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


def _grade(folders: CourseDirectory, submission: Any, assignment: str) -> Grade:
    student = submission.student.id
    notes = ["late"] if submission.total_seconds_late > 0 else []
    folder = folders.format_path(folders.autograded_directory, student, assignment)
    for name in sorted(each.name for each in submission.notebooks):
        notes += _notes(f"{folder}/{name}.ipynb")
    return Grade(
        student=student,
        assignment=assignment,
        score=max(0.0, float(submission.score) - float(submission.late_submission_penalty)),
        max_score=float(submission.max_score),
        needs_manual_grade=bool(submission.needs_manual_grade),
        note="; ".join(notes),
    )


def _notes(path: str) -> list[str]:
    """What is special about a graded notebook."""
    try:
        nb = nbformat.read(path, as_version=4)
    except OSError:
        return ["not graded yet"]
    failed = [
        f"{_name(cell)} {FAILURES[output.ename]}"
        for cell in nb.cells
        for output in cell.get("outputs", [])
        if output.output_type == "error" and output.ename in FAILURES
    ]
    return [*map(str, notes_of(nb)), *failed]


def _name(cell: Any) -> str:
    return cell.metadata.get("nbgrader", {}).get("grade_id") or f"the cell {cell.id}"
