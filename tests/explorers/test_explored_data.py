"""Explored data: of any shape, of a run, degenerate, and refused."""

import dataclasses
import json
import re

import numpy as np
import pytest
from opened import ON_DATA, OPEN, RUN

import rainfall_kit as kit
from rainfall_kit.errors import DataError, OptionError
from rainfall_kit.lesson.orchard import make_orchard
from rainfall_kit.quadratic.bowl import Bowl

on_data = pytest.mark.parametrize("name", ON_DATA)


def test_it_opens_on_data_of_another_shape():
    rng = np.random.default_rng(1)
    inputs, targets = rng.normal(size=(30, 5)), rng.normal(size=(30, 1))
    for name in ON_DATA:
        svg = OPEN[name](inputs=inputs, targets=targets).figure()
        assert re.search(r"\bx\d\b", svg) or name == "learning_rate"
    named = kit.explore_weights(inputs=inputs, targets=targets, input_names=list("abcde"))
    assert "output 0, a" in named.table().rows[0][0]


def test_a_run_on_unknown_rows_shows_no_predictions_and_asks_for_them():
    other = make_orchard(50)
    bowl = Bowl.from_data(other.inputs, other.targets)
    run = dataclasses.replace(RUN, quadratic=bowl.record())
    assert "Predictions" not in kit.explore_learning_rate(run).figure()
    with pytest.raises(OptionError, match="inputs=inputs"):
        kit.explore_weights(run)
    assert (
        "Predictions"
        in kit.explore_weights(run, inputs=other.inputs, targets=other.targets).figure()
    )


DEGENERATE = {
    "one row": ([[73.0, 67.0, 43.0]], [[56.0, 70.0]]),
    "rank-deficient": ([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [3.0, 6.0, 9.0]], [[1.0, 2.0]] * 3),
    "all the same": ([[2.0, 2.0, 2.0]] * 4, [[1.0, 2.0]] * 4),
    "zeros": ([[0.0, 0.0, 0.0]] * 3, [[0.0, 0.0]] * 3),
}


@on_data
@pytest.mark.parametrize("data", DEGENERATE)
def test_degenerate_data_give_a_clean_picture(name, data):
    inputs, targets = DEGENERATE[data]
    if name == "one_input" and data != "rank-deficient":
        with pytest.raises(OptionError, match="the same in all rows"):
            OPEN[name](inputs=inputs, targets=targets)
        return
    explorer = OPEN[name](inputs=inputs, targets=targets)
    svg = explorer.figure()
    assert not re.search(r'="[^"]*\b(nan|inf)\b', svg)
    json.dumps(explorer._given_now(), allow_nan=False)


@on_data
def test_nan_in_the_data_names_its_place(name):
    with pytest.raises(DataError, match="row 0, column 1"):
        OPEN[name](inputs=[[1.0, float("nan"), 2.0]], targets=[[1.0, 2.0]])


def test_numbers_past_all_numbers_are_refused():
    with pytest.raises(OptionError, match="past all numbers"):
        kit.explore_bowl(inputs=[[1e200]], targets=[[1.0]])
