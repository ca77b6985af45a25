"""Scales: places, ends and ticks."""

import math

import pytest

from rainfall_kit.figures.scale import Scale

LOG = Scale(low=1, high=100, start=0, end=200, log=True)


@pytest.mark.parametrize(
    ("value", "place"),
    [(10, 100), (0, 0), (-5, 0), (1e9, 200), (math.inf, 200), (math.nan, 200)],
)
def test_what_is_outside_stands_at_an_end(value, place):
    assert LOG.clip(value) == pytest.approx(place)


@pytest.mark.parametrize("high", [1.0, 7.3, 1e-8, 4e12])
def test_ticks_are_few_round_and_within(high):
    ticks = Scale(low=-high / 3, high=high, start=0, end=1).ticks()
    assert 3 <= len(ticks) <= 7
    assert all(-high / 3 * 1.01 <= tick <= high * 1.01 for tick in ticks)
    assert all(len(f"{tick:.9g}".strip("-").replace(".", "").strip("0")) <= 6 for tick in ticks)


def test_within_one_power_of_ten_ticks_are_those_of_a_linear_axis():
    assert Scale(low=2, high=8, start=0, end=1, log=True).ticks() == [2, 4, 6, 8]


def test_a_script_finds_the_same_places():
    assert Scale(low=0, high=1, start=5, end=6).data("x") == {"data_x": "[0,1,5,6,0]"}
