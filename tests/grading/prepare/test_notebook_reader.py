"""Whatever a student handed in as a notebook is read as one."""

import io
import json

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rainfall_kit.grading.prepare.notebook_reader import (
    read_notebook,
    read_notebook_bytes,
    read_released,
)
from rainfall_kit.grading.prepare.notes import notes_of


@settings(deadline=None)
@given(st.text() | st.recursive(st.none() | st.integers(), st.lists).map(json.dumps))
def test_any_text_becomes_a_valid_notebook(text):
    nb = read_notebook(io.StringIO(text))
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
    nb = read_notebook(io.StringIO(json.dumps(raw)))
    nbformat.validate(nb)
    assert [cell.source for cell in nb.cells] == ["x = 1\nx", "y", "text"]


LOST = "has too much metadata, or attachments: 1 of its cells lost theirs"


def in_format(version, *cells):
    sheets = {"cells": [*cells]} if version == 4 else {"worksheets": [{"cells": [*cells]}]}
    return json.dumps({"nbformat": version, "nbformat_minor": 0, "metadata": {}, **sheets})


@pytest.mark.parametrize("version", [3, 4])
def test_more_metadata_than_anybody_writes_is_left_out_before_it_is_validated(version):
    text = {"cell_type": "markdown", "source": "a", "metadata": {}}
    # nbformat holds each tag against each other: these would take it hours
    tags = [tag for number in range(50_000) for tag in (number, f"tag {number}")]
    many = {**text, "source": "b", "metadata": {"tags": tags, "kept": 1}}
    few = {**text, "source": "c", "metadata": {"tags": ["tag"] * 1}}
    nb = read_notebook(io.StringIO(in_format(version, text, many, few)))
    nbformat.validate(nb)
    assert [cell.source for cell in nb.cells] == ["a", "b", "c"]
    assert [cell.metadata.get("tags") for cell in nb.cells] == [None, None, ["tag"]]
    assert notes_of(nb) == [LOST]


@pytest.mark.parametrize(
    ("damage", "sources"),
    [
        ({"source": [["x = 1"], "y = 2"]}, ["y = 2", "z = 3"]),
        ({"source": None}, ["", "z = 3"]),
        ({"source": {"text": "x = 1"}}, ["", "z = 3"]),
        ({"cell_type": ["code"]}, ["z = 3"]),
        ({"cell_type": None}, ["z = 3"]),
    ],
)
def test_a_broken_cell_takes_no_other_with_it(damage, sources):
    cell = {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None}
    cells = [{**cell, "source": "x = 1", **damage}, {**cell, "source": "z = 3"}]
    given = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": cells}
    nb = read_notebook_bytes(json.dumps(given))
    assert [cell.source for cell in nb.cells] == sources
    assert notes_of(nb) == ["is damaged: 1 of its cells could not be read, or not in full"]


def test_what_is_no_cell_takes_no_other_with_it():
    cell = {"cell_type": "markdown", "metadata": {}, "source": "words"}
    given = {"nbformat": 4, "nbformat_minor": 4, "metadata": {}, "cells": [None, cell, 3, [cell]]}
    nb = read_notebook_bytes(json.dumps(given))
    assert [cell.source for cell in nb.cells] == ["words"]
    assert notes_of(nb) == ["is damaged: 3 of its cells could not be read, or not in full"]


def test_attachments_that_nobody_makes_are_left_out_with_a_note():
    text = {"cell_type": "markdown", "source": "a", "metadata": {}, "id": "a"}
    one = {"picture.png": {"image/png": "AAAA"}}
    many = {f"{number}.png": {"image/png": "AAAA"} for number in range(50_000)}
    cells = ({**text, "attachments": one}, {**text, "attachments": many})
    nb = read_notebook(io.StringIO(in_format(4, *cells)))
    assert [cell.get("attachments") for cell in nb.cells] == [one, None]
    assert notes_of(nb) == [LOST]


OLD = {"cell_type": "code", "source": "x", "metadata": {}, "outputs": [], "execution_count": None}
CELL_3 = {"cell_type": "code", "language": "python", "input": "x", "outputs": [], "metadata": {}}


@pytest.mark.parametrize(
    "raw",
    [
        {"nbformat": 4, "nbformat_minor": 2, "cells": [OLD, OLD]},
        {"nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": [CELL_3, CELL_3]}]},
    ],
)
def test_cells_of_older_notebooks_get_ids_that_stay_the_same(raw):
    text = json.dumps({"metadata": {}, **raw})
    first, second = (read_notebook(io.StringIO(text)) for _ in range(2))
    nbformat.validate(first)
    assert notes_of(first) == []
    assert [cell.source for cell in first.cells] == ["x", "x"]
    assert len({cell.id for cell in first.cells}) == 2
    assert [cell.id for cell in first.cells] == [cell.id for cell in second.cells]


@pytest.mark.parametrize(
    "raw",
    [
        {"nbformat": 4, "nbformat_minor": 2, "cells": [OLD, OLD]},
        {"nbformat": 3, "nbformat_minor": 0, "worksheets": [{"cells": [CELL_3, CELL_3]}]},
    ],
)
def test_cells_of_older_released_notebooks_get_ids_that_no_handed_in_one_has(raw, tmp_path):
    path = tmp_path / "hw.ipynb"
    path.write_text(json.dumps({"metadata": {}, **raw}))
    nb = read_released(path)
    assert [cell.id for cell in nb.cells] == ["released-0", "released-1"]
    nbformat.validate(nb)  # or nbformat logs an error for each of the trial's notebooks


def test_an_id_that_was_made_up_is_nobody_elses():
    cells = [OLD, {**OLD, "id": "submitted-0"}, {**OLD, "id": "submitted-0"}]
    raw = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    nb = read_notebook(io.StringIO(json.dumps(raw)))
    assert [cell.id for cell in nb.cells] == ["submitted-0-", "submitted-0", "submitted-2"]
