"""What a gradebook's database complains of is told with what to do."""

import sqlite3

import pytest

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.course import open_course
from rainfall_kit.grading.record.database import database_url
from rainfall_kit.grading.record.grade_tables import StudentRow
from rainfall_kit.grading.record.gradebook import open_gradebook
from rainfall_kit.grading.record.students import write_students


def test_a_gradebook_elsewhere_is_found_from_the_course(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c.CourseDirectory.db_url = 'sqlite:///a/b.db'")
    assert database_url(open_course(tmp_path)) == f"sqlite:///{tmp_path}/a/b.db"


def locked(path):
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN EXCLUSIVE")
    return other


@pytest.fixture
def course(tmp_path):
    """A course whose gradebook gives up at once where another writes to it."""
    path = tmp_path / "gradebook.db"
    (tmp_path / "nbgrader_config.py").write_text(
        f"c.CourseDirectory.db_url = 'sqlite:///{path}?timeout=0'"
    )
    with sqlite3.connect(path) as gradebook:
        gradebook.execute("CREATE TABLE assignment (id TEXT)")
    gradebook.close()
    return tmp_path


def test_a_locked_gradebook_is_told_as_one(course):
    other = locked(course / "gradebook.db")
    told = "cannot be opened: database is locked. Another program is writing to it"
    for act in (
        lambda: open_gradebook(open_course(course), "hw"),
        lambda: write_students(course, [StudentRow(id="ann")]),
    ):
        with pytest.raises(CourseError, match=told):
            act()
    other.close()


def test_what_is_no_database_is_told_as_such(course):
    (course / "gradebook.db").write_bytes(b"no database " * 100)
    with pytest.raises(CourseError, match=r"file is not a database\. Try: the file from a backup"):
        open_gradebook(open_course(course), "hw")


def test_a_path_that_is_too_long_for_sqlite_is_told_as_one(tmp_path):
    course = tmp_path
    while len(str(course)) < 430:
        course /= "x" * 50
    course.mkdir(parents=True)
    for size in (504, 505):
        name = "y" * (size - len(str(course)) - 1)
        (course / "nbgrader_config.py").write_text(f"c.CourseDirectory.db_url = 'sqlite:///{name}'")
        told = "there is no gradebook" if size == 504 else "has 505 bytes, and SQLite .* than 504"
        with pytest.raises(CourseError, match=told):
            open_gradebook(open_course(course), "hw")
    sqlite3.connect(f"{course}/{name[1:]}").executescript("CREATE TABLE t (a)").connection.close()
    with pytest.raises(sqlite3.OperationalError, match="unable to open"):
        sqlite3.connect(f"{course}/{name}")
