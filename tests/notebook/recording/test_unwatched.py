"""Unwatched steps: what is recorded of them, and what is said where one is not like the watched one."""

import pytest

from rainfall_kit.lesson import reference
from rainfall_kit.notebook.report.run_report import report_text

STEP = """loss = mse(model(inputs), targets)
loss.backward()
with torch.no_grad():
    w -= lr * w.grad
    b -= lr * b.grad
w.grad.zero_(); b.grad.zero_()
"""
COUNT = "n = globals().get('n', 0) + 1\n"


def is_watched(step):
    """Only of watched steps it is known whether preds or a name was bound behind the move."""
    return step.seen is not None and step.seen.preds_right is not None


def test_a_usual_cell_is_watched_at_first_and_seldom_later(notebook):
    run = notebook.step(
        "--epochs 20", "preds = model(inputs)\n" + STEP.replace("model(inputs)", "preds")
    )
    unwatched = [step for step in run if step.seen.loss_bound == "before" and not step.seen.changed]
    assert len(unwatched) == 20
    assert is_watched(run[0])


@pytest.mark.parametrize(
    "reset",
    [
        "w.grad.zero_(); b.grad.zero_()",
        "w.grad = None; b.grad = None",
        "w.grad.data.zero_(); b.grad.data.zero_()",
        "w.grad = torch.zeros_like(w); b.grad = torch.zeros_like(b)",
    ],
)
def test_every_step_is_recorded_with_the_numbers_that_it_had(notebook, reset):
    run = notebook.step("--epochs 12", STEP.replace("w.grad.zero_(); b.grad.zero_()", reset))
    inputs, targets = notebook.names["inputs"], notebook.names["targets"]
    expected = reference.train(inputs, targets, *reference.init_params(0), epochs=12)
    for ours, theirs in zip(run, expected, strict=True):
        assert (ours.w, ours.b, ours.lr) == (theirs.w, theirs.b, 1e-5)
        assert (ours.grad_w, ours.grad_b) == (theirs.grad_w, theirs.grad_b)
        assert ours.body_loss == pytest.approx(ours.loss, rel=1e-4)
        assert (ours.seen.updates, ours.seen.backwards, ours.seen.stale) == (1, 1, ())
        assert (ours.seen.follows_w, ours.seen.follows_b) == (True, True)
        assert ours.seen.found_w == ours.grad_w


# Lines that do something else from the sixth step on, or in it alone, and what is said then.
CHANGES = {
    "no reset any more": (
        STEP.replace("w.grad.zero_()", "if n < 6: w.grad.zero_()"), "✗ w.grad held an older gradient",
    ),
    "uphill": (STEP.replace("w -= lr", "w -= (1 if n < 6 else -1) * lr"), "✗ w moved"),
    "b forgotten": (STEP.replace("    b -=", "    if n < 6: b -="), "✗ b moved"),
    "another loss": (
        STEP.replace("mse(model(inputs), targets)", "mse(model(inputs), targets) * (1 if n < 6 else 9)"),
        "✗ the cell's own loss",
    ),
}  # fmt: skip


@pytest.mark.parametrize("change", CHANGES)
def test_a_mistake_that_begins_later_is_seen(change, notebook):
    lines, said = CHANGES[change]
    shown = " ".join(report_text(notebook.step("--epochs 12", COUNT + lines)).split())
    assert said in shown


UNLIKE = {
    "clipped in one step": STEP.replace(
        "with", "if n == 6: w.grad.mul_(0.5); b.grad.mul_(0.5)\nwith"
    ),
    "two batches in one step": STEP.replace(
        "loss.backward()",
        "if n == 6: (loss / 2).backward(retain_graph=True); loss = loss / 2\nloss.backward()",
    ),
    "w re-made in one step": STEP + "if n == 6: w = w.detach().clone().requires_grad_()\n",
    "lr halved in the step": STEP.replace("with", "if n == 6: lr = lr / 2\nwith"),
    "a schedule by the number of the step": "lr = 1e-5 / n\n" + STEP,
    "a loss printed now and then": STEP + "if n % 3 == 0: loss = mse(model(inputs), targets)\n",
    "the lr falls behind the move": STEP + "lr *= 0.9\n",
}


@pytest.mark.parametrize("change", UNLIKE)
def test_a_right_step_that_is_unlike_the_others_gets_no_cross(change, notebook):
    run = notebook.step("--epochs 12", COUNT + UNLIKE[change])
    assert "✗" not in report_text(run)


def test_the_lr_of_each_step_is_what_it_was_at_the_move(notebook):
    run = notebook.step("--epochs 12", STEP + "lr *= 0.5\n")
    assert [step.lr for step in run] == pytest.approx([1e-5 * 0.5**n for n in range(12)])


def test_plain_sgd_goes_unwatched_with_the_lr_of_its_schedule(notebook):
    notebook.run("opt = torch.optim.SGD([w, b], lr=1e-5)")
    notebook.run("falls = torch.optim.lr_scheduler.ExponentialLR(opt, 0.5)")
    body = "loss = mse(model(inputs), targets)\nopt.zero_grad()\nloss.backward()\nopt.step(); falls.step()"
    run = notebook.step("--epochs 8", body)
    assert [step.lr for step in run] == pytest.approx([1e-5 * 0.5**n for n in range(8)])
    assert all(step.seen.follows_w and step.seen.lr_from == "optimiser" for step in run)


def test_what_an_unlike_step_did_is_left_open(notebook):
    run = notebook.step("--epochs 12", COUNT + UNLIKE["clipped in one step"])
    assert [step.number for step in run if step.seen.unlike] == [6]
    assert (run[5].seen.updates, run[5].seen.follows_w, run[5].grad_w) == (0, None, None)
    assert run[6].seen.follows_w is True


def test_no_hook_stays_behind(notebook):
    notebook.step("--epochs 5", STEP)
    assert not notebook.names["w"]._backward_hooks
    notebook.run(f"%%gd_step --epochs 5\n{COUNT}if n == 4: 1 / 0\n{STEP}")
    assert not notebook.names["w"]._backward_hooks


def test_what_was_found_does_not_change_when_grad_does(notebook):
    """Where .grad is empty, autograd stores what it handed to the hook: it must be another tensor."""
    run = notebook.step(
        "--epochs 6",
        STEP.replace("w.grad.zero_(); b.grad.zero_()", "w.grad.mul_(3); w.grad = b.grad = None"),
    )
    assert all(step.seen.found_w == step.grad_w for step in run)
    assert all(step.seen.follows_w for step in run)
