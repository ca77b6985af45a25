"""A course whose gradebook, journal and notebooks are written directly: no cell is run."""

from datetime import datetime
from unittest.mock import patch

from alembic.script import ScriptDirectory
from nbformat import v4, write
from nbgrader.api import Gradebook
from nbgrader.dbutil import ALEMBIC_DIR

from rainfall_kit.grading.record.journal import CellEntry, Entry, Journal

NAME = "hw"
DUE = datetime(2027, 1, 31, 18)
# The graded cells with what they can earn: two tests of mse, one of rmse, and an answer in words.
MOST = {"test-mse": 1.0, "test-mse-hidden": 2.0, "test-rmse": 3.0, "words": 4.0}
TESTS = {
    "test-mse": 'require("mse", mse)',
    "test-mse-hidden": "# tested again\n### BEGIN HIDDEN TESTS\n"
    'require("mse", mse, seed=7)\n### END HIDDEN TESTS',
    "test-rmse": "assert rmse(preds, targets) == 3",
}
STUBS = {
    "mse": "def mse(preds, targets):\n    raise NotImplementedError()",
    "rmse": "def rmse(preds, targets):\n    raise NotImplementedError()",
    "words": "YOUR ANSWER HERE",
}


def alembic_version():
    """The version of nbgrader's tables, which it asks a process of alembic's for at each new gradebook."""
    return ScriptDirectory(ALEMBIC_DIR).get_current_head()


def known(name, *, points=None, solution=False):
    """nbgrader's metadata of a cell."""
    about = {"grade_id": name, "schema_version": 3, "solution": solution, "task": False}
    about |= {"grade": points is not None, "locked": not solution}
    return {"nbgrader": about if points is None else {**about, "points": points}}


def notebook(answers=STUBS, tests=TESTS):
    """The notebook with these answers."""
    answers = {**STUBS, **answers}

    def answer(name):
        return v4.new_code_cell(answers[name], metadata=known(name, solution=True), id=name)

    def test(name):
        return v4.new_code_cell(tests[name], metadata=known(name, points=MOST[name]), id=name)

    words = v4.new_markdown_cell(
        answers["words"], metadata=known("words", points=4.0, solution=True), id="words"
    )
    cells = [
        v4.new_markdown_cell("# How wrong is it?\n\nRead this.", id="top"),
        v4.new_markdown_cell("## 1. Your turn: `mse` (3 points)", id="one"),
        answer("mse"), test("test-mse"), test("test-mse-hidden"),
        v4.new_markdown_cell("## 2. Its root (3 points)", id="two"),
        answer("rmse"), test("test-rmse"),
        v4.new_markdown_cell("## 3. In your own words (4 points)", id="three"),
        words,
    ]  # fmt: skip
    return v4.new_notebook(cells=cells)


def make_course(folder, grades, *, roster=(), entries=(), timestamps=None):
    """A course with one assignment.

    Args:
        folder: a new one.
        grades: by student, the points of each cell; None waits for a person.
        roster: facts of students, handed in or not; each with an id.
        entries: of the journal.
        timestamps: by student, when it was handed in; an hour before it is due where left out.
    """
    (folder / "release" / NAME).mkdir(parents=True)
    (folder / "nbgrader_config.py").write_text("c = get_config()\n")
    write(notebook(), folder / "release" / NAME / f"{NAME}.ipynb")
    with (
        patch("nbgrader.api.get_alembic_version", alembic_version),
        Gradebook(f"sqlite:///{folder / 'gradebook.db'}") as gradebook,
    ):
        gradebook.add_assignment(NAME, duedate=DUE)
        gradebook.add_notebook(NAME, NAME)
        for name, most in MOST.items():
            kind = "markdown" if name == "words" else "code"
            gradebook.add_grade_cell(name, NAME, NAME, max_score=most, cell_type=kind)
        for name, text in STUBS.items():
            kind = "markdown" if name == "words" else "code"
            gradebook.add_solution_cell(name, NAME, NAME)
            gradebook.add_source_cell(name, NAME, NAME, cell_type=kind, source=text, locked=False)
        for name, text in TESTS.items():
            gradebook.add_source_cell(name, NAME, NAME, cell_type="code", source=text, locked=True)
        for facts in roster:
            gradebook.update_or_create_student(
                facts["id"], **{k: facts[k] for k in facts if k != "id"}
            )
        db = gradebook.db
        db.commit = db.flush
        with db.no_autoflush:
            for student, points in grades.items():
                gradebook.update_or_create_student(student)
                at = (timestamps or {}).get(student, datetime(2027, 1, 31, 17))
                gradebook.update_or_create_submission(NAME, student, timestamp=at)
                for name, given in points.items():
                    db.flush()
                    grade = gradebook.find_grade(name, NAME, NAME, student)
                    grade.auto_score, grade.needs_manual_grade = given, given is None
        del db.commit
        db.commit()
    journal = Journal(folder, NAME)
    for one in entries:
        journal.add(one)
    journal.close()
    return folder


def entry(student, cells, *, note=""):
    """A line of the journal; cells are (name, points, outcome, mistakes, message)."""
    return Entry(
        student=student, submission=student, assignment="a", kit="0", secret="s", isolation="none",
        score=sum(cell[1] or 0 for cell in cells), max_score=10.0, needs_manual_grade=False, note=note,
        cells=tuple(
            CellEntry(notebook=NAME, name=name, points=points, most=MOST[name], outcome=outcome,
                      how="by values", misconceptions=tuple(mistakes), message=message)
            for name, points, outcome, mistakes, message in cells
        ),
    )  # fmt: skip
