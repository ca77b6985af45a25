"""Every assignment has the parts of its kind, its points add up, and README's table says the same."""

import re
from functools import cache
from pathlib import Path

import nbformat
import pytest
from nbgrader.preprocessors import ClearHiddenTests, ClearSolutions

from rainfall_kit.checks.questions.registry import find_question
from rainfall_kit.course.assignments import (
    assignment_names,
    bundled_assignments,
    find_assignment,
)
from rainfall_kit.course.bundled_course import find_course
from rainfall_kit.errors import CourseError
from rainfall_kit.handing_in.require_calls import required

README = Path(__file__).parents[2] / "README.md"
NAMES = assignment_names()

every_assignment = pytest.mark.parametrize("name", NAMES)
every_function = pytest.mark.parametrize(
    ("name", "function"),
    [
        (name, function)
        for name in NAMES
        for function in find_assignment(name).functions
        if function not in find_assignment(name).own
    ],
)
every_own_function = pytest.mark.parametrize(
    ("name", "function"),
    [(name, function) for name in NAMES for function in find_assignment(name).own],
)


@cache
def cells_of(name):
    path = find_course() / "source" / name / f"{name}.ipynb"
    return nbformat.read(path, as_version=4).cells


def about(cell):
    return cell.metadata.get("nbgrader", {})


def points_of(cells):
    return sum(about(cell).get("points", 0) for cell in cells)


def parts_of(name):
    """The cells below each numbered heading, by its number."""
    parts, number = {}, None
    for cell in cells_of(name):
        if cell.cell_type == "markdown" and cell.source.startswith("## "):
            found = re.match(r"## (\d+)\. ", cell.source)
            number = int(found[1]) if found else None
        if number is not None:
            parts.setdefault(number, []).append(cell)
    return parts


# --- what the notebooks say, and what README says of them


def test_readmes_table_is_what_the_notebooks_say():
    rows = [
        f"| {assignment.place} | `{assignment.name}` | {assignment.title} | {written(assignment)} | "
        f"{assignment.points} |"
        for assignment in bundled_assignments()
    ]
    section = README.read_text("utf-8").partition("\n## The course\n")[2].partition("\n## ")[0]
    table = [line for line in section.splitlines() if line.startswith("|")]
    assert table[2:] == rows


def written(assignment):
    functions = [f"`{function}`" for function in assignment.functions]
    return ", ".join([*functions, *(["an answer in words"] if assignment.written else [])])


def test_every_assignment_has_a_place_of_its_own_in_the_course():
    places = [assignment.place for assignment in bundled_assignments()]
    assert len(set(places)) == len(places) == len(NAMES)


def test_an_unknown_assignment_is_refused_with_the_names_of_those_that_are_there():
    with pytest.raises(CourseError, match=re.escape(f"there is {', '.join(NAMES)}.")):
        find_assignment("lose")


# --- what every assignment has


@every_assignment
def test_it_opens_with_a_question(name):
    assert find_assignment(name).title.endswith("?")


@every_assignment
def test_a_picture_answers_to_a_slider_before_the_first_function(name):
    first = next(place for place, cell in enumerate(cells_of(name)) if about(cell).get("solution"))
    assert any("%gd_explore" in cell.source for cell in cells_of(name)[:first])


@every_assignment
def test_steps_can_be_tried_out(name):
    assert any(cell.source.startswith("%%gd_step ") for cell in cells_of(name))


@every_assignment
def test_its_parts_are_numbered_from_1_and_the_table_of_points_is_theirs(name):
    parts = parts_of(name)
    assert [*parts] == [*range(1, len(parts) + 1)]
    table = re.findall(r"^\| (\d+) \| (.+) \| (\d+) \|$", cells_of(name)[0].source, re.MULTILINE)
    earned = {number: points_of(cells) for number, cells in parts.items() if points_of(cells)}
    assert {int(number): int(points) for number, _, points in table} == earned
    assert sum(earned.values()) == find_assignment(name).points
    for number, words, points in table:
        heading = parts[int(number)][0].source.partition("\n")[0]
        assert heading.endswith(f"({points} points)")
        functions = [
            about(cell)["grade_id"]
            for cell in parts[int(number)]
            if cell.cell_type == "code" and about(cell).get("solution")
        ]
        assert re.findall(r"`(\w+)`:", words) == functions
        assert all(f"`{function}`" in heading for function in functions)


@every_function
def test_a_function_has_a_test_that_is_seen_and_one_that_is_not(name, function):
    cells = {about(cell).get("grade_id"): cell for cell in cells_of(name)}
    assert about(cells[function])["solution"]
    seen, hidden = cells[f"test-{function}"], cells[f"test-{function}-hidden"]
    assert all(about(cell)["locked"] and about(cell)["points"] for cell in (seen, hidden))
    assert seen.source == f'require("{function}", {function})'
    asked = find_question(function)
    given = ", ".join(f'"{other}"' for other in asked.builds_on)
    given = f", given=({given}{',' * (len(asked.builds_on) == 1)})" if given else ""
    assert re.search(
        rf'\nrequire\("{function}", {function}, seed=\(\d+, \d+, \d+\){re.escape(given)}\)\n',
        hidden.source,
    )


@every_own_function
def test_a_function_about_ones_own_orchard_has_a_test_in_sight_which_a_grader_judges(
    name, function
):
    cells = {about(cell).get("grade_id"): cell for cell in cells_of(name)}
    test = cells[f"test-{function}"]
    (asked,) = required(test.source)
    assert (asked.name, asked.own_orchard) == (function, True)
    assert about(test)["locked"] and about(test)["points"]
    assert any("own_orchard()" in cell.source for cell in cells.values())


@every_assignment
def test_what_students_get_holds_neither_solutions_nor_hidden_tests(name):
    notebook = nbformat.from_dict(
        {"metadata": {}, "cells": [cell.copy() for cell in cells_of(name)]}
    )
    for preprocessor in (ClearSolutions(), ClearHiddenTests()):
        notebook, _ = preprocessor.preprocess(notebook, {})
    for cell, source in zip(notebook.cells, cells_of(name), strict=True):
        assert "SOLUTION" not in cell.source
        assert "HIDDEN" not in cell.source
        assert "seed=(" not in cell.source
        if "SOLUTION" in source.source and cell.cell_type == "code":
            assert "raise NotImplementedError()" in cell.source


@every_assignment
def test_a_written_answer_has_a_marking_scheme_that_adds_up(name):
    answers = [cell for cell in cells_of(name) if cell.cell_type == "markdown" and about(cell)]
    assert answers
    for cell in answers:
        marks = re.findall(r"\*\((\d+) points?\b[^()]*\)\*", cell.source)
        assert sum(map(int, marks)) == about(cell)["points"]


@every_assignment
def test_it_ends_with_the_way_on(name):
    last = cells_of(name)[-1]
    assert last.source.startswith("## What comes next\n")
    after = find_assignment(name).place + 1
    following = [other.name for other in bundled_assignments() if other.place == after]
    assert all(f"`{other}`" in last.source for other in following)


@every_assignment
def test_what_nbgrader_knows_is_called_as_the_cell_is_and_only_answers_can_be_changed(name):
    for cell in cells_of(name):
        assert re.fullmatch(r"[\w-]{1,40}", cell.id)
        if about(cell):
            assert about(cell)["grade_id"] == cell.id
            assert about(cell)["locked"] != about(cell)["solution"]
            assert about(cell)["schema_version"] == 3


@every_assignment
def test_no_term_is_used_before_the_cell_that_says_what_it_is(name):
    cells = [cell.source for cell in cells_of(name)[1:] if cell.cell_type == "markdown"]
    for place, source in enumerate(cells):
        for term in re.findall(r"\*\*([^*\n]+[^*.\n])\*\*", source):
            word = re.compile(rf"\b{re.escape(term.removesuffix('s'))}s?\b", re.IGNORECASE)
            assert not any(word.search(prose(before)) for before in cells[:place]), term


def prose(source):
    """A text cell without its code and its headings."""
    return re.sub(r"`[^`]*`|^#.*$", "", source, flags=re.MULTILINE)
