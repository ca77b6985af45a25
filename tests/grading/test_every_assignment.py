"""Every assignment is graded as it should be: its solution, the blank, and a class with mistakes."""

from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, rmtree

import nbformat
import pytest
from lesson_numbers import agrees, printed, told

from rainfall_kit.checks.questions.registry import CATALOGUE
from rainfall_kit.course.assignments import assignment_names, find_assignment
from rainfall_kit.course.bundled_course import copy_course, find_course
from rainfall_kit.course.simulated_class import hand_in, make_class
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.record.gradebook import read_grades
from rainfall_kit.grading.stock_grading import grade_class

pytestmark = pytest.mark.usefixtures("shared_server")

NAMES = assignment_names()
STUDENTS = 8
ENDS = ("solution", "blank")


@dataclass(frozen=True)
class Graded:
    """One assignment of the course after the engine has graded it."""

    course: Path
    name: str

    @property
    def grades(self):
        return {grade.student: grade for grade in read_grades(self.course, self.name)}

    def cells(self, student):
        path = self.course / "autograded" / student / self.name / f"{self.name}.ipynb"
        return nbformat.read(path, as_version=4).cells

    def points(self, *, among=None):
        """What a machine gives for the functions, or for one of them."""
        known = [cell.metadata.get("nbgrader", {}) for cell in self.cells("solution")]
        return sum(
            about["points"]
            for about in known
            if about.get("points")
            and not about["solution"]
            and among in (None, about["grade_id"].removeprefix("test-").removesuffix("-hidden"))
        )


@pytest.fixture(scope="module")
def released(nbgrader, tmp_path_factory):
    """The course with every assignment generated, and its solution and its blank handed in."""
    course = tmp_path_factory.mktemp("every") / "course"
    copy_course(course)
    for name in NAMES:
        nbgrader("generate_assignment", name, cwd=course)
        for student, folder in zip(ENDS, ("source", "release"), strict=True):
            copytree(course / folder / name, course / "submitted" / student / name)
    return course


@pytest.fixture(scope="module")
def stock(released, tmp_path_factory):
    """The same, for ordinary kernels, which are slow: of all blanks only one."""
    course = copytree(released, tmp_path_factory.mktemp("every-stock") / "course")
    for name in NAMES[1:]:
        rmtree(course / "submitted" / "blank" / name)
    return course


@pytest.fixture(scope="module", params=NAMES)
def graded(request, released, stock):  # noqa: ARG001  stock is copied before anything is graded
    for student in make_class(STUDENTS, request.param):
        hand_in(student, released)
    grade_assignment(released, request.param)
    return Graded(released, request.param)


def test_the_solution_earns_all_that_a_machine_gives_and_the_blank_nothing(graded):
    asked = find_assignment(graded.name)
    solution, blank = (graded.grades[student] for student in ENDS)
    assert solution.score == graded.points() > 0
    assert (blank.score, blank.max_score) == (0, asked.points)
    assert solution.needs_manual_grade
    assert (solution.note, blank.note) == ("", "")


def test_nothing_of_the_blank_reads_as_a_mistake(graded):
    said = [shown(cell) for cell in graded.cells("blank") if judged(cell)]
    asked = find_assignment(graded.name)
    assert len(said) == 2 * len(asked.functions) - len(asked.own)  # whose only test is in sight
    assert all(text.startswith("not tried, 0 of ") for text in said), said


def test_a_solution_runs_without_a_complaint(graded):
    for cell in graded.cells("solution"):
        for output in cell.get("outputs", ()):
            assert output.output_type != "error", cell.id
            assert output.get("name") != "stderr", (cell.id, output.text)


def test_what_a_cell_prints_is_what_the_table_gives(graded):
    said = {
        cell.id: text
        for cell in graded.cells("solution")
        if cell.cell_type == "code" and not judged(cell) and "%gd_" not in cell.source
        if (text := "".join(output.get("text", "") for output in cell.outputs))
    }
    wanted = printed(graded.name)
    assert said.keys() == wanted.keys() or not wanted
    for cell, numbers in wanted.items():
        assert agrees(said[cell], numbers), (cell, said[cell], numbers)


@pytest.mark.parametrize("name", NAMES)
def test_what_the_text_says_in_numbers_is_what_the_table_gives(name):
    path = find_course() / "source" / name / f"{name}.ipynb"
    texts = {cell.id: cell.source for cell in nbformat.read(path, as_version=4).cells}
    for cell, words in told(name).items():
        for word in words:
            assert word in texts[cell]


def test_each_mistake_costs_its_own_functions_points_and_is_named(graded):
    for student in make_class(STUDENTS, graded.name):
        kind, _, words = student.answer.partition(": ")
        score = graded.grades[student.id].score
        if kind == "right":
            assert score == graded.points(), student
        elif kind in find_assignment(graded.name).functions:
            assert score == graded.points() - graded.points(among=kind), student
            (seen,) = (cell for cell in graded.cells(student.id) if cell.id == f"test-{kind}")
            ids = [entry.id for entry in CATALOGUE if entry.name == words]
            assert any(entry in shown(seen) for entry in ids), student


def test_ordinary_kernels_give_the_same(graded, stock):
    others = [path.name for path in (stock / "submitted").iterdir() if path.name not in ENDS]
    assert not others
    grade_class(stock, graded.name)
    for student, grade in ((grade.student, grade) for grade in read_grades(stock, graded.name)):
        assert grade.score == graded.grades[student].score


def judged(cell):
    about = cell.metadata.get("nbgrader", {})
    return cell.cell_type == "code" and about.get("grade")


def shown(cell):
    """What a graded cell says, in text."""
    return "\n".join(
        str(output.get("text", "")) + str(output.get("evalue", "")) for output in cell.outputs
    )
