"""A question of a course's own is prepared, called in the sandbox and judged outside like any other."""

import json
from pathlib import Path

import pytest
from added_question import SQUARE
from nbformat import read, v4, write

from rainfall_kit.checks.questions.registry import question_folder
from rainfall_kit.grading.backend import LocalBackend
from rainfall_kit.grading.engine import grade_assignment

READS_THE_FILE = """
import inspect
from rainfall_kit.checks.questions import registry
question = registry.find_question("square")
text = question.program or inspect.getsource(inspect.getmodule(question.call))
exec(text[text.index("def square("):].partition('\"\"\"')[0])
"""
ANSWERS = {
    "right": "def square(x):\n    return x ** 2",
    "wrong": "def square(x):\n    return 2 * x",
    "reads": READS_THE_FILE,
}


def cell(source, name, **about):
    made = v4.new_code_cell(source, id=name)
    usual = {"grade_id": name, "schema_version": 3, "grade": False, "solution": False}
    made.metadata["nbgrader"] = {**usual, "locked": False, "task": False, **about}
    return made


@pytest.fixture
def course(nbgrader, tmp_path):
    """A released course with its question folder, and what three students hand in."""
    course = tmp_path / "course"
    (course / "source" / "hw").mkdir(parents=True)
    (course / "questions").mkdir()
    (course / "questions" / "square.py").write_text(SQUARE)
    (course / "nbgrader_config.py").write_text("c = get_config()\n")
    graded = {"grade": True, "points": 1, "locked": True}
    cells = [
        cell("from rainfall_kit import require", "setup", locked=True),
        cell("### BEGIN SOLUTION\nsquare = lambda x: x * x\n### END SOLUTION", "answer", solution=True),
        cell("require('square', square)", "seen", **graded),
        cell("### BEGIN HIDDEN TESTS\nrequire('square', square, seed=77)\n### END HIDDEN TESTS", "hidden", **graded),
    ]  # fmt: skip
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nb = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    write(nb, course / "source" / "hw" / "hw.ipynb")
    nbgrader("generate_assignment", "hw", cwd=course)
    for student, answer in ANSWERS.items():
        nb = read(course / "release" / "hw" / "hw.ipynb", as_version=4)
        next(cell for cell in nb.cells if cell.id == "answer").source = answer
        folder = course / "submitted" / student / "hw"
        folder.mkdir(parents=True)
        write(nb, folder / "hw.ipynb")
    return course


def outcomes(course, **how):
    with question_folder(course / "questions"):
        return {
            graded.entry.student: {
                cell.name: (cell.outcome, cell.how) for cell in graded.entry.cells
            }
            for graded in grade_assignment(course, "hw", **how)
        }


def test_a_courses_own_question_is_judged_by_values(course):
    got = outcomes(course)
    for name in ("seen", "hidden"):
        assert got["right"][name] == ("right", "by values")
        assert got["wrong"][name] == ("wrong", "by values")
    text = Path(course / "autograded" / "wrong" / "hw" / "hw.ipynb").read_text()
    assert "square should be [9, 25], and is [6, 10]" in json.dumps(json.loads(text)["cells"])


def test_its_right_program_is_not_in_the_sandbox(course):
    got = outcomes(course)["reads"]
    assert {outcome for outcome, _ in got.values()}.isdisjoint({"right"})
    (course / ".rainfall").rename(course / "before")  # or it is not graded again
    assert outcomes(course, backend=LocalBackend(isolation="none"))["reads"]["seen"][0] == "right"
