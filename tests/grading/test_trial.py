"""Nobody is graded with an assignment whose own solution fails, or that does not even run."""

import nbformat
import pytest
from nbformat import read, write

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.engine import Grading, grade_assignment
from rainfall_kit.grading.record.gradebook import read_grades

pytestmark = pytest.mark.usefixtures("shared_server")


@pytest.fixture
def handed_in(short, tmp_path):
    course = short.copy(tmp_path)
    short.hand_in(course, "ann", short.right)
    return course


def change_source(course, name, source):
    path = course / "source" / "hw" / "hw.ipynb"
    nb = read(path, as_version=4)
    next(cell for cell in nb.cells if cell.id == name).source = source
    write(nb, path)


def scores(course):
    return {grade.student: grade.score for grade in read_grades(course, "hw")}


def test_a_solution_that_loses_points_stops_the_run(handed_in):
    change_source(handed_in, "answer", "def mse(preds, targets):\n    return preds.sum()")
    with pytest.raises(CourseError) as told:
        grade_assignment(handed_in, "hw")
    assert str(told.value).startswith(
        "the solution of hw earns 0 of 1 points in cell abs (AssertionError). Nobody was graded. Try: "
    )
    assert scores(handed_in) == {}
    long = 'raise ValueError("The table is empty. " + "It goes on " * 40)'
    change_source(handed_in, "answer", f"def mse(preds, targets):\n    {long}")
    with pytest.raises(
        CourseError, match=r"\(ValueError: The table is empty\)\. Nobody was graded"
    ):
        grade_assignment(handed_in, "hw")
    change_source(handed_in, "answer", "import nowhere\n\ndef mse(preds, targets):\n    return 0")
    cause = (
        "and cell answer raises ModuleNotFoundError: No module named 'nowhere'. Nobody was graded"
    )
    with pytest.raises(CourseError, match=cause):
        grade_assignment(handed_in, "hw")
    grade_assignment(handed_in, "hw", trial=False)
    assert scores(handed_in) == {"ann": 2}


def test_what_ends_python_before_any_answer_stops_the_run(handed_in, nbgrader):
    change_source(handed_in, "setup", "import os, torch\nos._exit(1)")
    nbgrader("generate_assignment", "hw", "--force", cwd=handed_in)
    with pytest.raises(CourseError, match="the solution of hw earns 0 of 1 points in cell abs"):
        grade_assignment(handed_in, "hw")
    (handed_in / "source" / "hw" / "hw.ipynb").unlink()  # there is but the blank copy
    with pytest.raises(CourseError) as told:
        grade_assignment(handed_in, "hw")
    assert "a blank copy of hw does not run to its end: cell setup ended with DeadK" in str(
        told.value
    )


def test_a_trial_that_was_passed_is_not_made_again_until_something_changes(
    handed_in, monkeypatch, nbgrader
):
    tried = []
    try_out = Grading.try_out

    def count(grading, runner, otherwise):
        submit = runner.submit
        monkeypatch.setattr(runner, "submit", lambda job: tried.append(job) or submit(job))
        try_out(grading, runner, otherwise)
        monkeypatch.setattr(runner, "submit", submit)

    monkeypatch.setattr(Grading, "try_out", count)
    for expected in (2, 2):
        grade_assignment(handed_in, "hw", force=True)
        assert len(tried) == expected
    change_source(handed_in, "abs", "assert mse(torch.ones(1), torch.zeros(1)) == 1")
    nbgrader("generate_assignment", "hw", "--force", cwd=handed_in)
    grade_assignment(handed_in, "hw")
    assert len(tried) == 4


def test_a_source_that_keeps_no_solution_is_no_solution(handed_in):
    released = nbformat.read(handed_in / "release" / "hw" / "hw.ipynb", as_version=4)
    nbformat.write(released, handed_in / "source" / "hw" / "hw.ipynb")
    grade_assignment(handed_in, "hw")
    assert scores(handed_in) == {"ann": 2}
