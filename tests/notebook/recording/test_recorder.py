"""The record of a run: which steps it keeps, what it reads from the notebook and what it leaves alone."""

import pytest
import torch

from rainfall_kit.notebook.report.run_report import report_text

HALF_AND_HALF = {
    "w wide": ("w = w.detach().double().requires_grad_()", "inputs.double() @ w.t() + b"),
    "b wide": ("b = b.detach().double().requires_grad_()", "model(inputs)"),
    "both wide, computed narrow": (
        "w, b = (each.detach().double().requires_grad_() for each in (w, b))",
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
