"""The record of a run: which steps it keeps, what it reads from the notebook and what it leaves alone."""

import warnings

import pytest
import torch
from IPython.core.error import UsageError

from rainfall_kit.errors import DataError
from rainfall_kit.lesson import reference
from rainfall_kit.notebook.recording.recorder import KEPT_STEPS
from rainfall_kit.notebook.report.run_report import report_text

STYLES = {
    "in place": "w -= lr * w.grad; b -= lr * b.grad; w.grad.zero_(); b.grad.zero_()",
    "data": "w.data -= lr * w.grad; b.data -= lr * b.grad; w.grad = None; b.grad = None",
    "copy": "w.copy_(w - lr * w.grad); b.copy_(b - lr * b.grad); w.grad.fill_(0); b.grad.fill_(0)",
    "bound anew": (
        "w = (w - lr * w.grad).detach().requires_grad_(); "
        "b = (b - lr * b.grad).detach().requires_grad_()"
    ),
}


@pytest.mark.parametrize("style", STYLES)
def test_every_style_of_update_is_recorded_alike(notebook, style):
    body = f"loss = mse(model(inputs), targets)\nloss.backward()\nwith torch.no_grad():\n    {STYLES[style]}"
    if style == "bound anew":
        body = body.replace("    w = ", "    pass\nw = ")
    run = notebook.step("--epochs 5", body)
    inputs, targets = notebook.names["inputs"], notebook.names["targets"]
    expected = reference.train(inputs, targets, *reference.init_params(0), epochs=5)
    for ours, theirs in zip(run, expected, strict=True):
        assert (ours.w, ours.b, ours.grad_w) == (theirs.w, theirs.b, theirs.grad_w)


def test_no_hook_stays_on_the_students_tensors(notebook):
    run = notebook.step("--epochs 3")
    notebook.step("--epochs 3")
    assert not notebook.names["w"]._post_accumulate_grad_hooks
    assert run.epochs == 3


def test_a_long_run_keeps_a_bounded_record_with_its_first_and_last_step(notebook):
    body = "with torch.no_grad():\n    w += 1"
    run = notebook.step(f"--epochs {2 * KEPT_STEPS + 3}", body)
    assert run.epochs == 2 * KEPT_STEPS + 3
    assert len(run) <= KEPT_STEPS + 1
    assert run[0].number == 1
    assert run[-1].number == run.epochs
    assert run.w[0][0] == pytest.approx(notebook.names["w"][0, 0].item())
    assert all(step.w_after[0][0] == pytest.approx(step.w[0][0] + 1, abs=1e-3) for step in run)


def test_of_large_parameters_fewer_steps_are_kept(notebook):
    notebook.run("w, loss = torch.zeros(100, 1000), None")
    run = notebook.step("--epochs 40", "w += 1; loss = w")
    assert run.epochs == 40
    assert len(run) <= 6
    assert (run[0].number, run[-1].number) == (1, 40)
    assert run.w[99][999] == 40
    assert run[0].body_loss is None


def test_an_lr_that_stands_in_the_lines_as_a_number_is_recorded_and_the_name_is_not(
    notebook, step_body
):
    notebook.names["lr"] = 3.0
    run = notebook.step("", step_body.replace("lr *", "1e-5 *"))
    assert run[0].lr == 1e-5
    assert run[0].seen.lr_from == "number"


def test_an_lr_that_stands_nowhere_is_not_recorded(notebook, step_body):
    run = notebook.step("", step_body.replace("lr * w", "w").replace("lr * b", "b"))
    assert run[0].lr is None


def test_what_another_cell_called_loss_is_not_this_ones(notebook):
    notebook.names["loss"] = torch.tensor(1.0)
    run = notebook.step("", "with torch.no_grad():\n    w += 1")
    assert run[0].body_loss is None
    assert run[0].grad_w is None


def test_data_that_are_missing_do_not_stop_the_steps(notebook, step_body):
    notebook.run("x, y = inputs, targets; del inputs, targets")
    run = notebook.step("", step_body.replace("inputs", "x").replace("targets", "y"))
    assert run.quadratic is None
    assert run[0].loss == pytest.approx(33060.8, rel=1e-5)


def test_data_that_cannot_be_used_are_named(notebook):
    notebook.run("inputs[2, 1] = float('nan')")
    run = notebook.step("--epochs 2")
    assert run.quadratic is None
    assert "inputs has nan in row 2, column 1" in report_text(run)


def test_one_crop_may_have_its_targets_in_a_row(notebook):
    notebook.run("targets, w, b = targets[:, 0], torch.ones(3), torch.ones(1)")
    run = notebook.step("", "w += 1")
    inputs, targets = notebook.names["inputs"], notebook.names["targets"]
    assert run.losses[0] == pytest.approx(((inputs.sum(1) + 1 - targets) ** 2).mean().item())


def test_weights_the_other_way_round_are_recorded_and_said_not_to_fit(notebook):
    notebook.run("w = torch.ones(3, 2)")
    shown = report_text(notebook.step("--epochs 2", "loss = 1.0\nw += 1"))
    assert "w must be (2, 3)" in shown
    assert "not known" in shown


def test_complex_weights_are_refused(notebook):
    notebook.run("w = torch.ones(2, 3, dtype=torch.complex64)")
    with pytest.raises(UsageError, match="w has complex numbers"):
        notebook.step()


def test_an_lr_that_autograd_watches_is_read_without_a_warning(notebook):
    notebook.run("lr = torch.tensor(1e-5, requires_grad=True)")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert notebook.step()[0].lr == pytest.approx(1e-5)


def test_a_w_that_the_cell_destroys_gives_one_line(notebook):
    with pytest.raises(DataError, match="w is a NoneType"):
        notebook.step("--epochs 3", "w = None")


HALF_AND_HALF = {
    "w wide": ("w = w.detach().double().requires_grad_()", "inputs.double() @ w.t() + b"),
    "b wide": ("b = b.detach().double().requires_grad_()", "model(inputs)"),
    "both wide, computed narrow": (
        "w, b = (old.detach().double().requires_grad_() for old in (w, b))",
        "inputs @ w.float().t() + b.float()",
    ),
}


@pytest.mark.parametrize("case", HALF_AND_HALF)
def test_a_right_step_in_two_dtypes_is_judged_by_the_coarser(notebook, step_body, case):
    setup, preds = HALF_AND_HALF[case]
    notebook.run(setup).raise_error()
    run = notebook.step("--epochs 4", step_body.replace("model(inputs)", preds))
    assert run.dtype == "float32"
    shown = report_text(run)
    assert "✓ w and b moved to w − lr·∂loss/∂w and b − lr·∂loss/∂b in all 4 steps" in shown
    assert "✗" not in shown


def test_wide_targets_leave_the_dtype_of_the_parameters(notebook):
    notebook.run("targets = targets.double()").raise_error()
    assert notebook.step("--epochs 2").dtype == "float32"


def test_parameters_of_whole_numbers_keep_their_own_dtype_in_the_record(notebook):
    notebook.names["w"] = torch.ones(2, 3, dtype=torch.int64)
    assert notebook.step("", "w += 1").dtype == "int64"
