"""What an answer reads of the notebook in the place of what it is given is told, in names that are no secret."""

import pytest
import torch

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.harness.names_read import names_read
from rainfall_kit.checks.questions.programs import build

NOTEBOOK = {"inputs": torch.ones(5, 3), "lr": 1e-5, "eps": 1e-8, "mse": len}


def read(source, name="f"):
    return names_read(build(source, name), NOTEBOOK)


@pytest.mark.parametrize(
    ("source", "of_notebook", "unused"),
    [
        ("def f(x, w):\n    return inputs @ w", ("inputs",), ("x",)),
        ("def f(x):\n    return [inputs + row for row in x]", ("inputs",), ()),
        ("def f(w, rate):\n    return w - lr * w", ("lr",), ("rate",)),
        ("def f(w):\n    return w + eps", (), ()),  # a constant of the student's own
        ("def f(w, _):\n    return mse(w)", (), ()),
        ("def f(x):\n    return locals()", (), ()),
        ("def f(x):\n    return lambda: x", (), ()),
    ],
)
def test_what_a_function_reads_is_known_by_its_code(source, of_notebook, unused):
    assert read(source) == (of_notebook, unused)


def test_of_what_is_no_function_nothing_is_known():
    assert names_read(torch.nn.MSELoss(), NOTEBOOK) == ((), ())


def answer(source, name, **names):
    function = build(source, name)
    function.__globals__.update(names)
    return function


def test_a_table_of_the_notebook_in_the_place_of_an_argument_is_told():
    mine = answer(
        "def model(x, w, b):\n    return table @ w.t() + b", "model", table=torch.ones(5, 3)
    )
    result = check("model", mine)
    assert "It reads table of the notebook, and never x, which it is given." in result.message
    assert "those in its first line" in result.hint
    assert "table" not in check("model", mine, seed=7).message.partition("It reads")[2]


def test_an_argument_that_no_line_reads_is_told():
    mine = build(
        "def distance_after(distance, lr, curvature, epochs):\n    return 7.0 * lr",
        "distance_after",
    )
    assert "which it is given" in check("distance_after", mine).message
