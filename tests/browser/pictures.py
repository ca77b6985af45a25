"""Comparison of a picture in the browser with the still picture that Python draws."""

import re
import xml.etree.ElementTree as ET

import pytest


def parts(svg):
    """Every element with its attributes and text, the numbers apart; titles are told elsewhere."""
    flat = []
    for element in ET.fromstring(svg).iter():
        tag = element.tag.rpartition("}")[2]
        if tag in ("title", "desc", "svg"):
            continue
        flat.append(f"{tag} {sorted(element.attrib.items())} {element.text or ''}")
    split = re.split(r"(-?\d+\.?\d*)", "\n".join(flat))
    return split[::2], [float(number) for number in split[1::2]]


def assert_same_picture(box, figure):
    """Each element of the explorer in this box is the figure's, to a tenth of a unit."""
    live = box.locator(".rk-figure").evaluate("(svg) => svg.outerHTML")
    (words, numbers), (words_live, numbers_live) = parts(figure), parts(live)
    assert words_live == words
    assert numbers_live == pytest.approx(numbers, abs=0.11)
