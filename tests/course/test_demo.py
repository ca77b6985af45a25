"""The demo prints the grades that its students deserve, and leaves a course with feedback."""

import itertools
import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

from rainfall_kit.course.simulated_class import make_class

NAME = "loss"  # not the one that a demo takes unless told otherwise


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
        [
            sys.executable,
            "-c",
            script,
            "demo",
            "--assignment",
            NAME,
            "--students",
            "2",
            "--folder",
            folder,
        ],
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
        ["ash", "right: as in the lesson", "16 / 22"],
        ["misty", "mse: sum instead of mean", "13 / 22"],
    ]


def test_the_demo_says_where_the_feedback_is(demo):
    done, folder = demo
    page = Path(done.stdout.splitlines()[-3].strip())
    assert page.is_relative_to(folder)
    assert "share_explained" in page.read_text(encoding="utf-8")
    assert len(list(folder.glob(f"feedback/*/{NAME}/{NAME}.html"))) == 2


def test_the_demo_ends_with_the_report_of_the_class(demo):
    done, folder = demo
    page = Path(done.stdout.splitlines()[-1].strip())
    assert page == folder / "report" / f"{NAME}.html"
    assert "sum instead of mean (RK016)" in page.read_text(encoding="utf-8")


def test_the_class_hands_in_the_released_notebook_with_its_own_cells(demo):
    _, folder = demo
    name = f"{NAME}/{NAME}.ipynb"
    released = nbformat.read(folder / "release" / name, as_version=4)
    for student in make_class(2, NAME):
        submitted = nbformat.read(folder / "submitted" / student.id / name, as_version=4)
        for was, now in itertools.zip_longest(released.cells, submitted.cells):
            grade_id = was.metadata.get("nbgrader", {}).get("grade_id")
            assert now.metadata == was.metadata
            assert now.source == student.cells.get(grade_id, was.source)
