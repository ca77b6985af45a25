"""Tests, points and the due date change after grading: everybody is regraded, and what a person wrote stays."""

import nbformat
import pytest
from nbformat import v4
from nbgrader.api import Gradebook

from rainfall_kit.grading.dry_run import open_dry_run
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.record.gradebook import read_grades
from rainfall_kit.grading.report import changes

pytestmark = pytest.mark.usefixtures("shared_server")

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


def add_task_and_free_test(cells):
    """A task, for which a person gives points, and a test that fails and costs nothing."""
    task = {"nbgrader": {**about("draw", 2)["nbgrader"], "grade": False, "task": True}}
    cells["draw"] = v4.new_markdown_cell("Draw it.", metadata=task, id="draw")
    cells["abs"].source = "assert False"
    cells["abs"].metadata["nbgrader"]["points"] = 0


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


def test_nbgrader_alone_refuses_a_test_that_comes_or_goes(graded, nbgrader):
    with pytest.raises(AssertionError, match="Cannot add or remove cells for notebook 'hw'"):
        edit(graded, nbgrader, add_and_remove)


def test_everybody_is_regraded_and_a_dry_run_shows_it_before(graded, nbgrader, rainfall_grade):
    with (graded / "nbgrader_config.py").open("a") as config:
        config.write(EXPORTER)
    nbgrader("generate_assignment", "hw", "--force", cwd=graded)
    with gradebook(graded) as book:
        book.update_or_create_assignment("hw", duedate="2026-01-01 00:00:00 UTC")
    before = contents(graded)
    dry = rainfall_grade(graded, "--dry-run")
    assert (dry.returncode, dry.stderr) == (0, "")
    assert contents(graded) == before
    again = grade_assignment(graded, "hw")
    assert contents(graded) != before
    why = "(changed: points, tests, due date or late policy"
    cells = "nobody new 3 of 3, hidden gone"
    assert changes(again) == [
        # 2 + 3 of the tests and 3.5 of a person's, and all of it is taken off: it is late now
        f"ann: 2 of 6 -> 0 of 9 (abs 1 of 1 -> 2 of 2, words 0 -> 3.5, {cells}, 1 of 1) {why}, scores by a person)",
        f"ben: 0 of 6 -> 0 of 9 (abs 0 of 1 -> 2 of 2, {cells}, 0 of 1) {why})",
    ]
    told = dry.stdout.splitlines()
    text = " ".join(dry.stdout.split())  # the terminal is narrower than a line
    assert all(f" {line} " in text for line in changes(again))
    assert told[-1] == "A dry run: no grade was written."
    rows = [[cell.strip() for cell in line.split("│")[1:3]] for line in told if line[:1] == "│"]
    assert rows == [["ann", "0 / 9"], ["ben", "0 / 9"]]
    assert written_by_a_person(graded) == (3.5, "well said")
    assert {grade.student: (grade.score, grade.max_score) for grade in read_grades(graded, "hw")} == {
        "ann": (0, 9), "ben": (0, 9),
    }  # fmt: skip
    assert [one.skipped for one in grade_assignment(graded, "hw")] == [True, True]


def test_a_notebook_that_comes_is_refused_and_the_others_are_graded_on(graded, nbgrader):
    extra = graded / "source/hw/extra.ipynb"
    nbformat.write(v4.new_notebook(), extra)
    with pytest.raises(AssertionError, match="Cannot modify existing assignment"):
        nbgrader("generate_assignment", "hw", "--force", cwd=graded)
    extra.unlink()
    assert [one.skipped for one in grade_assignment(graded, "hw")] == [True, True]


def test_a_later_due_date_alone_is_shown_without_writing_too(graded):
    with gradebook(graded) as book:
        book.update_or_create_assignment("hw", duedate="2027-01-01 00:00:00 UTC")
    before = contents(graded)
    shown = grade_assignment(graded, "hw", opened=open_dry_run)
    assert contents(graded) == before
    assert changes(shown) == [
        "ann: 0 -> 8.5 (changed: due date or late policy)",
        "ben: 0 -> 5 (changed: due date or late policy)",
    ]
    assert changes(grade_assignment(graded, "hw")) == changes(shown)
    assert {grade.student: grade.score for grade in read_grades(graded, "hw")} == {
        "ann": 8.5,
        "ben": 5,
    }


def test_a_task_is_told_as_other_cells_are_and_a_failing_test_of_no_points_is_wrong(
    graded, nbgrader
):
    edit(graded, nbgrader, add_task_and_free_test)
    again = grade_assignment(graded, "hw")
    assert ["draw new ? of 2" in line for line in changes(again)] == [True, True]
    outcomes = [{cell.name: cell.outcome for cell in one.entry.cells} for one in again]
    assert [known["abs"] for known in outcomes] == ["wrong", "wrong"]
    with gradebook(graded) as book:
        book.find_grade("draw", "hw", "hw", "ben").manual_score = 1.5
        book.db.commit()
    told = changes(grade_assignment(graded, "hw"))
    assert len(told) == 1
    assert "(draw ? -> 1.5) (changed: scores by a person)" in told[0]


def test_a_cell_for_which_a_person_gave_a_score_stays(graded, nbgrader):
    with pytest.raises(
        AssertionError, match="words of hw has scores or comments that a person gave"
    ):
        edit(graded, nbgrader, lambda cells: cells.pop("words"))
    assert written_by_a_person(graded) == (3.5, "well said")
