"""Half-lives: bars on a log axis, and words at its ends."""

import math

import pytest
from drawn import of_class

from rainfall_kit.figures.panels.half_lives import half_life_panel, half_life_scale

X = half_life_scale()


@pytest.mark.parametrize(
    ("half", "width", "words"),
    [
        (0.0, 1, "at once"),
        (100.0, X(100) - X.start, "100"),
        (123456.0, X(123456) - X.start, "1.235e5"),
        (math.inf, X.end - X.start, "never"),
    ],
)
def test_a_bar_is_as_long_as_its_half_life(half, width, words):
    svg = f"<svg>{half_life_panel(X, ['offset'], [0.5], [half])}</svg>"
    assert float(of_class(svg, "rk-bar")[0].get("width")) == pytest.approx(width, abs=0.051)
    assert of_class(svg, "rk-value")[0].text == words
    assert of_class(svg, "rk-mix")[0].text == "λ = 0.5: offset"


def test_longer_ones_reach_further():
    assert X(1) < X(1000)


def test_directions_that_are_not_drawn_are_counted():
    assert "of each direction" in half_life_panel(X, ["offset"], [0.5], [1.0])
    some = half_life_panel(X, ["offset"], [0.5], [1.0], left_out=4)
    assert "of the 1 steepest of 5 directions" in some
