"""Question largest_stable_lr: the limit of lr beyond which the loss of a table grows."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.questions.drawing import case_of
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.lesson.orchard import load_orchard

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

LARGEST_STABLE_LR = """\
def largest_stable_lr(inputs, targets):
    a = torch.cat([inputs, torch.ones_like(inputs[:, :1])], dim=1)
    hessian = 2 / targets.numel() * (a.t() @ a)
    return 2 / torch.linalg.eigvalsh(hessian)[-1].item()
"""

# Rows, inputs, crops. More rows than parameters of a crop, so that no direction is flat.
_SHAPES = ((9, 3, 2), (6, 1, 3), (8, 2, 1), (12, 4, 2))


def draw(seed: int) -> tuple[Case, ...]:
    """Tables in large and in small units: in small ones the column of ones is most of the steepest direction."""
    rng = np.random.default_rng([seed, 21])
    cases = [
        case_of("2 rows", "float32", public=True, inputs=[[1], [-1]], targets=[[1], [3]]),
        case_of(
            "3 rows, 2 crops",
            "float32",
            public=True,
            inputs=[[0], [1], [2]],
            targets=[[1, 2], [3, 1], [2, 2]],
        ),
        case_of(
            "4 rows, 2 inputs, 3 crops",
            "float32",
            public=True,
            inputs=[[2, 0], [0, 1], [1, 1], [0, 2]],
            targets=[[1, 0, 2], [2, 1, 1], [0, 1, 3], [1, 1, 0]],
        ),
    ]
    for i, size in enumerate((1.0, 0.1, 3.0, 0.5, 100.0)):
        n, d, k = _SHAPES[i % len(_SHAPES)]
        dtype = "float64" if i % 2 else "float32"
        inputs = size * (rng.normal(size=(n, d)) + rng.uniform(-1, 1, d))
        label = f"inputs of about {size:g}, {dtype}"
        cases.append(case_of(label, dtype, inputs=inputs, targets=rng.normal(size=(n, k))))
    orchard = load_orchard()
    regions = case_of("the five regions", "float64", inputs=orchard.inputs, targets=orchard.targets)
    return (*cases, regions)


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``largest_stable_lr(inputs, targets)`` once; a tensor of one number is as good as a number."""
    import torch

    inputs, targets = case.tensors("inputs", "targets")
    lr = answer(inputs, targets)
    if isinstance(lr, torch.Tensor | np.ndarray | np.number) and lr.shape == ():
        lr = lr.item()
    trace.value("the largest stable lr", lr)
    trace.unchanged(inputs=inputs, targets=targets)


_A = "torch.cat([inputs, torch.ones_like(inputs[:, :1])], dim=1)"
_HESSIAN = "2 / targets.numel() * (a.t() @ a)"
_STEEPEST = "torch.linalg.eigvalsh(hessian)[-1].item()"

MISTAKES = (
    Misconception(
        id="RK335",
        name="the curvature is divided by rows, not by elements",
        question="largest_stable_lr",
        kind="silent",
        wrong=(((_HESSIAN, "2 / len(targets) * (a.t() @ a)"),),),
        hint="Over how many numbers does the loss take its mean?",
        more="Compare your lr for a table with one crop and for one with the same inputs and two crops. The "
        "mean goes over twice as many squares there.",
        why="The loss is a mean over every row and every crop, so its curvature is divided by all of them.",
        seen="the lesson's table: 5.584e-05 where 1.1167e-04 is right",
    ),
    Misconception(
        id="RK336",
        name="the curvature belongs to a sum, not to a mean",
        question="largest_stable_lr",
        kind="silent",
        wrong=(((_HESSIAN, "2 * (a.t() @ a)"),), ((_HESSIAN, "a.t() @ a"),)),
        hint="If the table held every row twice, should the limit change?",
        more="Call your function with a table, and then with the same table with each row twice. The loss is "
        "the same for both. Is your limit?",
        why="A mean divides by the number of elements, so its curvature does, too.",
        seen="the lesson's table: 2.233e-05 for the product alone, where 1.1167e-04 is right",
    ),
    Misconception(
        id="RK337",
        name="the 2 of the square is forgotten",
        question="largest_stable_lr",
        kind="silent",
        wrong=(((_HESSIAN, "1 / targets.numel() * (a.t() @ a)"),),),
        hint="Differentiate a square twice.",
        more="Take the loss of one weight, (w - 3) squared. Its slope is 2(w - 3). How much does the slope "
        "grow when w grows by 1?",
        why="The slope of u squared is 2u, and the slope of that is 2.",
        seen="the lesson's table: 2.233e-04, twice the limit",
    ),
    Misconception(
        id="RK338",
        name="the offset is left out",
        question="largest_stable_lr",
        kind="silent",
        # of this question alone: what is near enough elsewhere is not the limit
        wrong=(((_A, "inputs"), (_HESSIAN, _HESSIAN)),),
        hint="How many parameters has a crop?",
        more="Divide the inputs by 1000, so that they are small beside 1, and call your function. Then try "
        "a step with its lr on the offset alone.",
        why="b moves as w does. It is a weight whose input is always 1.",
        seen="the lesson's table in these units: 5 parts in 100000 away. With inputs divided by 1000: 111.7 "
        "where 1.966 is right",
    ),
    Misconception(
        id="RK339",
        name="the flattest direction is asked, not the steepest",
        question="largest_stable_lr",
        kind="silent",
        wrong=((("eigvalsh(hessian)[-1]", "eigvalsh(hessian)[0]"),),),
        hint="Along which direction does a long step fail first?",
        more="Print all the eigenvalues. In which order do they stand, and which of them is the largest "
        "curvature?",
        why="A step of lr times the slope is too long first where the loss bends most.",
        seen="the lesson's table: 244.1 where 1.1167e-04 is right",
    ),
    Misconception(
        id="RK340",
        name="all curvatures together stand for the largest",
        question="largest_stable_lr",
        kind="silent",
        wrong=(
            ((_STEEPEST, "hessian.trace().item()"),),
            ((_STEEPEST, "hessian.norm().item()"),),
        ),
        hint="A sum of all, or the largest?",
        more="Print the eigenvalues, their sum, and the number that you divide by. Which of them is it?",
        why="The trace is the sum of the curvatures, and the norm the root of the sum of their squares. Both "
        "are larger than the largest, so your lr is safe, and not the limit.",
        seen="the lesson's table: 1.0732e-04 and 1.1160e-04 where 1.1167e-04 is right",
    ),
    Misconception(
        id="RK341",
        name="the largest entry stands for the largest curvature",
        question="largest_stable_lr",
        kind="silent",
        wrong=(
            ((_STEEPEST, "hessian.max().item()"),),
            ((_STEEPEST, "hessian.diagonal().max().item()"),),
        ),
        hint="Does the steepest direction point along one of the axes?",
        more="Print the table of curvatures beside its eigenvalues. Is the largest eigenvalue one of the "
        "entries?",
        why="The entries say how the loss bends along one weight at a time. Most steep directions lead along "
        "several at once.",
        seen="the lesson's table: 2.424e-04, twice the limit",
    ),
    Misconception(
        id="RK342",
        name="the limit is upside down, or half of it",
        question="largest_stable_lr",
        kind="silent",
        wrong=(
            ((f"2 / {_STEEPEST}", _STEEPEST),),
            ((f"2 / {_STEEPEST}", f"2 * {_STEEPEST}"),),
            ((f"2 / {_STEEPEST}", f"1 / {_STEEPEST}"),),
        ),
        hint="If the loss bends more, may the step be longer?",
        more="Take the loss w squared, whose curvature is 2. With which lr does a step from 1 land on -1, "
        "so that the loss stays as it is?",
        why="Along a direction of curvature λ a step multiplies the distance by 1 - lr·λ. The distance "
        "shrinks as long as that lies between -1 and 1.",
        seen="the lesson's table: 35818.9 upside down, 5.584e-05 for half",
    ),
)

OTHER_PROGRAMS = (
    """\
def largest_stable_lr(inputs, targets):
    ones = torch.ones_like(inputs[:, :1])  # the column of ones
    a = torch.cat([inputs, ones], dim=1)  # the table with it
    hessian = 2 / targets.numel() * (a.t() @ a)  # the second derivatives
    curvatures = torch.linalg.eigvalsh(hessian)  # the curvatures
    return 2 / curvatures[-1].item()  # the limit
""",
    """\
def largest_stable_lr(inputs, targets):
    ones = torch.ones_like(inputs[:, :1])  # the column of ones
    a = torch.cat([inputs, ones], dim=1)  # the table with it
    steepest = 2 / targets.numel() * torch.linalg.matrix_norm(a, 2) ** 2  # the largest curvature
    return 2 / steepest.item()  # the limit
""",
)

QUESTION = Question(
    name="largest_stable_lr",
    order=125,
    asks="largest_stable_lr(inputs, targets) gives the largest lr with which the loss of this table does "
    "not grow, a number",
    program=LARGEST_STABLE_LR,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
    drawn_for_report=4,
)
