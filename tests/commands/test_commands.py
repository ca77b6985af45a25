"""The commands of an instructor's desk say what they did, and what is wrong in one line."""

import json
import shutil

import pytest
from made_class import MOST, NAME, make_course
from nbgrader.api import Gradebook

from rainfall_kit.grading.plugins.late_penalty import DailyPenalty

FULL = dict(MOST)


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    grades = {"ann": FULL, "ben": {**FULL, "words": None}}
    return make_course(tmp_path_factory.mktemp("desk") / "course", grades)


def test_a_roster_a_report_and_an_export(run, course, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    listed = tmp_path / "students.csv"
    listed.write_text("id,first_name\nann,Ann\nben,Ben\nzoe,Zoe\n")
    status, out, _ = run("roster", listed, "--course", course)
    assert (status, out) == (0, f"1 student is new, 2 were known ({listed}, as csv writes it).\n")

    status, out, _ = run("report", NAME, "--course", course, "--folder", tmp_path / "out")
    assert status == 0
    assert "2 of 3 handed in. The median so far is 8 of 10 points." in " ".join(out.split())
    assert out.endswith(f"The page, with CSV and JSON beside it: {tmp_path / 'out' / 'hw.html'}\n")

    status, out, _ = run("export", NAME, "--course", course, "--to", "json", "--roster", listed)
    assert (status, out.splitlines()) == (0, [
        "2 grades are in hw.json.",
        "Without a grade: zoe.",
        "Not final: 1 grade lacks points that a person has still to give: ben.",
    ])  # fmt: skip
    assert [one["score"] for one in json.loads((tmp_path / "hw.json").read_text())] == [10, 6, None]


def test_an_export_says_whose_points_are_to_be_looked_at_again(run, tmp_path, monkeypatch):
    monkeypatch.chdir(make_course(tmp_path / "course", {"ann": FULL, "ben": FULL}))
    with Gradebook("sqlite:///gradebook.db") as gradebook:
        grade = gradebook.find_grade("words", NAME, NAME, "ben")
        grade.auto_score, grade.manual_score, grade.needs_manual_grade = None, 1.0, True
        gradebook.db.commit()
    status, out, _ = run("export", NAME)
    assert (status, out.splitlines()) == (0, [
        "2 grades are in hw.csv.",
        "Points that a person gave before something changed: ben.",
        "Try: look again, and press Resolve in formgrader or type the points anew.",
    ])  # fmt: skip


def test_nothing_is_written_where_somebody_is_not_in_the_roster(run, course, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    listed = tmp_path / "students.csv"
    listed.write_text("id\nann\n")
    status, out, err = run("export", NAME, "--course", course, "--roster", listed)
    assert (status, out) == (1, "")
    assert err.startswith("Error: 1 with a grade is not in the roster: ben.")
    assert err.count("\n") == 1
    assert list(tmp_path.iterdir()) == [listed]


@pytest.mark.parametrize("command", ["report", "export", "verify"])
def test_a_folder_that_is_no_course_is_told(run, tmp_path, command):
    status, out, err = run(command, "hw", "--course", tmp_path / "nowhere")
    assert (status, out) == (1, "")
    assert "is not a folder. Try: the folder that holds nbgrader_config.py" in err


def test_a_setting_that_cannot_be_used_is_told_in_one_line(run, course, tmp_path):
    copy = shutil.copytree(course, tmp_path / "course")
    with (copy / "nbgrader_config.py").open("a") as config:
        config.write(
            f"c.AssignLatePenalties.plugin_class = '{DailyPenalty.__module__}.DailyPenalty'\n"
        )
        config.write("c.DailyPenalty.share = -0.5\n")
    for command in ("grade", "report", "export"):
        status, out, err = run(command, NAME, "--course", copy)
        assert (status, out) == (1, "")
        assert err.startswith("Error: a setting cannot be used: The value of the 'share' trait")
        assert err.endswith("-0.5 was specified. Try: another value in nbgrader_config.py\n")
        assert err.count("\n") == 1
