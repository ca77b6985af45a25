"""SVG elements: attributes, escapes, and places to a tenth of a unit."""

import xml.etree.ElementTree as ET

from rainfall_kit.figures.svg import curve, dots, element, points, ring, text


def test_names_become_attributes_and_numbers_are_short():
    assert element("line", x1=0, x2=2.55001, class_="rk-axis", stroke_opacity=0.4) == (
        '<line x1="0" x2="2.6" class="rk-axis" stroke-opacity="0.4"/>'
    )


def test_what_comes_from_a_notebook_is_escaped():
    read = ET.fromstring(text('<b> & "x"', 0, 0, data_name='"<'))
    assert read.text == '<b> & "x"'
    assert read.get("data-name") == '"<'


def test_a_path_goes_through_its_places():
    assert points([0, 1.26], [2, -0.5]) == "M0,2L1.3,-0.5"
    assert 'd="M0,2L1,3"' in curve("rk-curve", [0, 1], [2, 3], "red")


def test_dots_are_lines_of_no_length():
    assert 'd="M0,2h0M1,3h0"' in dots("rk-steps", [0, 1], [2, 3], "red")


def test_a_ring_is_a_dot_that_is_not_filled():
    read = ET.fromstring(ring("rk-start", 1, 2, "red"))
    assert (read.tag, read.get("fill"), read.get("stroke")) == ("circle", "none", "red")
