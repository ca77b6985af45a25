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
    cases = [
        case_of("3 losses", "float32", public=True, losses=[8, 3, 1], floor=1),
        case_of("3 losses, level", "float32", public=True, losses=[8, 5, 4.99], floor=1),
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


MISTAKES = (
    Misconception(
        id="RK107",
        name="a flat-looking curve is taken for the lowest point",
        question="has_converged",
        kind="concept",
        wrong=(
            (("losses[-1] <= 1.01 * floor", "len(losses) >= 100"),),
            (
                (
                    "losses[-1] <= 1.01 * floor",
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
