"""Cells that an older nbgrader wrote its metadata into are graded as stock nbgrader grades them once they are updated."""

import shutil

import nbformat
import pytest
from nbformat import v4

from rainfall_kit.grading.record.gradebook import read_grades

RIGHT, WRONG = "def double(x):\n    return 2 * x", "def double(x):\n    return 8"
SOLUTION = "### BEGIN SOLUTION\ndef double(x):\n    return 2 * x\n### END SOLUTION"
HIDDEN = "### BEGIN HIDDEN TESTS\nassert double(3) == 6\n### END HIDDEN TESTS"
# What is handed in, and by which version of the metadata nbgrader knows each of its cells.
HANDED_IN = {"ann": (RIGHT, (0, 1, 2)), "ben": (WRONG, (2, 0, 1))}
CONFIG = """\
c = get_config()
c.Autograde.exporter_class = 'rainfall_kit.grading.exporter.EngineExporter'
c.GenerateAssignment.exporter_class = 'rainfall_kit.grading.record.changed_cells.ChangedCellsExporter'
"""


def known(cell, name, *, points="", solution=False):
    """The cell with metadata of the oldest version: without a number, and points as they were typed."""
    about = {"grade_id": name, "grade": bool(points), "solution": solution, "points": points}
    cell.metadata.nbgrader = {**about, "locked": not solution}
    return cell


def as_then(nb, versions):
    """The notebook with the metadata of these versions, in the notebook format of that time."""
    for cell, version in zip(nb.cells, versions, strict=True):
        cell.pop("id", None)
        about = cell.metadata.nbgrader
        about.pop("task", None)
        about.schema_version = version
        if version < 2:
            about.pop("cell_type", None)
        if version < 1:
            del about["schema_version"]
            about.points = str(about.get("points", ""))
    nb.nbformat_minor = 0
    return nb


@pytest.fixture(scope="module")
def course(nbgrader, tmp_path_factory):
    """An old course that its teacher has updated, as nbgrader asks for; what is handed in is as old."""
    course = tmp_path_factory.mktemp("older") / "course"
    source = course / "source/hw/hw.ipynb"
    source.parent.mkdir(parents=True)
    (course / "nbgrader_config.py").write_text(CONFIG)
    cells = [
        known(v4.new_code_cell(SOLUTION), "answer", solution=True),
        known(v4.new_code_cell("assert double(4) == 8"), "seen", points="1"),
        known(v4.new_code_cell(HIDDEN), "hidden", points="2.5"),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(
        as_then(v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), (0, 0, 0)), source
    )
    told = nbgrader("generate_assignment", "hw", cwd=course, expected=1)
    assert "nbgrader update ." in told
    nbgrader("update", "source", cwd=course)
    nbgrader("generate_assignment", "hw", cwd=course)
    for student, (answer, versions) in HANDED_IN.items():
        nb = nbformat.read(course / "release/hw/hw.ipynb", as_version=4)
        nb.cells[0].source = answer
        place = course / f"submitted/{student}/hw/hw.ipynb"
        place.parent.mkdir(parents=True)
        nbformat.write(as_then(nb, versions), place)
    return course


def scores(course):
    return {grade.student: grade.score for grade in read_grades(course, "hw")}


def test_they_are_graded_as_they_are_and_as_stock_nbgrader_grades_what_was_updated(
    course, nbgrader, tmp_path
):
    stock = shutil.copytree(course, tmp_path / "stock")
    (stock / "nbgrader_config.py").write_text("c = get_config()\n")
    told = nbgrader("autograde", "hw", "--student=ann", cwd=stock, expected=1)
    assert "nbgrader update ." in told
    nbgrader("update", "submitted", cwd=stock)
    nbgrader("autograde", "hw", cwd=stock)
    nbgrader("autograde", "hw", cwd=course)
    assert scores(course) == scores(stock) == {"ann": 3.5, "ben": 1}
