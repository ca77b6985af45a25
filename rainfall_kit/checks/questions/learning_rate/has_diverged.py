"""Question has_diverged: whether the losses of a run have grown."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.questions.drawing import case_of
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

HAS_DIVERGED = """\
def has_diverged(losses):
    return math.isnan(losses[-1]) or losses[-1] > losses[0]
"""


def draw(seed: int) -> tuple[Case, ...]:
    """Losses of a run that falls, rises, stays, or is no number any more."""
    rng = np.random.default_rng([seed, 9])
    shown: tuple[list[float], ...] = (
        [4, 2, 1],
        [1, 2, 4],
        [4, 9, np.nan],
        [4, np.inf],
        [5, 5],
        [3],
    )
    cases = [
        case_of(
            "1 loss" if len(losses) == 1 else f"{len(losses)} losses",
            "float32",
            public=True,
            losses=losses,
        )
        for losses in shown
    ]
    for ratio in (0.5, 0.999, 1.001, 3.0):
        start, count = rng.uniform(1, 90), int(rng.integers(3, 9))
        cases.append(case_of("a longer run", "float32", losses=start * ratio ** np.arange(count)))
    up_and_down = rng.uniform(2, 9, 5)
    return (
        *cases,
        case_of("a run that ends in nan", "float32", losses=[*up_and_down, np.nan]),
        case_of("a run up and down", "float32", losses=[10, *up_and_down, 1]),
        case_of("a run that rises at its end", "float32", losses=[10, 1, *sorted(up_and_down)]),
        case_of("a run that comes down again", "float32", losses=[10, *(10 + up_and_down), 9.5]),
        case_of("a run that comes down a little", "float32", losses=[1, *-np.sort(-up_and_down)]),
    )


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``has_diverged(losses)`` once, with a list of plain numbers."""
    # each nan is one of its own, as in a run: `is math.nan` and `math.nan in losses` find none
    losses = [1.0 * loss for loss in case.value("losses").numbers]
    trace.truth("the answer", answer(losses))


MISTAKES = (
    Misconception(
        id="RK100",
        name="nan is looked for by comparing",
        question="has_diverged",
        kind="silent",
        wrong=(
            (("math.isnan(losses[-1]) or losses", "losses"),),
            (("math.isnan(losses[-1])", "losses[-1] == float('nan')"),),
        ),
        hint='How would you ask "is this still a number"?',
        more="In a cell of its own, print nan < 1, nan > 1 and nan == nan for nan = float('nan').",
        why="nan, which stands for no number, compares as False with everything, even with itself. So no "
        "comparison with < or > ever finds it.",
        seen="the lesson's code with `if loss > 1e9`: the loop goes on with nan to its end",
    ),
)


# The same in other styles, each line with what it is for: mutants are made of these.
OTHER_PROGRAMS = (
    """\
def has_diverged(losses):
    return math.isnan(losses[-1]) or losses[-1] > losses[0]  # the answer
""",
    """\
def has_diverged(losses):
    first = losses[0]  # the first loss
    last = losses[-1]  # the last loss
    return math.isnan(last) or last > first  # the answer
""",
)

QUESTION = Question(
    name="has_diverged",
    order=140,
    asks="has_diverged(losses) says whether the last loss is above the first, or no number",
    program=HAS_DIVERGED,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
    drawn_for_report=20,
)
