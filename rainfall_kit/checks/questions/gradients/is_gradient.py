"""Question is_gradient: a gradient check, yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rainfall_kit.checks.questions.drawing import SHAPES, case_of, shape_label
from rainfall_kit.checks.questions.loss.mse import MSE
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.checks.questions.tensors.model import MODEL
from rainfall_kit.lesson.orchard import load_orchard

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

IS_GRADIENT = """\
def is_gradient(inputs, targets, w, b, grad_w, grad_b):
    slopes = torch.autograd.grad(mse(model(inputs, w, b), targets), (w, b))
    pairs = zip((grad_w, grad_b), slopes)
    return all(torch.allclose(grad, slope, rtol=1e-3) for grad, slope in pairs)
"""


# How many times too large the slopes for w and for b are, and whether those for w stand in order.
_WRONG_BY = (
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
    # "a tenth or more", says the assignment, and these are not far above it
    (1.15, 1.15, 1),
    (0.87, 0.87, 1),
    (1.15, 1, 1),
)
# By how much one slope alone is too large, the largest, or it would be little beside all of them.
_ONE_WRONG_BY = 1.2

# What rounding makes of a slope of any size, when seven digits are kept.
_ROUNDED = 1 + 2e-7


def draw(seed: int) -> tuple[Case, ...]:
    """Tables with slopes for w and b: the right ones, and wrong ones that lead downhill too."""
    rng = np.random.default_rng([seed, 8])
    cases = []
    for i, (by_w, by_b, order) in enumerate(_WRONG_BY):
        n, d, k = SHAPES[i % len(SHAPES)]
        inputs, targets = rng.normal(size=(n, d)), rng.normal(size=(n, k))
        w, b = rng.normal(size=(k, d)), rng.normal(size=k)
        # away from where its slope is 0: else 0 would be wrong by less than what some answers forgive
        b += np.copysign(0.5, (inputs @ w.T + b - targets).mean(axis=0))
        table = {"inputs": inputs, "targets": targets, "w": w, "b": b}
        grad_w, grad_b = _slopes(table)
        label = shape_label(n, d, k, "float64")
        cases.append(_case(label, table, by_w * grad_w[:, ::order], by_b * grad_b))
    largest = np.where(np.abs(grad_w) == np.abs(grad_w).max(), _ONE_WRONG_BY, 1)
    return (*_shown(), *cases, _case(label, table, largest * grad_w, grad_b))


def _shown() -> Iterator[Case]:
    """Examples that everybody may see: each lets another half-right check pass."""
    one: dict[str, Any] = {"inputs": [[2]], "targets": [[3]], "w": [[0]], "b": [0]}
    two = {
        "inputs": [[1], [2]],
        "targets": [[1, 3], [2, 1]],
        "w": [[2], [1]],
        "b": [0.5, 1],
    }
    # every slope is below 0, and some are far from it
    orchard = load_orchard()
    regions = {
        "inputs": orchard.inputs,
        "targets": orchard.targets,
        "w": [[-0.25, -0.5, -0.25], [-0.5, -0.25, -0.5]],
        "b": [-0.5, -0.25],
    }
    (w, b), (ws, bs), (large_w, large_b) = map(_slopes, (one, two, regions))
    first = np.array([1, 3])  # right for the first crop alone
    for label, table, grad_w, grad_b in (
        ("the right slopes", one, w, b),
        ("slopes that are twice too large", one, 2 * w, 2 * b),
        ("slopes that are half as large", one, w / 2, b / 2),
        ("the right slopes, rounded", two, ws * _ROUNDED, bs * _ROUNDED),
        ("slopes with the other sign", two, -ws, -bs),
        ("the slopes of the crops exchanged", two, ws[::-1], bs[::-1]),
        ("slopes that are right for one crop", two, ws * first[:, None], bs * first),
        ("no slopes for b", two, ws, 0 * bs),
        ("no slopes for w", two, 0 * ws, bs),
        ("large slopes, rounded", regions, large_w * _ROUNDED, large_b * _ROUNDED),
    ):
        yield _case(label, table, grad_w, grad_b, public=True)


def _slopes(table: dict[str, Any]) -> tuple[Any, Any]:
    """The slopes of the loss at the numbers as a case holds them, so that a strict comparison holds, too."""
    held = case_of("", "float64", **table)
    inputs, targets, w, b = held.arrays("inputs", "targets", "w", "b")
    error = (inputs @ w.T + b - targets) * 2 / targets.size
    return error.T @ inputs, error.sum(axis=0)


def _case(
    label: str, table: dict[str, Any], grad_w: Any, grad_b: Any, *, public: bool = False
) -> Case:
    return case_of(label, "float64", public=public, **table, grad_w=grad_w, grad_b=grad_b)


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


_CLOSE = "torch.allclose(grad, slope, rtol=1e-3)"
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
    Misconception(
        id="RK314",
        name="two floats are asked to be equal to the last digit",
        question="is_gradient",
        kind="concept",
        wrong=(
            ((_CLOSE, "torch.equal(grad, slope)"),),
            ((_CLOSE, "(grad == slope).all().item()"),),
        ),
        hint="Do two ways to the same number agree in every digit?",
        more="Print 0.1 + 0.2 == 0.3. Then print the largest difference between the two tables: does it "
        "look like a fault, or like rounding?",
        why="Each float is rounded, and another order of the same sums rounds otherwise. Right slopes that "
        "were found in another way differ in their last digits.",
        seen="own: False for slopes that are right to fifteen digits",
    ),
    Misconception(
        id="RK315",
        name="one size of difference for slopes of all sizes",
        question="is_gradient",
        kind="concept",
        wrong=(
            ((_CLOSE, "bool(((grad - slope).abs() < 1e-3).all())"),),
            ((_CLOSE, "torch.allclose(grad, slope, rtol=0, atol=1e-4)"),),
        ),
        hint="Small compared with what?",
        more="A slope of 20000 and one of 0.02 are both found with seven digits. Work out, for each, how "
        "large a difference is still rounding.",
        why="A float holds about seven digits in float32, whatever its size, so what rounding leaves grows "
        "with the number.",
        seen="the lesson's table: False for right slopes, as they are 20000 large",
    ),
    Misconception(
        id="RK316",
        name="a difference below 0 passes as small",
        question="is_gradient",
        kind="concept",
        wrong=(
            ((_CLOSE, "bool((grad - slope < 1e-3 * slope.abs()).all())"),),
            ((_CLOSE, "bool(((grad - slope) / slope.abs() < 1e-3).all())"),),
        ),
        hint="What if the given slope is far too low?",
        more="Take a right slope of -12 and a given one of -24. Print the number that you compare with your "
        "limit.",
        why="A large difference below 0 is smaller than any limit above 0.",
        seen="the lesson's code, seed 0, where all slopes are below 0: True for ten times the gradient",
    ),
    Misconception(
        id="RK317",
        name="sums are compared, not slopes",
        question="is_gradient",
        kind="concept",
        wrong=(
            ((_CLOSE, "torch.allclose(grad.sum(), slope.sum(), rtol=1e-3)"),),
            ((_CLOSE, "torch.allclose(grad.mean(), slope.mean(), rtol=1e-3)"),),
        ),
        hint="Could a wrong table have the same sum?",
        more="Swap two slopes of a right table and print what you compare, before and after.",
        why="Many tables have one sum. Each slope belongs to its own weight.",
        seen="own: True for the slopes of the two crops exchanged",
    ),
    Misconception(
        id="RK318",
        name="the sign of the slopes counts for nothing",
        question="is_gradient",
        kind="concept",
        wrong=(
            ((_CLOSE, "torch.allclose(grad.norm(), slope.norm(), rtol=1e-3)"),),
            ((_CLOSE, "torch.allclose(grad.abs(), slope.abs(), rtol=1e-3)"),),
        ),
        hint="Would you notice slopes that point the other way?",
        more="Call your function with all the right slopes times -1, and print what you compare.",
        why="Squares and absolute values forget the sign, and the sign says which way is down.",
        seen="own: True for the gradient with the other sign",
    ),
    Misconception(
        id="RK319",
        name="one that agrees is enough",
        question="is_gradient",
        kind="concept",
        wrong=(
            ((_CLOSE, "torch.isclose(grad, slope, rtol=1e-3).any().item()"),),
            ((f"all({_CLOSE} for", f"any({_CLOSE} for"),),
        ),
        hint="How many of them must agree?",
        more="Call your function with slopes of which the first is right and all others are 0.",
        why="A gradient is right when every one of its slopes is.",
        seen="own: True when five of six slopes are 0",
    ),
    Misconception(
        id="RK320",
        name="the slopes for one of w and b are never looked at",
        question="is_gradient",
        kind="concept",
        wrong=(
            (("zip((grad_w, grad_b), slopes)", "zip((grad_w,), slopes)"),),
            (("zip((grad_w, grad_b), slopes)", "zip((grad_b,), slopes[1:])"),),
        ),
        hint="Which of the things that you are given do your lines use?",
        more="Call your function with the right slopes for w and zeros for b, and then the other way round.",
        why="Both move in every step, so both must be right.",
        seen="own",
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
    builds_on=(
        "model",
        "mse",
        "slope_by_nudging",
        "gradients",
        "zero_grads",
        "gradients_by_hand",
    ),
)
