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
