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
        [5, 6, 1, 1],
        [4e12, 2e12],
        [1, 4e11],
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


_NAN = "math.isnan(losses[-1])"
_RULE = f"{_NAN} or losses[-1] > losses[0]"

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
    Misconception(
        id="RK321",
        name="only a loss that is no number, or infinite, counts as grown",
        question="has_diverged",
        kind="concept",
        wrong=(
            ((_RULE, "math.isnan(losses[-1])"),),
            ((_RULE, "not math.isfinite(losses[-1])"),),
            ((_RULE, "any(math.isnan(loss) for loss in losses)"),),
        ),
        hint="Does a loss that grows have to be no number?",
        more="Write down the first and the last loss of a run that grows, and has not run for long. Are both "
        "plain numbers?",
        why="A loss can double many hundred times before a float cannot hold it. The run has diverged long "
        "before.",
        seen="the lesson's table at lr 1.2e-4: the loss ends at 2.64e16, which is a number",
    ),
    Misconception(
        id="RK322",
        name="one rise on the way is enough",
        question="has_diverged",
        kind="concept",
        wrong=(
            ((_RULE, f"{_NAN} or any(b > a for a, b in zip(losses, losses[1:]))"),),
            ((_RULE, f"{_NAN} or losses != sorted(losses, reverse=True)"),),
        ),
        hint="Which two losses are asked about?",
        more="Take losses that rise once and then fall far below the first, such as 10, 12, 3. What is your "
        "answer, and what does the question say?",
        why="Here a run has diverged when it ends above its start. A loss may go up and down on the way, as "
        "it does where each step sees other rows.",
        seen="the lesson's table in batches of 2: a run that ends well rises in 14 of 29 steps",
    ),
    Misconception(
        id="RK323",
        name="a fixed number is the limit",
        question="has_diverged",
        kind="concept",
        wrong=tuple(
            ((_RULE, f"{_NAN} or losses[-1] > {limit}"),) for limit in ("1e3", "1e6", "1e9", "1e10")
        ),
        hint="In which unit is your limit?",
        more="Take losses that begin at 0.01 and end at 5, and others that begin at 1e12 and end at 1e11. "
        "Which of the two runs has grown?",
        why="A loss has the squared unit of the targets. What is huge for one table is nothing for another.",
        seen="own",
    ),
    Misconception(
        id="RK324",
        name="the last loss is held against the one before it",
        question="has_diverged",
        kind="concept",
        wrong=(
            ((_RULE, f"{_NAN} or losses[-1] > losses[-2:][0]"),),
            ((_RULE, f"{_NAN} or (len(losses) > 1 and losses[-1] > losses[-2])"),),
        ),
        hint="Which two losses are asked about?",
        more="Take losses that rise to a hundred times the start and fall a little in the last step. What is "
        "your answer?",
        why="The last step alone says little about the whole run.",
        seen="own",
    ),
    Misconception(
        id="RK325",
        name="the largest loss stands for the last",
        question="has_diverged",
        kind="concept",
        wrong=(
            ((_RULE, f"{_NAN} or max(losses) > losses[0]"),),
            ((_RULE, "max(losses) > losses[0]"),),
            ((_RULE, "not max(losses) <= losses[0]"),),
        ),
        hint="Where in the list does the largest loss stand?",
        more="Take losses that rise in the middle and end far below the first. And in a cell of its own, "
        "print max of [1, nan] and of [nan, 1].",
        why="What counts here is where the run ends. Besides, max compares, and a comparison with nan is "
        "always False, so its answer then hangs on the order.",
        seen="own; of max and nan: True for [1e12, nan], False for [nan, 1e12]",
    ),
    Misconception(
        id="RK326",
        name="the smallest loss stands for the first",
        question="has_diverged",
        kind="concept",
        wrong=((("losses[-1] > losses[0]", "losses[-1] > min(losses)"),),),
        hint="Where in the list does the smallest loss stand?",
        more="Take losses that fall from 10 to 1 and come back to 2. Has this run ended above its start?",
        why="A run that has come down a long way and rises a little has still gone down.",
        seen="own",
    ),
    Misconception(
        id="RK327",
        name="a loss that stayed counts as grown",
        question="has_diverged",
        kind="concept",
        wrong=((("losses[-1] > losses[0]", "losses[-1] >= losses[0]"),),),
        hint="What if the first and the last are the same number?",
        more="Call your function with a list that holds a single loss. Has it grown?",
        why="A run of one loss, or one that stands still, has not gone up.",
        seen="own",
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
