"""Question standardise: columns of mean 0 and standard deviation 1."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.questions.drawing import DTYPES, SHAPES, case_of, shape_label
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
)
