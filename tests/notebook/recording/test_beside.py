"""Other data than the table is seen in the lines, and what a step makes for itself is none."""

import pytest
import torch

from rainfall_kit.notebook.recording.beside import beside_table

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
