"""Question held_out_loss: the loss on two rows that a layer was not trained with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.checks.questions.drawing import case_of, made_up_regions
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.lesson.own_orchard import orchard_of

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

# In float64: what an answer may be off by is then its own rounding alone.
HELD_OUT_LOSS = """\
def held_out_loss(inputs, targets):
    table = F.pad(inputs.double(), (0, 1), value=1.0)
    wanted = targets.double()
    known, harvests = table[:3], wanted[:3]
    weights = table.new_zeros(table.shape[1], wanted.shape[1])
    epochs = 100
    for epoch in range(epochs):
        errors = known @ weights - harvests
        weights = weights - 2e-5 / harvests.numel() * (known.t() @ errors)
    held = slice(3, None)
    return (table[held] @ weights - wanted[held]).square().mean().item()
"""


def draw(seed: int) -> tuple[Case, ...]:
    """The lesson's regions, the same in another order, and made-up ones."""
    lesson = orchard_of(None)
    return (
        case_of(
            "the five regions",
            "float32",
            public=True,
            inputs=lesson.inputs,
            targets=lesson.targets,
        ),
        case_of(
            "the five regions backwards",
            "float32",
            public=True,
            inputs=lesson.inputs[::-1],
            targets=lesson.targets[::-1],
        ),
        *made_up_regions(seed),
    )


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``held_out_loss(inputs, targets)`` once."""
    inputs, targets = case.tensors("inputs", "targets")
    trace.single("the held-out loss", answer(inputs, targets))


_KNOWN = "known, harvests = table[:3], wanted[:3]"
_HELD = "held = slice(3, None)"
_EPOCHS, _LOSS = "    epochs = 100\n", "[held]).square().mean().item()"
_STEP = """\
        errors = known @ weights - harvests
        weights = weights - 2e-5 / harvests.numel() * (known.t() @ errors)
"""
_STEP_FOR_EACH_ROW = """\
        for row in range(len(known)):
            errors = known[row] @ weights - harvests[row]
            weights = weights - 2e-5 / len(errors) * torch.outer(known[row], errors)
"""

MISTAKES = (
    Misconception(
        id="RK462",
        name="the loss of the rows that it was trained with",
        question="held_out_loss",
        kind="silent",
        wrong=(((_HELD, "held = slice(3)"),),),
        hint="Which rows does your evaluate see?",
        more="Print the rows that you hand to fit, and those that you hand to evaluate. Do they have one in common?",
        why="A model is tested on rows that it has never seen.",
        seen="the lesson's table: 52.46 where 823.63 is right",
    ),
    Misconception(
        id="RK463",
        name="the held-out rows were trained with, too",
        question="held_out_loss",
        kind="silent",
        wrong=(((_KNOWN, "known, harvests = table, wanted"),),),
        hint="Which rows does your fit see?",
        more="Print the rows that you hand to fit. How many are there?",
        why="What was trained with is no test any more.",
        seen="the lesson's table: 353.92 where 823.63 is right",
    ),
    Misconception(
        id="RK487",
        name="four rows to train with, and one held out",
        question="held_out_loss",
        kind="silent",
        wrong=(
            ((_KNOWN, "known, harvests = table[:4], wanted[:4]"), (_HELD, "held = slice(4, None)")),
        ),
        hint="How many rows are held out?",
        more="Print how many rows fit gets, and how many evaluate gets. The text says both numbers.",
        why="The end of a slice is not in it: what it counts to stays outside.",
        seen="the lesson's table: 393.46 where 823.63 is right",
    ),
    Misconception(
        id="RK488",
        name="one row in both parts",
        question="held_out_loss",
        kind="silent",
        wrong=(
            ((_HELD, "held = slice(2, None)"),),
            ((_KNOWN, "known, harvests = table[:4], wanted[:4]"),),
        ),
        hint="Does any row stand in both parts?",
        more="Print the rows that fit gets and those that evaluate gets, one below the other, and count them.",
        why="Rows are counted from 0, so that the first three are 0, 1 and 2.",
        seen="the lesson's table, the third row in both: 572.32 where 823.63 is right",
    ),
    Misconception(
        id="RK489",
        name="other rows are held out",
        question="held_out_loss",
        kind="silent",
        wrong=(((_KNOWN, "known, harvests = table[2:], wanted[2:]"), (_HELD, "held = slice(2)")),),
        hint="Which rows does the text hold out, the first or the last?",
        more="Print the temperatures of the rows that evaluate gets, and find them in the table.",
        why="Another choice of rows is another test, with another number.",
        seen="the lesson's table, the first two held out: 11.08 where 823.63 is right",
    ),
    Misconception(
        id="RK490",
        name="a step for each row",
        question="held_out_loss",
        kind="silent",
        wrong=(((_STEP, _STEP_FOR_EACH_ROW),),),
        hint="How many rows are in each of your batches?",
        more="Print how many losses your fit gives back. One batch makes one step in each epoch.",
        why="Three batches make three steps in each epoch, each along the slopes of its own rows.",
        seen="the lesson's table: 548.45 where 823.63 is right",
    ),
    Misconception(
        id="RK491",
        name="the loss of all rows",
        question="held_out_loss",
        kind="silent",
        wrong=(((_HELD, "held = slice(None)"),),),
        hint="How many rows does your evaluate see?",
        more="Print the shape of the inputs that you hand to evaluate.",
        why="The rows that were trained with say how well the model remembers, not how well it predicts.",
        seen="the lesson's table: 360.93 where 823.63 is right",
    ),
    Misconception(
        id="RK492",
        name="the loss before any training",
        question="held_out_loss",
        kind="silent",
        wrong=(((_EPOCHS, "    epochs = 0\n"),),),
        hint="Is the model that you evaluate the one that you have trained?",
        more="Print the weights of the model that evaluate gets. Are they still 0?",
        why="A model of zeros predicts 0 for every harvest.",
        seen="the lesson's table: 6655.75 where 823.63 is right",
    ),
    Misconception(
        id="RK493",
        name="another lr than the one that was asked for",
        question="held_out_loss",
        kind="silent",
        wrong=(
            ((_STEP, _STEP.replace("2e-5", "2e-4")),),
            ((_STEP, _STEP.replace("2e-5", "2e-6")),),
        ),
        hint="How long is each of your steps?",
        more="Print the lr that you hand to fit, beside the one in the text.",
        why="With another lr a hundred steps end at another place.",
        seen="the lesson's table, lr 1e-4: 2120.31 where 823.63 is right",
    ),
    Misconception(
        id="RK494",
        name="a root is taken of the loss",
        question="held_out_loss",
        kind="silent",
        wrong=(((_LOSS, "[held]).square().mean().sqrt().item()"),),),
        hint="In which unit is your number: tons, or their squares?",
        more="Square your number and compare it with what evaluate gives. Which of the two is asked for?",
        why="The root brings the unit back. The loss itself is a mean of squares.",
        seen="the lesson's table: 28.699 where 823.63 is right",
    ),
)

QUESTION = Question(
    name="held_out_loss",
    order=250,
    asks="held_out_loss(inputs, targets) gives the loss on the last two rows, after 100 epochs with lr=1e-5 on "
    "the first three in one batch, from zero, one number",
    program=HELD_OUT_LOSS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
    builds_on=("make_model", "make_batches", "fit", "split", "evaluate"),
)
