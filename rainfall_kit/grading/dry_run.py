"""Dry run: grades as the engine does, tells what would change, and keeps gradebook, notebooks and journal."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from rainfall_kit.grading.engine import open_assignment
from rainfall_kit.grading.record.course_lock import course_lock
from rainfall_kit.grading.record.gradebook import UnwrittenGradebook
from rainfall_kit.grading.record.journal import UnwrittenJournal

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nbformat import NotebookNode
    from nbgrader.coursedir import CourseDirectory

    from rainfall_kit.grading.engine import Grading
    from rainfall_kit.grading.prepare.assignment import Assignment
    from rainfall_kit.grading.prepare.submission import Submission


@contextlib.contextmanager
def open_dry_run(folders: CourseDirectory, assignment: str) -> Iterator[Grading]:
    """Open an assignment's gradebook and journal to read, and hold the course's lock.

    Raises:
        CourseError: the gradebook does not know the assignment, or the course is being graded.
    """
    root = Path(folders.root)
    with (
        UnwrittenGradebook(folders, assignment) as gradebook,
        course_lock(root, group_shared=folders.groupshared),
        open_assignment(
            folders, assignment, gradebook, _leave_out, UnwrittenJournal(root, assignment)
        ) as grading,
    ):
        yield grading


def _leave_out(_: Assignment, __: Submission, ___: Mapping[str, NotebookNode]) -> None:
    """Write no graded notebooks."""
