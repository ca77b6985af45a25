"""Data of a cell's loss: which lines take some of the rows, and what they read beside the table."""

import pytest
import torch

from rainfall_kit.notebook.recording.loss_data import (
    beside_table,
    holds_rows,
    taken_columns,
    takes_rows,
)

ROWS = torch.arange(15.0).reshape(5, 3)


@pytest.mark.parametrize(
    ("line", "takes"),
    [
        ("loss = f(inputs[i])", True),
        ("loss = f(g(inputs[i : i + 2], w)[0])", True),
        ("x = inputs[torch.randint(0, 5, (2,))]", True),
        (
            "loss = [f(inputs[i]) for i in range(5)]",
            False,
        ),  # a function of its own, which is read, too
        ("x = other[inputs.argmax()]", False),
        ("x = f(inputs)[0]", False),
        ("x = inputs @ w[0]", False),
        ("inputs[0] = 3", False),
        ("x = names[0], inputs", False),
    ],
)
def test_only_what_is_indexed_counts(line, takes):
    assert takes_rows([compile(line, "", "exec")], ("inputs", "targets")) is takes


@pytest.mark.parametrize(
    ("line", "taken"),
    [
        ("x = inputs[:, [1, 0, 2]]", ("columns of inputs",)),
        ("x = inputs[:, i] - targets[..., 0]", ("columns of inputs", "columns of targets")),
        ("x = inputs[:, :2]", ("columns of inputs",)),
        ("x = inputs[:]", ()),
        ("x = inputs[1:, 0]", ()),
        ("x = inputs[::2, 0]", ()),
        ("x = inputs[i, :]", ()),
    ],
)
def test_columns_are_told_from_rows(line, taken):
    codes = [compile(line, "", "exec")]
    assert taken_columns(codes, ("inputs", "targets")) == taken
    assert takes_rows(codes, ("inputs", "targets")) is (not taken and "[:]" not in line)


def test_a_function_that_the_lines_call_is_read_too():
    def step(i, inputs):
        return inputs[i]

    assert takes_rows([step.__code__], ("inputs", "targets"))


@pytest.mark.parametrize(
    ("value", "holds"),
    [
        (ROWS[1:3], True),
        (ROWS[4], True),
        (ROWS[[3, 3]], True),
        (ROWS, False),
        (ROWS.flip(0), False),
        (ROWS[:2] + 1, False),
        (ROWS[:, :2], False),
        (torch.zeros(3), False),
        (3, False),
    ],
)
def test_only_some_of_the_rows_themselves_count(value, holds):
    assert holds_rows({"x": value}, ["x"], ROWS) is holds


NAMES = {
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
    assert beside_table([code], NAMES, ("w", "b", "inputs", "targets")) == found
