"""Whatever notebook a student hands in is repaired into the one that was given out."""

import copy

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import read, v4

from rainfall_kit.grading.prepare.notes import notes_of
from rainfall_kit.grading.prepare.repair.repair import repair


def cell(name, source, *, kind="code", points=0, solution=False):
    new = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell}[kind]
    known = {"grade_id": name, "grade": points > 0, "solution": solution, "locked": not solution}
    return new(source, id=name, metadata={"nbgrader": {**known, "points": points}})


RELEASED = v4.new_notebook(
    cells=[
        v4.new_markdown_cell("# Title", id="title"),
        cell("mse", "raise NotImplementedError()", solution=True),
        cell("test-mse", "require('mse', mse)", points=2),
        cell("words", "YOUR ANSWER", kind="markdown", points=4, solution=True),
    ]
)
BY_ID = {cell.id: cell for cell in RELEASED.cells}


def submitted(*cells):
    nb = v4.new_notebook()
    nb.cells = [copy.deepcopy(cell) for cell in cells]  # even with an id twice, as some editors do
    return nb


def with_source(name, source, **changes):
    return v4.new_code_cell(source, **{"metadata": BY_ID[name].metadata, **changes})


def graded(nb):
    """The source of each cell that nbgrader will know, in order."""
    known = [cell for cell in nb.cells if "nbgrader" in cell.metadata]
    return {cell.metadata.nbgrader.grade_id: cell.source for cell in known}


def test_an_untouched_notebook_is_left_alone():
    assert repair(submitted(*RELEASED.cells), RELEASED).cells == RELEASED.cells


@settings(deadline=None)
@given(st.lists(st.sampled_from(RELEASED.cells[1:]), max_size=8), st.booleans())
def test_each_cell_is_there_once_with_its_metadata(cells, keep_metadata):
    nb = submitted(*cells)
    for cell in nb.cells:
        if not keep_metadata:
            cell.metadata = {}
    known = [cell for cell in repair(nb, RELEASED).cells if "nbgrader" in cell.metadata]
    assert {cell.metadata.nbgrader.grade_id: cell.metadata for cell in known} == {
        cell.id: cell.metadata for cell in RELEASED.cells[1:]
    }
    assert len(known) == 3


def test_a_missing_test_stands_where_it_was():
    nb = repair(submitted(BY_ID["title"], BY_ID["mse"], BY_ID["words"]), RELEASED)
    assert list(graded(nb)) == ["mse", "test-mse", "words"]
    assert notes_of(nb) == ["not in what was handed in, so added: test-mse"]
    assert "not in what was handed in, so added: test-mse" in nb.cells[0].source


@pytest.mark.parametrize("blank_first", [True, False], ids=["above", "below"])
def test_a_copy_without_an_answer_does_not_hide_the_answer(blank_first):
    answer = with_source("mse", "def mse(p, t): ...")
    copies = (BY_ID["mse"], answer) if blank_first else (answer, BY_ID["mse"])
    nb = repair(submitted(*copies, BY_ID["test-mse"]), RELEASED)
    assert graded(nb)["mse"] == "def mse(p, t): ..."
    assert "raise NotImplementedError()" not in [cell.source for cell in nb.cells]


def test_of_two_answers_the_last_counts_and_the_first_is_kept():
    first, last = with_source("mse", "first = 1"), with_source("mse", "last = 1")
    nb = repair(submitted(first, last), RELEASED)
    assert graded(nb)["mse"] == "last = 1"
    assert "first = 1" in [cell.source for cell in nb.cells]


def test_a_tag_that_skips_a_test_goes():
    skipped = {**BY_ID["test-mse"].metadata, "tags": ["skip-execution"]}
    nb = repair(submitted(with_source("test-mse", "pass", metadata=skipped)), RELEASED)
    assert not any("tags" in cell.metadata for cell in nb.cells)


def test_a_written_answer_that_is_gone_asks_for_a_reader():
    nb = repair(submitted(BY_ID["mse"]), RELEASED)
    assert graded(nb)["words"] != BY_ID["words"].source  # nbgrader gives the same text 0 at once
    assert graded(repair(v4.new_notebook(), RELEASED))["words"] == BY_ID["words"].source


def test_known_cells_stand_in_the_order_in_which_they_were_given_out(hw):
    released = read(hw.master / "release" / "hw" / "hw.ipynb", as_version=4)
    nb = read(hw.master / "release" / "hw" / "hw.ipynb", as_version=4)
    nb.cells.reverse()
    nb.cells.insert(2, v4.new_code_cell("mine = 1", id="mine"))
    repaired = repair(nb, released)
    told, *cells = repaired.cells
    assert "put in the order in which they were given out" in told.source
    ids = [cell.id for cell in cells]
    assert ids[2] == "mine"
    assert [name for name in ids if name != "mine"] == [cell.id for cell in released.cells]


def test_what_is_no_notebook_is_told_once():
    nb = submitted()
    notes_of(nb).append("not a notebook")
    assert notes_of(repair(nb, RELEASED)) == ["not a notebook"]
