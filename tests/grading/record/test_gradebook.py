"""A grade is in nbgrader's gradebook whole, or not at all."""

import sqlite3

import pytest
from sqlalchemy import text

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.course import open_course
from rainfall_kit.grading.record.gradebook import AssignmentGradebook


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


def test_a_gradebook_that_cannot_be_written_is_told_in_words(short, tmp_path):
    told = r"gave up: attempt to write a readonly database\. .* where a group grades, chmod g\+w"
    course = open_course(short.copy(tmp_path))
    with pytest.raises(CourseError, match=told), AssignmentGradebook(course, "hw") as book:
        write_read_only(book)


def write_read_only(book):
    book._gradebook.db.execute(text("PRAGMA query_only = ON"))
    book.write("ann", None, {})
