"""Question share_explained: the share of the baseline's loss that a model takes away, R²."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.questions.drawing import DTYPES, case_of, count_of
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

SHARE_EXPLAINED = """\
def share_explained(preds, targets):
    loss = ((preds - targets) ** 2).mean()
    baseline = ((targets - targets.mean(dim=0)) ** 2).mean()
    return 1 - loss / baseline
"""


def draw(seed: int) -> tuple[Case, ...]:
    """Predictions and targets, of good models and of models that are worse than none.

    The share is never near 0: a number that is left of two equal ones is all rounding.
    """
    rng = np.random.default_rng([seed, 9])
    cases = [
        case_of(
            "3 rows, 1 crop",
            "float32",
            public=True,
            preds=[[0], [2], [6]],
            targets=[[0], [2], [4]],
        ),
        case_of(
            "2 rows, 2 crops",
            "float32",
            public=True,
            preds=[[0, 10], [4, 56]],
            targets=[[0, 10], [4, 30]],
        ),
    ]
    for n, k, left in ((7, 3, 0.3), (3, 5, 4.0), (5, 2, 0.1), (6, 1, 25.0)):
        for dtype in DTYPES:
            targets = rng.normal(size=(n, k)) * rng.uniform(10, 40, k) + rng.uniform(20, 90, k)
            baseline = ((targets - targets.mean(axis=0)) ** 2).mean()
            # crops that are not predicted equally well, and all a little too high
            errors = rng.normal(size=(n, k)) * rng.uniform(0.2, 2, k) + 0.5
            errors *= np.sqrt(left * baseline / (errors**2).mean())
            label = f"{count_of(n, 'row')}, {count_of(k, 'crop')}, {dtype}"
            cases.append(case_of(label, dtype, preds=targets + errors, targets=targets))
    targets = rng.normal(size=(4, 3)) * 20 + 60
    cases.append(case_of("preds equal to targets", "float32", preds=targets, targets=targets))
    return tuple(cases)


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``share_explained(preds, targets)`` once, with watched preds as a model gives them."""
    preds, targets = case.tensors("preds", "targets")
    preds = preds.requires_grad_() * 1
    trace.single("the share", answer(preds, targets))
    trace.unchanged(preds=preds, targets=targets)


_LOSS = "((preds - targets) ** 2).mean()"
_BASELINE = "((targets - targets.mean(dim=0)) ** 2).mean()"
_SHARE = "1 - loss / baseline"

MISTAKES = (
    Misconception(
        id="RK265",
        name="the fraction is upside down",
        question="share_explained",
        kind="silent",
        wrong=(((_SHARE, "1 - baseline / loss"),),),
        hint="What should a perfect model get?",
        more="Work out your result by hand for a loss that is half the baseline, and for one that is twice "
        "the baseline. Which model is better?",
        why="The question is how much of the baseline's loss is gone, so the baseline is what is divided "
        "by.",
        seen="the lesson's code: 0.964 at the start, 0.062 after 100 epochs, -2466 for the best weights",
    ),
    Misconception(
        id="RK266",
        name="the share that is left, not the share that is explained",
        question="share_explained",
        kind="silent",
        wrong=(((_SHARE, "loss / baseline"),), ((_SHARE, "(baseline / loss) ** -1"),)),
        hint="Should a better model get a larger or a smaller number?",
        more="Take predictions that are all right. Their loss is 0: what does your function say, and what "
        "should it say?",
        why="loss divided by baseline is what is still wrong. The share explained is the rest.",
        seen="the lesson's code: 27.74 at the start, 1.066 after 100 epochs, 0.0004 for the best weights",
    ),
    Misconception(
        id="RK267",
        name="the 1 stands inside the fraction",
        question="share_explained",
        kind="silent",
        wrong=(((_SHARE, "(1 - loss) / baseline"),),),
        hint="What is divided by what?",
        more="Take a loss equal to the baseline, and work out your last line by hand, brackets first.",
        why="Brackets come first: this takes the loss from 1 and then divides, so squared tons meet a "
        "plain number.",
        seen="the lesson's code: -27.74 at the start, -1.065 after 100 epochs, 0.0004 for the best weights",
    ),
    Misconception(
        id="RK268",
        name="the mean of one share for each crop",
        question="share_explained",
        kind="silent",
        wrong=(
            (
                (_LOSS, "((preds - targets) ** 2).mean(dim=0)"),
                (_BASELINE, "((targets - targets.mean(dim=0)) ** 2).mean(dim=0)"),
                (_SHARE, "(1 - loss / baseline).mean()"),
            ),
        ),
        hint="One share for the table, or the mean of several?",
        more="Print what you have before the last operation. How many fractions did you work out?",
        why="A mean of fractions and a fraction of means are different numbers. Here the two means come "
        "first.",
        seen="the lesson's code: -26.63 where -26.74 is right, and -0.0675 where -0.0656 is right",
    ),
    Misconception(
        id="RK269",
        name="a squared correlation",
        question="share_explained",
        kind="silent",
        wrong=(
            (
                (
                    _SHARE,
                    "torch.corrcoef(torch.stack([preds.flatten(), targets.flatten()]))[0, 1] ** 2",
                ),
            ),
        ),
        hint="If all predictions were 1000 tons too high, should the share stay?",
        more="Add 1000 to all predictions and call your function again. A model that is so wrong explains "
        "nothing.",
        why="A correlation only asks whether two things rise together. Being too high everywhere does not "
        "change it.",
        seen="the lesson's code: 0.607 at the start, 0.092 after 100 epochs; it is never negative",
    ),
    Misconception(
        id="RK270",
        name="a negative share is not let through",
        question="share_explained",
        kind="silent",
        wrong=(
            ((_SHARE, "max(torch.zeros(()), 1 - loss / baseline)"),),
            ((_SHARE, "(1 - loss / baseline).clamp(0, 1)"),),
        ),
        hint="Can a model be worse than always saying the mean?",
        more="Take predictions that are far off. Their loss is above the baseline: what does the formula "
        "say before your last operation?",
        why="A share below 0 says that the model is worse than none. That is worth knowing.",
        seen="the lesson's code: 0 at the start and after 100 epochs, where -26.74 and -0.0656 are right",
    ),
    Misconception(
        id="RK271",
        name="the sign is dropped",
        question="share_explained",
        kind="silent",
        wrong=(((_SHARE, "(1 - loss / baseline).abs()"),), ((_SHARE, "abs(1 - loss / baseline)"),)),
        hint="Are a very good model and a very bad one the same?",
        more="Take predictions that are far off, and print your result before and after its last "
        "operation.",
        why="The sign tells a model that is better than the mean from one that is worse.",
        seen="the lesson's code: 26.74 at the start, where -26.74 is right",
    ),
    Misconception(
        id="RK272",
        name="roots are compared, not squares",
        question="share_explained",
        kind="silent",
        wrong=(
            ((_SHARE, "1 - loss.sqrt() / baseline.sqrt()"),),
            ((_SHARE, "1 - (loss / baseline) ** 0.5"),),
        ),
        hint="Squares or roots: what is compared?",
        more="Take a loss that is a quarter of the baseline. Three quarters are gone: does your function "
        "say so?",
        why="R² compares mean squared errors. Their roots give another fraction.",
        seen="the lesson's code: -4.27 at the start, where -26.74 is right",
    ),
    Misconception(
        id="RK273",
        name="a mean is divided by a sum",
        question="share_explained",
        kind="silent",
        wrong=(((_BASELINE, "((targets - targets.mean(dim=0)) ** 2).sum()"),),),
        hint="Are both means, or both sums?",
        more="Say the mean for every region, so that loss and baseline should be equal. Print both.",
        why="A sum grows with the table, so a model would look better the more rows there are.",
        seen="the lesson's code: 0.893 after 100 epochs, where -0.0656 is right",
    ),
    Misconception(
        id="RK274",
        name="a sum is divided by a mean",
        question="share_explained",
        kind="silent",
        wrong=(((_LOSS, "((preds - targets) ** 2).sum()"),),),
        hint="Are both means, or both sums?",
        more="Say the mean for every region, so that loss and baseline should be equal. Print both.",
        why="A sum grows with the table, so a model would look worse the more rows there are.",
        seen="the lesson's code: -9.66 after 100 epochs, where -0.0656 is right",
    ),
    Misconception(
        id="RK275",
        name="the baseline is divided by one less than the number of rows",
        question="share_explained",
        kind="silent",
        wrong=(
            ((_BASELINE, "targets.var(dim=0).mean()"),),
            ((_BASELINE, "(targets.std(dim=0) ** 2).mean()"),),
        ),
        hint="By how many are the two sums divided?",
        more="Say the mean for every region, so that loss and baseline should be equal. Print both.",
        why="var and std divide by n - 1 unless told otherwise, and the loss divides by n.",
        seen="the lesson's code: +0.147 after 100 epochs, where -0.0656 is right",
    ),
    Misconception(
        id="RK276",
        name="percent instead of a share",
        question="share_explained",
        kind="silent",
        wrong=(
            ((_SHARE, "100 * (1 - loss / baseline)"),),
            ((_SHARE, "100 - 100 * loss / baseline"),),
        ),
        hint="Is a share 1 or 100 at most?",
        more="Take predictions that are all right, and print your result.",
        why="A share of all is 1. Percent is a way to print it.",
        seen="the lesson's code: -6.56 after 100 epochs, where -0.0656 is right",
    ),
    Misconception(
        id="RK277",
        name="one mean for all crops in the baseline",
        question="share_explained",
        kind="silent",
        wrong=(
            ((_BASELINE, "((targets - targets.mean()) ** 2).mean()"),),
            ((_BASELINE, "targets.var(correction=0)"),),
        ),
        hint="How many means does a table of two crops have?",
        more="Print the means that your baseline uses, and count them.",
        why="The baseline says each crop's own mean. One mean for both is an easier opponent.",
        seen="the lesson's code: -0.0126 after 100 epochs, where -0.0656 is right",
    ),
    Misconception(
        id="RK278",
        name="the baseline is made of the predictions",
        question="share_explained",
        kind="silent",
        wrong=(((_BASELINE, "((preds - preds.mean(dim=0)) ** 2).mean()"),),),
        hint="Whose mean does the baseline say?",
        more="Let all predictions of a crop be equal and print your baseline. Should it depend on them?",
        why="The baseline knows the harvests and nothing of the model. It is the same for every model.",
        seen="own run: swapping the two arguments of share_explained does the same",
    ),
    Misconception(
        id="RK279",
        name="one share for each crop",
        question="share_explained",
        kind="silent",
        wrong=(
            (
                (_LOSS, "((preds - targets) ** 2).mean(dim=0)"),
                (_BASELINE, "((targets - targets.mean(dim=0)) ** 2).mean(dim=0)"),
            ),
            (
                (_LOSS, "((preds - targets) ** 2).mean(dim=0)"),
                (_BASELINE, "targets.var(dim=0, correction=0)"),
            ),
        ),
        hint="One share for the table, or one for each crop?",
        more="Print the shape of what your function gives. One number has the shape ().",
        why="One number is asked for: all losses of the table together, held against one baseline.",
        seen="the lesson's code, seed 0: tensor of two shares where -26.74 is right",
    ),
)

OTHER_PROGRAMS = (
    """\
def share_explained(preds, targets):
    loss = ((preds - targets) ** 2).mean()  # the loss
    means = targets.mean(dim=0)  # the mean of each crop
    baseline = ((targets - means) ** 2).mean()  # the baseline
    return 1 - loss / baseline  # the share
""",
    """\
def share_explained(preds, targets):
    left = ((preds - targets) ** 2).sum()  # the squares that are left
    whole = ((targets - targets.mean(dim=0)) ** 2).sum()  # the squares of the baseline
    return (whole - left) / whole  # the share
""",
)

QUESTION = Question(
    name="share_explained",
    order=66,
    asks="share_explained(preds, targets) gives 1 for perfect predictions, 0 for those of the baseline, "
    "and a negative number for worse ones: one number",
    program=SHARE_EXPLAINED,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
    builds_on=("mse", "baseline_loss"),
)
