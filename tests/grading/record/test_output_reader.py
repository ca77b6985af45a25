"""Outputs that nbformat or nbconvert refuse come back as such that they take."""

import json
import re

import pytest
from nbconvert import HTMLExporter
from nbformat import v4, validate

from rainfall_kit.grading.record.output_reader import read_outputs
from rainfall_kit.grading.safe_json import Pruner

SHOWN = {"output_type": "display_data", "data": {"text/plain": "x"}, "metadata": {}}


# stands in the JSON for so many layers: Python's own writer goes no deeper than its stack
def nested(depth):
    return f"@{depth}@"


REFUSED = {
    "a count below nothing": {**SHOWN, "output_type": "execute_result", "execution_count": -5},
    "a count past all": {**SHOWN, "output_type": "execute_result", "execution_count": 10**400},
    "a truth value": {**SHOWN, "output_type": "execute_result", "execution_count": True},
    "metadata that are no numbers": {**SHOWN, "metadata": {"x": float("nan"), "y": [1e999]}},
    "data that are no numbers": {
        **SHOWN,
        "data": {"application/json": [float("nan")], "text/plain": "x"},
    },
    **{
        f"{where} in {depth} layers": {**SHOWN, **part}
        for depth in (60, 600, 800)
        for where, part in {
            "metadata": {"metadata": {"x": nested(depth)}},
            "data": {"data": {"application/json": nested(depth), "text/plain": "x"}},
        }.items()
    },
}


@pytest.mark.parametrize("output", REFUSED.values(), ids=REFUSED)
def test_what_would_be_refused_is_shown_all_the_same(output):
    nb = v4.new_notebook(cells=[v4.new_code_cell("x")])
    nb.cells[0].outputs = read_outputs(
        re.sub(
            '"@(.*)@"',
            lambda depth: "[" * int(depth[1]) + "]" * int(depth[1]),
            json.dumps([output]),
        )
    )
    assert len(nb.cells[0].outputs) == 1
    validate(nb)
    assert "NaN" not in v4.writes_json(nb)
    page, _ = HTMLExporter().from_notebook_node(nb)
    assert "output" in page


MANY = {
    "values": {**SHOWN, "data": {"application/json": [[]] * 150_000, "text/plain": "x"}},
    "metadata": {**SHOWN, "metadata": {str(number): {} for number in range(150_000)}},
    "types": {**SHOWN, "data": {str(number): "" for number in range(150_000)}},
    "lines": {"output_type": "error", "ename": "", "evalue": "", "traceback": [""] * 150_000},
}


@pytest.mark.parametrize("output", MANY.values(), ids=MANY)
def test_of_too_many_values_none_is_written(output):
    assert len(json.dumps(read_outputs(json.dumps([output])))) < 200


def test_the_outputs_of_a_notebook_have_room_together():
    pruned = Pruner(most_values=1000)
    printed = json.dumps([{"output_type": "stream", "name": "stdout", "text": "x"}] * 30)
    assert [len(read_outputs(printed, pruned)) for _ in range(3)] == [30, 20, 0]
