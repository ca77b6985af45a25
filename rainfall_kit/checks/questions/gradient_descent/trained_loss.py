"""Question trained_loss: the loss of a table after a hundred epochs from zero."""

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
TRAINED_LOSS = """\
def trained_loss(inputs, targets):
    table = F.pad(inputs.double(), (0, 1), value=1.0)
    wanted = targets.double()
    weights = table.new_zeros(table.shape[1], wanted.shape[1])
    for step in range(100):
        errors = table @ weights - wanted
        weights = weights - 2e-5 / wanted.numel() * (table.t() @ errors)
    return (table @ weights - wanted).square().mean().item()
"""


def draw(seed: int) -> tuple[Case, ...]:
    """The lesson's regions, some of them, and made-up ones."""
    lesson = orchard_of(None)
    return (
        case_of(
            "three regions",
            "float32",
            public=True,
            inputs=lesson.inputs[:3],
            targets=lesson.targets[:3],
        ),
        case_of(
            "the five regions",
            "float32",
            public=True,
            inputs=lesson.inputs,
            targets=lesson.targets,
        ),
        *made_up_regions(seed),
    )


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``trained_loss(inputs, targets)`` once."""
    inputs, targets = case.tensors("inputs", "targets")
    trace.single("the loss after 100 epochs", answer(inputs, targets))


_STEPS = "range(100)"

MISTAKES = (
    Misconception(
        id="RK460",
        name="the loss before the last step, not after it",
        question="trained_loss",
        kind="silent",
        wrong=(((_STEPS, "range(99)"),),),
        hint="At which w and b is your loss worked out?",
        more="The losses of train are those before each step. How many steps have been taken by the last of them?",
        why="After a hundred steps the loss is that of the w and b which train gives back.",
        seen="the lesson's table, from zero: 155.67 where 153.94 is right",
    ),
    Misconception(
        id="RK461",
        name="the loss of one step only",
        question="trained_loss",
        kind="silent",
        wrong=(((_STEPS, "range(1)"),),),
        hint="How many epochs does it train for?",
        more="Print how many losses your train gives back, and the first and the last of them.",
        why="Each epoch is one step here, and a hundred were asked for.",
        seen="the lesson's table, from zero: 5768.0 where 153.94 is right",
    ),
)

QUESTION = Question(
    name="trained_loss",
    order=115,
    asks="trained_loss(inputs, targets) gives the loss after 100 epochs with lr=1e-5, from w and b that are all "
    "0, one number",
    program=TRAINED_LOSS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
    builds_on=("model", "mse", "gd_step", "train"),
)
