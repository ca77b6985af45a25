"""%%gd_step, %gd_step and %gd_reset, in a real IPython."""

import pytest
import torch
from IPython.core.error import UsageError

from rainfall_kit.lesson import reference
from rainfall_kit.notebook.report.run_report import report_text
from rainfall_kit.records.run import Run


def test_a_hundred_epochs_end_where_the_reference_ends(notebook):
    run = notebook.step("--epochs 100")
    expected = reference.train(
        notebook.names["inputs"], notebook.names["targets"], *reference.init_params(0)
    )
    assert isinstance(run, Run)
    assert len(run) == run.epochs == 100
    assert run.losses == pytest.approx(expected.losses, rel=1e-5)
    assert run.w == expected.w
    assert [step.grad_b for step in run] == [step.grad_b for step in expected]
    assert [step.body_loss for step in run] == list(expected.losses[:-1])
    assert run[3].lr == 1e-5


def test_other_names_can_be_used(notebook):
    notebook.run("weights, offsets, x, y = w, b, inputs, targets; del w, b, inputs, targets")
    body = "mse(x @ weights.t() + offsets, y).backward()\nwith torch.no_grad():\n"
    body += "    weights -= lr * weights.grad; offsets -= lr * offsets.grad"
    run = notebook.step("--params weights offsets --inputs x --targets y", body)
    assert run.losses == pytest.approx((33060.8, 23432.5), rel=1e-5)


def test_output_keeps_the_run_and_quiet_shows_nothing(notebook, step_body):
    assert notebook.step("-q -o first") is None
    assert notebook.names["first"].epochs == 1
    assert notebook.step("", step_body.rstrip() + ";") is None


def test_seed_starts_from_the_lessons_weights_and_restore_undoes_that_too(notebook):
    notebook.step("--epochs 3 -q")
    before = notebook.names["w"].detach().clone()
    run = notebook.step("--seed 0 --restore --epochs 2")
    assert run.losses[0] == pytest.approx(33060.8, rel=1e-5)
    assert torch.equal(notebook.names["w"].detach(), before)


def test_reset_goes_back_to_where_the_first_step_began(notebook):
    start = notebook.names["w"].detach().clone()
    notebook.step("--epochs 3 -q")
    notebook.step("--epochs 3 -q")
    notebook.run("%gd_reset -q").raise_error()
    assert torch.equal(notebook.names["w"].detach(), start)
    assert notebook.names["w"].grad is None


def test_reset_goes_back_to_the_seeds_weights_when_a_run_began_there(notebook):
    notebook.step("--epochs 3 -q")
    notebook.step("--seed 7 -q")
    notebook.run("%gd_reset -q").raise_error()
    assert torch.equal(notebook.names["w"].detach(), reference.init_params(7)[0].detach())


def test_reset_without_a_start_says_what_to_type(notebook):
    with pytest.raises(UsageError, match="--seed 0"):
        notebook.run("%gd_reset").raise_error()


@pytest.mark.parametrize("lr", ["None", "'fast'", "torch.ones(2)"])
def test_an_lr_that_a_step_without_a_body_cannot_use_gives_one_line(notebook, lr):
    notebook.run(f"lr = {lr}")
    with pytest.raises(UsageError, match="lr must be a number above 0"):
        notebook.run("%gd_step").raise_error()


def test_an_instructor_can_turn_that_off(notebook):
    notebook.run("%config GDStepMagics.reference_steps = False").raise_error()
    with pytest.raises(UsageError, match="turned off"):
        notebook.run("%gd_step").raise_error()


@pytest.mark.parametrize("default", ["epochs = 0", "lr = -1.0", "w = '1st'"])
def test_config_refuses_what_no_option_allows(notebook, default, caplog):
    notebook.run(f"%config GDStepMagics.{default}")
    assert notebook.step().epochs == 1
    assert "GDStepMagics" in caplog.text or "must be" in caplog.text


def test_config_sets_the_defaults(notebook):
    notebook.run("%config GDStepMagics.epochs = 4").raise_error()
    assert notebook.step().epochs == 4


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ("--params", "--params takes two names"),
        ("--params w", "Try: --params weights bias"),
        ("--lr 0", "--lr must be a number above 0"),
        ("--lr -1e-5", "--lr must be a number above 0"),
        ("--lr nan", "--lr must be a number above 0"),
        ("--lr unknown", "got unknown"),
        ("--lr targets", "--lr must be a number"),
        ("--epochs 0", "from 1 to 1,000,000"),
        ("--epochs 2.5", "--epochs must be a whole number"),
        ("--epochs inf", "--epochs must be a whole number"),
        ("--epochs 1000001", "--epochs must be"),
        ("--seed x", "--seed must be a whole number"),
        ("--params w nowhere", "there is no nowhere"),
        ("--params w lr", "lr is a float"),
        ("-o 1st", "must be a name"),
        ("-o w", "--output must be a new name"),
        ("--typo", "unrecognized arguments: --typo"),
        ("--lr '1e-5", "a quotation is not closed in --lr '1e-5"),
    ],
)
def test_a_bad_option_gives_one_line(notebook, options, said):
    with pytest.raises(UsageError, match=said.replace("(", r"\(")):
        notebook.step(options)
    assert "preds" not in notebook.names, "the body must not have run"


def test_a_body_without_lines_gives_one_line(notebook):
    with pytest.raises(UsageError, match="no lines to run"):
        notebook.step("", "# the five steps")


def test_help_lists_the_options_and_runs_nothing(notebook, capsys):
    notebook.step("--help")
    assert "--restore" in capsys.readouterr().out
    assert "preds" not in notebook.names


def test_a_cell_that_changes_nothing_is_told_so_and_no_more(notebook):
    shown = report_text(notebook.step("", "x = 1"))
    assert "w and b did not move" in shown
    assert "✓" not in shown
    assert "✗" not in shown


def test_steps_of_the_kits_own_are_taken_with_gradients_on_whatever_the_notebook_set(notebook):
    notebook.run("torch.set_grad_enabled(False);")
    try:
        run = notebook.run("%gd_step --epochs 2").result
    finally:
        notebook.run("torch.set_grad_enabled(True);")
    assert run.final_loss < run.losses[0]
