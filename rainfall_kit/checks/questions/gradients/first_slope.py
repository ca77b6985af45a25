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
_SHARE, _RETURN = "share = 2 / targets.numel()", f"{_SUM}.item()"
_BENT = "(inputs[:, 0] @ inputs[:, 0] / targets.numel()).item()"
# What torch.manual_seed(0) draws for the apples.
_DRAWN = "inputs.new_tensor([1.540996, -0.293429, -2.178789])[: inputs.shape[1]] + 0.403347"

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
    Misconception(
        id="RK480",
        name="the slope for the offset",
        question="first_slope",
        kind="silent",
        wrong=(((_SUM, "share * errors.sum()"),),),
        hint="Which of the two tables of slopes does your number come from?",
        more="Print both tables and find your number. What does each table belong to?",
        why="Where a weight grows, a prediction grows by its input times as much; where an offset grows, by as much.",
        seen="the lesson's table: -76.2 where -6232.6 is right",
    ),
    Misconception(
        id="RK481",
        name="all slopes in the place of one",
        question="first_slope",
        kind="silent",
        wrong=(
            ((_RETURN, "-share * (targets.t() @ inputs)"),),
            ((_RETURN, "share * (errors @ inputs)"),),
        ),
        hint="How many numbers does your function give back?",
        more="Print the shape of what your function gives. A slope for one weight is one number.",
        why="A table of slopes has a place for each weight, and one of them is asked for.",
        seen="the lesson's table: a table of shape (2, 3) where -6232.6 is right",
    ),
    Misconception(
        id="RK482",
        name="nudged to one side only",
        question="first_slope",
        kind="silent",
        wrong=tuple(
            ((_RETURN, f"{_RETURN} + {nudge} * {_BENT}"),) for nudge in (1, -1, 0.1, 0.01, 0.001)
        ),
        hint="On how many sides of 0 do you look?",
        more="Halve your nudge and look whether the slope changes. To both sides, it would not.",
        why="The loss bends, so that a nudge to one side gives the slope half a nudge further on.",
        seen="the lesson's table, nudge 0.1: -5869.2 where -6232.6 is right",
    ),
    Misconception(
        id="RK483",
        name="the slope at the random start, not at zeros",
        question="first_slope",
        kind="silent",
        wrong=(((_ERRORS, f"errors = inputs @ {_DRAWN} - targets[:, 0]"),),),
        hint="At which w and b is your slope?",
        more="Print the w and the b that your function hands on. What does the text ask for?",
        why="The loss is a bowl: at another place it is steeper or flatter.",
        seen="the lesson's table: -6938.4 where -6232.6 is right",
    ),
    Misconception(
        id="RK484",
        name="twice the slope",
        question="first_slope",
        kind="silent",
        wrong=(((_SHARE, "share = 4 / targets.numel()"),),),
        hint="By what do you divide, and what was in .grad before you asked?",
        more="If you nudge to both sides: how far apart are the two places? If you ask with backward: run it on new zeros, once.",
        why="Two nudges lie between the two places, and backward adds to what .grad holds.",
        seen="the lesson's table: -12465.2 where -6232.6 is right",
    ),
    Misconception(
        id="RK485",
        name="the slopes of a whole row added up",
        question="first_slope",
        kind="silent",
        wrong=(((_SUM, "share * (errors @ inputs.sum(1))"),),),
        hint="How many weights does your slope speak of?",
        more="Print all slopes for w, and add up the first row. Is it your number?",
        why="grad_w[0] is a row, with a slope for each input. Added up, they say what happens if all weights of a crop grow.",
        seen="the lesson's table: -18268.2 where -6232.6 is right",
    ),
    Misconception(
        id="RK486",
        name="the loss, not its slope",
        question="first_slope",
        kind="silent",
        wrong=(((_RETURN, "targets.square().mean().item()"),),),
        hint="Does your number say how large the loss is, or how fast it changes?",
        more="Print the loss at zeros beside your number. A slope says how much the loss changes for each unit "
        "of the weight.",
        why="A loss can be large and flat, or small and steep.",
        seen="the lesson's table: 8327.1 where -6232.6 is right",
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
