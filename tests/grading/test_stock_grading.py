"""Stock nbgrader grades a class, and whatever it cannot do is a grade with a note."""

from shutil import copytree, rmtree

import nbformat
import pytest

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.stock_grading import grade_class

pytestmark = pytest.mark.usefixtures("shared_server")

MOST = 7.0  # points of the homework


@pytest.fixture(scope="module")
def graded(hw, tmp_path_factory):
    """A course in which one submission was handed in, and graded by the engine."""
    course = hw.copy(
        tmp_path_factory.mktemp("graded"),
        "c.Autograde.exporter_class = 'rainfall_kit.grading.exporter.EngineExporter'\n",
    )
    hw.hand_in(course, "blank", hw.wrong)
    grade_assignment(course, "hw")
    return course


@pytest.fixture
def course_of_one(graded, tmp_path):
    return copytree(graded, tmp_path / "hw-course")


def test_a_submission_that_takes_too_long_is_a_grade_with_a_note(course_of_one):
    (grade,) = grade_class(course_of_one, "hw", limit_seconds=0.2)
    assert (grade.student, grade.score, grade.max_score) == ("blank", 0.0, MOST)
    assert grade.note == "not graded: it took more than 0.2 seconds"


def test_what_nbgrader_cannot_do_is_a_grade_with_its_own_words(course_of_one):
    rmtree(course_of_one / "release")
    (grade,) = grade_class(course_of_one, "hw")
    assert grade.note.startswith("not graded: ")
    assert "Try: nbgrader generate_assignment hw" in grade.note


def test_an_unknown_assignment_is_told_with_those_that_there_are(hw):
    with pytest.raises(CourseError, match="no assignment 'descent'; it has hw"):
        grade_class(hw.master, "descent")


def test_the_command_grades_with_kernels_where_it_is_told_to(course_of_one, rainfall_grade):
    done = rainfall_grade(course_of_one, "--kernels")
    assert (done.returncode, done.stderr) == (0, "")
    assert "blank" in done.stdout
    assert "Isolation: none: ordinary kernels (1)." in done.stdout
    (path,) = course_of_one.glob("autograded/*/hw/hw.ipynb")
    graded = nbformat.read(path, as_version=4)
    assert graded.metadata.rainfall_kit.isolation == "none: ordinary kernels"


def test_a_cluster_has_no_kernels(course_of_one, rainfall_grade):
    done = rainfall_grade(course_of_one, "--kernels", "--scheduler=tcp://127.0.0.1:9")
    assert done.returncode == 1
    assert done.stderr == "Error: a cluster has no ordinary kernels. Try: --isolation=none\n"


def test_kernels_have_no_sandbox(run, tmp_path):
    code, _, said = run("grade", "hw", "--course", tmp_path, "--kernels", "--isolation=namespaces")
    assert (code, said.partition(".")[0]) == (1, "Error: ordinary kernels have no sandbox")
