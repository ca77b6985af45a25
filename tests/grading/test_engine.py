"""A class is graded once, whatever stops the run, and again only where something has changed."""

import json
import os
import random
import shutil
import signal
import statistics
import subprocess
import threading
import time

import nbformat
import pytest
from cgroup_look import memory_in_words
from nbgrader.api import Gradebook
from process_tree import children_of, command_of

from rainfall_kit.grading.engine import Grading, grade_assignment
from rainfall_kit.grading.prepare.secret import Secret
from rainfall_kit.grading.record.gradebook import read_grades
from rainfall_kit.grading.report import changes

pytestmark = pytest.mark.usefixtures("shared_server")


def scores(course):
    return {grade.student: grade.score for grade in read_grades(course, "hw")}


@pytest.fixture(scope="module")
def graded(hw, rainfall_grade, tmp_path_factory):
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
    told = f"namespaces and seccomp, {memory_in_words()}"
    assert f"Isolation: {told} (3)." in done.stdout
    assert "Scored inside the student's process" in done.stdout
    assert scores(course) == {"ann": 7, "ben": 0, "cleo": 7}


def test_each_graded_cell_shows_its_outcome_points_and_message(graded):
    nb = nbformat.read(graded[0] / "autograded/ben/hw/hw.ipynb", as_version=4)
    said = {
        cell.id: " ".join(str(output.get("text", "")) + str(output.get("evalue", "")) for output in cell.outputs)
        for cell in nb.cells
        if cell.cell_type == "code"
    }  # fmt: skip
    assert said["seen"].startswith("wrong, 0 of 1 points\n mse is not right yet")
    assert "0 of 1 points, scored inside the student's process" in said["abs"]
    assert nb.metadata.rainfall_kit.isolation == f"namespaces and seccomp, {memory_in_words()}"


def test_what_has_not_changed_is_not_graded_again(graded, rainfall_grade):
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
    assert [one.entry.student for one in again if not one.skipped] == ["ben"]
    (line,) = changes(again)
    assert line.startswith("ben: 0 -> 7 (")
    assert "seen 0 -> 1" in line
    assert line.endswith("(changed: submission)")
    assert changes(grade_assignment(course, "hw", students=["ann"], force=True)) == [
        "ann: 7, as before (asked for)"
    ]
    (course / "autograded/ann/hw/hw.ipynb").unlink()
    assert changes(grade_assignment(course, "hw")) == [
        "ann: 7, as before (changed: graded notebook)"
    ]


# --- stopped at any moment


def gradebook_of(course):
    """All that a run leaves behind, but for how long it took."""
    notebooks = {
        path.relative_to(course).as_posix(): path.read_text()
        for path in sorted(course.glob("autograded/*/hw/*"))
    }
    return read_grades(course, "hw"), notebooks


HOSTILE = (
    "import os\n    os._exit(0)",
    "import os, signal\n    os.kill(os.getpid(), signal.SIGKILL)",
    "raise SystemExit",
    "return torch.ones(2_000_000)",
    "raise RuntimeError('\\x1b[2J[/red]' * 10_000)",
)


def test_a_class_survives_being_killed_at_any_moment(short, rainfall_grade, tmp_path):
    """The soak: as often as it is killed, it goes on, and nothing is lost or graded twice.

    Some are hostile, and change nothing for the others: no score, no note, and not what their code takes.
    """
    students = int(os.environ.get("RAINFALL_SOAK", "60"))
    course = short.copy(tmp_path)
    short.hand_in(course, "s0000", short.wrong)
    short.hand_in(course, "s0001", short.right)
    submitted = course / "submitted"
    for n in range(2, students):
        shutil.copytree(submitted / ("s0001" if n % 3 else "s0000"), submitted / f"s{n:04}")
    hostile = {f"s{students // 6 * (n + 1):04}": body for n, body in enumerate(HOSTILE)}
    for student, body in hostile.items():
        short.hand_in(course, student, f"import torch\ndef mse(preds, targets):\n    {body}")
    journal = course / ".rainfall" / "hw.jsonl"

    def count():
        return journal.read_bytes().count(b"\n") if journal.exists() else 0

    stops = sorted(random.sample(range(1, students - 10), 3))
    print(f"killed after {stops}")
    for stop in stops:
        run = subprocess.Popen(
            [*rainfall_grade.command, "--no-progress"], cwd=course, stdout=subprocess.DEVNULL
        )
        while count() < stop and run.poll() is None:
            time.sleep(0.005)
        assert run.poll() is None
        run.send_signal(signal.SIGKILL)
        run.wait()
    done = subprocess.run(
        [*rainfall_grade.command, "--no-progress"],
        cwd=course, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")
    entries = [json.loads(line) for line in journal.read_text().splitlines() if line]
    assert len({entry["student"] for entry in entries}) == students
    assert (
        len(entries) <= students + 3
    )  # one that was in the gradebook and not yet noted, each time
    expected = {f"s{n:04}": 2.0 if n % 3 else 0.0 for n in range(students)}
    assert scores(course) == expected | dict.fromkeys(hostile, 0.0)
    assert not any(entry["note"] for entry in entries if entry["student"] not in hostile)
    seconds = [entry["cpu_seconds"] for entry in entries]
    places = [place for place, entry in enumerate(entries) if entry["student"] in hostile]
    beside = {place + far for place in places for far in (-2, -1, 1, 2)} - {*places}
    alone = {*range(len(entries))} - beside - {*places}
    medians = [
        statistics.median(seconds[n] for n in some if n < len(entries)) for some in (beside, alone)
    ]
    assert medians[0] < 3 * medians[1]
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
            grade_assignment(course, "hw", on_graded=lambda one: None if one.skipped else stop(one))
        except Stop:
            continue
    grade_assignment(whole, "hw")
    assert gradebook_of(course) == gradebook_of(whole)


@pytest.mark.usefixtures("own_server")
def test_nothing_is_left_running(course):
    def new_servers():
        commands = [command_of(child) for child in children_of("self") - before]
        return [command for command in commands if "sandbox.inside.server" in command]

    before, threads, seen = children_of("self"), threading.active_count(), []
    grade_assignment(course, "hw", on_graded=lambda _: seen.extend(new_servers()))
    assert seen
    assert threading.active_count() == threads
    assert not new_servers()


def move_due_date(course, year):
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        gradebook.update_or_create_assignment("hw", duedate=f"{year}-01-01 00:00:00 UTC")


def test_a_moved_due_date_runs_nobodys_code_again(hw, tmp_path, monkeypatch):
    course = hw.copy(tmp_path, "c.LateSubmissionPlugin.penalty_method = 'zero'\n")
    hw.hand_in(course, "ann", hw.right)
    (course / "submitted/ann/hw/timestamp.txt").write_text("2026-06-01 12:00:00 UTC")
    grade_assignment(course, "hw")
    monkeypatch.setattr(Grading, "start", None)  # nothing can run
    for year, score, note in ((2026, 0, "late"), (2027, 7, "")):
        move_due_date(course, year)
        again = grade_assignment(course, "hw")
        assert [(one.entry.score, one.entry.note, one.skipped) for one in again] == [
            (score, note, False)
        ]
        assert changes(again)[0].endswith("(changed: due date or late policy)")
        assert scores(course) == {"ann": score}
        assert grade_assignment(course, "hw")[0].skipped
    move_due_date(course, 2026)
    with (course / "nbgrader_config.py").open("a") as config:
        config.write("c.LateSubmissionPlugin.penalty_method = 'none'\n")
    assert grade_assignment(course, "hw")[0].entry.score == 7
    assert grade_assignment(course, "hw")[0].skipped


def test_an_answer_as_it_was_given_out_is_not_tried_for_asserts_too(short, tmp_path):
    course = short.copy(tmp_path)
    released = nbformat.read(course / "release/hw/hw.ipynb", as_version=4)
    (stub,) = (cell.source for cell in released.cells if cell.id == "answer")
    for student, answer in {"ann": stub, "ben": f"# mine\n{stub}", "cleo": short.wrong}.items():
        short.hand_in(course, student, answer)
    outcomes = [
        {cell.name: cell.outcome for cell in one.entry.cells}["abs"]
        for one in grade_assignment(course, "hw")
    ]
    assert outcomes == ["not tried", "wrong", "wrong"]


def test_a_notebook_handed_in_beside_the_assignment_can_be_run_from_it(short, tmp_path):
    course = short.copy(tmp_path)
    short.hand_in(course, "ann", "%run mine.ipynb")
    beside = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(short.right)])
    nbformat.write(beside, course / "submitted/ann/hw/mine.ipynb")
    grade_assignment(course, "hw")
    assert scores(course) == {"ann": 2}


def test_no_empty_bar_stands_above_an_error(hw, tmp_path):
    course = hw.copy(tmp_path)
    words = ["script", "-qec", "rainfall grade hw", "/dev/null"]  # on a terminal
    done = subprocess.run(words, cwd=course, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stdout.startswith("Error: nobody has handed in 'hw'")


def test_what_older_courses_have_is_graded_as_nbgrader_grades_it(short, tmp_path, nbgrader):
    course = short.copy(tmp_path)
    source = course / "source/hw/hw.ipynb"
    nb = nbformat.read(source, as_version=4)
    del nb.metadata["kernelspec"]
    cell = next(cell for cell in nb.cells if cell.id == "abs")
    # a last line above the cell's points counts as all of them
    cell.source = "import os\nassert os.environ['NBGRADER_EXECUTION'] == 'autograde'\n3"
    nbformat.write(nb, source)
    nbgrader("generate_assignment", "hw", "--force", cwd=course)
    short.hand_in(course, "ann", short.right)
    short.hand_in(course, "ben", short.right)
    (course / "submitted/ben/hw/hw.ipynb").rename(course / "submitted/ben/hw/notes.txt")
    graded = grade_assignment(course, "hw")
    lost = "no notebook"
    assert [(one.entry.score, one.entry.note) for one in graded] == [(2, ""), (0, lost)]
    assert [cell.how for cell in graded[1].entry.cells if cell.outcome == "not tried"].count(
        "by values"
    ) == 2
    nbgrader("generate_feedback", "hw", cwd=course)
    assert (course / "feedback/ann/hw/hw.html").is_file()
