"""Own orchards: what each student is given, what is judged by it, and that nobody else's numbers count."""

import shutil

import nbformat
import pytest

from rainfall_kit.course.assignments import find_assignment
from rainfall_kit.course.bundled_course import copy_course
from rainfall_kit.course.simulated_class import make_class
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.record.gradebook import read_grades
from rainfall_kit.lesson.own_orchard import FILE, OrchardKey, orchard_of, seed_of

NAME = "learning_rate"
TEST = "test-own_limit"
KEY = 'c.OwnOrchards.key = "autumn 2027"\n'
HOSTILE = "o'br\"ien\n$(id) \\ ü"


def limit_of(orchard):
    """The largest stable lr of a table, by its singular values and not by the kit."""
    import numpy as np

    a = np.column_stack([orchard.inputs, np.ones(len(orchard))]).astype(float)
    return float(2 / (2 / orchard.targets.size * np.linalg.svd(a, compute_uv=False)[0] ** 2))


@pytest.fixture(scope="module")
def course(nbgrader, tmp_path_factory):
    course = tmp_path_factory.mktemp("own") / "course"
    copy_course(course)
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(KEY)
    nbgrader("generate_assignment", NAME, cwd=course)
    key = OrchardKey.from_json((course / "release" / NAME / FILE).read_text()).key

    def number(student):
        return f"def own_limit():\n    return {limit_of(orchard_of(seed_of(key, student))):.6g}"

    answers = dict(make_class(1, NAME)[0].cells)
    hand_in(course, "ash", answers)
    hand_in(course, "misty", answers | {"own_limit": number("misty")})
    hand_in(course, "copies", answers | {"own_limit": number("misty")})
    hand_in(course, HOSTILE, answers | {"own_limit": number(HOSTILE)})
    # with the file of somebody else, too
    hand_in(course, "pretends", answers | {"own_limit": number("misty")})
    text = OrchardKey(key=key, student="misty").to_json()
    (course / "submitted/pretends" / NAME / FILE).write_text(text)
    return course


def hand_in(course, student, answers):
    folder = course / "submitted" / student / NAME
    shutil.copytree(course / "release" / NAME, folder)
    path = folder / f"{NAME}.ipynb"
    nb = nbformat.read(path, as_version=4)
    for cell in nb.cells:
        cell.source = answers.get(cell.id, cell.source)
    nbformat.write(nb, path)


@pytest.fixture(scope="module")
def graded(course):
    """The entry of each student."""
    return {one.entry.student: one.entry for one in grade_assignment(course, NAME)}


def own_cell(entry):
    (cell,) = (cell for cell in entry.cells if cell.name == TEST)
    return cell


def test_everybodys_own_numbers_count_and_nobody_elses(course, graded):
    whole = find_assignment(NAME).points - 4  # for the answer in words
    scores = {grade.student: grade.score for grade in read_grades(course, NAME)}
    assert scores == {
        "ash": whole, "misty": whole, HOSTILE: whole, "copies": whole - 2, "pretends": whole - 2,
    }  # fmt: skip
    assert own_cell(graded["copies"]).outcome == "wrong"
    assert own_cell(graded["copies"]).message == (
        "own_limit is not right yet: the largest stable lr of your own orchard is another number."
    )
    assert {own_cell(entry).how for entry in graded.values()} == {"by values"}


def test_each_notebook_was_graded_with_its_students_own_table(course, graded):
    tables = {}
    for student in graded:
        path = course / "autograded" / student / NAME / f"{NAME}.ipynb"
        cells = {cell.id: cell for cell in nbformat.read(path, as_version=4).cells}
        said = "".join(output.text for output in cells["own-table"].outputs)
        assert said.startswith(f"This is the orchard of {student!r}.\n")
        tables[student] = said.partition("\n")[2]
        (shown,) = cells["both-sides"].outputs if student in ("ash", "misty", HOSTILE) else [None]
        if shown:
            assert "0.99 of the limit, diverged: False" in shown.text
            assert "1.01 of the limit, diverged: True" in shown.text
    assert len(set(tables.values())) == len(tables)
