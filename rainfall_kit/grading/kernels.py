"""Grades an assignment where no walls can stand: stock nbgrader's kernels, told like the engine's grades."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit import installation
from rainfall_kit.grading.engine import Graded
from rainfall_kit.grading.prepare.course import submissions
from rainfall_kit.grading.record.gradebook import open_course
from rainfall_kit.grading.record.journal import Entry
from rainfall_kit.grading.stock_grading import grade_class

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def grade_with_kernels(
    course: Path,
    assignment: str,
    *,
    jobs: int = 2,
    on_start: Callable[[int], None] = lambda _: None,
    on_graded: Callable[[Graded], None] = lambda _: None,
) -> tuple[Graded, ...]:
    """Grade with ordinary kernels, one nbgrader for each submission: slower, everywhere, no walls.

    Args:
        course: the folder in which nbgrader is started.
        assignment: the assignment's name.
        jobs: how many submissions to run at a time.
        on_start: called with how many submissions there are.
        on_graded: called with each grade, all at the end.

    Returns:
        One entry for each submission, sorted by student; without the single cells.

    Raises:
        CourseError: the course cannot be read.

    Example:
        >>> from pathlib import Path
        >>> grade_with_kernels(Path("nowhere"), "gradient_descent")
        Traceback (most recent call last):
        rainfall_kit.errors.CourseError: nowhere is not a folder. Try: the folder that holds nbgrader_config.py
    """
    on_start(len(submissions(open_course(course), assignment)))
    graded = tuple(
        Graded(
            Entry(
                student=grade.student,
                submission="",
                assignment="",
                kit=installation.VERSION,
                secret="",
                tier="none: ordinary kernels",
                score=grade.score,
                max_score=grade.max_score,
                needs_manual_grade=grade.needs_manual_grade,
                note=grade.note,
            )
        )
        for grade in grade_class(course, assignment, jobs=jobs)
    )
    for each in graded:
        on_graded(each)
    return graded
