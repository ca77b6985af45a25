"""Question is_gradient: a gradient check, yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.questions.drawing import SHAPES, case_of, shape_label
from rainfall_kit.checks.questions.loss.mse import MSE
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.checks.questions.tensors.model import MODEL

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

IS_GRADIENT = """\
def is_gradient(inputs, targets, w, b, grad_w, grad_b):
    slopes = torch.autograd.grad(mse(model(inputs, w, b), targets), (w, b))
    pairs = zip((grad_w, grad_b), slopes)
    return all(torch.allclose(grad, slope, rtol=1e-3) for grad, slope in pairs)
"""


def draw(seed: int) -> tuple[Case, ...]:
    """Tables with slopes for w and b: the right ones, and wrong ones that lead downhill too."""
    rng = np.random.default_rng([seed, 8])
    cases = [
        case_of(
            label,
            "float32",
            public=True,
            inputs=[[2]],
            targets=[[3]],
            w=[[0]],
            b=[0],
            grad_w=[[-12 * size]],
            grad_b=[-6 * size],
        )
        for label, size in (("the right slopes", 1), ("slopes that are twice too large", 2))
    ]
    # How many times too large each is, and whether those for w stand in order.
    wrong_by = (
        (1, 1, 1),
        (2, 2, 1),
        (1, 0, 1),
        (0.5, 0.5, 1),
        (1, 1, 1),
        (3, 1, 1),
        (-1, -1, 1),
        (1, 2, 1),
        (1, 1, -1),
        (1.25, 1.25, 1),
    )
    for i, (by_w, by_b, order) in enumerate(wrong_by):
        n, d, k = SHAPES[i % len(SHAPES)]
        inputs, targets = rng.normal(size=(n, d)), rng.normal(size=(n, k))
        w, b = rng.normal(size=(k, d)), rng.normal(size=k)
        # away from where its slope is 0: else 0 would be wrong by less than what some answers forgive
        b += np.copysign(0.5, (inputs @ w.T + b - targets).mean(axis=0))
        table = case_of(
            shape_label(n, d, k, "float64"), "float64", inputs=inputs, targets=targets, w=w, b=b
        )
        # the slopes at the numbers as the case holds them, so that a strict comparison holds, too
        inputs, targets, w, b = table.arrays("inputs", "targets", "w", "b")
        error = (inputs @ w.T + b - targets) * 2 / targets.size
        cases.append(
            case_of(
                table.label,
                "float64",
                inputs=inputs,
                targets=targets,
                w=w,
                b=b,
                grad_w=by_w * (error.T @ inputs)[:, ::order],
                grad_b=by_b * error.sum(axis=0),
            )
        )
    return tuple(cases)


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``is_gradient(inputs, targets, w, b, grad_w, grad_b)`` once."""
    inputs, targets, w, b, grad_w, grad_b = case.tensors(
        "inputs", "targets", "w", "b", "grad_w", "grad_b"
    )
    w.requires_grad_()
    b.requires_grad_()
    trace.truth("the answer", answer(inputs, targets, w, b, grad_w, grad_b))
    trace.unchanged(inputs=inputs, targets=targets, w=w, b=b)
    trace.sign("inputs.requires_grad", inputs.requires_grad)


_CHECK = (
    "    slopes = torch.autograd.grad(mse(model(inputs, w, b), targets), (w, b))\n"
    "    pairs = zip((grad_w, grad_b), slopes)\n"
    "    return all(torch.allclose(grad, slope, rtol=1e-3) for grad, slope in pairs)\n"
)
_GOES_DOWN = (
    "    before = mse(model(inputs, w, b), targets)\n"
    "    after = mse(model(inputs, w - 1e-4 * grad_w, b - 1e-4 * grad_b), targets)\n"
    "    return (after < before).item()\n"
)

MISTAKES = (
    Misconception(
        id="RK110",
        name="a falling loss is taken for a right gradient",
        question="is_gradient",
        kind="concept",
        wrong=(((_CHECK, _GOES_DOWN),),),
        hint="Check one slope by nudging one weight.",
        more="Raise one weight by 0.001 and divide the change of the loss by 0.001. The slope should be "
        "that number, not merely of the same sign.",
        why="Every move that goes somewhat downhill lowers the loss at first: a gradient that is twice too "
        "long, or that still holds the last one, does too.",
        seen="the lesson's code, seed 0, without a reset: the loss falls from 33061 at first, as it should",
    ),
)

# The same in other styles, each line with what it is for: mutants are made of these.
OTHER_PROGRAMS = (
    f"""\
{MODEL}
{MSE}
def is_gradient(inputs, targets, w, b, grad_w, grad_b):
    loss = mse(model(inputs, w, b), targets)  # the loss
    right_w, right_b = torch.autograd.grad(loss, (w, b))  # the right slopes
    fits_w = torch.allclose(grad_w, right_w, rtol=1e-3)  # the comparison for w
    fits_b = torch.allclose(grad_b, right_b, rtol=1e-3)  # the comparison for b
    return fits_w and fits_b  # the answer
""",
    f"""\
{MODEL}
{MSE}
def is_gradient(inputs, targets, w, b, grad_w, grad_b):
    loss = mse(model(inputs, w, b), targets)  # the loss
    right_w, right_b = torch.autograd.grad(loss, (w, b))  # the right slopes
    fits_w = torch.isclose(grad_w, right_w, rtol=1e-3).all()  # the comparison for w
    fits_b = torch.isclose(grad_b, right_b, rtol=1e-3).all()  # the comparison for b
    return bool(fits_w and fits_b)  # the answer
""",
    """\
def is_gradient(inputs, targets, w, b, grad_w, grad_b):
    error = inputs @ w.t() + b - targets  # the error
    right_w = 2 * error.t() @ inputs / error.numel()  # the right slope for w
    right_b = 2 * error.sum(dim=0) / error.numel()  # the right slope for b
    gap_w = (grad_w - right_w).abs().max()  # the gap for w
    gap_b = (grad_b - right_b).abs().max()  # the gap for b
    return bool(gap_w < 1e-3 * right_w.abs().max() and gap_b < 1e-3 * right_b.abs().max())  # the answer
""",
)

QUESTION = Question(
    name="is_gradient",
    order=120,
    asks="is_gradient(inputs, targets, w, b, grad_w, grad_b) says whether grad_w and grad_b "
    "are the slopes of the loss at w and b",
    program=f"{MODEL}\n{MSE}\n{IS_GRADIENT}",
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
)
