"""The figures: exact where they draw, small, and sane for every run."""

import dataclasses
import json
import math
import re
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from rainfall_kit.figures.contours import contour_plot, contour_scales
from rainfall_kit.figures.layout import BOTTOM, TOP
from rainfall_kit.figures.run_figure import contour_path, loss_curve, run_figure
from rainfall_kit.lesson.orchard import CROPS, INPUT_NAMES, load_orchard
from rainfall_kit.lesson.reference import init_params, train
from rainfall_kit.quadratic.bowl import Bowl
from rainfall_kit.records.run import Run, Step

SVG = "{http://www.w3.org/2000/svg}"
FIGURES = [loss_curve, contour_path, run_figure]


def lesson_run(epochs=100, lr=1e-5):
    orchard = load_orchard()
    inputs, targets = orchard.tensors()
    run = train(inputs, targets, *init_params(0), lr=lr, epochs=epochs)
    quadratic = Bowl.from_data(orchard.inputs, orchard.targets).record()
    return dataclasses.replace(run, quadratic=quadratic, input_names=INPUT_NAMES, crop_names=CROPS)


def bare_run(losses):
    """A run of one input and one crop of which only the losses are known."""
    steps = tuple(
        Step(number=i, lr=0.1, loss=loss, w=((0.0,),), b=(0.0,), w_after=((0.0,),), b_after=(0.0,))
        for i, loss in enumerate(losses[:-1], 1)
    )
    return Run(steps=steps, final_loss=losses[-1])


def of_class(svg, name):
    root = ET.fromstring(svg)
    return [each for each in root.iter() if name in each.get("class", "").split()]


def scale(plot, axis):
    low, high, start, end, is_log = json.loads(plot.get(f"data-{axis}"))
    if is_log:
        low, high = math.log10(low), math.log10(high)
    return lambda value: start + (value - low) / (high - low) * (end - start)


def places(path):
    return np.array(re.findall(r"(-?[\d.]+),(-?[\d.]+)", path.get("d")), dtype=float)


RUNS = {
    "a hundred steps": lambda: lesson_run(),
    "one step": lambda: lesson_run(1),
    "past all numbers": lambda: lesson_run(lr=1e-3),
    "far past all numbers": lambda: lesson_run(lr=1e30, epochs=5),
    "no steps": lambda: Run(steps=(), final_loss=3.0),
    "no steps and no loss": lambda: Run(steps=(), final_loss=math.nan),
    "nothing known": lambda: bare_run([math.nan, math.nan]),
    "negative losses": lambda: bare_run([1.0, -5.0, -1e9]),
    "zero losses": lambda: bare_run([0.0, 0.0]),
    "tiny losses": lambda: bare_run([1e-300, 1e-308, 0.0]),
    "huge losses": lambda: bare_run([1.0, 1e308, 1e307]),
    "always the same": lambda: bare_run([2.0, 2.0, 2.0]),
}


@pytest.mark.parametrize("figure", FIGURES)
@pytest.mark.parametrize("name", RUNS)
def test_every_run_gives_clean_svg(figure, name):
    svg = figure(RUNS[name]())
    root = ET.fromstring(svg)  # well-formed
    assert root.get("role") == "img"
    assert root.find(f"{SVG}title").text
    assert root.find(f"{SVG}desc").text
    assert not re.search(r'="[^"]*\b(nan|inf)\b', svg)
    assert "id=" not in svg
    assert "<script" not in svg


def test_ten_thousand_steps_stay_small_and_keep_the_extremes():
    losses = [1000 / (i + 1) + (500 if i == 4321 else 1) for i in range(10_000)]
    svg = run_figure(bare_run(losses))
    assert len(svg) < 30_000
    plot, curve = of_class(svg, "rk-plot")[0], of_class(svg, "rk-curve")[0]
    spike = scale(plot, "x")(4321), scale(plot, "y")(math.log10(losses[4321]))
    assert np.abs(places(curve) - spike).max(axis=1).min() < 0.1


def test_a_long_wild_run_stays_small():
    assert len(run_figure(lesson_run(epochs=3000, lr=1.116e-4))) < 30_000


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


def test_a_negative_loss_makes_the_axis_linear():
    svg = loss_curve(RUNS["negative losses"]())
    *_, is_log = json.loads(of_class(svg, "rk-plot")[0].get("data-y"))
    assert not is_log
    assert "log axis" not in svg


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


def test_names_stand_inside_the_plot_and_not_on_each_other():
    bowl = Bowl.from_data([[1.0], [2.0]], [[1.0, 2.0], [2.0, 3.0]])
    for height in (-1.0, 1.0):
        path = np.array([[[1.0, 1.05], [height, height]]])  # both start near an edge
        names = {"input_names": ["rain"], "crop_names": ["figs", "dates"]}
        plot = ET.fromstring(contour_plot(bowl, path, *contour_scales(bowl, path), **names))
        heights = [float(each.get("y")) for each in plot.iter("text") if each.get("fill")]
        assert len(heights) == 2 and abs(heights[0] - heights[1]) >= 13.9
        assert min(heights) > TOP and max(heights) < BOTTOM


@pytest.mark.parametrize("moves", [-0.5, 0.5])
def test_a_name_stands_where_its_path_does_not_go(moves):
    bowl = Bowl.from_data([[1.0], [2.0]], [[1.0], [2.0]])
    path = np.array([[[1.0], [1.0]], [[1.0], [1.0 + moves]]])
    names = {"input_names": ["rain"], "crop_names": ["figs"]}
    x, y = contour_scales(bowl, path)
    plot = ET.fromstring(contour_plot(bowl, path, x, y, **names))
    (name,) = (each for each in plot.iter("text") if each.text == "figs")
    assert (float(name.get("y")) > y(1.0)) == (y(1.0 + moves) < y(1.0))


def test_what_rounding_leaves_of_a_direction_does_not_fill_the_picture():
    run = lesson_run(150)
    late = dataclasses.replace(run, steps=run.steps[100:])  # the steepest direction is done with
    rings = of_class(contour_path(late), "rk-ring")
    assert len(rings) > 2
    assert all(float(ring.get("ry")) <= 2 * float(ring.get("rx")) for ring in rings)


def test_a_run_without_data_has_one_panel():
    assert len(of_class(run_figure(bare_run([3.0, 2.0, 1.0])), "rk-panel")) == 1
    assert len(of_class(run_figure(lesson_run(3)), "rk-panel")) == 2


def test_a_single_row_of_data_has_rings_that_are_nearly_lines():
    inputs, targets = load_orchard().tensors()
    run = train(inputs[:1], targets[:1], *init_params(0), epochs=3)
    run = dataclasses.replace(run, quadratic=Bowl.from_data(inputs[:1], targets[:1]).record())
    rings = of_class(contour_path(run), "rk-ring")
    assert rings
    assert all(float(ring.get("rx")) > 1e5 for ring in rings)


def test_names_from_the_notebook_are_escaped():
    run = dataclasses.replace(lesson_run(2), crop_names=("<b>&", '"x"'))
    for figure in FIGURES:
        ET.fromstring(figure(run))
    assert "<b>" not in run_figure(run)
