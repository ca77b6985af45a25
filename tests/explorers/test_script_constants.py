"""Script constants: no number of a drawing stands in a script, and every name in capitals is given."""

import re
from pathlib import Path

import pytest

from rainfall_kit.explorers import html
from rainfall_kit.explorers.script_constants import DRAWING, drawing_constants

DRAWN_BY = [
    "drawing",
    "quadratic",
    "learning_rate",
    "weights",
    "step_by_step",
    "bowl",
    "compare",
    "one_input",
]
# Of the mathematics, and of no drawing: halves, signs, powers of ten, the first and the next.
OF_MATHEMATICS = {"0", "1", "2", "10"}
OF_JACOBI = {"1e-16", "60"}  # when a sweep is done, and how many there are at most
OF_ANGLES = {"90", "0.5"}  # half of 180 degrees; what a half-life halves


def source(name):
    """A script without its comments."""
    text = (Path(html.__file__).parent / f"{name}.js").read_text("utf-8")
    return re.sub(r"//.*", "", text)


@pytest.mark.parametrize("name", DRAWN_BY)
def test_a_script_holds_no_number_of_a_drawing(name):
    numbers = set(re.findall(r"(?<![\w.])\d+(?:\.\d+)?(?:e-?\d+)?", source(name)))
    allowed = OF_MATHEMATICS | (OF_JACOBI | OF_ANGLES if name == "bowl" else set())
    assert numbers <= allowed, "a number that Python draws with belongs into _SHARED"


@pytest.mark.parametrize("name", DRAWN_BY)
def test_every_constant_that_a_script_names_is_handed_over(name):
    text = source(name)
    own = set(re.findall(r"const ([A-Z_]{2,})\b", text))
    strings = r"`[^`]*`|\"[^\"]*\""
    named = set(re.findall(r"(?<![\w.\"])[A-Z][A-Z_]+\b", re.sub(strings, "", text)))
    assert named - own - {"JSON", "EPSILON"} <= DRAWING.keys()


def test_every_constant_is_named_by_a_script():
    text = "".join(map(source, DRAWN_BY))
    assert [name for name in DRAWING if not re.search(rf"\b{name}\b", text)] == []


@pytest.mark.parametrize("name", ["learning_rate", "weights", "step_by_step", "bowl", "compare"])
def test_a_whole_script_begins_with_the_constants_that_it_names(name):
    first, *others = html.script(name).split("\n")
    assert first == drawing_constants("\n".join(others))
    assert first.startswith("const ") and len(first) > len("const ;")
