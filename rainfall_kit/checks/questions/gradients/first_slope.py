"""Question first_slope: the slope of the loss for the first weight, where all parameters are 0."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.checks.questions.drawing import case_of, made_up_regions
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.lesson.own_orchard import orchard_of

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

FIRST_SLOPE = """\
def first_slope(inputs, targets):
    errors = -targets[:, 0]
    share = 2 / targets.numel()
    return share * (errors @ inputs[:, 0]).item()
"""


def draw(seed: int) -> tuple[Case, ...]:
    """Two small tables, the lesson's regions and made-up ones."""
    lesson = orchard_of(None)
    return (
        case_of("1 row", "float32", public=True, inputs=[[2, 1]], targets=[[3]]),
        case_of(
            "2 rows, 2 crops",
            "float32",
            public=True,
            inputs=[[2, 1], [1, 3]],
            targets=[[3, 1], [1, 2]],
        ),
        case_of("the five regions", "float32", inputs=lesson.inputs, targets=lesson.targets),
        *made_up_regions(seed),
    )


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``first_slope(inputs, targets)`` once."""
    inputs, targets = case.tensors("inputs", "targets")
    trace.single("the slope", answer(inputs, targets))


_ERRORS = "errors = -targets[:, 0]"
_SUM = "share * (errors @ inputs[:, 0])"

MISTAKES = (
    Misconception(
        id="RK458",
        name="the slope points the other way",
        question="first_slope",
        kind="silent",
        wrong=(((_ERRORS, "errors = targets[:, 0]"),),),
        hint="Does the loss grow or shrink when this weight grows a little?",
        more="All predictions are 0, and all harvests are larger. Does a little more of the weight bring the "
        "predictions nearer?",
        why="An error is the prediction less the target.",
        seen="the lesson's table: 6232.6 where -6232.6 is right",
    ),
    Misconception(
        id="RK459",
        name="the slope of another weight",
        question="first_slope",
        kind="silent",
        wrong=(
            ((_SUM, "share * (errors @ inputs[:, 1])"),),
            ((_ERRORS, "errors = -targets[:, -1]"),),
        ),
        hint="In which row and column of the slopes does w[0, 0] have its place?",
        more="Print all slopes for w. A row belongs to a crop, a column to an input, and both are counted from 0.",
        why="The slope for a weight stands in the place of the weight.",
        seen="the lesson's table: -7532.0 for the rainfall, where -6232.6 is right",
    ),
)

QUESTION = Question(
    name="first_slope",
    order=121,
    asks="first_slope(inputs, targets) gives the slope of the loss for w[0, 0] where w and b are all 0, one number",
    program=FIRST_SLOPE,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
    builds_on=("model", "mse", "slope_by_nudging", "gradients", "gradients_by_hand"),
)
