"""A run's path on the rings: exact where it draws, and sane for every run."""

import dataclasses
import math
import xml.etree.ElementTree as ET

import pytest
from drawn import RUNS, assert_clean, lesson_run, of_class, scale

from rainfall_kit.figures.layout import figure
from rainfall_kit.figures.panels.run_path import describe_path, path_panel
from rainfall_kit.lesson.orchard import CROPS, load_orchard
from rainfall_kit.lesson.reference import init_params, train
from rainfall_kit.quadratic.bowl import Bowl
from rainfall_kit.quadratic.run_data import RunData


def contour_path(run):
    """The panel as a figure of its own."""
    data = RunData(run)
    return figure("Path on the contours", describe_path(data), path_panel(data))


@pytest.mark.parametrize("name", RUNS)
def test_every_run_gives_clean_svg(name):
    root = assert_clean(contour_path(RUNS[name]()))
    title, description, *_ = root
    assert title.text and description.text


def test_every_place_on_a_ring_adds_the_same_loss():
    run = lesson_run()
    bowl = Bowl.from_record(run.quadratic)
    svg = contour_path(run)
    plot, rings = of_class(svg, "rk-plot")[0], of_class(svg, "rk-ring")
    assert len(rings) >= 3
    x, y = scale(plot, "x"), scale(plot, "y")
    low_w, low_b = bowl.minimum
    steep, flat = bowl.directions[:, 0], bowl.directions[:, 1]
    for ring in rings:
        rx = float(ring.get("rx")) / (x(1) - x(0))
        ry = float(ring.get("ry")) / (y(0) - y(1))
        for away in (rx * flat, ry * steep, (rx * flat + ry * steep) / math.sqrt(2)):
            w, b = low_w.copy(), low_b.copy()
            w[0] += away[:-1]
            b[0] += away[-1]
            added = bowl.loss(w, b) - bowl.floor
            assert added == pytest.approx(float(ring.get("data-added")), rel=0.02)


def test_both_crops_paths_start_and_end_where_the_weights_do():
    run = lesson_run()
    svg = contour_path(run)
    assert len(of_class(svg, "rk-path")) == len(CROPS)
    dashes = {path.get("stroke-dasharray") for path in of_class(svg, "rk-path")}
    assert len(dashes) == len(CROPS)  # not told apart by colour alone
    assert all(crop in svg for crop in CROPS)


def test_what_rounding_leaves_of_a_direction_does_not_fill_the_picture():
    run = lesson_run(150)
    late = dataclasses.replace(run, steps=run.steps[100:])  # the steepest direction is done with
    rings = of_class(contour_path(late), "rk-ring")
    assert len(rings) > 2
    assert all(float(ring.get("ry")) <= 2 * float(ring.get("rx")) for ring in rings)


def test_a_single_row_of_data_has_rings_that_are_nearly_lines():
    inputs, targets = load_orchard().tensors()
    run = train(inputs[:1], targets[:1], *init_params(0), epochs=3)
    run = dataclasses.replace(run, quadratic=Bowl.from_data(inputs[:1], targets[:1]).record())
    rings = of_class(contour_path(run), "rk-ring")
    assert rings
    assert all(float(ring.get("rx")) > 1e5 for ring in rings)


def test_names_from_the_notebook_are_escaped():
    run = dataclasses.replace(lesson_run(2), crop_names=("<b>&", '"x"'))
    ET.fromstring(contour_path(run))
