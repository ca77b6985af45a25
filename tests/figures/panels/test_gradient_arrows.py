"""Gradient arrows: direction, length, and the number beside each."""

import re

import pytest
from drawn import of_class

from rainfall_kit.figures.panels.gradient_arrows import gradient_panel, gradient_scale

X = gradient_scale(99.0)


def shaft(grad):
    svg = f"<svg>{gradient_panel(X, ['apples, temp'], [0], [grad])}</svg>"
    assert "raise" in svg
    start, tip, back = re.match(
        r"M([\d.]+),0H([\d.]+)m(-?\d+),-5", of_class(svg, "rk-shaft")[0].get("d")
    ).groups()
    return float(start), float(tip), int(back), of_class(svg, "rk-value")[0].text


@pytest.mark.parametrize(
    ("grad", "tip", "back"), [(-99.0, 390, -7), (99.0, 150, 7), (-9.0, 330, -7)]
)
def test_an_arrow_points_down_the_slope_and_ten_times_the_slope_adds_the_same(grad, tip, back):
    assert shaft(grad)[:3] == (270, tip, back)


def test_an_arrow_past_the_axis_ends_at_its_end():
    assert shaft(-1e6)[1] == 390


def test_a_gradient_past_all_numbers_has_no_arrow_and_says_so():
    start, tip, _, words = shaft(float("inf"))
    assert (start == tip, words) == (True, "infinity")
