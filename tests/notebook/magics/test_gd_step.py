"""The magics, in a real IPython."""

import signal
import threading
import warnings

import pytest
import torch
from IPython.core.completer import provisionalcompleter
from IPython.core.error import UsageError

from rainfall_kit.errors import BodySyntaxError, CheckFailed, DataError
from rainfall_kit.lesson import reference
from rainfall_kit.notebook.recording.recorder import KEPT_STEPS
from rainfall_kit.notebook.report.run_report import report_text
from rainfall_kit.records.run import Run

STYLES = {
    "in place": "w -= lr * w.grad; b -= lr * b.grad; w.grad.zero_(); b.grad.zero_()",
    "data": "w.data -= lr * w.grad; b.data -= lr * b.grad; w.grad = None; b.grad = None",
    "copy": "w.copy_(w - lr * w.grad); b.copy_(b - lr * b.grad); w.grad.fill_(0); b.grad.fill_(0)",
    "bound anew": (
        "w = (w - lr * w.grad).detach().requires_grad_(); "
        "b = (b - lr * b.grad).detach().requires_grad_()"
    ),
}


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


def test_the_body_runs_as_often_as_announced(notebook):
    notebook.names["count"] = 0
    notebook.step("--epochs 7", "count += 1")
    assert notebook.names["count"] == 7


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


def test_lr_stands_for_the_option_only_while_the_cell_runs(notebook):
    notebook.names["small"] = torch.tensor(1e-6)
    run = notebook.step("--lr small")
    assert run[0].lr == pytest.approx(1e-6)
    assert notebook.names["lr"] == 1e-5
    del notebook.names["lr"]
    notebook.step("--lr 1e-6")
    assert "lr" not in notebook.names


def test_an_lr_that_the_cell_does_not_use_is_not_recorded(notebook, step_body):
    run = notebook.step("", step_body.replace("lr *", "1e-5 *"))
    assert run[0].lr is None


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


@pytest.mark.parametrize("w", ["torch.ones(2, 3)", "torch.ones(2, 3, requires_grad=True) * 1"])
def test_a_w_that_autograd_fills_in_no_gradient_for_gives_one_line(notebook, w):
    notebook.run(f"w = {w}")
    with pytest.raises(DataError, match=r"Try: w = w.detach\(\).requires_grad_\(\)"):
        notebook.run("%gd_step").raise_error()


def test_a_step_without_a_body_is_the_references(notebook):
    result = notebook.run("%gd_step --epochs 101")
    assert result.result.final_loss == pytest.approx(1258.02148, rel=1e-6)


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
        ("--params w", "expected 2 arguments"),
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


def test_a_cell_with_nothing_below_its_line_is_the_magics_to_answer(notebook, capsys):
    notebook.run("%%gd_step --help").raise_error()
    assert "--restore" in capsys.readouterr().out
    with pytest.raises(UsageError, match="no lines to run"):
        notebook.run("%%gd_step").raise_error()
    # A cell that is being typed is not complete before there is a body.
    assert notebook.shell.check_complete("%%gd_step")[0] == "incomplete"


def test_an_await_in_the_body_gives_one_line(notebook):
    with pytest.raises(UsageError, match="await works in a cell of its own"):
        notebook.step("", "w = w\nawait something()")
    notebook.step("", "async def later():\n    await something()")


def test_help_lists_the_options_and_runs_nothing(notebook, capsys):
    notebook.step("--help")
    assert "--restore" in capsys.readouterr().out
    assert "preds" not in notebook.names


def test_an_error_keeps_the_record_and_shows_the_students_lines_only(notebook, capsys):
    notebook.names["count"] = 0
    body = "\ncount += 1\n!true\nif count == 3:\n    1 / 0\nw.data += 1"
    result = notebook.run("%%gd_step --epochs 5 -o kept\n" + body)
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    assert notebook.names["kept"].epochs == 2
    assert notebook.names["kept"].stopped == "step 3 raised ZeroDivisionError"
    shown = capsys.readouterr().out
    assert "line 6" in shown
    assert "1 / 0" in shown or "1" in shown
    assert "rainfall_kit" not in shown.split("Traceback")[-1]
    assert "run_cell_magic" not in shown


def test_an_error_of_the_kits_own_in_the_body_stays_what_it_is(notebook, capsys):
    notebook.run("from rainfall_kit import require\ndef half(preds, targets): return 0.5")
    result = notebook.run("%%gd_step\nrequire('mse', half)")
    assert isinstance(result.error_in_exec, CheckFailed)
    assert "Traceback" not in capsys.readouterr().out


def test_a_syntax_error_is_drawn_as_pythons_own(notebook, capsys):
    result = notebook.run("%%gd_step\n\nx = = 1")
    assert isinstance(result.error_in_exec, BodySyntaxError)
    shown = capsys.readouterr().out
    assert "line 3" in shown
    assert "SyntaxError" in shown
    assert "rainfall_kit" not in shown


def test_a_w_that_the_cell_destroys_gives_one_line(notebook):
    with pytest.raises(DataError, match="w is a NoneType"):
        notebook.step("--epochs 3", "w = None")


def test_ctrl_c_stops_between_steps_and_keeps_the_record(notebook):
    notebook.names.update(signal=signal, count=0)
    body = "count += 1\nif count == 2:\n    signal.raise_signal(signal.SIGINT)\nafter = count"
    handler = signal.getsignal(signal.SIGINT)
    result = notebook.run("%%gd_step --epochs 50 -o kept\n" + body)
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert notebook.names["kept"].epochs == notebook.names["after"] == 2
    assert "interrupted after step 2 of 50" in notebook.names["kept"].stopped
    assert signal.getsignal(signal.SIGINT) is handler


def test_ctrl_c_in_the_last_step_still_ends_the_cell_as_interrupted(notebook):
    notebook.names.update(signal=signal)
    result = notebook.run("%%gd_step -q -o kept\nsignal.raise_signal(signal.SIGINT)\nafter = 1")
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert notebook.names["kept"].epochs == notebook.names["after"] == 1


def test_a_second_ctrl_c_interrupts_at_once(notebook):
    notebook.names.update(signal=signal)
    body = "signal.raise_signal(signal.SIGINT)\nsignal.raise_signal(signal.SIGINT)\nreached = True"
    result = notebook.run("%%gd_step\n" + body)
    assert isinstance(result.error_in_exec, KeyboardInterrupt)
    assert "reached" not in notebook.names


def test_it_works_outside_the_main_thread(notebook):
    results = []
    thread = threading.Thread(target=lambda: results.append(notebook.step("--epochs 2")))
    thread.start()
    thread.join()
    assert results[0].epochs == 2


def test_braces_and_dollars_in_the_body_stay_as_they_are(notebook):
    notebook.step("", "text = '{lr} $lr'")
    assert notebook.names["text"] == "{lr} $lr"


def test_what_another_cell_called_loss_is_not_this_ones(notebook):
    notebook.names["loss"] = torch.tensor(1.0)
    run = notebook.step("", "with torch.no_grad():\n    w += 1")
    assert run[0].body_loss is None
    assert run[0].grad_w is None


def test_a_cell_that_changes_nothing_is_told_so_and_no_more(notebook):
    shown = report_text(notebook.step("", "x = 1"))
    assert "w and b did not move" in shown
    assert "✓" not in shown
    assert "✗" not in shown


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


def test_a_run_among_other_values_is_one_line(notebook):
    notebook.step("-o first -q")
    shown = notebook.shell.display_formatter.format((notebook.names["first"], 1))[0]["text/plain"]
    assert shown == "(Run(1 step, loss 33060.8 -> 23432.5), 1)"


def test_the_options_are_completed_and_the_body_is_left_alone(notebook):
    with provisionalcompleter(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        complete = notebook.shell.Completer.completions
        options = [each.text for each in complete("%%gd_step --e", 13)]
        body = [each.text for each in complete("%%gd_step --epochs 1\ntarg", 25)]
    assert options == ["--epochs"]
    assert "targets" in body


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("%%gd_step --lr my_l", ["my_lr"]),
        ("%gd_step --epochs 3 --params my_w my_", ["my_lr", "my_w"]),
        ("%%gd_step --epochs 3 my_", []),
        ("%%gd_step --quiet my_", []),
    ],
)
def test_a_value_may_be_a_name_and_is_completed_as_one(notebook, text, offered):
    notebook.run("my_lr, my_w = 1e-5, w")
    with provisionalcompleter(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [each.text for each in notebook.shell.Completer.completions(text, len(text))]
    assert found == offered


@pytest.mark.parametrize("text", ["", "%%gd_step\n", "%%gd_step --epochs 2\n\n"])
def test_completing_an_empty_line_is_left_to_ipython(notebook, text, capsys):
    with provisionalcompleter(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        offered = {each.text for each in notebook.shell.Completer.completions(text, len(text))}
    assert "targets" in offered
    assert capsys.readouterr().err == ""


def test_unloading_removes_every_trace_and_reloading_works(notebook):
    shell = notebook.shell
    shell.run_line_magic("unload_ext", "rainfall_kit")
    assert shell.find_magic("gd_step") is None
    assert shell.find_cell_magic("gd_step") is None
    assert not any("rainfall" in type(each).__module__ for each in shell.configurables)
    assert not any("rainfall" in each.__module__ for each in shell.Completer.custom_matchers)
    assert not any(
        "rainfall" in each.__module__ for each in shell.events.callbacks["post_run_cell"]
    )
    formatters = shell.display_formatter.formatters
    assert not any("rainfall" in each.__module__ for each in shell.input_transformers_cleanup)
    assert not any("rainfall_kit.records" in str(f.deferred_printers) for f in formatters.values())
    shell.run_line_magic("load_ext", "rainfall_kit")
    shell.run_line_magic("reload_ext", "rainfall_kit")
    assert notebook.step().epochs == 1


def test_loading_twice_is_harmless(notebook):
    import rainfall_kit

    rainfall_kit.load_ipython_extension(notebook.shell)
    matchers = notebook.shell.Completer.custom_matchers
    assert len([each for each in matchers if "rainfall" in each.__module__]) == 1
