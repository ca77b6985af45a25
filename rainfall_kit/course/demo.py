"""Demo course: a simulated class through generate, submit, autograde and feedback."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
from typing import TYPE_CHECKING

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from rainfall_kit.course.bundled_course import copy_course
from rainfall_kit.course.simulated_class import hand_in
from rainfall_kit.errors import CourseError
from rainfall_kit.grading.backend import LocalBackend
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.record.gradebook import read_grades
from rainfall_kit.grading.sandbox.isolation import choose_isolation
from rainfall_kit.grading.stock_grading import grade_class, nbgrader_environment

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from rich.console import Console

    from rainfall_kit.course.simulated_class import Student
    from rainfall_kit.records.outcomes import Grade


def grade_simulated_class(
    folder: Path, students: Sequence[Student], *, jobs: int, console: Console
) -> tuple[Grade, ...]:
    """Take a class through its assignment with the real nbgrader.

    Args:
        folder: becomes the course; new, or empty.
        students: the class, all of them with the same assignment.
        jobs: how many submissions to grade at a time.
        console: where the progress is shown.

    Returns:
        One grade for each student, in the order of the class.

    Raises:
        CourseError: the folder is in use, or nbgrader failed.
        OSError: the folder cannot be written.
    """
    (assignment,) = {student.assignment for student in students}
    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn()
    with _own_settings(), Progress(*columns, TimeElapsedColumn(), console=console) as progress:
        generating = progress.add_task("Generate the assignment", total=1)
        copy_course(folder)
        _nbgrader(folder, "generate_assignment", assignment)
        progress.advance(generating)

        handing_in = progress.add_task("Simulate the class", total=len(students))
        for student in students:
            hand_in(student, folder)
            progress.advance(handing_in)

        grading = progress.add_task("Grade", total=len(students))
        _grade(folder, assignment, jobs, lambda: progress.advance(grading))
        grades = read_grades(folder, assignment)

        writing = progress.add_task("Write the feedback", total=1)
        _nbgrader(folder, "generate_feedback", assignment)
        progress.advance(writing)
    by_student = {grade.student: grade for grade in grades}
    for student in students:
        if not feedback_page(folder, student).is_file():
            note = by_student[student.id].note
            raise CourseError(f"{student.id}'s submission got no feedback page: {note}")
    return tuple(by_student[student.id] for student in students)


def _grade(folder: Path, assignment: str, jobs: int, advance: Callable[[], None]) -> None:
    try:
        isolation = choose_isolation(None)
    except CourseError:  # the class is made up, so nothing in it needs a sandbox
        isolation = "none"
    if isolation is not None:
        with contextlib.suppress(CourseError):  # what does not start leaves everything to kernels
            grade_assignment(
                folder,
                assignment,
                backend=LocalBackend(isolation=isolation),
                jobs=jobs,
                on_graded=lambda _: advance(),
            )
            return
    grade_class(folder, assignment, jobs=jobs, on_graded=lambda _: advance())


@contextlib.contextmanager
def _own_settings() -> Iterator[None]:
    """Borrow the environment, so that nbgrader finds its parts and no other course."""
    before = dict(os.environ)
    os.environ.update(nbgrader_environment())
    # An instructor's own settings may name the folder and the gradebook of a real course.
    os.environ["JUPYTER_NO_CONFIG"] = "1"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        # Without settings, each process of Jupyter's leaves an empty folder behind.
        os.environ["TMPDIR"] = scratch
        try:
            yield
        finally:
            os.environ.clear()
            os.environ.update(before)


def _nbgrader(course: Path, command: str, assignment: str) -> None:
    """Run one of nbgrader's commands on the assignment, and keep its log to itself."""
    done = subprocess.run(  # noqa: S603  # every word of it is the kit's own
        [sys.executable, "-m", "nbgrader", command, assignment],
        cwd=course,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        lines = done.stdout.strip().splitlines() or ["it said nothing"]
        told = next((line for line in reversed(lines) if "Error" in line), lines[-1])
        raise CourseError(
            f"nbgrader could not {command.replace('_', ' ')} in {course}: {told.strip().rstrip('.')}. "
            f"Try, there: nbgrader {command} {assignment}"
        )


def feedback_page(course: Path, student: Student) -> Path:
    """The page that nbgrader writes for a student to get back.

    Example:
        >>> from pathlib import Path
        >>> from rainfall_kit.course.simulated_class import make_class
        >>> feedback_page(Path("demo"), make_class(1)[0]).as_posix()
        'demo/feedback/ash/gradient_descent/gradient_descent.html'
    """
    name = student.assignment
    return course / "feedback" / student.id / name / f"{name}.html"


def grades_table(students: Sequence[Student], grades: Sequence[Grade]) -> Table:
    """Table for a terminal: the grades of a class beside what was handed in.

    Args:
        students: the class.
        grades: one grade for each student, in the same order.

    Example:
        >>> from rich.console import Console
        >>> from rainfall_kit.course.simulated_class import make_class
        >>> from rainfall_kit.records.outcomes import Grade
        >>> grade = Grade(student="ash", assignment="gradient_descent", score=16, max_score=20)
        >>> Console(width=80).print(grades_table(make_class(1), [grade]))
        ┏━━━━━━━━━┳━━━━━━━━━━━━━━━━━━━━━━━━━┳━━━━━━━━━┳━━━━━━┓
        ┃ student ┃ handed in               ┃   score ┃ note ┃
        ┡━━━━━━━━━╇━━━━━━━━━━━━━━━━━━━━━━━━━╇━━━━━━━━━╇━━━━━━┩
        │ ash     │ right: as in the lesson │ 16 / 20 │      │
        └─────────┴─────────────────────────┴─────────┴──────┘
    """
    table = Table("student", "handed in")
    table.add_column("score", justify="right", no_wrap=True)
    table.add_column("note")
    for student, grade in zip(students, grades, strict=True):
        notes = [grade.note] if grade.note else []
        if grade.needs_manual_grade:
            notes.append("a written answer to read")
        score = f"{grade.score:g} / {grade.max_score:g}"
        table.add_row(student.id, student.answer, score, "; ".join(notes))
    return table
