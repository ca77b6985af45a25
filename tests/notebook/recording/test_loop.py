"""The loop: it runs the cell as often as announced, and puts back what it borrowed."""

import pytest
import torch

from rainfall_kit.errors import DataError


def test_the_body_runs_as_often_as_announced(notebook):
    notebook.names["count"] = 0
    notebook.step("--epochs 7", "count += 1")
    assert notebook.names["count"] == 7


def test_lr_stands_for_the_option_only_while_the_cell_runs(notebook):
    notebook.names["small"] = torch.tensor(1e-6)
    run = notebook.step("--lr small")
    assert run[0].lr == pytest.approx(1e-6)
    assert notebook.names["lr"] == 1e-5
    del notebook.names["lr"]
    notebook.step("--lr 1e-6")
    assert "lr" not in notebook.names


def test_restore_puts_the_parameters_back(notebook):
    w = notebook.names["w"]
    before = w.detach().clone()
    notebook.step("--epochs 3 --restore")
    assert notebook.names["w"] is w
    assert torch.equal(w.detach(), before)


def test_restore_leaves_parameters_unwatched_that_were(notebook):
    notebook.run("w, b = torch.ones(2, 3), torch.ones(2)")
    notebook.step("--restore -q", "w += 1; b = b + 1")
    w, b = notebook.names["w"], notebook.names["b"]
    assert w.sum() == 6 and b.sum() == 2
    assert not w.requires_grad and not b.requires_grad


def test_seed_makes_parameters_that_are_not_there_yet(notebook):
    notebook.run("del b; w = None")
    assert notebook.step("--seed 0").losses[0] == pytest.approx(33060.8, rel=1e-5)


@pytest.mark.parametrize("w", ["torch.ones(2, 3)", "torch.ones(2, 3, requires_grad=True) * 1"])
def test_a_w_that_autograd_fills_in_no_gradient_for_gives_one_line(notebook, w):
    notebook.run(f"w = {w}")
    with pytest.raises(DataError, match=r"Try: w = w.detach\(\).requires_grad_\(\)"):
        notebook.run("%gd_step").raise_error()


def test_a_step_without_a_body_is_the_references(notebook):
    result = notebook.run("%gd_step --epochs 101")
    assert result.result.final_loss == pytest.approx(1258.02148, rel=1e-6)
