"""Students of the gradebook, written: whoever is in a roster is in it."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from nbgrader.api import Gradebook

from rainfall_kit.grading.prepare.course import open_course
from rainfall_kit.grading.record.database import database_url, told_in_words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from rainfall_kit.grading.record.grade_tables import StudentRow


def write_students(course: Path, students: Iterable[StudentRow]) -> tuple[int, int, list[str]]:
    """Put students into the gradebook, or give those that are there what is known of them.

    Nobody is taken out: their grades would go with them.

    Args:
        course: the folder in which nbgrader is started.
        students: of the course.

    Returns:
        How many are new, how many had been there, and the ids of those in the gradebook that were not given.

    Raises:
        CourseError: the gradebook cannot be opened.
    """
    folders = open_course(course)
    given = {student.id: student for student in students}
    url = database_url(folders)
    with told_in_words(url), Gradebook(url, folders.course_id) as gradebook:
        before = {student.id for student in gradebook.students}
        for id_, student in given.items():
            known = {name: value for name, value in dataclasses.asdict(student).items() if value}
            gradebook.update_or_create_student(id_, **{k: v for k, v in known.items() if k != "id"})
    return len(given.keys() - before), len(given.keys() & before), sorted(before - given.keys())
