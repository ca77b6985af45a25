"""Question gradients: the slopes of the loss for w and for b."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.checks.questions.loss.mse import MSE
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.checks.questions.step_cases import draw_steps
from rainfall_kit.checks.questions.step_start import start
from rainfall_kit.checks.questions.tensors.model import MODEL
from rainfall_kit.checks.tracing.torch_calls import torch_calls_noted

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

GRADIENTS = """\
def gradients(inputs, targets, w, b):
    preds = model(inputs, w, b)
    loss = mse(preds, targets)
    loss.backward()
    return w.grad, b.grad
"""


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``gradients(inputs, targets, w, b)`` once, with gradients that start at None or zero."""
    inputs, targets, w, b = start(case)
    with torch_calls_noted(trace, answer, w, b) as asked:
        pair = trace.unpacked(asked(inputs, targets, w, b))
    trace.parts(pair, "the slope for w", "the slope for b")
    trace.sign("inputs.requires_grad", inputs.requires_grad)


# The same in other styles, each line with what it is for: mutants are made of these.
OTHER_PROGRAMS = (
    f"""\
{MODEL}
{MSE}
def gradients(inputs, targets, w, b):
    preds = model(inputs, w, b)  # the prediction
    loss = mse(preds, targets)  # the loss
    loss.backward()  # backward
    return w.grad, b.grad  # what is handed back
""",
    """\
def gradients(inputs, targets, w, b):
    preds = inputs @ w.t() + b  # the prediction
    loss = ((preds - targets) ** 2).mean()  # the loss
    loss.backward()  # backward
    return w.grad, b.grad  # what is handed back
""",
    """\
def gradients(inputs, targets, w, b):
    preds = inputs @ w.t() + b  # the prediction
    error = preds - targets  # the error
    scaled = 2 * error / error.numel()  # the slope for each prediction
    grad_w = scaled.t() @ inputs  # the slope for w
    grad_b = scaled.sum(dim=0)  # the slope for b
    return grad_w.detach(), grad_b.detach()  # what is handed back
""",
)

QUESTION = Question(
    name="gradients",
    order=70,
    asks="gradients(inputs, targets, w, b) gives the slopes of the loss for w and for b",
    program=f"{MODEL}\n{MSE}\n{GRADIENTS}",
    other_programs=OTHER_PROGRAMS,
    draw=draw_steps,
    call=call,
)
