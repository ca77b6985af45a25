"""Grades leave the gradebook in the form of each system, a row for each student, none missing and none twice."""

import csv
import io
import json
from datetime import timedelta

import pytest
from lms_files import CANVAS, CANVAS_SPLIT, MOODLE
from made_class import DUE, MOST, NAME, entry, make_course
from nbgrader.api import Gradebook

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.exports.export import export_grades
from rainfall_kit.grading.exports.roster import read_roster
from rainfall_kit.grading.results.class_results import read_results

GRADES = {"ada": (1.0, 2.0, 3.0, None), "mallory": (0.0, 0.0, 3.0, 0.0)}


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    told = [("wrong", ("RK016",), "mse is not right yet.")] * 2 + [("right", (), "")]
    line = entry(
        "mallory",
        [
            (name, points, *one)
            for name, points, one in zip(MOST, GRADES["mallory"], told, strict=False)
        ],
    )
    course = make_course(
        tmp_path_factory.mktemp("exports") / "course",
        {who: dict(zip(MOST, points, strict=True)) for who, points in GRADES.items()},
        roster=[{"id": "zoe", "first_name": "Zoe"}, {"id": "ada", "first_name": "Ada", "last_name": "Lovelace",
                "email": "ada@example.org", "lms_user_id": "101"}],
        entries=[line], timestamps={"mallory": DUE + timedelta(days=1)},
    )  # fmt: skip
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.find_submission_notebook(NAME, NAME, "mallory").late_submission_penalty = 0.3
        gradebook.db.commit()
    return read_results(course, NAME)


def roster(tmp_path, text, **options):
    path = tmp_path / "roster.csv"
    path.write_text(text, encoding="utf-8")
    return read_roster(path, **options)


def rows(text):
    return list(csv.reader(io.StringIO(text)))


def test_canvas_gets_its_own_lines_back_with_the_score(results, tmp_path):
    made = export_grades(results, "canvas", roster(tmp_path, CANVAS))
    assert rows(made.text) == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "hw (77)"],
        ["Points Possible", "", "", "", "", "10"],
        ["Lovelace, Ada", "101", "u1", "ada", "CS, one", "6"],
        ['\'="=1+1, Mallory"', "102", "u2", "mallory", "CS", "2.7"],
        ["Test, Zoe", "103", "u3", "zoe", "CS", ""],
    ]
    assert (made.written, made.without, made.unfinished) == (2, ("zoe",), ("ada",))


def test_canvas_with_split_names_gets_a_form_that_it_reads(results, tmp_path):
    table = rows(export_grades(results, "canvas", roster(tmp_path, CANVAS_SPLIT)).text)
    assert table[0][-1] == "hw (77)"
    assert table[2] == ["Lovelace, Ada", "101", "", "ada", "CS, one", "6"]


# Canvas and Moodle look for exactly what they have given (their gradebook_importer.rb and load_data.php).
IDS = {
    "a number": ("-17", "-17"),
    "a telephone number": ("+49.170", "+49.170"),
    "a handle": ("@ada", "@ada"),
    "a login": ("-ada-l", "-ada-l"),
    "a formula": ("=1+1", "'=1+1"),
    "a function": ("+SUM(A1)", "'+SUM(A1)"),
    "a program": ("@cmd|' /C calc'!A0", "'@cmd|' /C calc'!A0"),
    "a link": ("-[a.xlsx]b!A1", "'-[a.xlsx]b!A1"),
    "an apostrophe of its own": ("'-17", "'-17"),
}


@pytest.mark.parametrize("name", IDS)
def test_an_id_comes_back_exactly_unless_it_is_a_formula(results, tmp_path, name):
    given, written = IDS[name]
    for to, text, column in (
        ("canvas", CANVAS.replace(",u1,", f",{given},"), "SIS User ID"),
        ("moodle", MOODLE.replace("ada@example.org", given), "Email address"),
    ):
        made = export_grades(results, to, roster(tmp_path, text))
        assert [row[column] for row in csv.DictReader(io.StringIO(made.text))].count(written) == 1
        assert made.guarded == ((given,) if given != written else ())


def test_canvas_from_the_gradebook_alone(results):
    made = export_grades(results, "canvas")
    assert rows(made.text)[2] == ["Lovelace, Ada", "101", "", "ada", "", "6"]


def test_moodle_gets_grade_and_feedback_together(results, tmp_path):
    header, ada, mallory, zoe = rows(
        export_grades(results, "moodle", roster(tmp_path, MOODLE)).text
    )
    assert header == [
        "First name", "Last name", "ID number", "Email address", "hw", "hw (feedback)",
    ]  # fmt: skip
    assert ada[:5] == ["Ada", "Lovelace", "ada", "ada@example.org", "6"]
    assert mallory[:5] == ["'@Mal", "'=cmd|'/c calc'!A1", "mallory", "m@example.org", "2.7"]
    assert mallory[5] == (
        "2.7 of 10 points. 0.3 are taken off for lateness. "
        "1. Your turn: mse: wrong, 0 of 3 (sum instead of mean (RK016)). "
        "2. Its root: right, 3 of 3. 3. In your own words: not tried, 0 of 4."
    )
    assert zoe[4:] == ["-", ""]  # an empty grade would be 0


def test_csv_and_json_say_the_same(results):
    table = list(csv.DictReader(io.StringIO(export_grades(results, "csv").text)))
    plain = json.loads(export_grades(results, "json").text)
    assert [one["id"] for one in plain] == [row["id"] for row in table] == ["ada", "mallory", "zoe"]
    assert [row["score"] for row in table] == ["6", "2.7", ""]
    assert [one["score"] for one in plain] == [6.0, 2.7, None]
    assert table[1]["1. Your turn: `mse`"] == plain[1]["questions"][0]["outcome"] == "wrong"
    assert table[1]["mistakes"] == "RK016"
    assert table[0]["to_read"] == "yes"
    assert table[0]["message"] == plain[0]["message"]


@pytest.mark.parametrize("to", ["canvas", "moodle", "csv", "json"])
def test_whoever_is_not_in_the_roster_stops_it(results, tmp_path, to):
    short = roster(tmp_path, "\n".join(CANVAS.splitlines()[:3]))
    with pytest.raises(CourseError, match="1 with a grade is not in the roster: mallory"):
        export_grades(results, to, short)
    assert export_grades(results, to, short, partial=True).written == 1


def test_points_given_before_a_change_are_no_points_that_are_lacking(tmp_path):
    course = make_course(tmp_path / "course", {"ada": dict.fromkeys(MOST, 1.0)})
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        grade = gradebook.find_grade("words", NAME, NAME, "ada")
        grade.auto_score, grade.manual_score, grade.needs_manual_grade = None, 1.0, True
        gradebook.db.commit()
    made = export_grades(read_results(course, NAME), "csv")
    assert (made.unfinished, made.unsettled) == ((), ("ada",))
