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
_OFFSET, _SUM = " - 1.637613", "torch.sum(apples)"
_BOTH = (_WEIGHTS, "[-0.672732, 1.641764, 1.623153]"), (_OFFSET, " - 3.855892")

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
    Misconception(
        id="RK464",
        name="apples and oranges added up together",
        question="predicted_apples",
        kind="silent",
        wrong=((_BOTH),),
        hint="Whose harvests are in your sum?",
        more="Print the shape of what you add up. Is there still a column for each crop?",
        why="sum adds up all that is in a tensor, and the predictions have a column for each crop.",
        seen="the lesson's table: 841.00 where 381.00 is right",
    ),
    Misconception(
        id="RK465",
        name="the offset is left out",
        question="predicted_apples",
        kind="silent",
        wrong=(((_OFFSET, ""),),),
        hint="What does the model predict where every input is 0?",
        more="Work out one region by hand, with best_w and best_b, and compare it with yours.",
        why="A prediction is a weighted sum and an offset.",
        seen="the lesson's table: 389.19 where 381.00 is right",
    ),
    Misconception(
        id="RK466",
        name="the offset is counted once for all regions",
        question="predicted_apples",
        kind="silent",
        wrong=(((_OFFSET, ""), (_SUM, f"{_SUM}{_OFFSET}")),),
        hint="How often does the offset come into the sum of five predictions?",
        more="Work out two regions by hand, each with its offset, and add them up. Then do the same in your way.",
        why="Each region's prediction has the offset in it, so a sum over regions has it as often as there are regions.",
        seen="the lesson's table: 387.55 where 381.00 is right",
    ),
    Misconception(
        id="RK467",
        name="the harvest of the first region alone",
        question="predicted_apples",
        kind="silent",
        wrong=(((_SUM, "apples[0]"),),),
        hint="How many regions does your number speak of?",
        more="Print the predictions. Which of their numbers are in your answer?",
        why="In preds[0, 0] both places are named, so it is one number. A colon stands for all rows.",
        seen="the lesson's table: 56.89 where 381.00 is right",
    ),
    Misconception(
        id="RK468",
        name="the first row in the place of the first column",
        question="predicted_apples",
        kind="silent",
        wrong=((*_BOTH, (_SUM, "apples[0]")),),
        hint="Is what you add up a row or a column of the predictions?",
        more="Print the predictions, and beside them what you add up. How many numbers is it: one for each region, or for each crop?",
        why="The first place in the brackets says which rows, the second which columns; preds[0] is a row.",
        seen="the lesson's table: 126.83 where 381.00 is right",
    ),
    Misconception(
        id="RK469",
        name="the regions are not added up",
        question="predicted_apples",
        kind="silent",
        wrong=(((_SUM, "apples"), ("total.item()", "total")),),
        hint="How many numbers does your function give back?",
        more="Print what your function gives. All regions together have one harvest of apples.",
        why="A column of the predictions has a number for each region.",
        seen="the lesson's table: five numbers, 56.89 the first of them, where 381.00 is right",
    ),
    Misconception(
        id="RK470",
        name="the random weights in the place of the best ones",
        question="predicted_apples",
        kind="silent",
        wrong=(((_WEIGHTS, "[1.540996, -0.293429, -2.178789]"), (_OFFSET, " + 0.403347")),),
        hint="Which weights predict here?",
        more="Look at the predictions of the five regions beside their harvests: do these weights come near?",
        why="w and b are the random start of part 6. The best ones have names of their own.",
        seen="the lesson's table: -65.90 where 381.00 is right",
    ),
    Misconception(
        id="RK471",
        name="rounded",
        question="predicted_apples",
        kind="silent",
        wrong=(
            (("total.item()", "round(total.item())"),),
            (("total.item()", "round(total.item(), 1)"),),
        ),
        hint="Was rounding asked for?",
        more="Print your number with all its digits, and then what your function gives back.",
        why="Six digits at least are asked for, so that one orchard's number is told from another's.",
        seen="one region: 57 where 56.8909 is right",
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
