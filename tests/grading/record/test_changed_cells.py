"""Tests, points and the due date change after grading: everybody is regraded, and what a person wrote stays."""

import nbformat
import pytest
from nbformat import v4
from nbgrader.api import Gradebook

from rainfall_kit.grading.dry_run import open_dry_run
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.record.gradebook import read_grades
from rainfall_kit.grading.report import changes

EXPORTER = """c.GenerateAssignment.exporter_class = (
    "rainfall_kit.grading.record.changed_cells.ChangedCellsExporter")
"""
# What a run may write beside grades: the course's secret and lock, and that its solution has passed.
BESIDE = {".rainfall/secret", ".rainfall/lock", ".rainfall/lock.pid", ".rainfall/hw.tried"}


def about(name, points, *, solution=False):
    known = {"grade_id": name, "schema_version": 3, "solution": solution, "task": False}
    return {"nbgrader": {**known, "grade": True, "locked": not solution, "points": points}}


def gradebook(course):
    return Gradebook(f"sqlite:///{course / 'gradebook.db'}")


def edit(course, nbgrader, change):
    """Change the instructor's cells, by name, and make what students get anew."""
    path = course / "source/hw/hw.ipynb"
    nb = nbformat.read(path, as_version=4)
    cells = {cell.id: cell for cell in nb.cells}
    change(cells)
    nb.cells = list(cells.values())
    nbformat.write(nb, path)
    return nbgrader("generate_assignment", "hw", "--force", cwd=course)


def add_words(cells):
    cells["words"] = v4.new_markdown_cell(
        "YOUR ANSWER HERE", metadata=about("words", 4, solution=True), id="words"
    )


def add_and_remove(cells):
    """One test goes, one comes, and one asks for something else and earns more."""
    del cells["hidden"]
    cells["nobody"] = v4.new_code_cell(
        "assert mse(torch.zeros(1, 1), torch.ones(1, 1)) == 1",
        metadata=about("nobody", 3),
        id="nobody",
    )
    cells["abs"].source = "assert mse(torch.zeros(1, 1), torch.ones(1, 1) * 2) < 5"
    cells["abs"].metadata["nbgrader"]["points"] = 2


def contents(course):
    files = {path.relative_to(course).as_posix(): path for path in course.rglob("*")}
    return {
        name: path.read_bytes()
        for name, path in files.items()
        if path.is_file() and name not in BESIDE
    }


def written_by_a_person(course):
    with gradebook(course) as book:
        place = "words", "hw", "hw", "ann"
        return book.find_grade(*place).manual_score, book.find_comment(*place).manual_comment


@pytest.fixture(scope="module")
def graded(short, nbgrader, tmp_path_factory):
    """A class of two, graded; ann's words have been read."""
    course = short.copy(
        tmp_path_factory.mktemp("changed"), "c.LateSubmissionPlugin.penalty_method = 'zero'\n"
    )
    edit(course, nbgrader, add_words)
    for student, answer in {"ann": short.right, "ben": short.wrong}.items():
        short.hand_in(course, student, answer)
        (course / f"submitted/{student}/hw/timestamp.txt").write_text("2026-06-01 12:00:00 UTC")
    grade_assignment(course, "hw")
    with gradebook(course) as book:
        grade = book.find_grade("words", "hw", "hw", "ann")
        grade.manual_score, grade.needs_manual_grade = 3.5, False
        book.find_comment("words", "hw", "hw", "ann").manual_comment = "well said"
        book.db.commit()
    return course


def test_all_of_it(graded, nbgrader):
    course = graded
    import time

    def cpu():
        return time.process_time()

    try:
        edit(course, nbgrader, add_and_remove)
    except AssertionError as e:
        print("REFUSED", str(e)[-600:])
    print((course / "release").exists(), list((course / "release").rglob("*")))
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(EXPORTER)
    print(nbgrader("generate_assignment", "hw", "--force", cwd=course)[-800:])
    print(read_grades(course, "hw"))
    before = contents(course)
    dry = grade_assignment(course, "hw", opened=open_dry_run)
    now = contents(course)
    print([n for n in now if before.get(n) != now[n]], before.keys() - now.keys())
    real = grade_assignment(course, "hw")
    for one in changes(dry):
        print("DRY ", one)
    for one in changes(real):
        print("REAL", one)
    print(
        changes(dry) == changes(real), [a.entry.score == b.entry.score for a, b in zip(dry, real)]
    )
    print(written_by_a_person(course))
    print(read_grades(course, "hw"))
    assert 0
