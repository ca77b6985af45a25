"""A roster is read in the form of the system that wrote it, and nobody is in it twice."""

import pytest
from lms_files import CANVAS, CANVAS_SPLIT, MOODLE
from nbgrader.api import Gradebook

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.exports.roster import read_roster
from rainfall_kit.grading.record.students import write_students

FILES = {
    "Canvas": (CANVAS, "canvas", ["ada", "mallory", "zoe"]),
    "Canvas without logins": (CANVAS.replace(",ada,", ",,"), "canvas", ["u1", "mallory", "zoe"]),
    "Canvas with split names": (CANVAS_SPLIT, "canvas", ["ada", "mallory", "zoe"]),
    "Moodle": (MOODLE, "moodle", ["ada", "mallory", "zoe"]),
    "Moodle up to 4": (MOODLE.replace("Last name", "Surname"), "moodle", ["ada", "mallory", "zoe"]),
    "Moodle, by semicolons": (MOODLE.replace(",", ";"), "moodle", ["ada", "mallory", "zoe"]),
    "nbgrader": ("id,first_name\na1,Ada\nb2,'=Bob\n", "csv", ["a1", "b2"]),
    "from Windows": ("\ufeffid,first_name\r\na1,Ada\r\n\r\n", "csv", ["a1"]),
}


def read(tmp_path, text, **options):
    path = tmp_path / "roster.csv"
    path.write_bytes(text.encode())
    return read_roster(path, **options)


@pytest.mark.parametrize("name", FILES)
def test_files(tmp_path, name):
    text, kind, ids = FILES[name]
    roster = read(tmp_path, text)
    assert (roster.kind, [student.id for student in roster.students]) == (kind, ids)


def test_names_come_from_either_system(tmp_path):
    for text in (CANVAS, CANVAS_SPLIT, MOODLE):
        ada = read(tmp_path, text).students[0]
        assert (ada.first_name, ada.last_name) == ("Ada", "Lovelace")


def test_a_name_loses_what_canvas_guards_it_with(tmp_path):
    mallory = read(tmp_path, CANVAS).students[1]
    assert (mallory.first_name, mallory.last_name) == ("Mallory", "=1+1")


def test_what_the_file_says_is_kept_as_it_stands(tmp_path):
    roster = read(tmp_path, "id,first_name\n'-17,'=Bob\n")
    assert [student.id for student in roster.students] == ["-17"]
    assert roster.rows["-17"] == {"id": "'-17", "first_name": "'=Bob"}
    assert read(tmp_path, CANVAS).students[0].lms_user_id == "101"


def test_another_column_may_have_the_ids(tmp_path):
    roster = read(tmp_path, CANVAS, id_column="SIS User ID")
    assert [student.id for student in roster.students] == ["u1", "u2", "u3"]


WRONG = {
    "twice": ("id\nann\nben\nann\n", "has ann twice"),
    "without an id": ("id,first_name\nann,A\n,B\n", "line 3 of .* has no id in id"),
    "no column of ids": ("name,points\nann,3\n", "has no column SIS Login ID"),
    "no CSV": ("id\n" + "x" * 200_000, "cannot be read as CSV"),
    "a quote that is not closed": ('id,first_name\nann,"A\nben,B\n', "cannot be read as CSV"),
    "empty": ("", "is empty"),
}


@pytest.mark.parametrize("name", WRONG)
def test_what_is_no_roster_is_told(tmp_path, name):
    text, words = WRONG[name]
    with pytest.raises(CourseError, match=words):
        read(tmp_path, text)


def test_students_go_into_the_gradebook_and_nobody_out_of_it(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c = get_config()\n")
    first = read(tmp_path, "id,first_name\nann,Ann\nben,Ben\n").students
    assert write_students(tmp_path, first) == (2, 0, [])
    second = read(tmp_path, "id,first_name,last_name\nann,,Lee\ncleo,Cleo,\n").students
    assert write_students(tmp_path, second) == (1, 1, ["ben"])
    with Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}") as gradebook:
        named = {one.id: (one.first_name, one.last_name) for one in gradebook.students}
    assert named == {"ann": ("Ann", "Lee"), "ben": ("Ben", None), "cleo": ("Cleo", None)}
