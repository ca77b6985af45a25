"""The figures of a run: small, and sane for every run."""

import dataclasses
import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest
from drawn import RUNS, assert_clean, bare_run, lesson_run, of_class, places, scale

from rainfall_kit.figures import run_figure as run_figures
from rainfall_kit.quadratic.run_data import RunData


def run_figure(run):
    return run_figures.run_figure(RunData(run))


def loss_curve(run):
    return run_figures.loss_curve(RunData(run))


FIGURES = [loss_curve, run_figure]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("name", RUNS)
def test_every_run_gives_clean_svg(figure, name):
    svg = figure(RUNS[name]())
    root = assert_clean(svg)
    assert root.find(f"{SVG}title").text
    assert root.find(f"{SVG}desc").text


def test_ten_thousand_steps_stay_small_and_keep_the_extremes():
    losses = [1000 / (i + 1) + (500 if i == 4321 else 1) for i in range(10_000)]
    svg = run_figure(bare_run(losses))
    assert len(svg) < 30_000
    plot, curve = of_class(svg, "rk-plot")[0], of_class(svg, "rk-curve")[0]
    spike = scale(plot, "x")(4321), scale(plot, "y")(math.log10(losses[4321]))
    assert np.abs(places(curve) - spike).max(axis=1).min() < 0.1


def test_a_long_wild_run_stays_small():
    assert len(run_figure(lesson_run(epochs=3000, lr=1.116e-4))) < 30_000


def test_a_run_without_data_has_one_panel():
    assert len(of_class(run_figure(bare_run([3.0, 2.0, 1.0])), "rk-panel")) == 1
    assert len(of_class(run_figure(lesson_run(3)), "rk-panel")) == 2


def test_names_from_the_notebook_are_escaped():
    run = dataclasses.replace(lesson_run(2), crop_names=("<b>&", '"x"'))
    for figure in FIGURES:
        ET.fromstring(figure(run))
    assert "<b>" not in run_figure(run)
