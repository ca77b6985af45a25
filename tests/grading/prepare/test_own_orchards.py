"""Own orchards: what each student is given, what is judged by it, and that nobody else's numbers count."""

import csv
import json
import shutil

import nbformat
import numpy as np
import pytest
from nbformat import v4
from traitlets.config import Config

from rainfall_kit.course.assignments import find_assignment
from rainfall_kit.course.bundled_course import copy_course
from rainfall_kit.course.simulated_class import make_class
from rainfall_kit.errors import CourseError
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.prepare.course import open_course
from rainfall_kit.grading.prepare.own_orchards import (
    OwnOrchards,
    given_out_key,
    key_of,
    release_orchard_key,
)
from rainfall_kit.grading.record.gradebook import read_grades
from rainfall_kit.lesson.orchard import load_orchard
from rainfall_kit.lesson.own_orchard import FILE, OrchardKey, orchard_of, seed_of

pytestmark = pytest.mark.usefixtures("shared_server")

NAME = "learning_rate"
TEST = "test-own_limit"
KEY = 'c.OwnOrchards.key = "autumn 2027"\n'
COLUMNS = ["region", "temp", "rainfall", "humidity", "apples", "oranges"]
HOSTILE = "o'br\"ien\n$(id) \\ ü"


def limit_of(orchard):
    """The largest stable lr of a table, by its singular values and not by the kit."""
    a = np.column_stack([orchard.inputs, np.ones(len(orchard))]).astype(float)
    return float(2 / (2 / orchard.targets.size * np.linalg.svd(a, compute_uv=False)[0] ** 2))


@pytest.fixture(scope="module")
def course(nbgrader, tmp_path_factory):
    course = tmp_path_factory.mktemp("own") / "course"
    copy_course(course)
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(KEY)
    (course / "source" / "hw").mkdir()
    nbformat.write(v4.new_notebook(), course / "source" / "hw" / "hw.ipynb")
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


def released(folder, *sources, key="autumn 2027"):
    """What lies beside a notebook of these cells that was given out."""
    nb = v4.new_notebook(cells=[v4.new_code_cell(text) for text in sources])
    release_orchard_key(nb, folder, Config({"OwnOrchards": {"key": key}}), "hw")
    return [path.name for path in folder.glob("*")]


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


def test_without_the_setting_and_without_a_call_nothing_is_given_out(tmp_path):
    assert OwnOrchards().key == ""
    assert released(tmp_path, "own_orchard()", key="") == []
    assert released(tmp_path, "load_orchard()") == []
    assert released(tmp_path, "inputs = own_orchard().inputs") == [FILE]
    assert released(tmp_path, "print()") == [FILE]  # another notebook of the assignment
    first = (tmp_path / FILE).read_text()
    assert released(tmp_path, "own_orchard()", key="spring 2028") == [FILE]
    assert (tmp_path / FILE).read_text() != first
    assert "2028" not in (tmp_path / FILE).read_text()
    assert released(tmp_path, "own_orchard()", key="") == []  # it was switched off again


@pytest.mark.usefixtures("graded")
def test_the_key_that_was_given_out_counts_and_a_new_one_has_everybody_graded_again(
    course, tmp_path
):
    copy = shutil.copytree(course, tmp_path / "course")
    folders = open_course(copy)
    place = copy / "release" / NAME / FILE
    before = given_out_key(folders, NAME)
    folders.config.OwnOrchards.key = "spring 2028"  # and nothing was generated since
    assert given_out_key(folders, NAME) == before
    shutil.rmtree(place.parent)  # nbgrader has, and refused to generate then
    assert given_out_key(folders, NAME) == key_of(folders.config, NAME) != before
    assert given_out_key(folders, "hw") == ""  # asks for no orchard
    shutil.copytree(course / "release" / NAME, place.parent)
    place.write_text(OrchardKey(key="another").to_json())
    for student in ("ash", "copies", "pretends", HOSTILE):
        shutil.rmtree(copy / "submitted" / student)
    (graded,) = grade_assignment(copy, NAME, trial=False)
    assert (graded.why, own_cell(graded.entry).outcome) == (("tests",), "wrong")
    place.write_text("{")
    with pytest.raises(CourseError, match=r"cannot be read: .* Try: nbgrader generate_assignment"):
        grade_assignment(copy, NAME, trial=False)


@pytest.mark.usefixtures("graded")
def test_without_a_key_all_have_the_lessons_regions(course, tmp_path):
    copy = shutil.copytree(course, tmp_path / "course")
    (copy / "release" / NAME / FILE).unlink()
    for student in ("ash", "copies", "pretends", HOSTILE):
        shutil.rmtree(copy / "submitted" / student)
    path = copy / "submitted" / "misty" / NAME / f"{NAME}.ipynb"
    nb = nbformat.read(path, as_version=4)
    next(
        cell for cell in nb.cells if cell.id == "own_limit"
    ).source = f"def own_limit():\n    return {limit_of(load_orchard()):.6g}"
    nbformat.write(nb, path)
    (graded,) = grade_assignment(copy, NAME, trial=False)
    assert own_cell(graded.entry).outcome == "right"


def test_anybodys_orchard_is_printed(run, course):
    key = given_out_key(open_course(course), NAME)
    for student in ("misty", HOSTILE, "", "nobody"):
        wanted = orchard_of(seed_of(key, student))
        given = ("orchard", NAME, "--course", course, "--student", student)
        status, table, _ = run(*given)
        assert status == 0
        assert table.splitlines()[0].split() == COLUMNS
        assert rows_of(line.split()[2:] for line in table.splitlines()[1:]) == numbers_of(wanted)
        _, out, _ = run(*given, "--to", "csv")
        names, *rows = csv.reader(out.splitlines())
        assert (names, rows_of(row[1:] for row in rows)) == (COLUMNS, numbers_of(wanted))
        _, out, _ = run(*given, "--to", "json")
        rows = [[row[name] for name in COLUMNS[1:]] for row in json.loads(out)]
        assert rows_of(rows) == numbers_of(wanted)


def rows_of(rows):
    return [[float(number) for number in row] for row in rows]


def numbers_of(orchard):
    return np.hstack([orchard.inputs, orchard.targets]).tolist()


@pytest.mark.parametrize(
    ("assignment", "told"),
    [
        ("hw", "all have the lesson's five regions. Try: c.OwnOrchards.key"),
        ("lose", "no assignment"),
    ],
)
def test_where_there_is_none_the_command_says_so(run, course, assignment, told):
    status, out, err = run("orchard", assignment, "--course", course, "--student", "misty")
    assert (status, out) == (1, "")
    assert told in err
