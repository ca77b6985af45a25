"""A watch on the data: what counts as changed, which predictions fit, whose names the columns have."""

import numpy as np
import pytest
import torch

from rainfall_kit.lesson.orchard import CROPS, INPUT_NAMES, load_orchard
from rainfall_kit.notebook.recording.data_watch import DataWatch, beside_table, column_names
from rainfall_kit.notebook.recording.names import Names


@pytest.fixture
def names():
    inputs, targets = load_orchard().tensors()
    return {"inputs": inputs, "targets": targets}


@pytest.mark.parametrize(
    ("change", "changed"),
    [
        (lambda names: names.update(inputs=names["inputs"] / 2), ("inputs",)),
        (lambda names: names["targets"].zero_(), ("targets",)),
        (lambda names: names.update(inputs=names["inputs"].clone()), ()),
        (lambda names: names.update(inputs=names["inputs"][:2]), ("inputs",)),
    ],
    ids=["other values", "in place", "the same values", "a batch"],
)
def test_only_other_values_are_a_change(change, changed, names):
    data = DataWatch(names, Names())
    data.begin()
    change(names)
    data.look()
    assert data.changed == changed


@pytest.mark.parametrize(
    ("made", "fits"),
    [
        (lambda x, w, b: x @ w.t() + b, True),
        (lambda x, w, b: (x.bfloat16() @ w.bfloat16().t() + b.bfloat16()).float(), True),
        (lambda x, w, b: x @ w.t(), False),  # noqa: ARG005
        (lambda x, w, b: (x @ w.t() + b).t(), False),
        (lambda x, w, b: "preds", None),  # noqa: ARG005
    ],
    ids=["right", "half precision", "no offsets", "the other way round", "no tensor"],
)
def test_predictions_are_held_against_the_formula(made, fits, names):
    w, b = torch.randn(2, 3), torch.ones(2)
    assert DataWatch(names, Names()).fits(made(names["inputs"], w, b), w, b) is fits


W = ((0.0,) * 3,) * 2


def test_only_the_lessons_own_table_is_about_apples(names):
    assert column_names(names, Names(), W) == (INPUT_NAMES, CROPS)
    names["inputs"] = names["inputs"] + 1
    assert column_names(names, Names(), W) == ((), CROPS)
    names["targets"] = np.ones((5, 2))
    assert column_names(names, Names(), W) == ((), ())


class Frame:
    """A table as pandas and polars have it, as far as the kit asks."""

    shape = (5, 3)
    columns = ("a", "b", "c")

    def __array__(self, dtype=None, copy=None):
        return np.ones(self.shape, dtype=dtype)


def test_a_data_frame_names_its_columns(names):
    names["inputs"] = Frame()
    assert column_names(names, Names(), W)[0] == ("a", "b", "c")


BESIDE = {
    "weights": torch.ones(5, 1),
    "targets": torch.ones(5, 2),
    "diff": torch.ones(5, 2),
    "w": torch.ones(2, 3, requires_grad=True),
    "lr": torch.tensor(0.1),
}


@pytest.mark.parametrize(
    ("lines", "found"),
    [
        ("loss = (weights * (preds - targets) ** 2).mean()", ("weights",)),
        ("diff = preds - targets; loss = (diff ** 2).mean(); w -= lr * w.grad", ()),
        ("loss = torch.nn.functional.smooth_l1_loss(preds, targets)", ("smooth_l1_loss",)),
        ("loss = torch.nn.functional.mse_loss(preds, targets)", ()),
        ("loss = my_loss(preds, targets)", ()),
        ("loss = mse((inputs + torch.randn(5, 3)) @ w.t(), targets)", ("random numbers",)),
    ],
)
def test_what_the_lines_use_beside_the_table_is_found(lines, found):
    code = compile(lines, "<a cell>", "exec")
    assert beside_table([code], BESIDE, ("w", "b", "inputs", "targets")) == found
