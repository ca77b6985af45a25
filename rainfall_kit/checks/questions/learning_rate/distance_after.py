"""Question distance_after: how far from its lowest point a run will be, foreseen without running it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.questions.drawing import case_of
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

DISTANCE_AFTER = """\
def distance_after(distance, lr, curvature, epochs):
    return distance * (1 - lr * curvature) ** epochs
"""


def draw(seed: int) -> tuple[Case, ...]:
    """Steps that creep, steps that go past the lowest point, and steps that lead away from it."""
    rng = np.random.default_rng([seed, 24])
    shown = (
        ("half of the way in each epoch", 8, 0.25, 2, 3),
        ("past the lowest point", 8, 0.75, 2, 3),
        ("away from the lowest point", 1, 1.5, 2, 2),
        ("no epoch", 8, 0.25, 2, 0),
    )
    cases = [
        case_of(
            label,
            "float64",
            public=True,
            distance=distance,
            lr=lr,
            curvature=curvature,
            epochs=epochs,
        )
        for label, distance, lr, curvature, epochs in shown
    ]
    for share, epochs in ((0.02, 40), (0.3, 5), (0.9, 3), (1.6, 4), (1.6, 7), (2.3, 6)):
        curvature = rng.uniform(0.5, 300)
        cases.append(
            case_of(
                f"{epochs} epochs",
                "float64",
                distance=rng.uniform(0.5, 9) * rng.choice([-1, 1]),
                lr=share * rng.uniform(0.9, 1.1) / curvature,
                curvature=curvature,
                epochs=epochs,
            )
        )
    return tuple(cases)


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``distance_after(distance, lr, curvature, epochs)`` once, with plain numbers."""
    import torch

    distance, lr, curvature = (case.number(name) for name in ("distance", "lr", "curvature"))
    far = answer(distance, lr, curvature, int(case.number("epochs")))
    if isinstance(far, torch.Tensor | np.ndarray | np.number) and far.shape == ():
        far = far.item()
    trace.value("the distance", far)


_LEFT = "(1 - lr * curvature)"
_RULE = f"distance * {_LEFT} ** epochs"

MISTAKES = (
    Misconception(
        id="RK371",
        name="what an epoch takes away is added",
        question="distance_after",
        kind="silent",
        wrong=((("1 - lr", "1 + lr"),),),
        hint="Does a small step bring you nearer, or take you farther away?",
        more="Take a distance of 8 and a step that covers half of it. What is left after one epoch?",
        why="A step goes against the slope, so it takes its length off the distance.",
        seen="own",
    ),
    Misconception(
        id="RK372",
        name="the factor of one epoch is multiplied by the epochs",
        question="distance_after",
        kind="silent",
        wrong=((("** epochs", "* epochs"),),),
        hint="What happens to the distance in the second epoch?",
        more="Take a distance of 8 of which each epoch leaves half. Write down what is left after 1, 2 and 3 "
        "epochs, and look at how one comes from the other.",
        why="Each epoch multiplies what the one before has left. Three times the same factor is a power, not "
        "a product with 3.",
        seen="own",
    ),
    Misconception(
        id="RK373",
        name="every epoch takes the same length",
        question="distance_after",
        kind="silent",
        wrong=(
            ((_RULE, "distance * (1 - epochs * lr * curvature)"),),
            ((_RULE, "distance - epochs * lr * curvature * distance"),),
        ),
        hint="Is the second step as long as the first?",
        more="A step is lr times the slope. Nearer to the lowest point, is the slope still as steep?",
        why="The slope shrinks with the distance, so each epoch takes the same share, not the same length.",
        seen="own",
    ),
    Misconception(
        id="RK374",
        name="one epoch, however many there are",
        question="distance_after",
        kind="silent",
        wrong=(
            ((_RULE, f"distance * {_LEFT}"),),
            ((_RULE, "distance - lr * curvature * distance"),),
        ),
        hint="Which of the four things that you are given do your lines use?",
        more="Call your function for 1 epoch and for 100. Should the two be the same?",
        why="The factor is that of one epoch. Every further epoch multiplies by it once more.",
        seen="own",
    ),
    Misconception(
        id="RK375",
        name="the factor of the loss stands for that of the distance",
        question="distance_after",
        kind="silent",
        wrong=(
            (("** epochs", "** (2 * epochs)"),),
            ((_RULE, f"distance * ({_LEFT} ** 2) ** epochs"),),
        ),
        hint="Is it the distance that is asked for, or the loss?",
        more="Half of the distance is left after an epoch. How much of the loss is left then?",
        why="The loss grows with the square of the distance, so its factor is the square of this one.",
        seen="own",
    ),
    Misconception(
        id="RK376",
        name="the side is forgotten",
        question="distance_after",
        kind="silent",
        wrong=(
            ((_LEFT, "abs(1 - lr * curvature)"),),
            ((_RULE, f"abs({_RULE})"),),
        ),
        hint="On which side of the lowest point does a long step end?",
        more="Take a distance of 8, and a step of 12 towards the lowest point. Where are you then?",
        why="A step that is longer than the distance ends on the other side, where the distance has the "
        "other sign.",
        seen="own",
    ),
    Misconception(
        id="RK377",
        name="what is taken away stands for what is left",
        question="distance_after",
        kind="silent",
        wrong=(
            ((_LEFT, "(lr * curvature)"),),
            ((_RULE, f"distance * (1 - {_LEFT} ** epochs)"),),
        ),
        hint="What is left, or what is gone?",
        more="Take a tenth off a distance of 10. Is your answer 1 or 9, and which of the two is asked for?",
        why="An epoch takes the share lr·λ of the distance. What is left is the rest.",
        seen="own",
    ),
    Misconception(
        id="RK378",
        name="an exponential stands for the steps",
        question="distance_after",
        kind="silent",
        wrong=(((_RULE, "distance * math.exp(-lr * curvature * epochs)"),),),
        hint="Are your steps so small that nothing changes on the way?",
        more="Take a step that covers half of the distance. Work out one epoch by hand and compare.",
        why="The exponential is what endlessly many tiny steps come to. A step of some length keeps the "
        "slope with which it began, so it goes farther, even past the lowest point.",
        seen="own",
    ),
)

OTHER_PROGRAMS = (
    """\
def distance_after(distance, lr, curvature, epochs):
    factor = 1 - lr * curvature  # the factor of one epoch
    return distance * factor**epochs  # the distance
""",
)

QUESTION = Question(
    name="distance_after",
    order=122,
    asks="distance_after(distance, lr, curvature, epochs) gives how far from the lowest point a run is after "
    "that many epochs, along a direction of that curvature; below 0 on the other side",
    program=DISTANCE_AFTER,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
    drawn_for_report=4,
)
