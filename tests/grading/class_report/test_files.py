"""The report of a class counts what is in the gradebook and in the journal, and names nobody unasked."""

import csv
import io
import json
from dataclasses import replace
from datetime import timedelta

import pytest
from made_class import DUE, MOST, NAME, entry, make_course, notebook
from nbformat import write
from nbgrader.api import Gradebook
from rich.console import Console

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.class_report.files import write_report
from rainfall_kit.grading.class_report.tables import terminal_tables

GRADES = {
    "ann-lee": (1.0, 2.0, 3.0, None),
    "ben": (0.0, 0.0, 3.0, None),
    "cleo": (0.0, 0.0, 0.0, 0.0),
    "dora": (1.0, 0.0, 0.0, None),
    "emil": (0.0, 0.0, 0.0, 0.0),
}
SUM, NO_NAME = "mse is not right yet. It looks like: sum.", "mse gives 3, and should give 2."
SECRET_WORDS = '"""By Ben Stone."""\n    # ben was here\n    '


def entries():
    said = {
        "ann-lee": [("right", (), "")] * 3,
        "ben": [("wrong", ("RK016",), SUM)] * 2 + [("right", (), "")],
        "cleo": [("not tried", (), "mse is still to be written.")] * 3,
        "dora": [("right", (), ""), ("wrong", (), NO_NAME), ("could not run", ("RK016",), "It stopped.")],
        "emil": [("wrong", ("RK016",), SUM)] * 2 + [("wrong", (), "AssertionError: <b>3</b>")],
    }  # fmt: skip
    for student, cells in said.items():
        rows = zip(MOST, GRADES[student], cells, strict=False)
        yield entry(
            student,
            [(name, points, *told) for name, points, told in rows],
            note="late; mse ended Python" if student == "dora" else "",
        )


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    roster = [{"id": "ben", "first_name": "Ben", "last_name": "Stone"}, {"id": "zoe"}]
    folder = make_course(
        tmp_path_factory.mktemp("desk") / "course",
        {who: dict(zip(MOST, points, strict=True)) for who, points in GRADES.items()},
        roster=roster, entries=entries(), timestamps={"dora": DUE + timedelta(hours=3)},
    )  # fmt: skip
    for student, body in {"ben": SECRET_WORDS, "emil": "total = 0\n    "}.items():
        answer = f"def mse(preds, targets):\n    {body}return ((preds - targets) ** 2).sum()"
        place = folder / "autograded" / student / NAME
        place.mkdir(parents=True)
        write(notebook({"mse": answer}), place / f"{NAME}.ipynb")
    (folder / "submitted" / "yuri" / NAME).mkdir(parents=True)  # handed in, and not graded
    return folder


@pytest.fixture(scope="module")
def made(course):
    return write_report(course, NAME)


def test_outcomes_and_points_are_counted(made):
    report, _ = made
    told = {row.title: (row.counts, row.mean) for row in report.questions}
    assert told == {  # right, partly right, wrong, could not run, not tried, to read
        "1. Your turn: `mse`": ((1, 0, 3, 0, 1, 0), pytest.approx(4 / 5)),
        "2. Its root": ((2, 0, 1, 1, 1, 0), pytest.approx(6 / 5)),
        "3. In your own words": ((0, 0, 0, 0, 2, 3), None),
    }
    assert (
        report.headline == "6 of 7 handed in, 1 of them late. The median so far is 1 of 10 points."
    )


def test_mistakes_come_by_count_and_those_without_a_name_are_grouped(made):
    report, _ = made
    assert [(row.id, row.question, row.count) for row in report.mistakes] == [
        ("RK016", "1. Your turn: `mse`", 2), ("RK016", "2. Its root", 1),
    ]  # fmt: skip
    assert [(row.question, row.count, row.message) for row in report.unnamed] == [
        ("1. Your turn: `mse`", 1, NO_NAME), ("2. Its root", 1, "AssertionError: <b>3</b>"),
    ]  # fmt: skip


def test_whom_a_person_should_look_at(course):
    report, _ = write_report(course, NAME, names=True)
    look = {line.student: line.look for line in report.students if line.look}
    assert look == {
        "ann-lee": "an answer to read",
        "ben": "an answer to read",
        "dora": "mse ended Python; an answer to read",
        "yuri": "handed in, and not graded",
    }
    assert [line.name for line in report.students if line.student == "ben"] == ["Ben Stone"]


def test_no_file_names_anybody_unless_asked_to(course):
    report, path = write_report(course, NAME)
    files = [path.with_suffix(end).read_text().lower() for end in (".html", ".csv", ".json")]
    for text in files:
        assert not any(
            name in text for name in ("ben", "lee", "stone", "cleo", "dora", "emil", "zoe")
        )
    write_report(course, NAME, names=True)
    assert "ann-lee" in path.with_suffix(".csv").read_text()
    assert write_report(course, NAME)[0] == report  # who is student 3 stays student 3


def test_the_page_is_whole_and_shows_texts_as_data(made):
    _, path = made
    html = path.read_text()
    assert "&lt;b&gt;3&lt;/b&gt;" in html
    assert "<b>3" not in html
    assert "<script" not in html
    assert "http:" not in html.replace("http://www.w3.org/2000/svg", "")
    assert "return ((preds - targets) ** 2).sum()" in html


def test_an_error_that_holds_a_name_shows_none(tmp_path):
    said = "mse is not right yet: ValueError: Ben Stone's own"
    cells = [("test-mse", 0.0, "wrong", (), said)]
    folder = make_course(
        tmp_path / "course", {"ben": dict.fromkeys(MOST, 0.0)},
        roster=[{"id": "ben", "first_name": "Ben", "last_name": "Stone"}],
        entries=[entry("ben", cells, note="cell ben_stone ended Python")],
    )  # fmt: skip
    report, _ = write_report(folder, NAME)
    assert [row.message for row in report.unnamed] == [
        "mse is not right yet: ValueError: … …'s own"
    ]
    assert [line.look for line in report.students] == ["cell … ended Python"]
    assert write_report(folder, NAME, names=True)[0].unnamed[0].message == said


def test_mistakes_that_go_together_are_named(tmp_path):
    """Three of twelve make two mistakes, each in another question."""
    both = [("test-mse", 0.0, "wrong", ("RK016",), ""), ("test-rmse", 0.0, "wrong", ("RK239",), "")]
    people = [f"s{number}" for number in range(12)]
    folder = make_course(
        tmp_path / "course", {who: dict.fromkeys(MOST, 0.0) for who in people},
        entries=[entry(who, both if who in people[:3] else []) for who in people],
    )  # fmt: skip
    report, path = write_report(folder, NAME)
    console = Console(width=80, record=True, file=io.StringIO())
    for part in terminal_tables(report):
        console.print(part)
    for text in (path.read_text(), console.export_text()):
        together = " ".join(text.split()).partition("sum instead of mean (RK016), and ")[2]
        assert "(RK239)" in together[:200]


def test_json_and_csv_have_the_same_students(made):
    report, path = made
    assert type(report).from_json(path.with_suffix(".json").read_text()) == report
    rows = list(csv.DictReader(io.StringIO(path.with_suffix(".csv").read_text())))
    plain = json.loads(path.with_suffix(".json").read_text())["students"]
    assert [row["student"] for row in rows] == [one["student"] for one in plain]
    assert sum(float(row["score"] or 0) for row in rows) == sum(report.scores)


def test_the_terminal_has_eighty_columns(made):
    console = Console(width=80, record=True, file=io.StringIO())
    for part in terminal_tables(made[0]):
        console.print(part)
    text = console.export_text()
    assert max(map(len, text.splitlines())) <= 80
    for words in (
        "tells",
        "apart",
        "1. Your turn:",
        "sum instead of mean (RK016)",
        "handed in, and not graded",
        "Not handed in: student",
        "points from",
    ):
        assert words in text


def test_a_question_that_tells_apart_the_wrong_way_round_stays_on_its_line(made):
    report = replace(
        made[0], questions=tuple(replace(row, discrimination=-0.3) for row in made[0].questions)
    )
    console = Console(width=80, record=True, file=io.StringIO())
    for part in terminal_tables(report):
        console.print(part)
    assert console.export_text().count("−0.30 !") == len(report.questions)


def test_full_marks_of_one_point_are_told_from_none(tmp_path):
    course = make_course(tmp_path / "course", {"ann": dict.fromkeys(MOST, 0.0), "ben": MOST})
    report = write_report(course, NAME)[0]
    one_point = replace(
        report,
        max_score=1.0,
        students=tuple(replace(line, score=line.score and 1.0) for line in report.students),
    )
    console = Console(width=80, record=True, file=io.StringIO())
    for part in terminal_tables(one_point):
        console.print(part)
    lines = [line.split() for line in console.export_text().splitlines()]
    assert ["points", "from", "0", "1"] in lines
    assert ["students", "1", "1"] in lines


def test_what_changed_is_told_until_something_else_does(course):
    assert write_report(course, NAME)[0].changes == ()
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.find_grade("words", NAME, NAME, "ann-lee").manual_score = 4.0
        gradebook.db.commit()
    assert write_report(course, NAME)[0].changes == ("1 score is higher",)
    assert write_report(course, NAME)[0].changes == ("1 score is higher",)


@pytest.mark.parametrize("text", ["", "[]", '{"last": 3}', "\0"])
def test_a_last_report_that_is_none_is_refused_with_what_to_do(course, text):
    path = course / ".rainfall" / f"{NAME}.report.json"
    kept = path.read_bytes() if path.exists() else None
    path.write_text(text)
    with pytest.raises(CourseError, match=r"what the last report told.*Try: rm "):
        write_report(course, NAME)
    assert path.read_text() == text
    path.unlink()
    if kept is not None:
        path.write_bytes(kept)
