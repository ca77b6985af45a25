"""Whatever a student hands in is read, and mended into the notebook that was given out."""

import copy
import io
import json

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nbformat import v4
from nbgrader.coursedir import CourseDirectory

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.plugins.late_penalty import DailyPenalty
from rainfall_kit.grading.prepare.notebook_reader import notes_of, read_submission
from rainfall_kit.grading.prepare.repair import RepairCells, mend
from rainfall_kit.grading.record.gradebook import open_course, read_grades


def cell(name, source, *, kind="code", points=0, solution=False):
    new = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell}[kind]
    marks = {"grade_id": name, "grade": points > 0, "solution": solution, "locked": not solution}
    return new(source, id=name, metadata={"nbgrader": {**marks, "points": points}})


RELEASED = v4.new_notebook(
    cells=[
        v4.new_markdown_cell("# Title", id="title"),
        cell("mse", "raise NotImplementedError()", solution=True),
        cell("test-mse", "require('mse', mse)", points=2),
        cell("words", "YOUR ANSWER", kind="markdown", points=4, solution=True),
    ]
)
BY_ID = {each.id: each for each in RELEASED.cells}


def handed_in(*cells):
    nb = v4.new_notebook()
    nb.cells = [copy.deepcopy(each) for each in cells]  # even with an id twice, as some editors do
    return nb


def with_source(name, source, **changes):
    return v4.new_code_cell(source, **{"metadata": BY_ID[name].metadata, **changes})


def graded(nb):
    """The source of each cell that nbgrader will know, in order."""
    marked = [each for each in nb.cells if "nbgrader" in each.metadata]
    return {each.metadata.nbgrader.grade_id: each.source for each in marked}


def test_an_untouched_notebook_is_left_alone():
    assert mend(handed_in(*RELEASED.cells), RELEASED).cells == RELEASED.cells


@settings(deadline=None)
@given(st.lists(st.sampled_from(RELEASED.cells[1:]), max_size=8), st.booleans())
def test_each_cell_is_there_once_with_its_metadata(cells, keep_metadata):
    nb = handed_in(*cells)
    for each in nb.cells:
        if not keep_metadata:
            each.metadata = {}
    known = [each for each in mend(nb, RELEASED).cells if "nbgrader" in each.metadata]
    assert {each.metadata.nbgrader.grade_id: each.metadata for each in known} == {
        each.id: each.metadata for each in RELEASED.cells[1:]
    }
    assert len(known) == 3


def test_a_missing_test_stands_where_it_was():
    nb = mend(handed_in(BY_ID["title"], BY_ID["mse"], BY_ID["words"]), RELEASED)
    assert list(graded(nb)) == ["mse", "test-mse", "words"]
    assert notes_of(nb) == ["put back: test-mse"]
    assert "put back: test-mse" in nb.cells[0].source


@pytest.mark.parametrize("blank_first", [True, False], ids=["above", "below"])
def test_a_copy_without_an_answer_does_not_hide_the_answer(blank_first):
    answer = with_source("mse", "def mse(p, t): ...")
    copies = (BY_ID["mse"], answer) if blank_first else (answer, BY_ID["mse"])
    nb = mend(handed_in(*copies, BY_ID["test-mse"]), RELEASED)
    assert graded(nb)["mse"] == "def mse(p, t): ..."
    assert "raise NotImplementedError()" not in [each.source for each in nb.cells]


def test_of_two_answers_the_last_counts_and_the_first_is_kept():
    first, last = with_source("mse", "first = 1"), with_source("mse", "last = 1")
    nb = mend(handed_in(first, last), RELEASED)
    assert graded(nb)["mse"] == "last = 1"
    assert "first = 1" in [each.source for each in nb.cells]


def test_a_tag_that_skips_a_test_goes():
    skipped = {**BY_ID["test-mse"].metadata, "tags": ["skip-execution"]}
    nb = mend(handed_in(with_source("test-mse", "pass", metadata=skipped)), RELEASED)
    assert not any("tags" in each.metadata for each in nb.cells)


def test_a_written_answer_that_is_gone_asks_for_a_reader():
    nb = mend(handed_in(BY_ID["mse"]), RELEASED)
    assert graded(nb)["words"] != BY_ID["words"].source  # nbgrader gives the same text 0 at once
    assert graded(mend(v4.new_notebook(), RELEASED))["words"] == BY_ID["words"].source


def test_nothing_is_put_back_into_a_course_that_was_not_released(tmp_path):
    preprocessor = RepairCells(parent=CourseDirectory(root=str(tmp_path)))
    facts = {"nbgrader": {"assignment": "a", "notebook": "a"}}
    with pytest.raises(CourseError, match="Try: nbgrader generate_assignment a"):
        preprocessor.preprocess(v4.new_notebook(), facts)


@settings(deadline=None)
@given(st.text() | st.recursive(st.none() | st.integers(), st.lists).map(json.dumps))
def test_any_text_becomes_a_valid_notebook(text):
    nb = read_submission(io.StringIO(text))
    nbformat.validate(nb)
    assert notes_of(nb) == ["not a notebook"]


def test_reading_keeps_sources_and_drops_what_does_not_belong():
    raw = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {},
        "cells": [
            {"cell_type": "code", "id": "a", "source": ["x = 1\n", "x"], "metadata": [], "more": 1},
            {"cell_type": "code", "id": "no id!", "source": "y", "metadata": {"tags": 1}},
            {"cell_type": "poem", "source": "", "metadata": {}},
            {"cell_type": "markdown", "id": "a", "source": "text", "metadata": {}},
        ],
    }
    nb = read_submission(io.StringIO(json.dumps(raw)))
    nbformat.validate(nb)
    assert [each.source for each in nb.cells] == ["x = 1\nx", "y", "text"]


@pytest.mark.parametrize(
    ("seconds", "share"), [(0, 0.0), (1, 0.1), (86_400, 0.1), (86_401, 0.2), (10**7, 1.0)]
)
def test_each_day_begun_costs_a_tenth(seconds, share):
    assert DailyPenalty().late_submission_penalty("ash", 15.0, seconds) == pytest.approx(15 * share)


def test_a_course_that_is_not_there_is_told_in_one_sentence(tmp_path):
    with pytest.raises(CourseError, match=r"is not a folder\. Try: "):
        open_course(tmp_path / "nowhere")
    with pytest.raises(CourseError, match=r"no gradebook at .*Try: nbgrader generate_assignment a"):
        read_grades(tmp_path, "a")
    assert not list(tmp_path.iterdir())


def test_a_configuration_that_is_not_python_is_told_in_one_sentence(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c = ")
    with pytest.raises(CourseError, match="cannot be read"):
        open_course(tmp_path)


def test_a_gradebook_elsewhere_is_found_from_the_course(tmp_path):
    (tmp_path / "nbgrader_config.py").write_text("c.CourseDirectory.db_url = 'sqlite:///a/b.db'")
    assert open_course(tmp_path).db_url == f"sqlite:///{tmp_path}/a/b.db"
