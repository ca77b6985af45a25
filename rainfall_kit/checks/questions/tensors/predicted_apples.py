"""Question predicted_apples: the apples of a whole table, by weights that the assignment gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.checks.questions.drawing import case_of
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.lesson.own_orchard import orchard_of

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

PREDICTED_APPLES = """\
def predicted_apples(inputs):
    weights = inputs.new_tensor([-0.387574, 0.847757, 0.698178])
    apples = inputs @ weights - 1.637613
    total = torch.sum(apples)
    return total.item()
"""


def draw(seed: int) -> tuple[Case, ...]:
    """The lesson's regions, one of them, and made-up ones."""
    inputs = orchard_of(None).inputs
    return (
        case_of("one region", "float32", public=True, inputs=inputs[:1]),
        case_of("the five regions", "float32", public=True, inputs=inputs),
        case_of("made-up regions", "float32", inputs=orchard_of(seed).inputs),
        case_of("others", "float64", inputs=orchard_of(seed + 1).inputs),
    )


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``predicted_apples(inputs)`` once."""
    (inputs,) = case.tensors("inputs")
    trace.single("the harvest of apples", answer(inputs))


_WEIGHTS = "[-0.387574, 0.847757, 0.698178]"

MISTAKES = (
    Misconception(
        id="RK456",
        name="oranges in the place of apples",
        question="predicted_apples",
        kind="silent",
        wrong=(((_WEIGHTS, "[-0.285158, 0.794007, 0.924975]"), ("1.637613", "2.218279")),),
        hint="Which column of the predictions are the apples?",
        more="Print the predictions and their shape. Python counts columns from 0, as it does rows.",
        why="The first row of the weights, and with it the first column of the predictions, is that of apples.",
        seen="the lesson's table: 460.00 where 381.00 is right",
    ),
    Misconception(
        id="RK457",
        name="the mean of the regions, not their sum",
        question="predicted_apples",
        kind="silent",
        wrong=((("torch.sum(apples)", "torch.mean(apples)"),),),
        hint="Is it the harvest of one region or of all?",
        more="Print the predictions, add up the apples by hand, and compare.",
        why="All regions together harvest the sum. The mean is what one of them harvests.",
        seen="the lesson's table: 76.20 where 381.00 is right",
    ),
)

QUESTION = Question(
    name="predicted_apples",
    order=58,
    asks="predicted_apples(inputs) gives the tons of apples that best_w and best_b predict for all regions "
    "together, one number",
    program=PREDICTED_APPLES,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
    builds_on=("model", "predict_region"),
)
