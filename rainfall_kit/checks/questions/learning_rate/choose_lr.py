"""Question choose_lr: a learning rate with which the loss of a table falls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rainfall_kit.checks.questions.drawing import DTYPES, SHAPES, case_of
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.lesson.orchard import load_orchard

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

CHOOSE_LR = """\
def choose_lr(inputs, targets):
    a = torch.cat([inputs, torch.ones_like(inputs[:, :1])], dim=1)
    steepest = 2 / targets.numel() * torch.linalg.matrix_norm(a, 2) ** 2
    return 1 / steepest.item()
"""

# The share of the largest lr with which the loss falls that the assignment asks for, less rounding.
_LEAST_SHARE = 0.01 * (1 - 1e-4)

# The limit itself is too large, whichever way its last digits were rounded.
_NEARLY = 1 - 1e-4


def draw(seed: int) -> tuple[Case, ...]:
    """Tables whose inputs are measured in all kinds of units, so that the limit of lr differs."""
    rng = np.random.default_rng([seed, 7])
    cases = [case_of("2 rows", "float32", public=True, inputs=[[1], [2]], targets=[[1], [3]])]
    for i, size in enumerate((1e3, 1.0, 1e2, 1e4, 1e1)):
        n, d, k = SHAPES[i % len(SHAPES)]
        dtype = DTYPES[i % 2]
        inputs, targets = rng.normal(size=(n, d)) * size, rng.normal(size=(n, k))
        label = f"inputs of about {size:g}, {dtype}"
        cases.append(case_of(label, dtype, inputs=inputs, targets=targets))
    near_1, targets = rng.uniform(0.8, 1.2, (4, 6)), rng.normal(size=(4, 1))
    cases.append(case_of("inputs of one size", "float32", inputs=near_1, targets=targets))
    orchard = load_orchard()
    regions = case_of("the five regions", "float32", inputs=orchard.inputs, targets=orchard.targets)
    return (*cases, regions)


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``choose_lr(inputs, targets)`` once, and hold the answer against the table's limit."""
    import torch

    inputs, targets = case.tensors("inputs", "targets")
    lr = answer(inputs, targets)
    if isinstance(lr, torch.Tensor) or hasattr(lr, "dtype"):
        lr = lr.item() if lr.shape == () else lr
    trace.kind("lr", lr)
    if isinstance(lr, int | float):
        if case.public:  # once is enough; a right answer may take its time
            again = answer(10 * inputs, targets)
            trace.value("lr changes with the units of the inputs", bool(again != lr))
        limit = 2 / _steepest(*case.arrays("inputs", "targets"))
        trace.value("lr is above 0", lr > 0)
        trace.value("lr is small enough for the loss to fall", abs(lr) < _NEARLY * limit)
        trace.value("lr is large enough to get anywhere", abs(lr) > _LEAST_SHARE * limit)
    trace.unchanged(inputs=inputs, targets=targets)


def _steepest(inputs: Any, targets: Any) -> float:
    """λmax, the curvature of the loss along its steepest direction."""
    import numpy as np

    a = np.column_stack([inputs, np.ones(len(inputs))])
    return float(2 / targets.size * np.linalg.norm(a, 2) ** 2)


_LR = "1 / steepest.item()"

MISTAKES = (
    Misconception(
        id="RK065",
        name="a negative lr",
        question="choose_lr",
        kind="silent",
        wrong=(((_LR, f"-{_LR}"),),),
        hint="Two minus signs somewhere?",
        more="Print lr, and then the sign of each part of what you subtract from w.",
        why="Minus a negative lr is a plus: the step goes uphill, along the gradient.",
        seen="the lesson's code with lr=-1e-5: the loss goes from 33061 to 44575 and on to 4e18",
    ),
    Misconception(
        id="RK098",
        name="lr is too large for this table",
        question="choose_lr",
        kind="silent",
        wrong=(
            ((_LR, "2 / steepest.item()"),),
            ((_LR, "2.5 / steepest.item()"),),
            ((_LR, "100 / steepest.item()"),),
        ),
        hint="Is each loss larger than the one before?",
        more="Write down the first five losses for this lr and for a tenth of it.",
        why="A step goes lr times the slope. Along the steepest direction, whose curvature is λ, the "
        "distance to the lowest point is multiplied by 1 - lr·λ; beyond lr = 2/λ that grows.",
        seen="the lesson's table: at 1.2e-4 the loss grows, at 1e-3 it is no number by epoch 100, at 0.1 "
        "it is 9e10 in epoch 2",
    ),
    Misconception(
        id="RK099",
        name="lr is too small to get anywhere",
        question="choose_lr",
        kind="silent",
        wrong=(((_LR, "1e-4 / steepest.item()"),),),
        hint="Compare with the distance left to go.",
        more="How much does the loss fall in one epoch? Divide what is left by that.",
        why="Each epoch covers the share lr·λ of the way along a direction of curvature λ. A tiny lr "
        "covers next to nothing even along the steepest one.",
        seen="the lesson's table at 1e-9: the loss goes from 33061 to 32956 in 100 epochs",
    ),
    Misconception(
        id="RK109",
        name="one lr for every table",
        question="choose_lr",
        kind="concept",
        wrong=tuple(
            ((f"return {_LR}", f"return {lr}"),) for lr in ("1e-5", "1e-4", "1e-3", "0.01", "0.1")
        ),
        hint="Change the units of one input: does the best lr stay?",
        more="Multiply one column of the inputs by 10 and train again with the same lr. Look at the first "
        "losses.",
        why="The largest lr with which the loss falls is 2/λ, and λ, the curvature along the steepest "
        "direction, grows with the square of the inputs. Neither large nor small is good in itself.",
        seen="the lesson's table: the limit is 1.1e-4 for the raw inputs and 1.26 for standardised ones",
    ),
    Misconception(
        id="RK343",
        name="several numbers where one lr is asked for",
        question="choose_lr",
        kind="silent",
        wrong=(
            ((f"return {_LR}", "return targets.numel() / (2 * (inputs * inputs).sum(dim=0))"),),
            ((f"return {_LR}", "return targets.numel() / (2 * (a * a).sum(dim=0))"),),
            ((f"return {_LR}", "return 1 / inputs.abs()"),),
        ),
        hint="Print the shape of what you give back.",
        more="One lr multiplies all slopes of w and of b. How many numbers does yours hold, and which of the "
        "directions of the table is still there?",
        why="A sum or a maximum along one direction leaves a number for each column. The lr of a step is one "
        "number.",
        seen="own",
    ),
    Misconception(
        id="RK344",
        name="the lr is not given back",
        question="choose_lr",
        kind="silent",
        wrong=(
            ((f"return {_LR}", f"lr = {_LR}"),),
            ((f"return {_LR}", f"print({_LR})"),),
        ),
        hint="What does your function hand back?",
        more="Write lr = choose_lr(inputs, targets) into a cell of its own, and print lr.",
        why="A function without return gives None, whatever it has computed or printed.",
        seen="own",
    ),
    Misconception(
        id="RK345",
        name="the inputs themselves are changed on the way",
        question="choose_lr",
        kind="silent",
        wrong=(
            (("    a = torch.cat", "    inputs -= inputs.mean(dim=0)\n    a = torch.cat"),),
            (("    a = torch.cat", "    inputs /= inputs.abs().max()\n    a = torch.cat"),),
            (
                ("    a = torch.cat", "    inputs -= inputs.mean(dim=0)\n    a = torch.cat"),
                (_LR, "1.9 / steepest.item()"),
            ),
        ),
        hint="Print the inputs before and after the call.",
        more="Whoever calls your function goes on with the same table. Which of your lines writes into it, "
        "and is the lr then one for the old table or for the new?",
        why="-= and /= change the tensor that was handed in. An lr that fits the changed inputs says nothing "
        "about those that were given.",
        seen="own",
    ),
    Misconception(
        id="RK346",
        name="an lr of 0",
        question="choose_lr",
        kind="silent",
        wrong=(
            ((_LR, "int(1 / (1 + steepest.item()))"),),
            ((_LR, "0.0 * (1 // (1 + steepest.item()))"),),
        ),
        hint="Print your lr. How far does a step with it go?",
        more="Print every number on the way to your lr. From which one on is it 0? Signs and functions that "
        "leave out what stands behind the point, such as // and int, are worth a look.",
        why="A step goes lr times the slope, and 0 times anything is 0. A good lr for large inputs is far "
        "below 1, so it is lost where only whole numbers are kept.",
        seen="the lesson's table: 1 // 17909 is 0, and nothing ever moves",
    ),
)

QUESTION = Question(
    name="choose_lr",
    order=130,
    asks="choose_lr(inputs, targets) gives an lr with which the loss of this table falls",
    program=CHOOSE_LR,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
    builds_on=("largest_stable_lr",),
)
