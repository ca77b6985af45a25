"""Question slope_by_nudging: one slope of a loss, by the central difference."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.questions.drawing import case_of
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.question import Question

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

SLOPE_BY_NUDGING = """\
def slope_by_nudging(loss_of, w, i, j, nudge):
    up = w.detach().clone()
    down = w.detach().clone()
    up[i, j] += nudge
    down[i, j] -= nudge
    return (loss_of(up) - loss_of(down)).item() / (2 * nudge)
"""

# A text, since an answer calls it: a function of the kit's own would pass for the kit's work.
_LOSS = """\
def made(lowest, bend):
    def loss_of(w):
        apart = w - lowest
        return (apart**2 + bend * apart**3).sum()

    return loss_of
"""


def draw(seed: int) -> tuple[Case, ...]:
    """Weights of many shapes, away from the lowest point of their loss; some losses are no parabola.

    `bend` is 0 for a parabola, where a nudge of any size gives the slope itself. Elsewhere the nudge is
    so small that every right difference gives it, whatever its formula.
    """
    rng = np.random.default_rng([seed, 20])
    cases = [
        case_of("1 weight", "float32", public=True, w=[[1]], lowest=[[3]], i=0, j=0, nudge=0.125),
        case_of(
            "2 crops, 3 inputs",
            "float32",
            public=True,
            w=[[1, 2, 4], [0, 3, 1]],
            lowest=[[2, 0, 1], [4.25, 1, -1]],
            i=1,
            j=0,
            nudge=0.25,
        ),
    ]
    for k, d, bend in ((2, 3, 0), (3, 1, 0), (1, 4, 0.5), (3, 2, -0.25), (2, 5, 1), (4, 3, 0)):
        lowest = rng.normal(size=(k, d))
        # of both signs, and never so near the lowest point that a slope is next to 0
        apart = rng.choice([-1, 1], (k, d)) * rng.uniform(1.5, 3, (k, d))
        cases.append(
            case_of(
                f"{k} crops, {d} inputs, {'a parabola' if not bend else 'no parabola'}",
                "float64",
                w=lowest + apart,
                lowest=lowest,
                i=rng.integers(k),
                j=rng.integers(d),
                nudge=2.0 ** (-11 if bend else -rng.integers(3, 8)),
                bend=bend,
            )
        )
    return tuple(cases)


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``slope_by_nudging(loss_of, w, i, j, nudge)`` once, with weights that torch watches."""
    import torch

    w, lowest = case.tensors("w", "lowest")
    bend = next((value.numbers[0] for value in case.given if value.name == "bend"), 0.0)
    loss_of = build(_LOSS, "made")(lowest, bend)
    w.requires_grad_()
    i, j = int(case.number("i")), int(case.number("j"))
    slope = answer(loss_of, w, i, j, case.number("nudge"))
    if isinstance(slope, torch.Tensor | np.ndarray | np.number) and slope.shape == ():
        slope = slope.item()
    trace.value("the slope", slope)
    trace.unchanged(w=w)
    trace.value("w.requires_grad", w.requires_grad)


_BETWEEN, _APART = "loss_of(up) - loss_of(down)", "(2 * nudge)"
_COPIES = "    up = w.detach().clone()\n    down = w.detach().clone()\n"

MISTAKES = (
    Misconception(
        id="RK280",
        name="nudged to one side only",
        question="slope_by_nudging",
        kind="silent",
        wrong=(
            ((_BETWEEN, "loss_of(up) - loss_of(w)"), (_APART, "nudge")),
            ((_BETWEEN, "loss_of(w) - loss_of(down)"), (_APART, "nudge")),
        ),
        hint="How does your answer change when the nudge gets smaller?",
        more="Print your slope for a nudge of 0.1, 0.01 and 0.001. A difference over both sides gives the "
        "same for a parabola each time. Does yours?",
        why="A parabola bends between w and w + nudge, so the slope between these two is off by the bend "
        "times the nudge. Taken from one side to the other, the two faults cancel.",
        seen="the lesson's loss, seed 0, w[0, 0]: a nudge of 0.1 gives -6574.995 where -6938.435 is right",
    ),
    Misconception(
        id="RK281",
        name="the two points are farther apart than the number divided by",
        question="slope_by_nudging",
        kind="silent",
        wrong=(((_APART, "nudge"),),),
        hint="How far apart are the two points?",
        more="Write the two weights down for w = 1 and a nudge of 0.125, and take one from the other. Is "
        "that the number that you divide by?",
        why="A slope is a rise divided by the way that it took. From one side to the other the way is both "
        "nudges long.",
        seen="the lesson's loss, seed 0, w[0, 0]: -13876.87, twice what it should be",
    ),
    Misconception(
        id="RK282",
        name="a bracket is missing below the line",
        question="slope_by_nudging",
        kind="silent",
        wrong=(((_APART, "2 * nudge"),),),
        hint="Read your division aloud, from left to right.",
        more="Type 12 / 2 * 3 into a cell of its own. Is that 2 or 18, and which did you mean?",
        why="Python divides and multiplies from left to right: a / 2 * h is half of a, times h.",
        seen="the lesson's loss, seed 0, a nudge of 0.001: -0.00694 where -6938.4 is right",
    ),
    Misconception(
        id="RK283",
        name="only the second loss is divided",
        question="slope_by_nudging",
        kind="silent",
        wrong=(
            (
                (
                    f"({_BETWEEN}).item() / {_APART}",
                    f"(loss_of(up) - loss_of(down) / {_APART}).item()",
                ),
            ),
        ),
        hint="Which of your two losses is divided?",
        more="Type 10 - 4 / 2 into a cell of its own. Which of the three numbers are divided first?",
        why="Division comes before subtraction, unless brackets say otherwise.",
        seen="the lesson's loss, seed 0, a nudge of 0.001: -16500820.6 where -6938.4 is right",
    ),
    Misconception(
        id="RK284",
        name="the loss above is taken from the one below",
        question="slope_by_nudging",
        kind="silent",
        wrong=(((_BETWEEN, "loss_of(down) - loss_of(up)"),),),
        hint="Does the loss rise or fall when this weight rises?",
        more="Print both losses. If the one for the larger weight is smaller, which sign should the slope "
        "have?",
        why="A slope is positive where more of the weight means more loss.",
        seen="the lesson's loss, seed 0, w[0, 0]: +6938.44, the right number with the other sign",
    ),
    Misconception(
        id="RK285",
        name="more weights than one are nudged",
        question="slope_by_nudging",
        kind="silent",
        wrong=(
            (("up[i, j]", "up"), ("down[i, j]", "down")),
            (("up[i, j]", "up[i]"), ("down[i, j]", "down[i]")),
            (("up[i, j]", "up[:, j]"), ("down[i, j]", "down[:, j]")),
        ),
        hint="How many numbers moved?",
        more="Print the nudged table less w. How many of its places are not 0?",
        why="When several weights move at once, the loss changes by all their slopes together.",
        seen="the lesson's loss, seed 0: -72815.3 for every weight, the sum of all six slopes; with a row "
        "-22357.1, the sum of three",
    ),
    Misconception(
        id="RK286",
        name="two names for one table",
        question="slope_by_nudging",
        kind="silent",
        wrong=(
            ((_COPIES, "    up = down = w.detach().clone()\n"),),
            ((_COPIES, "    up = w.detach().clone()\n    down = up\n"),),
        ),
        hint="Two names: how many tables?",
        more="Print both tables right before you compute the losses. In which place do they differ?",
        why="An equals sign gives a table one more name. What is changed through one name is seen through "
        "the other.",
        seen="the lesson's loss, seed 0: a slope of 0.0 for every weight",
    ),
    Misconception(
        id="RK287",
        name="the weights are not put back",
        question="slope_by_nudging",
        kind="silent",
        wrong=(
            (
                (_COPIES, "    up = w.data\n"),
                (
                    "    down[i, j] -= nudge\n",
                    "    above = loss_of(up).item()\n    up[i, j] -= 2 * nudge\n",
                ),
                (f"({_BETWEEN}).item()", "(above - loss_of(up).item())"),
            ),
            ((_COPIES, "    up, down = w.data, w.detach().clone()\n"),),
        ),
        hint="Print w before and after the call.",
        more="Find two slopes one after the other. Was w, when the second began, what it was when the first "
        "began?",
        why="data and detach hand out the same numbers, not a copy: what is changed there is changed in w.",
        seen="the lesson's loss, seed 0, a nudge of 0.1: the first slope is right, the second is -10386.0 "
        "for -9674.7",
    ),
    Misconception(
        id="RK288",
        name="the nudge is recorded",
        question="slope_by_nudging",
        kind="raises",
        wrong=(
            (
                (_COPIES, ""),
                ("up[i, j] += nudge\n", "w[i, j] += nudge\n    above = loss_of(w)\n"),
                ("down[i, j] -= nudge\n", "w[i, j] -= 2 * nudge\n"),
                (_BETWEEN, "above - loss_of(w)"),
            ),
        ),
        hint="Should torch record this change of w?",
        more="Print w.requires_grad. What does torch do with every line that uses such a tensor, and does "
        "your experiment belong there?",
        why="Torch records what is done to a tensor that it watches, and refuses to record a change of the "
        "tensor itself.",
        seen="the lesson's loss: RuntimeError: a view of a leaf Variable that requires grad is being used in "
        "an in-place operation.",
    ),
)

OTHER_PROGRAMS = (
    """\
def slope_by_nudging(loss_of, w, i, j, nudge):
    up = w.detach().clone()  # the upper copy
    down = w.detach().clone()  # the lower copy
    up[i, j] += nudge  # the nudge up
    down[i, j] -= nudge  # the nudge down
    rise = loss_of(up) - loss_of(down)  # the rise of the loss
    return rise.item() / (2 * nudge)  # the division
""",
    """\
def slope_by_nudging(loss_of, w, i, j, nudge):
    here = w.detach()  # the weights
    apart = torch.zeros_like(here)  # the nudge
    apart[i, j] = nudge  # the place of the nudge
    rise = loss_of(here + apart) - loss_of(here - apart)  # the rise of the loss
    return rise.item() / (2 * nudge)  # the division
""",
)

QUESTION = Question(
    name="slope_by_nudging",
    order=67,
    asks="slope_by_nudging(loss_of, w, i, j, nudge) gives the slope of loss_of for w[i, j], from its values "
    "a nudge above and a nudge below, and leaves w as it was",
    program=SLOPE_BY_NUDGING,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
    drawn_for_report=4,
)
