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


QUESTION = Question(
    name="gradients",
    order=70,
    asks="gradients(inputs, targets, w, b) gives the slopes of the loss for w and for b",
    program=f"{MODEL}\n{MSE}\n{GRADIENTS}",
    draw=draw_steps,
    call=call,
)
