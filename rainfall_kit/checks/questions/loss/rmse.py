"""Question rmse: the root of the mean squared error, one number in the unit of the targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.questions.drawing import DTYPES, case_of, count_of
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

RMSE = """\
def rmse(preds, targets):
    error = preds - targets
    return (error ** 2).mean().sqrt()
"""


def draw(seed: int) -> tuple[Case, ...]:
    """Predictions and targets, for `rmse`.

    Example:
        >>> draw(0)[0].label
        '1 row, 1 crop'
    """
    rng = np.random.default_rng([seed, 7])
    cases = [
        case_of("1 row, 1 crop", "float32", public=True, preds=[[5]], targets=[[2]]),
        case_of(
            "2 rows, 2 crops",
            "float32",
            public=True,
            preds=[[1, 2], [3, 4]],
            targets=[[2, 2], [1, 8]],
        ),
    ]
    for n, k in ((7, 3), (2, 5), (5, 2), (6, 1)):
        for dtype in DTYPES:
            preds, targets = rng.normal(size=(n, k)) * 30, rng.normal(size=(n, k)) * 30
            label = f"{count_of(n, 'row')}, {count_of(k, 'crop')}, {dtype}"
            cases.append(case_of(label, dtype, preds=preds, targets=targets))
    preds, targets = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    cases += [
        case_of("large numbers", "float32", preds=preds * 1e6, targets=targets * 1e6),
        case_of("tiny numbers", "float32", preds=preds * 1e-6, targets=targets * 1e-6),
        case_of("preds equal to targets", "float32", preds=preds, targets=preds),
    ]
    return tuple(cases)


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``rmse(preds, targets)`` once, with watched preds as a model gives them."""
    preds, targets = case.tensors("preds", "targets")
    preds = preds.requires_grad_() * 1
    trace.single("the result", answer(preds, targets))
    trace.unchanged(preds=preds, targets=targets)


_ROOT = "(error ** 2).mean().sqrt()"

MISTAKES = (
    Misconception(
        id="RK239",
        name="the root is taken before the mean",
        question="rmse",
        kind="silent",
        wrong=(((_ROOT, "(error ** 2).sqrt().mean()"),), ((_ROOT, "error.abs().mean()"),)),
        hint="Read the name from its end: which letter is done first?",
        more="Take two errors, 1 and 7. Work out the three operations by hand in the order of the name "
        "and compare with what your function gives.",
        why="The root of a square is the size of the error, so this is the mean distance. Large errors "
        "no longer count more.",
        seen="the lesson's code, seed 0: 159.21 where 181.83 is right",
    ),
    Misconception(
        id="RK240",
        name="the mean of several roots",
        question="rmse",
        kind="silent",
        wrong=(
            ((_ROOT, "(error ** 2).mean(dim=0).sqrt().mean()"),),
            ((_ROOT, "(error ** 2).mean(dim=1).sqrt().mean()"),),
            (
                (
                    _ROOT,
                    "sum((error[:, i] ** 2).mean().sqrt() for i in range(error.shape[1])) / error.shape[1]",
                ),
            ),
        ),
        hint="How many roots did you take?",
        more="Print what you have before the last operation: one number, or one for each crop or region?",
        why="A root of a mean and a mean of roots are different numbers. The name has one root.",
        seen="the lesson's code, seed 0: 173.31 where 181.83 is right",
    ),
    Misconception(
        id="RK241",
        name="one number for each crop or for each region",
        question="rmse",
        kind="silent",
        wrong=(
            ((_ROOT, "(error ** 2).mean(dim=0).sqrt()"),),
            ((_ROOT, "(error ** 2).mean(dim=1).sqrt()"),),
        ),
        hint="One number for the table, or several?",
        more="Print the shape of what your function gives. One number has the shape ().",
        why="A mean with dim leaves the other direction of the table standing.",
        seen="the lesson's code, seed 0: tensor([118.34, 228.29]) where 181.83 is right",
    ),
    Misconception(
        id="RK242",
        name="a sum under the root, not a mean",
        question="rmse",
        kind="silent",
        wrong=(
            ((_ROOT, "(error ** 2).sum().sqrt()"),),
            ((_ROOT, "torch.linalg.vector_norm(error)"),),
        ),
        hint="If the table had twice as many rows, should the result grow?",
        more="Let every prediction be wrong by 3, in a table of 2 rows and in one of 20. What should your "
        "function say for each?",
        why="The root of a sum is the length of the error. It grows with the table.",
        seen="the lesson's code, seed 0: 574.99 where 181.83 is right",
    ),
    Misconception(
        id="RK243",
        name="the division comes after the root",
        question="rmse",
        kind="silent",
        wrong=(
            ((_ROOT, "(error ** 2).sum().sqrt() / error.numel()"),),
            ((_ROOT, "torch.linalg.vector_norm(error) / error.numel()"),),
        ),
        hint="Is the count inside the root or outside?",
        more="Let all predictions be wrong by 3. The result should be 3, whatever the size of the table.",
        why="The mean belongs under the root. Divided afterwards, the result is too small by the root of "
        "the count.",
        seen="the lesson's code, seed 0: 57.50 where 181.83 is right",
    ),
    Misconception(
        id="RK244",
        name="divided by rows, not by elements",
        question="rmse",
        kind="silent",
        wrong=(
            ((_ROOT, "((error ** 2).sum() / len(error)).sqrt()"),),
            ((_ROOT, "(error ** 2).sum(dim=1).mean().sqrt()"),),
        ),
        hint="Count how many squares you added.",
        more="Let all predictions be wrong by 3, once for one crop and once for three. Should the result "
        "differ?",
        why="With k crops there are n times k squares. Divided by n, their mean is k times too big.",
        seen="the lesson's code, seed 0: 257.14 where 181.83 is right",
    ),
    Misconception(
        id="RK245",
        name="halved, where a root was meant",
        question="rmse",
        kind="silent",
        wrong=(((_ROOT, "(error ** 2).mean() ** 1 / 2"),), ((_ROOT, "(error ** 2).mean() / 2"),)),
        hint="What does Python do first, ** or /?",
        more="Type 9 ** 1 / 2 into a cell of its own. Is that the root of 9?",
        why="A power comes before a division, so x ** 1 / 2 is half of x.",
        seen="the lesson's code, seed 0: 16530.40 where 181.83 is right",
    ),
    Misconception(
        id="RK246",
        name="no root is taken",
        question="rmse",
        kind="silent",
        wrong=(((".mean().sqrt()", ".mean()"),),),
        hint="Which letter of the name is missing?",
        more="Let one prediction be wrong by 3. Is your result 3 or 9, and which of the two is in tons?",
        why="The mean of squares is in squared tons. The root brings it back to tons.",
        seen="the lesson's code, seed 0: 33060.81 where 181.83 is right",
    ),
    Misconception(
        id="RK247",
        name="the root is taken twice",
        question="rmse",
        kind="silent",
        wrong=(
            ((_ROOT, "(error ** 2).mean().sqrt().sqrt()"),),
            ((_ROOT, "(error ** 2).mean() ** 0.25"),),
        ),
        hint="Was a root already in there?",
        more="Let one prediction be wrong by 16. Which of 16, 4 and 2 does your function give?",
        why="One square needs one root. A second one leaves the unit of the targets again.",
        seen="the lesson's code, seed 0: 13.48 where 181.83 is right",
    ),
    Misconception(
        id="RK248",
        name="NumPy takes the root of a watched tensor",
        question="rmse",
        kind="raises",
        wrong=(((_ROOT, "np.sqrt((error ** 2).mean())"),),),
        hint="Which library should take the root?",
        more="Print the type of what stands inside the root, and print its requires_grad.",
        why="preds comes from weights that torch watches, and NumPy cannot keep that record.",
        seen="the lesson's code: RuntimeError: Can't call numpy() on Tensor that requires grad. "
        "Use tensor.detach().numpy() instead.",
    ),
    Misconception(
        id="RK249",
        name="everything to the power 0",
        question="rmse",
        kind="silent",
        wrong=(((_ROOT, "(error ** 2).mean() ** (1 // 2)"),),),
        hint="What is 1 // 2?",
        more="Print the number that stands behind **, on its own.",
        why="// rounds down to a whole number, and any number to the power 0 is 1.",
        seen="the lesson's code, seed 0: 1.0 where 181.83 is right",
    ),
    Misconception(
        id="RK250",
        name="the result is not returned",
        question="rmse",
        kind="silent",
        wrong=(
            ((f"return {_ROOT}", f"print({_ROOT})"),),
            ((f"return {_ROOT}", f"root = {_ROOT}"),),
        ),
        hint="What does your function hand back?",
        more="Write answer = rmse(preds, targets) and then print(answer).",
        why="A function without return gives None, whatever it computed or showed.",
        seen="own run: the result is None",
    ),
    Misconception(
        id="RK251",
        name="the errors are not squared",
        question="rmse",
        kind="silent",
        wrong=(
            (("(error ** 2)", "error"), (".sqrt()", ".abs().sqrt()")),
            ((_ROOT, "error.mean().abs()"),),
        ),
        hint="What would an error of +5 and one of -5 give together?",
        more="Print each number that goes into your mean. Are there negative ones?",
        why="Errors with different signs cancel in a mean. Their squares do not.",
        seen="own run: +5 and -5 give 0 where 5 is right",
    ),
)

OTHER_PROGRAMS = (
    """\
def rmse(preds, targets):
    error = preds - targets  # the differences
    squares = error**2  # the squares
    mean = squares.mean()  # the mean of the squares
    return mean.sqrt()  # the root
""",
    """\
def rmse(preds, targets):
    error = preds - targets  # the differences
    total = (error * error).sum()  # the sum of the squares
    return (total / error.numel()) ** 0.5  # the root
""",
)

QUESTION = Question(
    name="rmse",
    order=62,
    asks="rmse(preds, targets) gives the root of the mean squared error, one number",
    program=RMSE,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
    builds_on=("mse",),
)
