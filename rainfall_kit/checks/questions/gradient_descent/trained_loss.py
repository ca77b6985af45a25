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


_STEPS, _LOSS = "range(100)", "- wanted).square().mean().item()"
_ZEROS = "table.new_zeros(table.shape[1], wanted.shape[1])"
# What torch.manual_seed(0) draws for w and b, a column for each crop.
_DRAWN = """table.new_tensor(
        [[1.540996, 0.568431], [-0.293429, -1.084522], [-2.178789, -1.398595], [0.403347, 0.838026]]
    )"""
_LOOP, _MOVE = "    for step in range(100):\n", "2e-5 / wanted.numel() * (table.t() @ errors)"

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
    Misconception(
        id="RK472",
        name="the random start in the place of zeros",
        question="trained_loss",
        kind="silent",
        wrong=(((_ZEROS, _DRAWN),),),
        hint="At which w and b does your training begin?",
        more="Print w and b before the first step. What does the text ask for?",
        why="Where a run begins decides where it is after a hundred steps.",
        seen="the lesson's table: 1270.12 where 153.94 is right",
    ),
    Misconception(
        id="RK473",
        name="the slopes are never set back",
        question="trained_loss",
        kind="silent",
        wrong=(((_LOOP, f"    slopes = 0\n{_LOOP}"), (_MOVE, f"(slopes := slopes + {_MOVE})")),),
        hint="What does .grad hold when the second step begins?",
        more="Print w.grad before each backward. Should something still be in it?",
        why="backward adds to .grad, so that without a reset each step follows all slopes so far.",
        seen="the lesson's table, from zero: 1545.36 where 153.94 is right",
    ),
    Misconception(
        id="RK474",
        name="another lr than the one that was asked for",
        question="trained_loss",
        kind="silent",
        wrong=(
            ((_MOVE, _MOVE.replace("2e-5", "2e-4")),),
            ((_MOVE, _MOVE.replace("2e-5", "2e-6")),),
        ),
        hint="How long is each of your steps?",
        more="Print the lr that your steps use, beside the one in the text.",
        why="With another lr a hundred steps end at another place.",
        seen="the lesson's table, from zero, lr 1e-4: 4.351 where 153.94 is right",
    ),
    Misconception(
        id="RK475",
        name="the squares are added up and not divided",
        question="trained_loss",
        kind="silent",
        wrong=(((_LOSS, "- wanted).square().sum().item()"),),),
        hint="Is your number the sum of the squares, or their mean?",
        more="Print the loss at zeros. On the lesson's table it is 8327.1.",
        why="The loss is a mean: what the squares add up to, divided by how many they are.",
        seen="the lesson's table, from zero: 1539.4 where 153.94 is right",
    ),
    Misconception(
        id="RK476",
        name="a root is taken of the loss",
        question="trained_loss",
        kind="silent",
        wrong=(((_LOSS, "- wanted).square().mean().sqrt().item()"),),),
        hint="In which unit is your number: tons, or their squares?",
        more="Square your number and compare it with the last of the losses of train. Are they near each other?",
        why="The root brings the unit back. The loss itself is a mean of squares.",
        seen="the lesson's table, from zero: 12.407 where 153.94 is right",
    ),
    Misconception(
        id="RK477",
        name="the loss before the first step",
        question="trained_loss",
        kind="silent",
        wrong=(((_STEPS, "range(0)"),),),
        hint="Has your number anything to do with training?",
        more="Print the first and the last of the losses of train. Which of them is your number?",
        why="The first of the losses is that of the zeros, before any step.",
        seen="the lesson's table, from zero: 8327.1 where 153.94 is right",
    ),
    Misconception(
        id="RK478",
        name="one loss for each crop",
        question="trained_loss",
        kind="silent",
        wrong=(((_LOSS, "- wanted).square().mean(0)"),),),
        hint="How many numbers does your function give back?",
        more="Print the shape of what your function gives. One number is asked for, over both crops.",
        why="A mean over the rows alone leaves a number for each crop.",
        seen="the lesson's table, from zero: two numbers where 153.94 is right",
    ),
    Misconception(
        id="RK479",
        name="ten times as many epochs, or a tenth",
        question="trained_loss",
        kind="silent",
        wrong=(((_STEPS, "range(1000)"),), ((_STEPS, "range(10)"),)),
        hint="How many losses does your train give back?",
        more="Print how many losses there are. Each epoch is one step here.",
        why="A run of another length ends at another loss.",
        seen="the lesson's table, from zero, 1000 epochs: 4.382 where 153.94 is right",
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
