"""Question standardise: columns of mean 0 and standard deviation 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.questions.drawing import DTYPES, SHAPES, case_of, shape_label
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.lesson.orchard import load_orchard

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

STANDARDISE = """\
def standardise(inputs):
    return (inputs - inputs.mean(dim=0)) / inputs.std(dim=0)
"""


def draw(seed: int) -> tuple[Case, ...]:
    """Inputs whose columns have means and deviations of their own."""
    rng = np.random.default_rng([seed, 6])
    cases = [
        case_of("2 rows, 1 input", "float32", public=True, inputs=[[1], [3]]),
        case_of("3 rows, 2 inputs", "float32", public=True, inputs=[[0, 10], [3, 30], [6, 50]]),
    ]
    for n, d, k in SHAPES:
        for dtype in DTYPES:
            # a deviation far below the mean is lost to rounding in some right formulas
            centre, scale = rng.uniform(-9, 9, d), rng.uniform(4, 20, d)
            inputs = centre + scale * (rng.permuted(np.tile(np.arange(n), (d, 1)), axis=1).T)
            cases.append(case_of(shape_label(n, d, k, dtype), dtype, inputs=inputs))
    orchard = load_orchard()
    return (*cases, case_of("the five regions", "float32", inputs=orchard.inputs))


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``standardise(inputs)`` once; a deviation may be divided by n or by n - 1."""
    import torch

    (inputs,) = case.tensors("inputs")
    result = answer(inputs)
    n = len(inputs)
    if isinstance(result, torch.Tensor) and result.shape == inputs.shape:
        over_n = result.detach().std(dim=0, unbiased=False)
        if (over_n - 1).abs().max() < 1e-3:
            result = result * ((n - 1) / n) ** 0.5
    trace.value("the result", result, dtype=True)
    trace.unchanged(inputs=inputs)


_RESULT = "(inputs - inputs.mean(dim=0)) / inputs.std(dim=0)"

MISTAKES = (
    Misconception(
        id="RK347",
        name="divided by the variance",
        question="standardise",
        kind="silent",
        wrong=((("inputs.std(dim=0)", "inputs.var(dim=0)"),),),
        hint="Print the standard deviation of each column of your result.",
        more="Take a column whose numbers lie about 10 apart. Its variance is about 100. What becomes of the "
        "column when you divide by each of the two?",
        why="The variance is the square of the standard deviation, and has the square of its unit.",
        seen="the lesson's table: standard deviations of 0.074, 0.029 and 0.072 where 1 is right",
    ),
    Misconception(
        id="RK348",
        name="only the mean is divided",
        question="standardise",
        kind="silent",
        wrong=(((_RESULT, "inputs - inputs.mean(dim=0) / inputs.std(dim=0)"),),),
        hint="Print the mean of each column of your result.",
        more="Type 10 - 4 / 2 into a cell of its own. Which of the three numbers are divided first?",
        why="Division comes before subtraction, unless brackets say otherwise.",
        seen="the lesson's table: means of 78.1, 83.1 and 50.5 where 0 is right",
    ),
    Misconception(
        id="RK349",
        name="the columns keep their spread",
        question="standardise",
        kind="silent",
        wrong=(((_RESULT, "inputs - inputs.mean(dim=0)"),),),
        hint="Print mean and standard deviation of each column of your result.",
        more="Two things are asked of each column. Which of the two holds already?",
        why="To take the mean away moves a column, and leaves it as wide as it was.",
        seen="the lesson's table: standard deviations of 13.5, 34.0 and 14.0 where 1 is right",
    ),
    Misconception(
        id="RK350",
        name="the columns keep their mean",
        question="standardise",
        kind="silent",
        wrong=(
            ((_RESULT, "inputs / inputs.std(dim=0)"),),
            ((_RESULT, "inputs / inputs.std(dim=0, unbiased=False)"),),
        ),
        hint="Print mean and standard deviation of each column of your result.",
        more="Two things are asked of each column. Which of the two holds already?",
        why="To divide makes a column as wide as it should be, and does not move it to 0.",
        seen="the lesson's table: means of 6.3, 2.5 and 3.9 where 0 is right",
    ),
    Misconception(
        id="RK351",
        name="one mean or one spread for all columns",
        question="standardise",
        kind="silent",
        wrong=(
            ((_RESULT, "(inputs - inputs.mean()) / inputs.std()"),),
            ((_RESULT, "(inputs - inputs.mean(dim=0)) / inputs.std()"),),
            ((_RESULT, "(inputs - inputs.mean()) / inputs.std(dim=0)"),),
        ),
        hint="How many means do you need for three columns?",
        more="Print the shape of each mean and each deviation that you use. Degrees, millimetres and percent "
        "should not be thrown together.",
        why="Without a direction, mean and std go over every number of the table.",
        seen="own",
    ),
    Misconception(
        id="RK352",
        name="along the rows, not along the columns",
        question="standardise",
        kind="silent",
        wrong=(
            (
                (
                    _RESULT,
                    "(inputs - inputs.mean(dim=1, keepdim=True)) / inputs.std(dim=1, keepdim=True)",
                ),
            ),
            ((_RESULT, "(inputs - inputs.mean(dim=1)) / inputs.std(dim=1)"),),
            ((_RESULT, "torch.nn.functional.layer_norm(inputs, inputs.shape[1:])"),),
        ),
        hint="Which direction is averaged away?",
        more="Print the shape of your mean for a table of 5 rows and 3 columns. Should it hold 5 numbers or "
        "3?",
        why="A row is one region in three units. What should have mean 0 is one measurement over all "
        "regions.",
        seen="the lesson's table: RuntimeError: The size of tensor a (3) must match the size of tensor b (5) "
        "at non-singleton dimension 1",
    ),
    Misconception(
        id="RK353",
        name="squeezed between the smallest and the largest",
        question="standardise",
        kind="silent",
        wrong=(
            (
                (
                    _RESULT,
                    "(inputs - inputs.amin(dim=0)) / (inputs.amax(dim=0) - inputs.amin(dim=0))",
                ),
            ),
            (
                (
                    _RESULT,
                    "(inputs - inputs.mean(dim=0)) / (inputs.amax(dim=0) - inputs.amin(dim=0))",
                ),
            ),
        ),
        hint="Print mean and standard deviation of each column of your result.",
        more="Your columns lie within fixed bounds. Is that what the question asks for?",
        why="To scale between two bounds is another custom, with other numbers: there one far row squeezes "
        "all others together.",
        seen="own",
    ),
    Misconception(
        id="RK354",
        name="the inputs themselves are changed",
        question="standardise",
        kind="silent",
        wrong=(
            (
                (
                    f"    return {_RESULT}\n",
                    "    inputs -= inputs.mean(dim=0)\n    inputs /= inputs.std(dim=0)\n    return inputs\n",
                ),
            ),
            (
                (
                    f"    return {_RESULT}\n",
                    (
                        "    inputs -= inputs.mean(dim=0)\n"
                        "    inputs /= inputs.std(dim=0, unbiased=False)\n"
                        "    return inputs\n"
                    ),
                ),
            ),
        ),
        hint="Print the inputs before and after the call.",
        more="Standardise the same table a second time with your function, and say what its means and "
        "deviations were by then.",
        why="-= and /= write into the tensor that was handed in. The raw measurements, and with them the "
        "means that are needed later, are then gone.",
        seen="own",
    ),
)

# The same in other styles, each line with what it is for: mutants are made of these.
OTHER_PROGRAMS = (
    """\
def standardise(inputs):
    mean = inputs.mean(dim=0)  # the means
    std = inputs.std(dim=0)  # the deviations
    return (inputs - mean) / std  # the formula
""",
    """\
def standardise(inputs):
    centred = inputs - inputs.mean(dim=0)  # the shift
    variance = (centred**2).mean(dim=0)  # the variances
    return centred / variance.sqrt()  # the scale
""",
)

QUESTION = Question(
    name="standardise",
    order=30,
    asks="standardise(inputs) gives a new tensor whose columns have mean 0 and standard "
    "deviation 1",
    program=STANDARDISE,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
)
