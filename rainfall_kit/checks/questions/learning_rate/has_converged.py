"""Question has_converged: whether the losses of a run have reached the floor."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.questions.drawing import case_of
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

HAS_CONVERGED = """\
def has_converged(losses, floor):
    return losses[-1] <= 1.01 * floor
"""


def draw(seed: int) -> tuple[Case, ...]:
    """Losses with the floor of their table: there or not, level or falling, few or many."""
    rng = np.random.default_rng([seed, 10])
    shown: tuple[tuple[str, list[float], float], ...] = (
        ("3 losses", [8, 3, 1], 1),
        ("3 losses, level", [8, 5, 4.99], 1),
        ("fallen to a hundredth of the start", [2000, 90, 8], 1),
        ("up again", [9, 1, 4], 1),
        ("up from the floor", [1, 3], 1),
        ("5 % above the floor", [9, 2.1], 2),
        ("a little above the floor", [9, 2.0001], 2),
        ("large losses", [9000, 4000, 2010], 2000),
        ("small losses", [0.009, 0.004, 0.0025], 0.002),
        ("tiny losses", [1e-3, 5e-7], 1e-7),
    )
    cases = [
        case_of(label, "float32", public=True, losses=losses, floor=floor)
        for label, losses, floor in shown
    ]
    for count in (2, 4, 120):
        for end, last_fall in (
            (1.004, 1.3),
            (1.008, 1.0001),
            (1.013, 1.0001),
            (50.0, 1.3),
            (50.0, 1.0),
        ):
            floor = rng.uniform(0.2, 5)
            last = floor * end
            before = last * last_fall * np.linspace(rng.uniform(1.5, 9), 1, count - 1)
            label = f"{count} losses"
            cases.append(case_of(label, "float32", losses=[*before, last], floor=floor))
    floor = rng.uniform(0.2, 5)
    risen = case_of("4 losses", "float32", losses=floor * np.array([9, 2, 1, 4]), floor=floor)
    return (*cases, risen)


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``has_converged(losses, floor)`` once, with plain numbers."""
    losses = list(case.value("losses").numbers)
    trace.truth("the answer", answer(losses, case.number("floor")))


_RULE = "losses[-1] <= 1.01 * floor"

MISTAKES = (
    Misconception(
        id="RK107",
        name="a flat-looking curve is taken for the lowest point",
        question="has_converged",
        kind="concept",
        wrong=(
            ((_RULE, "len(losses) >= 100"),),
            (
                (
                    _RULE,
                    "abs(losses[-1] - losses[-2]) <= 0.01 * losses[-2]",
                ),
            ),
        ),
        hint="Use a log axis and the floor.",
        more="Compare the last loss with the smallest that any weights reach, as a ratio and not as a "
        "picture.",
        why="The loss falls fast along steep directions and slowly along flat ones. When the steep ones "
        "are done the curve looks level, and the flat ones, here the offset, have hardly begun.",
        seen="the lesson's table after 100 epochs at 1e-5: the curve looks level at a loss of 1270, and "
        "the lowest is 0.48",
    ),
    Misconception(
        id="RK328",
        name="the tolerance is a number of its own, not a share of the floor",
        question="has_converged",
        kind="concept",
        wrong=(
            ((_RULE, "losses[-1] - floor <= 0.01"),),
            ((_RULE, "losses[-1] <= floor + 0.01"),),
            ((_RULE, "losses[-1] - floor <= 1"),),
            ((_RULE, "abs(losses[-1] - floor) < 0.001"),),
        ),
        hint="1 % of what?",
        more="Give your function losses and a floor that are all 1000 times as large, as for targets in "
        "other units. Should the answer change?",
        why="A loss has the squared unit of the targets, so a fixed number is strict for one table and "
        "generous for another. A share of the floor is the same for all.",
        seen="own",
    ),
    Misconception(
        id="RK329",
        name="the smallest loss stands for the last",
        question="has_converged",
        kind="concept",
        wrong=(
            ((_RULE, "min(losses) <= 1.01 * floor"),),
            ((_RULE, "any(loss <= 1.01 * floor for loss in losses)"),),
        ),
        hint="Is the run still where it was at its best?",
        more="Take losses that reach the floor and rise again, such as 9, 1, 4 for a floor of 1. What does "
        "the question say about the last?",
        why="The weights that one has at the end are those of the last loss.",
        seen="own",
    ),
    Misconception(
        id="RK330",
        name="the floor takes no part",
        question="has_converged",
        kind="concept",
        wrong=tuple(((_RULE, f"losses[-1] < {small}"),) for small in ("1e-3", "0.01", "1e-6", "1")),
        hint="How low can this loss go at all?",
        more="The best weights of the lesson's table leave a loss of 0.483. Would your function ever say yes "
        "there?",
        why="With more regions than weights for each crop, no weights hit every target: the floor is above "
        "0, and only it says how far there is to go.",
        seen="the lesson's table: the floor is 0.4831, and a loss below 1e-3 is never reached",
    ),
    Misconception(
        id="RK331",
        name="the last loss is held against the first, not against the floor",
        question="has_converged",
        kind="concept",
        wrong=(
            ((_RULE, "losses[-1] <= 0.01 * losses[0]"),),
            ((_RULE, "losses[-1] <= 0.05 * losses[0]"),),
            ((_RULE, "losses[-1] / losses[0] < 0.1"),),
        ),
        hint="How far has it come, or how far is left?",
        more="After 100 epochs the lesson's loss has fallen by 96 %. Compare it with the smallest that any "
        "weights reach.",
        why="A bad start makes any later loss look small. What is left to gain shows beside the floor alone.",
        seen="the lesson's table: from 33061 to 1270, and the floor is 0.48",
    ),
    Misconception(
        id="RK332",
        name="the first loss is looked at, not the last",
        question="has_converged",
        kind="concept",
        wrong=(
            ((_RULE, "losses[0] <= 1.01 * floor"),),
            ((_RULE, "losses[:1][0] <= floor * 1.01"),),
        ),
        hint="Where does a run end?",
        more="Print the loss that you compare, for losses of 8, 3, 1.",
        why="In Python, counting begins at 0, and from the end at -1.",
        seen="own",
    ),
    Misconception(
        id="RK333",
        name="no room is left above the floor",
        question="has_converged",
        kind="concept",
        wrong=(
            ((_RULE, "losses[-1] <= floor"),),
            ((_RULE, "losses[-1] == floor"),),
            ((_RULE, "floor >= losses[-1]"),),
        ),
        hint="Which losses lie within 1 % above the floor?",
        more="For a floor of 100, write down the largest loss for which the answer should be yes. Does your "
        "comparison let it through?",
        why="Descent comes closer and closer to the floor and hardly ever stands on it. So a little is "
        "allowed.",
        seen="own",
    ),
    Misconception(
        id="RK334",
        name="another percentage",
        question="has_converged",
        kind="concept",
        wrong=tuple(
            ((_RULE, f"losses[-1] <= {times} * floor"),)
            for times in ("1.1", "1.001", "2", "1.0001")
        ),
        hint="Which number stands for 1 % more?",
        more="Work out 1 % more than 200 with a calculator, and then with the number in your line.",
        why="A share of p percent is p / 100.",
        seen="own",
    ),
)


# The same in other styles, each line with what it is for: mutants are made of these.
OTHER_PROGRAMS = (
    """\
def has_converged(losses, floor):
    return losses[-1] <= 1.01 * floor  # the comparison
""",
    """\
def has_converged(losses, floor):
    return losses[-1] - floor <= 0.01 * floor  # the comparison
""",
)

QUESTION = Question(
    name="has_converged",
    order=150,
    asks="has_converged(losses, floor) says whether the last loss is at most 1 % above the "
    "floor, the smallest loss that any weights reach",
    program=HAS_CONVERGED,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
    drawn_for_report=20,
)
