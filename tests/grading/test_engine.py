"""A class is graded once, whatever stops the run, and again only where something has changed."""

import json
import os
import random
import shutil
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from pathlib import Path

import nbformat
import pytest

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.prepare.secret import Secret
from rainfall_kit.grading.record.gradebook import AssignmentGradebook, open_course, read_grades
from rainfall_kit.grading.report import changes

GRADE = [sys.executable, "-c", "from rainfall_kit.cli import main; main()", "grade", "hw"]


def rainfall_grade(course, *options, **how):
    return subprocess.run(
        [*GRADE, "--no-progress", *options], cwd=course, capture_output=True, text=True, check=False,
        env={**os.environ, "COLUMNS": "160"}, **how,
    )  # fmt: skip


def scores(course):
    return {grade.student: grade.score for grade in read_grades(course, "hw")}


@pytest.fixture
def course(hw, tmp_path):
    course = hw.copy(tmp_path)
    for student, answer in {"ann": hw.right, "ben": hw.wrong, "cleo": hw.right}.items():
        hw.hand_in(course, student, answer)
    return course


@pytest.fixture(scope="module")
def graded(hw, tmp_path_factory):
    """A class of three, graded by the command."""
    course = hw.copy(tmp_path_factory.mktemp("graded"))
    hw.hand_in(course, "ann", hw.right)
    hw.hand_in(course, "ben", hw.wrong)
    hw.hand_in(course, "cleo", "import sys\nprint('no error', file=sys.stderr)\n" + hw.right)
    return course, rainfall_grade(course)


def test_the_command_prints_a_table_and_how_scores_came_about(graded):
    course, done = graded
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split("│")[1:-1] for line in done.stdout.splitlines() if line.startswith("│")]
    assert [[cell.strip() for cell in row[:3]] for row in rows] == [
        ["ann", "7 / 7", "7"],
        ["ben", "0 / 7", ""],
        ["cleo", "7 / 7", "7"],
    ]
    assert "Isolation of students' code: namespaces and seccomp (3)." in done.stdout
    assert "Scored inside the student's process" in done.stdout
    assert scores(course) == {"ann": 7, "ben": 0, "cleo": 7}


def test_each_graded_cell_shows_its_outcome_points_and_message(graded):
    nb = nbformat.read(graded[0] / "autograded/ben/hw/hw.ipynb", as_version=4)
    said = {
        cell.id: " ".join(str(each.get("text", "")) + str(each.get("evalue", "")) for each in cell.outputs)
        for cell in nb.cells
        if cell.cell_type == "code"
    }  # fmt: skip
    assert said["seen"].startswith("wrong, 0 of 1 points\n mse is not right yet")
    assert "0 of 1 points, scored inside the student's process" in said["abs"]
    assert nb.metadata.rainfall_kit.isolation == "namespaces and seccomp"


def test_what_has_not_changed_is_not_graded_again(graded):
    done = rainfall_grade(graded[0])
    assert "0 graded in" in done.stdout
    assert "3 unchanged" in done.stdout


def test_the_secret_is_the_owners_alone(graded):
    secret = graded[0] / ".rainfall" / "secret"
    assert secret.stat().st_mode & 0o777 == 0o600
    text = secret.read_text()
    told = [path for path in graded[0].rglob("*") if path.is_file() and path != secret]
    assert not [path for path in told if text.encode() in path.read_bytes()]


def test_regrading_says_what_changed_for_whom_and_why(hw, graded):
    course, _ = graded
    hw.hand_in(course, "ben", hw.right)
    again = grade_assignment(course, "hw")
    assert [each.entry.student for each in again if not each.skipped] == ["ben"]
    (line,) = changes(again)
    assert line.startswith("ben: 0 -> 7 (")
    assert "seen 0 -> 1" in line
    assert line.endswith("(another submission)")
    assert changes(grade_assignment(course, "hw", students=["ann"], force=True)) == [
        "ann: 7, as before (asked for)"
    ]


def test_a_grade_that_nbgrader_has_lost_is_made_again(course):
    grade_assignment(course, "hw", students=["ann"])
    (course / "autograded/ann/hw/hw.ipynb").unlink()
    (again,) = grade_assignment(course, "hw", students=["ann"])
    assert not again.skipped


def test_a_second_run_in_the_same_course_says_so_and_stops(hw, course):
    hw.hand_in(course, "slow", "import time\ntime.sleep(20)")
    first = subprocess.Popen(
        [*GRADE, "--no-progress", "--student", "slow"], cwd=course, stdout=subprocess.DEVNULL
    )
    try:
        lock = course / ".rainfall" / "lock"
        deadline = time.monotonic() + 60
        while not (lock.exists() and lock.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        second = rainfall_grade(course)
        assert second.returncode == 1
        assert second.stderr.count("\n") == 1
        assert f"is being graded already, by process {first.pid}" in second.stderr
    finally:
        first.kill()
        first.wait()


@pytest.mark.parametrize("name", ["nobody", "../ann"])
def test_a_student_who_has_not_handed_in_is_told(course, name):
    with pytest.raises(CourseError, match="has not handed in"):
        grade_assignment(course, "hw", students=[name])


def test_an_empty_course_is_told(hw, tmp_path):
    with pytest.raises(CourseError, match="nobody has handed in"):
        grade_assignment(hw.copy(tmp_path), "hw")


def test_nbgraders_own_command_uses_the_engine(course):
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(
            "c.Autograde.exporter_class = 'rainfall_kit.grading.exporter.EngineExporter'\n"
        )
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", "hw"],
        cwd=course, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert scores(course) == {"ann": 7, "ben": 0, "cleo": 7}
    assert "3 unchanged" in rainfall_grade(course).stdout


# --- stopped at any moment


def gradebook_of(course):
    """All that a run leaves behind, but for how long it took."""
    notebooks = {
        path.relative_to(course).as_posix(): path.read_text()
        for path in sorted(course.glob("autograded/*/hw/*"))
    }
    return read_grades(course, "hw"), notebooks


def test_a_class_of_a_thousand_survives_being_killed_at_any_moment(short, tmp_path):
    """The soak: as often as it is killed, it goes on, and nothing is lost or graded twice."""
    students = int(os.environ.get("RAINFALL_SOAK", "1000"))
    course = short.copy(tmp_path)
    short.hand_in(course, "s0000", short.wrong)
    short.hand_in(course, "s0001", short.right)
    submitted = course / "submitted"
    for n in range(2, students):
        shutil.copytree(submitted / ("s0001" if n % 3 else "s0000"), submitted / f"s{n:04}")
    journal = course / ".rainfall" / "hw.jsonl"

    def count():
        return journal.read_bytes().count(b"\n") if journal.exists() else 0

    stops = sorted(random.sample(range(1, students - 10), 3))
    print(f"killed after {stops}")
    for stop in stops:
        run = subprocess.Popen([*GRADE, "--no-progress"], cwd=course, stdout=subprocess.DEVNULL)
        while count() < stop and run.poll() is None:
            time.sleep(0.005)
        assert run.poll() is None
        run.send_signal(signal.SIGKILL)
        run.wait()
    done = rainfall_grade(course)
    assert done.returncode == 0, done.stderr
    entries = [json.loads(line) for line in journal.read_text().splitlines() if line]
    assert len({entry["student"] for entry in entries}) == students
    assert (
        len(entries) <= students + 3
    )  # one that was in the gradebook and not yet noted, each time
    assert scores(course) == {f"s{n:04}": 2.0 if n % 3 else 0.0 for n in range(students)}
    assert len(list(course.glob("autograded/*/hw/hw.ipynb"))) == students
    assert not list(course.glob("autograded/*/.hw.*"))


def test_an_interrupted_run_ends_as_an_unbroken_one(course, tmp_path):
    secret = Secret(course)  # the same in both
    whole = shutil.copytree(course, tmp_path / "whole")
    assert Secret(whole).fingerprint == secret.fingerprint

    class Stop(Exception):
        pass

    def stop(_):
        raise Stop

    for _ in range(3):
        try:
            grade_assignment(
                course, "hw", on_graded=lambda each: None if each.skipped else stop(each)
            )
        except Stop:
            continue
    grade_assignment(whole, "hw")
    assert gradebook_of(course) == gradebook_of(whole)


def test_a_submission_is_in_the_gradebook_whole_or_not_at_all(short, tmp_path):
    course = short.copy(tmp_path)
    with AssignmentGradebook(open_course(course), "hw") as book:
        with pytest.raises(KeyError):
            book.write("ann", None, {})  # stops at the notebook, which has no scores
        book.undo()
    with sqlite3.connect(course / "gradebook.db") as gradebook:
        assert gradebook.execute("SELECT id FROM student").fetchall() == []
        assert gradebook.execute("SELECT id FROM submitted_assignment").fetchall() == []
    gradebook.close()


def test_nothing_is_left_running(course):
    before = threading.active_count()
    grade_assignment(course, "hw")
    assert threading.active_count() == before
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    commands = [Path(f"/proc/{child}/cmdline").read_text() for child in children]
    assert not [
        command for command in commands if "rainfall_kit.grading.sandbox.inside.server" in command
    ]


# --- what hidden tests call with


REMEMBERS = """\
seen = set()
def mse(preds, targets):
    seen.add(f"{preds.flatten()[0].item():.3g}")
    return ((preds - targets) ** 2).mean()
"""


def test_no_later_cell_finds_what_hidden_tests_called_with(short, tmp_path):
    course = short.copy(tmp_path)
    short.hand_in(course, "ann", REMEMBERS)
    path = course / "submitted/ann/hw/hw.ipynb"
    nb = nbformat.read(path, as_version=4)
    nb.cells.append(nbformat.v4.new_code_cell("print(len(seen), 'seen')"))
    nbformat.write(nb, path)
    grade_assignment(course, "hw")
    assert scores(course) == {"ann": 2}
    graded = nbformat.read(course / "autograded/ann/hw/hw.ipynb", as_version=4)
    assert graded.cells[-1].outputs[0].text == "1 seen\n"  # by the cell that is scored inside
