"""Question train: gradient descent for a number of epochs, with its losses."""

from __future__ import annotations

import contextlib
import dataclasses
import itertools
import textwrap
from typing import TYPE_CHECKING, Any

from rainfall_kit.checks.observations import Value
from rainfall_kit.checks.questions.drawing import count_of
from rainfall_kit.checks.questions.loss.mse import MSE
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.checks.questions.step_cases import draw_walks
from rainfall_kit.checks.questions.step_start import start
from rainfall_kit.checks.questions.tensors.model import MODEL
from rainfall_kit.checks.tracing.gradient_hooks import GradientHooks
from rainfall_kit.checks.tracing.torch_calls import torch_calls_noted
from rainfall_kit.checks.tracing.torch_state import version_of

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

TRAIN = """\
def train(inputs, targets, w, b, lr, epochs):
    losses = []
    for epoch in range(epochs):
        preds = model(inputs, w, b)
        loss = mse(preds, targets)
        losses.append(loss.item())
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
        w.grad.zero_()
        b.grad.zero_()
    return w, b, losses
"""


def draw(seed: int) -> tuple[Case, ...]:
    """Tables, starts and an lr, as for `gd_step`, with a number of epochs.

    Example:
        >>> draw(0)[0].label
        '1 row, 1 input, 1 crop, 2 epochs'
    """
    epochs = (2, 1, 3, 4, 3, 5, 1, 4, 3, 16, 8, 4)
    return tuple(
        dataclasses.replace(
            case,
            label=f"{case.label}, {count_of(count, 'epoch')}",
            given=(*case.given, Value(name="epochs", numbers=(float(count),))),
        )
        for case, count in zip(draw_walks(seed), epochs, strict=True)
    )


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``train(inputs, targets, w, b, lr, epochs)`` once."""
    inputs, targets, w, b = start(case)
    lr, epochs = case.number("lr"), int(case.number("epochs"))
    steps, version = GradientHooks(trace), version_of(w)
    steps.follow(w=w, b=b)
    with torch_calls_noted(trace, answer, w, b) as asked:
        triple = trace.unpacked(asked(inputs, targets, w, b, lr, epochs))
    if not trace.parts(triple, "w at the end", "b at the end", ""):
        return
    losses = triple[2]
    if not hasattr(losses, "__len__"):
        trace.given_back(losses)
        return
    trace.value("the number of losses", len(losses))
    first = [*itertools.islice(losses, epochs + 1)]
    for epoch, loss in enumerate(first):
        trace.value(f"losses[{epoch}]", loss if _is_kept_whole(loss, losses) else _as_number(loss))
    trace.unchanged(inputs=inputs, targets=targets)
    trace.change("w", w, triple[0], counted=version_of(w) > version)
    trace.sign("inputs.requires_grad", inputs.requires_grad)
    trace.sign(
        "losses with a history", any(getattr(loss, "requires_grad", False) for loss in first)
    )
    steps.note(lr=lr, w=triple[0], b=triple[1])


def _is_kept_whole(loss: Any, losses: Any) -> bool:
    """True for a tensor where a plain number is asked for; one tensor of all losses holds numbers."""
    import torch

    return isinstance(loss, torch.Tensor) and not isinstance(losses, torch.Tensor)


def _as_number(loss: Any) -> Any:
    """A loss as a plain number, whatever holds it; what is no one number stays as it is."""
    with contextlib.suppress(TypeError, ValueError, RuntimeError, OverflowError):
        return loss if isinstance(loss, str) else float(loss)
    return loss


_FORWARD = "    preds = model(inputs, w, b)\n    loss = mse(preds, targets)\n"
_LOOP_FORWARD = "        preds = model(inputs, w, b)\n        loss = mse(preds, targets)\n"
_LOOP = "    for epoch in range(epochs):\n"
_MOVES = (
    "        with torch.no_grad():\n            w -= lr * w.grad\n            b -= lr * b.grad\n"
)
_RESETS = "        w.grad.zero_()\n        b.grad.zero_()\n"
# With it the edits below find nothing where another mistake ends the loop first.
_END = "    return w, b, losses\n"


def _behind_the_loop(lines: str) -> tuple[str, str]:
    return lines + _END, textwrap.indent(textwrap.dedent(lines), "    ") + _END


MISTAKES = (
    Misconception(
        id="RK046",
        name="the prediction is made once, outside the loop",
        question="train",
        kind="raises",
        wrong=(((_LOOP_FORWARD, ""), (_LOOP, _FORWARD + _LOOP)),),
        hint="What has to be recomputed after the weights move?",
        more="Go through two rounds of your loop by hand. In the second, which weights do preds and loss "
        "come from?",
        why="backward uses up the record of one prediction; moved weights need a new one.",
        seen="the lesson's code: RuntimeError: Trying to backward through the graph a second time",
    ),
    Misconception(
        id="RK055",
        name="backward through the sum of all losses so far",
        question="train",
        kind="raises",
        wrong=(
            (
                ("losses = []", "losses, total = [], 0"),
                ("loss.backward()", "total += loss; total.backward()"),
            ),
        ),
        hint="Which epochs' losses does your backward go through?",
        more="In the second epoch, which predictions does the thing in front of .backward() come from? "
        "Some of them were used up.",
        why="The sum still hangs on the records of earlier epochs, which their backward has freed.",
        seen="the lesson's code: RuntimeError: Trying to backward through the graph a second time",
    ),
    Misconception(
        id="RK076",
        name="the loop runs once",
        question="train",
        kind="silent",
        wrong=(
            (("range(epochs)", "range(1)"),),
            (("        b.grad.zero_()\n", "        b.grad.zero_()\n        break\n"),),
            (("    return w, b, losses\n", "        return w, b, losses\n"),),
        ),
        hint="Count the epochs recorded.",
        more="Print the number of the epoch inside your loop. Which line ends the loop, and how far is it "
        "indented?",
        why="Each epoch is one step. A loop that ends after the first has taken one.",
        seen="the lesson's code with a break, a return in the loop, or range(1): one loss is recorded",
    ),
    Misconception(
        id="RK102",
        name="the log keeps whole losses, not numbers",
        question="train",
        kind="raises",
        wrong=(
            (
                ("loss.item()", "loss"),
                ("return w, b, losses", "return w, b, np.array(losses)"),
            ),
            (("loss.item()", "loss"),),
        ),
        hint="Keep the number, not its history.",
        more="Print losses[0]. Everything that stands in its brackets behind the number is kept as well.",
        why="A loss remembers all that it was computed from. A list of losses keeps every epoch's record "
        "in memory, and NumPy and plots refuse them.",
        seen="the lesson's code with hist.append(loss), then a plot: RuntimeError: Can't call numpy() on "
        "Tensor that requires grad; memory grows",
    ),
    Misconception(
        id="RK103",
        name="a whole table is asked for its one number",
        question="train",
        kind="raises",
        wrong=(
            (("loss.item()", "(preds - targets).item()"),),
            (("loss.item()", "float(preds - targets)"),),
        ),
        hint="How many numbers are in there?",
        more="Print the shape of what stands in front of .item().",
        why="item and float make a Python number of a tensor with one element, and refuse larger ones.",
        seen="the lesson's code: RuntimeError: a Tensor with 10 elements cannot be converted to Scalar",
    ),
    Misconception(
        id="RK105",
        name="one epoch too few",
        question="train",
        kind="silent",
        wrong=((("range(epochs)", "range(epochs - 1)"),), (("range(epochs)", "range(1, epochs)"),)),
        hint="Count the recorded losses.",
        more="Ask for 3 epochs and print the number of each one inside the loop.",
        why="range(1, n) and range(n - 1) have n - 1 members.",
        seen="the lesson's code with range(99): 99 losses",
    ),
    Misconception(
        id="RK108",
        name="a lower loss is taken for right code",
        question="train",
        kind="concept",
        hint="Would a different loss formula also give this number?",
        more="Run the right five lines from the same start and compare w and b after one step, not the "
        "loss after a hundred.",
        why="Far from the lowest point, longer steps get further. A sum in place of the mean takes steps "
        "ten times as long, so it ends lower, whatever it is called.",
        seen="500 starts of the lesson: the sum ends lower than the right code for all of them, and so "
        "does the division by rows",
    ),
    Misconception(
        id="RK207",
        name="the move stands behind the loop",
        question="train",
        kind="silent",
        wrong=((_behind_the_loop(_MOVES + _RESETS),),),
        hint="Which lines run once for each epoch, and which run once?",
        more="Print w inside the loop, at the end of each epoch. Does it change from epoch to epoch?",
        why="The indentation says what belongs to the loop. A move behind it is one move, along the sum of "
        "the gradients of all epochs.",
        seen="the lesson's code with the move one indentation to the left: all recorded losses are the same",
    ),
    Misconception(
        id="RK208",
        name="the reset stands behind the loop",
        question="train",
        kind="silent",
        wrong=((_behind_the_loop(_RESETS),),),
        hint="How often does your reset run in a run of 3 epochs?",
        more="Print w.grad at the beginning of each epoch, before backward. What should it hold there?",
        why="backward adds to what `.grad` holds. A reset behind the loop comes once, after the last epoch, "
        "when nobody needs it any more.",
        seen="the lesson's code with the reset one indentation to the left: the numbers of a run without "
        "any reset",
    ),
)

# The same in other styles, each line with what it is for: mutants are made of these.
OTHER_PROGRAMS = (
    f"""\
{MODEL}
{MSE}
def train(inputs, targets, w, b, lr, epochs):
    losses = []  # the empty list of losses
    for epoch in range(epochs):  # the loop
        preds = model(inputs, w, b)  # the prediction
        loss = mse(preds, targets)  # the loss
        losses.append(loss.item())  # the note of the loss
        loss.backward()  # backward
        with torch.no_grad():
            w -= lr * w.grad  # the move of w
            b -= lr * b.grad  # the move of b
        w.grad.zero_()  # the reset for w
        b.grad.zero_()  # the reset for b
    return w, b, losses  # what is handed back
""",
    """\
def train(inputs, targets, w, b, lr, epochs):
    losses = []  # the empty list of losses
    for epoch in range(epochs):  # the loop
        preds = inputs @ w.t() + b  # the prediction
        loss = ((preds - targets) ** 2).mean()  # the loss
        losses.append(loss.item())  # the note of the loss
        loss.backward()  # backward
        with torch.no_grad():
            w -= lr * w.grad  # the move of w
            b -= lr * b.grad  # the move of b
        w.grad.zero_()  # the reset for w
        b.grad.zero_()  # the reset for b
    return w, b, losses  # what is handed back
""",
    """\
def train(inputs, targets, w, b, lr, epochs):
    losses = []  # the empty list of losses
    for epoch in range(epochs):  # the loop
        preds = inputs @ w.t() + b  # the prediction
        losses.append(((preds - targets) ** 2).mean().item())  # the note of the loss
        error = preds - targets  # the error
        scaled = 2 * error / error.numel()  # the slope for each prediction
        grad_w = scaled.t() @ inputs  # the slope for w
        grad_b = scaled.sum(dim=0)  # the slope for b
        with torch.no_grad():
            w -= lr * grad_w  # the move of w
            b -= lr * grad_b  # the move of b
    return w, b, losses  # what is handed back
""",
)

QUESTION = Question(
    name="train",
    order=110,
    asks="train(inputs, targets, w, b, lr, epochs) gives w, b and the loss before each step",
    program=f"{MODEL}\n{MSE}\n{TRAIN}",
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
    builds_on=("model", "mse", "gd_step"),
    drawn_for_report=1,
)
