"""Whatever a student handed in as a notebook is read as one."""

import io
import json

import nbformat
from hypothesis import given, settings
from hypothesis import strategies as st

from rainfall_kit.grading.prepare.notebook_reader import read_notebook
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
