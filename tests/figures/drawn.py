"""Runs to draw, and ways to find what was drawn."""

import dataclasses
import json
import math
import re
import xml.etree.ElementTree as ET

import numpy as np

from rainfall_kit.lesson.orchard import CROPS, INPUT_NAMES, load_orchard
from rainfall_kit.lesson.reference import init_params, train
from rainfall_kit.quadratic.bowl import Bowl
from rainfall_kit.records.run import Run, Step


def lesson_run(epochs=100, lr=1e-5):
    orchard = load_orchard()
    run = train(*orchard.tensors(), *init_params(0), lr=lr, epochs=epochs)
    quadratic = Bowl.from_data(orchard.inputs, orchard.targets).record()
    return dataclasses.replace(run, quadratic=quadratic, input_names=INPUT_NAMES, crop_names=CROPS)


def bare_run(losses):
    """A run of one input and one crop of which only the losses are known."""
    steps = tuple(
        Step(number=i, lr=0.1, loss=loss, w=((0.0,),), b=(0.0,), w_after=((0.0,),), b_after=(0.0,))
        for i, loss in enumerate(losses[:-1], 1)
    )
    return Run(steps=steps, final_loss=losses[-1])


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


def of_class(svg, name):
    root = ET.fromstring(svg)
    return [element for element in root.iter() if name in element.get("class", "").split()]


def scale(plot, axis):
    low, high, start, end, is_log = json.loads(plot.get(f"data-{axis}"))
    if is_log:
        low, high = math.log10(low), math.log10(high)
    return lambda value: start + (value - low) / (high - low) * (end - start)


def places(path):
    return np.array(re.findall(r"(-?[\d.]+),(-?[\d.]+)", path.get("d")), dtype=float)


def assert_clean(svg):
    """It is well-formed, and can stand on any page, any number of times."""
    root = ET.fromstring(svg)
    assert root.get("role") == "img"
    assert not re.search(r'="[^"]*\b(nan|inf)\b', svg)
    assert "id=" not in svg
    assert "<script" not in svg
    return root


def cells(panel):
    """The texts of a panel that is a table."""
    return [cell.text for cell in of_class(f"<svg>{panel}</svg>", "rk-cell")]
