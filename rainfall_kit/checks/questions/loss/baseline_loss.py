"""Question baseline_loss: the mean squared error of always predicting each crop's mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.questions.drawing import DTYPES, case_of, count_of
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

BASELINE_LOSS = """\
def baseline_loss(targets):
    means = targets.mean(dim=0)
    return ((targets - means) ** 2).mean()
"""


def draw(seed: int) -> tuple[Case, ...]:
    """Targets of several rows, for one row alone is its own mean."""
    rng = np.random.default_rng([seed, 8])
    cases = [
        case_of("2 rows, 1 crop", "float32", public=True, targets=[[1], [3]]),
        case_of("2 rows, 2 crops", "float32", public=True, targets=[[0, 10], [4, 30]]),
        case_of("3 rows, 2 crops", "float32", public=True, targets=[[0, 10], [0, 30], [6, 50]]),
    ]
    for n, k in ((7, 3), (3, 5), (5, 2), (6, 1)):
        for dtype in DTYPES:
            label = f"{count_of(n, 'row')}, {count_of(k, 'crop')}, {dtype}"
            # crops of very different harvests, and different spreads
            targets = rng.normal(size=(n, k)) * rng.uniform(10, 40, k) + rng.uniform(20, 90, k)
            cases.append(case_of(label, dtype, targets=targets))
    targets = rng.normal(size=(4, 3)) + rng.uniform(1, 3, 3)
    cases += [
        case_of("large numbers", "float32", targets=targets * 1e5),
        case_of("tiny numbers", "float32", targets=targets * 1e-5),
    ]
    return tuple(cases)


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``baseline_loss(targets)`` once."""
    (targets,) = case.tensors("targets")
    trace.single("the result", answer(targets))
    trace.unchanged(targets=targets)


_MEANS = "targets.mean(dim=0)"
_LOSS = "((targets - means) ** 2).mean()"

MISTAKES = (
    Misconception(
        id="RK252",
        name="the mean of each region, not of each crop",
        question="baseline_loss",
        kind="silent",
        wrong=(
            ((_MEANS, "targets.mean(dim=1, keepdim=True)"),),
            ((_MEANS, "targets.mean(1)[:, None]"),),
        ),
        hint="Could you know this mean before the harvest of the region is in?",
        more="Print the means and their shape. How many are there: as many as crops, or as regions?",
        why="The baseline says the same for every region. A mean over a region's own harvests uses what "
        "is to be predicted.",
        seen="the lesson's table: 63.65 where 1191.88 is right, which looks like a splendid baseline",
    ),
    Misconception(
        id="RK253",
        name="the mean is taken along the other direction",
        question="baseline_loss",
        kind="raises",
        wrong=(((_MEANS, "targets.mean(dim=1)"),), ((_MEANS, "targets.mean(-1)"),)),
        hint="Which direction is averaged away?",
        more="Print the shape of the means beside that of targets. One mean for each crop is wanted: how "
        "many numbers is that?",
        why="dim names the direction that goes away. Regions stand along direction 0.",
        seen="the lesson's table: RuntimeError: The size of tensor a (2) must match the size of tensor b "
        "(5) at non-singleton dimension 1",
    ),
    Misconception(
        id="RK254",
        name="one mean for all crops together",
        question="baseline_loss",
        kind="silent",
        wrong=(
            ((_MEANS, "targets.mean()"),),
            ((_LOSS, "targets.var(correction=0)"),),
        ),
        hint="How many means does a table of two crops have?",
        more="Print your means. Would a farmer who grows both crops guess the same number of tons for "
        "each?",
        why="Each crop has a mean of its own, and guessing that is better than guessing one for both.",
        seen="the lesson's table: 1254.29 where 1191.88 is right",
    ),
    Misconception(
        id="RK255",
        name="the guess is always zero",
        question="baseline_loss",
        kind="silent",
        wrong=(
            ((_LOSS, "(targets ** 2).mean()"),),
            ((_MEANS, "torch.zeros(targets.shape[1])"),),
        ),
        hint="Which number would you guess if you knew nothing about a region?",
        more="Print the guess that your function makes. Would you say that for a harvest?",
        why="The best constant guess is the mean. Zero is much worse where harvests are large.",
        seen="the lesson's table: 8327.10 where 1191.88 is right",
    ),
    Misconception(
        id="RK256",
        name="divided by one less than the number of rows",
        question="baseline_loss",
        kind="silent",
        wrong=(
            ((_LOSS, "targets.var(dim=0).mean()"),),
            ((_LOSS, "((targets - means) ** 2).sum() / (len(targets) - 1) / targets.shape[1]"),),
        ),
        hint="By how many is the sum divided?",
        more="Print your result for [[1.], [3.]]. Both guesses are wrong by 1: what is the mean of the two "
        "squares?",
        why="var and std divide by n - 1 unless told otherwise. A mean squared error divides by the number "
        "of squares.",
        seen="the lesson's table: 1489.85 where 1191.88 is right",
    ),
    Misconception(
        id="RK257",
        name="the median instead of the mean",
        question="baseline_loss",
        kind="silent",
        wrong=(((_MEANS, "targets.median(dim=0).values"),),),
        hint="Which constant has the smallest squared error?",
        more="Compare your guesses with the mean of each column, worked out by hand.",
        why="The median has the smallest absolute error, the mean the smallest squared one.",
        seen="the lesson's table: 1243.90 where 1191.88 is right",
    ),
    Misconception(
        id="RK258",
        name="one region's harvest stands for all",
        question="baseline_loss",
        kind="silent",
        wrong=(((_MEANS, "targets[0]"),), ((_MEANS, "targets[-1]"),)),
        hint="Is that region a typical one?",
        more="Print your guesses and look for them in the table. In how many rows do they stand?",
        why="One row is as far from the others as it happens to be. The mean is nearest to all.",
        seen="the lesson's table: 1637.90 where 1191.88 is right",
    ),
    Misconception(
        id="RK259",
        name="the deviations are not squared",
        question="baseline_loss",
        kind="silent",
        wrong=(
            ((_LOSS, "(targets - means).mean()"),),
            ((_LOSS, "(means - targets).mean()"),),
        ),
        hint="What do deviations from a mean add up to?",
        more="Print targets minus the means, and add the numbers of one column.",
        why="Above and below the mean cancel, so their sum is 0 but for rounding.",
        seen="the lesson's table: 1.5e-06 where 1191.88 is right",
    ),
    Misconception(
        id="RK260",
        name="the size of the deviations, not their squares",
        question="baseline_loss",
        kind="silent",
        wrong=(((_LOSS, "(targets - means).abs().mean()"),),),
        hint="Is it the loss that a model is measured with?",
        more="Put the means into a table of predictions, hand it to your mse, and compare with your result.",
        why="The baseline is to be compared with a mean squared error, so it must be one.",
        seen="the lesson's table: 30.28 where 1191.88 is right",
    ),
    Misconception(
        id="RK261",
        name="the means stand in the wrong places of the table of guesses",
        question="baseline_loss",
        kind="silent",
        wrong=(
            (
                (
                    _MEANS,
                    "targets.mean(0).repeat_interleave(len(targets)).reshape(targets.shape)",
                ),
            ),
        ),
        hint="Print the table of guesses.",
        more="Every row of your table of guesses should be the same. Print it, and look at its first two "
        "rows.",
        why="repeat_interleave repeats each number in place, and reshape then breaks the line elsewhere.",
        seen="the lesson's table: 1337.24 where 1191.88 is right",
    ),
    Misconception(
        id="RK262",
        name="several numbers where one is to fill a table",
        question="baseline_loss",
        kind="raises",
        wrong=(
            ((_MEANS, "torch.full_like(targets, targets.mean(dim=0))"),),
            ((_MEANS, "torch.full(targets.shape, targets.mean(dim=0))"),),
        ),
        hint="How many numbers are to fill the table?",
        more="Print what you hand over as the number to fill with, and its shape.",
        why="full and full_like fill a table with one number. Here each column has its own.",
        seen="the lesson's table: TypeError: full_like(): argument 'fill_value' (position 2) must be "
        "Number, not Tensor",
    ),
    Misconception(
        id="RK263",
        name="a root is taken",
        question="baseline_loss",
        kind="silent",
        wrong=(
            ((_LOSS, "((targets - means) ** 2).mean().sqrt()"),),
            ((_LOSS, "((targets - means) ** 2).mean() ** 0.5"),),
        ),
        hint="Is the result in tons, or in squared tons?",
        more="Print your result for [[0.], [20.]]. Both guesses are wrong by 10: what is the mean of their "
        "squares?",
        why="The baseline stands beside mse, which is in squared tons.",
        seen="the lesson's table: 34.52 where 1191.88 is right",
    ),
    Misconception(
        id="RK264",
        name="one number for each crop",
        question="baseline_loss",
        kind="silent",
        wrong=(
            ((_LOSS, "((targets - means) ** 2).mean(dim=0)"),),
            ((_LOSS, "targets.var(dim=0, correction=0)"),),
        ),
        hint="One number for the table, or one for each crop?",
        more="Print the shape of what your function gives. One number has the shape ().",
        why="mse gives one number for all crops, and the baseline is to be compared with it.",
        seen="the lesson's table: tensor([1183.76, 1200.00]) where 1191.88 is right",
    ),
)

OTHER_PROGRAMS = (
    """\
def baseline_loss(targets):
    means = targets.mean(dim=0)  # the mean of each crop
    apart = targets - means  # the distances from the mean
    squares = apart**2  # the squares
    return squares.mean()  # the mean of the squares
""",
    """\
def baseline_loss(targets):
    means = targets.sum(dim=0) / len(targets)  # the mean of each crop
    apart = targets - means  # the distances from the mean
    return (apart * apart).sum() / targets.numel()  # the division
""",
)

QUESTION = Question(
    name="baseline_loss",
    order=64,
    asks="baseline_loss(targets) gives the mean squared error of always predicting each crop's mean, "
    "one number",
    program=BASELINE_LOSS,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
    builds_on=("mse",),
)
