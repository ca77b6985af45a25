"""Loss axes: scales that show all losses, curves that end where the picture does, and the label."""

import re

import pytest

from rainfall_kit.figures.loss_axes import (
    loss_curve,
    loss_now,
    loss_plot,
    losses_scale,
    steps_scale,
)
from rainfall_kit.figures.scale import Scale

LOG = Scale(low=1, high=100, start=0, end=100, log=True)


def test_steps_begin_at_the_left_edge():
    assert steps_scale(100)(0) == 58.0


def test_all_losses_are_shown_with_room():
    assert losses_scale([-1.0, 1.0], log=False).high == 1.1
    assert losses_scale([1.0, 100.0], log=True).ticks() == [1.0, 10.0, 100.0]


def test_the_floor_is_drawn_where_there_is_one():
    assert "no weights reach less" in loss_plot(LOG, LOG, 2.0)
    assert "no weights reach less" not in loss_plot(LOG, LOG, None)


def test_a_curve_ends_where_it_leaves_the_picture():
    curve = loss_curve("rk-curve", LOG, LOG, [1, 10, 100], [10, 1e3, 1e5])
    assert 'd="M0,50L50,100"' in curve


def label(number, loss):
    y = Scale(low=1, high=100, start=286, end=48, log=True)
    markup = loss_now(steps_scale(100), y, number, loss)
    dot = re.search(r'cx="([\d.]+)" cy="([\d.]+)"', markup)
    words = re.search(r'<text x="([\d.]+)" y="([\d.]+)".*>(.*)</text>', markup)
    return *map(float, dot.groups()), *map(float, words.groups()[:2]), words[3]


def test_the_present_loss_stands_above_its_dot():
    x, y, label_x, label_y, words = label(50, 10.0)
    assert (label_x, label_y, words) == (x, y - 11, "10")


@pytest.mark.parametrize(("number", "side"), [(20, 1), (80, -1)])
def test_without_room_above_it_stands_beside_its_dot_towards_the_middle(number, side):
    x, y, label_x, label_y, _ = label(number, 100.0)
    assert y == 48
    assert (label_x - x, label_y) == (pytest.approx(44 * side), 56)


@pytest.mark.parametrize(("number", "place"), [(0, 58 + 36), (100, 438 - 30)])
def test_it_stays_within_the_axes(number, place):
    assert label(number, 10.0)[2] == place
