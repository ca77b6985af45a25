"""The compare explorer: runs at the same step, whatever they were on."""

import dataclasses
import json
import re

import pytest
from drawn import lesson_run, of_class
from opened import RUN, assert_refused

import rainfall_kit as kit
from rainfall_kit.errors import OptionError
from rainfall_kit.records.run import Run


def test_runs_are_compared_at_the_same_step():
    fast = lesson_run(epochs=20, lr=1e-4)
    explorer = kit.explore_compare(slow=RUN, fast=fast, epoch=10)
    rows = {name: cells for name, *cells in explorer.table().rows}
    assert rows["slow"][2] == f"{RUN.losses[10]:.6g}"
    assert rows["fast"][2] == f"{fast.losses[10]:.6g}"
    assert len(of_class(explorer.figure(), "rk-path")) == 2


def test_a_run_that_ended_before_is_said_to_have_ended():
    explorer = kit.explore_compare(long=RUN, short=lesson_run(epochs=20), epoch=25)
    assert "short, which ended after step 20, has loss" in explorer.says()
    assert "long has loss" in explorer.says()
    explorer.epoch = 20
    assert "ended" not in explorer.says()


def test_runs_that_diverge_or_had_other_data_can_be_compared():
    wild = lesson_run(epochs=60, lr=1e-2)
    bare = dataclasses.replace(RUN, quadratic=None)
    svg = kit.explore_compare(RUN, wild).figure()
    assert not re.search(r'="[^"]*\b(nan|inf)\b', svg)
    explorer = kit.explore_compare(RUN, bare)
    assert not of_class(explorer.figure(), "rk-path")
    json.dumps(kit.explore_compare(RUN, wild)._given_now(), allow_nan=False)


@pytest.mark.parametrize("lr", [2e-4, 1e-2])
def test_a_run_whose_loss_is_past_the_axis_ends_in_an_arrow_and_not_in_a_dot(lr):
    explorer = kit.explore_compare(RUN, lesson_run(epochs=60, lr=lr), epoch=0)

    def seen(kind):
        return [
            mark.get("visibility") is None for mark in of_class(explorer.figure(), f"rk-{kind}")
        ]

    assert (seen("now"), seen("past")) == ([True, True], [False, False])
    explorer.epoch = 60
    assert (seen("now"), seen("past")) == ([True, False], [False, True])


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: kit.explore_compare(), "from 1 to 4 runs, got 0"),
        (lambda: kit.explore_compare(*[RUN] * 5), "got 5"),
        (lambda: kit.explore_compare(Run(steps=(), final_loss=1.0)), "a run without steps"),
    ],
)
def test_bad_arguments_say_what_is_allowed(call, says):
    with pytest.raises(OptionError, match=says):
        call()


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        ("epoch", 31),
    ],
)
def test_bad_state_is_refused_and_the_old_one_stays(trait, value):
    assert_refused(kit.explore_compare(mine=RUN), trait, value)
