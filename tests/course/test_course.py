"""The class gets the grades that it deserves, and everything works from copies."""

import itertools
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

import rainfall_kit
from rainfall_kit.checks.checking import check
from rainfall_kit.course.bundled_course import copy_course, find_course
from rainfall_kit.course.lab import copy_tour
from rainfall_kit.course.simulated_class import hand_in, make_class
from rainfall_kit.errors import CourseError
from rainfall_kit.grading.record.gradebook import open_course

CHECKOUT = Path(rainfall_kit.__file__).parent.parent
TOUR = CHECKOUT / "rainfall_kit" / "course" / "tour.ipynb"


def functions_of(student):
    """What the student's cells define, by grade id."""
    import torch

    names = {"torch": torch}
    for grade_id in ("model", "mse", "gd_step", "train"):
        exec(student.cells[grade_id], names)
    return {grade_id: names[grade_id] for grade_id in ("model", "mse", "gd_step", "train")}


DONE = [student for student in make_class(19) if "train" in student.cells]


@pytest.mark.parametrize("student", DONE, ids=lambda student: student.answer)
def test_only_the_cell_with_the_mistake_is_wrong(student):
    mistaken = student.answer.partition(":")[0]
    right = student.answer.startswith("right")
    functions = functions_of(student)
    correct = functions_of(make_class(1)[0])
    for grade_id, function in functions.items():
        # A mistake in one cell shows in the cells that call it, so they get right ones here.
        function.__globals__.update({**correct, grade_id: function})
        outcome = check(grade_id, function).outcome
        assert (outcome == "right") == (right or grade_id != mistaken), grade_id


def test_a_class_has_all_kinds_from_three_students_on_and_no_two_with_one_name():
    kinds = [student.answer for student in make_class(3)]
    assert kinds[0].startswith("right:")
    assert kinds[1].startswith("gd_step:")
    assert kinds[2] == "blank"
    names = [student.id for student in make_class(500)]
    assert len(set(names)) == 500
    assert make_class(500)[:3] == make_class(3)


def test_handing_in_before_the_assignment_is_generated_says_what_to_type(tmp_path):
    with pytest.raises(CourseError, match="nbgrader generate_assignment gradient_descent"):
        hand_in(make_class(1)[0], tmp_path)


def test_a_copied_course_is_the_bundled_one(tmp_path):
    copy_course(tmp_path / "course")
    bundled = find_course()
    for part in ("nbgrader_config.py", "source/gradient_descent/gradient_descent.ipynb"):
        assert (tmp_path / "course" / part).read_bytes() == (bundled / part).read_bytes()
    with pytest.raises(CourseError, match="nothing is overwritten"):
        copy_course(tmp_path / "course")


def test_a_copied_course_keeps_to_its_own_folder_whatever_a_users_settings_say(
    tmp_path, monkeypatch
):
    settings = tmp_path / "nbgrader_config.py"
    settings.write_text("c = get_config()\nc.CourseDirectory.root = '/a/real/course'\n")
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path))
    copy_course(tmp_path / "course")
    assert open_course(tmp_path / "course").root == str(tmp_path / "course")


def test_the_tour_is_copied_once(tmp_path):
    assert copy_tour(tmp_path / "a" / "b")
    path = tmp_path / "a" / "b" / "tour.ipynb"
    assert path.read_bytes() == TOUR.read_bytes()
    path.write_text("my work")
    assert not copy_tour(tmp_path / "a" / "b")
    assert path.read_text() == "my work"


def test_the_tour_is_stripped():
    tour = nbformat.read(TOUR, as_version=4)
    nbformat.validate(tour)
    assert tour.metadata.kernelspec.name == "python3"
    assert all(cell.id == cell.id.lower() and len(cell.id) < 30 for cell in tour.cells)
    code = [cell for cell in tour.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


def test_the_tour_runs_from_top_to_bottom_and_its_story_is_true(tmp_path):
    tour = nbformat.read(TOUR, as_version=4)
    NotebookClient(tour, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    said = {
        cell.id: "\n".join(
            output.get("text") or output["data"]["text/plain"] for output in cell.outputs
        )
        for cell in tour.cells
        if cell.cell_type == "code"
    }
    errors = [
        output
        for cell in tour.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr"
    ]
    assert errors == []
    assert "33060.8 -> 1270.12" in said["record"]
    assert "to 67.9" in said["longer"]
    assert "The loss grew" in said["too-long"]
    assert "sum instead of mean" in said["mse"]


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    """What `rainfall demo` said about a class of two, and the course that it left."""
    folder = tmp_path_factory.mktemp("demo") / "course"
    script = "from rainfall_kit.cli import main; main()"
    settings = tmp_path_factory.mktemp("settings")
    (settings / "nbgrader_config.py").write_text("c.CourseDirectory.root = '/a/real/course'\n")
    environment = {
        **os.environ,
        "PATH": os.defpath,  # as in an environment that is not activated: without alembic
        "JUPYTER_CONFIG_DIR": str(settings),  # as of an instructor with a course
        "COLUMNS": "200",
    }
    done = subprocess.run(
        [sys.executable, "-c", script, "demo", "--students", "2", "--folder", folder],
        capture_output=True,
        text=True,
        env=environment,
        check=False,
    )
    return done, folder


def test_the_demo_prints_the_grade_that_each_deserves(demo):
    done, _ = demo
    assert (done.returncode, done.stderr) == (0, "")
    rows = [line.split("│")[1:-1] for line in done.stdout.splitlines() if line.startswith("│")]
    assert [[cell.strip() for cell in row[:3]] for row in rows] == [
        ["ash", "right: as in the lesson", "16 / 20"],
        ["misty", "gd_step: gradients are never reset", "11 / 20"],
    ]


def test_the_demo_says_where_the_feedback_is(demo):
    done, folder = demo
    page = Path(done.stdout.splitlines()[-1].strip())
    assert page.is_relative_to(folder)
    assert "gradient_descent" in page.read_text(encoding="utf-8")
    assert len(list(folder.glob("feedback/*/gradient_descent/gradient_descent.html"))) == 2


def test_the_class_hands_in_the_released_notebook_with_its_own_cells(demo):
    _, folder = demo
    name = "gradient_descent/gradient_descent.ipynb"
    released = nbformat.read(folder / "release" / name, as_version=4)
    for student in make_class(2):
        submitted = nbformat.read(folder / "submitted" / student.id / name, as_version=4)
        for was, now in itertools.zip_longest(released.cells, submitted.cells):
            grade_id = was.metadata.get("nbgrader", {}).get("grade_id")
            assert now.metadata == was.metadata
            assert now.source == student.cells.get(grade_id, was.source)


def test_the_wheel_holds_the_course_and_nothing_that_nbgrader_made(tmp_path):
    subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", tmp_path, CHECKOUT],
        check=True,
    )
    (wheel,) = tmp_path.glob("*.whl")
    names = zipfile.ZipFile(wheel).namelist()
    assert "rainfall_kit/course/tour.ipynb" in names
    for part in ("explorer.js", "drawing.js", "weights.js", "explorer.css"):
        assert f"rainfall_kit/explorers/{part}" in names
    assert sorted(name for name in names if name.startswith("rainfall_kit/assignments/")) == [
        "rainfall_kit/assignments/nbgrader_config.py",
        "rainfall_kit/assignments/source/gradient_descent/gradient_descent.ipynb",
    ]
    assert not [name for name in names if name.endswith(".db") or "checkpoints" in name]
