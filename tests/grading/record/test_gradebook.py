"""A grade is in nbgrader's gradebook whole, or not at all."""

import sqlite3

import pytest

from rainfall_kit.grading.prepare.course import open_course
from rainfall_kit.grading.record.gradebook import AssignmentGradebook, database_url


def test_a_submission_is_in_the_gradebook_whole_or_not_at_all(short, tmp_path):
    course = short.copy(tmp_path)
    with AssignmentGradebook(open_course(course), "hw") as book:
        with pytest.raises(TypeError):
            book.write("ann", None, {"hw": None})  # stops at the notebook: these are no scores
        book.undo()
    with sqlite3.connect(course / "gradebook.db") as gradebook:
        assert gradebook.execute("SELECT id FROM student").fetchall() == []
        assert gradebook.execute("SELECT id FROM submitted_assignment").fetchall() == []
    gradebook.close()


def test_a_gradebook_elsewhere_is_found_from_the_course(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c.CourseDirectory.db_url = 'sqlite:///a/b.db'")
    assert database_url(open_course(tmp_path)) == f"sqlite:///{tmp_path}/a/b.db"
