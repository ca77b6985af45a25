"""The loss curve: exact where it draws."""

import json
import math

import numpy as np
import pytest
from drawn import RUNS, bare_run, lesson_run, of_class, places, scale

from rainfall_kit.figures import run_figure as run_figures
from rainfall_kit.quadratic.run_data import RunData


def loss_curve(run):
    return run_figures.loss_curve(RunData(run))


def test_the_curve_stands_where_its_scales_say():
    run = lesson_run()
    svg = loss_curve(run)
    plot, curve = of_class(svg, "rk-plot")[0], of_class(svg, "rk-curve")[0]
    x, y = scale(plot, "x"), scale(plot, "y")
    expected = [(x(t), y(math.log10(loss))) for t, loss in enumerate(run.losses)]
    assert places(curve) == pytest.approx(np.array(expected), abs=0.051)


def test_the_floor_is_a_labelled_line():
    svg = loss_curve(lesson_run())
    plot, floor = of_class(svg, "rk-plot")[0], of_class(svg, "rk-floor")[0]
    assert float(floor.get("y1")) == pytest.approx(scale(plot, "y")(math.log10(0.48308)), abs=0.1)
    assert "0.4831" in of_class(svg, "rk-floor-label")[0].text


def test_start_and_end_are_labelled_with_their_losses():
    svg = loss_curve(lesson_run())
    assert of_class(svg, "rk-start")[0].text == "33060.8"
    assert of_class(svg, "rk-end")[0].text == "1270.12"


@pytest.mark.parametrize(
    ("losses", "is_below"), [([1000.0, 1.0, 100.0, 99.0], True), ([1000.0, 1.0, 100.0], False)]
)
def test_the_last_loss_stands_where_the_curve_that_leads_to_it_does_not(losses, is_below):
    svg = loss_curve(bare_run(losses))
    words, point = of_class(svg, "rk-end")[0], of_class(svg, "rk-point")[1]
    assert (float(words.get("y")) > float(point.get("cy"))) is is_below


@pytest.mark.parametrize(
    ("losses", "is_below"), [([100.0, 1.0, 1000.0], False), ([100.0, 1000.0, 1.0], True)]
)
def test_the_first_loss_stands_where_the_curve_behind_it_does_not(losses, is_below):
    svg = loss_curve(bare_run(losses))
    words, point = of_class(svg, "rk-start")[0], of_class(svg, "rk-point")[0]
    assert (float(words.get("y")) > float(point.get("cy"))) is is_below


def test_a_negative_loss_makes_the_axis_linear():
    svg = loss_curve(RUNS["negative losses"]())
    *_, is_log = json.loads(of_class(svg, "rk-plot")[0].get("data-y"))
    assert not is_log
    assert "log axis" not in svg
