"""Contours: names that stand where nothing else is."""

import math
import xml.etree.ElementTree as ET

import numpy as np
import pytest

from rainfall_kit.figures.contours import contour_plot, contour_scales, path_of, steepest_two
from rainfall_kit.figures.layout import BOTTOM, LEFT, RIGHT, TOP
from rainfall_kit.quadratic.bowl import Bowl


def test_names_stand_inside_the_plot_and_not_on_each_other():
    bowl = Bowl.from_data([[1.0], [2.0]], [[1.0, 2.0], [2.0, 3.0]])
    for height in (-1.0, 1.0):
        path = np.array([[[1.0, 1.05], [height, height]]])  # both start near an edge
        names = {"input_names": ["rain"], "crop_names": ["figs", "dates"]}
        plot = ET.fromstring(contour_plot(bowl, path, *contour_scales(bowl, path), **names))
        heights = [float(text.get("y")) for text in plot.iter("text") if text.get("fill")]
        assert len(heights) == 2 and abs(heights[0] - heights[1]) >= 13.9
        assert min(heights) > TOP and max(heights) < BOTTOM


@pytest.mark.parametrize("moves", [-0.5, 0.5])
def test_a_name_stands_where_its_path_does_not_go(moves):
    bowl = Bowl.from_data([[1.0], [2.0]], [[1.0], [2.0]])
    path = np.array([[[1.0], [1.0]], [[1.0], [1.0 + moves]]])
    names = {"input_names": ["rain"], "crop_names": ["figs"]}
    x, y = contour_scales(bowl, path)
    plot = ET.fromstring(contour_plot(bowl, path, x, y, **names))
    (name,) = (text for text in plot.iter("text") if text.text == "figs")
    assert (float(name.get("y")) > y(1.0)) == (y(1.0 + moves) < y(1.0))


def test_a_path_is_measured_along_two_directions_while_it_is_a_number():
    bowl = Bowl.from_data([[1.0], [2.0]], [[1.0], [2.0]])
    assert steepest_two(bowl).shape == (2, 2)
    assert path_of(bowl, [[[1.0]]], [[0.0]]).shape == (1, 2, 1)
    lost = path_of(bowl, [[[1.0]], [[np.inf]], [[1.0]]], [[0.0], [0.0], [0.0]])
    assert lost.shape == (1, 2, 1)


def test_a_path_of_one_place_leaves_room_around_the_lowest_point():
    bowl = Bowl.from_data([[1.0], [2.0]], [[1.0], [2.0]])
    assert contour_scales(bowl, np.zeros((1, 2, 1)))[0].low == -0.3


def test_each_crop_is_named():
    bowl, path = Bowl.from_data([[1.0], [2.0]], [[1.0], [2.0]]), np.ones((3, 2, 1))
    names = {"input_names": ["rain"], "crop_names": ["figs"]}
    assert "figs" in contour_plot(bowl, path, *contour_scales(bowl, path), **names)


@pytest.mark.parametrize(
    ("end", "arrow"),
    [
        ((0.5, 0.5), None),
        ((1.0, 50.0), "up"),
        ((1.0, -50.0), "down"),
        ((-90.0, 0.0), "left"),
        ((90.0, 30.0), "right"),
    ],
)
def test_a_path_that_leaves_the_view_ends_in_an_arrow_on_its_line_and_not_in_a_dot(end, arrow):
    bowl = Bowl.from_data([[1.0], [2.0]], [[1.0], [2.0]])
    path = np.array([[[1.0], [1.0]], [[end[0]], [end[1]]]])
    names = {"input_names": ["rain"], "crop_names": ["figs"]}
    x, y = contour_scales(bowl, path)
    plot = ET.fromstring(contour_plot(bowl, path, x, y, **names))
    marks = {mark.get("class"): mark for mark in plot.iter() if mark.get("class")}
    assert (marks["rk-end"].get("visibility") == "hidden") == (arrow is not None)
    assert (marks["rk-out"].get("visibility") == "hidden") == (arrow is None)
    if arrow:
        tip, back = marks["rk-out"].get("d").removeprefix("M").split("l")
        across, up = map(float, tip.split(","))
        (x0, x1), (y0, y1) = map(x, path[:, 0, 0]), map(y, path[:, 1, 0])
        aside = (across - x0) * (y1 - y0) - (up - y0) * (x1 - x0)
        assert abs(aside) / math.hypot(x1 - x0, y1 - y0) < 0.2
        edges = {"up": up == TOP, "down": up == BOTTOM, "left": across == LEFT}
        assert edges.get(arrow, across == RIGHT)
        backs = {"up": "-5,10h", "down": "-5,-10h", "left": "10,-5v", "right": "-10,-5v"}
        assert back.startswith(backs[arrow])
