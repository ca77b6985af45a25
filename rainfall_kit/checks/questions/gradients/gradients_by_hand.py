"""Question gradients_by_hand: the slopes of the loss by the formula, without autograd."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.checks.questions.step_cases import draw_steps
from rainfall_kit.checks.questions.step_start import start
from rainfall_kit.checks.questions.tensors.model import MODEL
from rainfall_kit.checks.tracing.torch_calls import ASKS, torch_calls_noted
from rainfall_kit.checks.tracing.trace import Trace

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer

GRADIENTS_BY_HAND = """\
def gradients_by_hand(inputs, targets, w, b):
    errors = model(inputs, w, b) - targets
    share = 2 / targets.numel()
    return share * (errors.t() @ inputs), share * errors.sum(dim=0)
"""


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``gradients_by_hand(inputs, targets, w, b)`` once, and note whether torch was asked.

    w and b are watched, as in the lesson, so a result may be watched or not.
    """
    inputs, targets, w, b = start(case)
    # a trace of its own: whether torch was asked is judged here, and noted for every case
    requests = Trace()
    with torch_calls_noted(requests, answer, w, b) as asked:
        pair = trace.unpacked(asked(inputs, targets, w, b))
    trace.parts(pair, "the slope for w", "the slope for b")
    asks = next(sign for sign in requests.signs if sign.name == ASKS)
    trace.value("the slopes are found without asking torch", not asks.numbers[0])
    trace.unchanged(inputs=inputs, targets=targets, w=w, b=b)
    trace.sign("inputs.requires_grad", inputs.requires_grad)


_SHARE = "share = 2 / targets.numel()"
_FOR_W, _FOR_B = "share * (errors.t() @ inputs)", "share * errors.sum(dim=0)"
_RETURN = f"    return {_FOR_W}, {_FOR_B}\n"

MISTAKES = (
    Misconception(
        id="RK300",
        name="the 2 is forgotten",
        question="gradients_by_hand",
        kind="silent",
        wrong=(((_SHARE, "share = 1 / targets.numel()"),),),
        hint="How fast does a square grow?",
        more="Take one prediction that is wrong by 3. Its square is 9. Print what the square is for 3.001, "
        "and how many times 0.001 it has grown.",
        why="When u grows a little, u squared grows by 2u times as much.",
        seen="the lesson's code, seed 0: -3469.22 for w[0, 0] where -6938.44 is right",
    ),
    Misconception(
        id="RK301",
        name="the slopes are divided by rows, not by elements",
        question="gradients_by_hand",
        kind="silent",
        wrong=(((_SHARE, "share = 2 / len(targets)"),),),
        hint="Over how many numbers does the loss take its mean?",
        more="Count the squared differences of a table with 3 rows and 2 crops, and compare with the number "
        "by which you divide.",
        why="The mean goes over every row and every crop, and its slopes are divided by the same number.",
        seen="the lesson's code, seed 0: -13876.87 for w[0, 0], twice what it should be",
    ),
    Misconception(
        id="RK302",
        name="right for two crops alone",
        question="gradients_by_hand",
        kind="silent",
        wrong=(((_SHARE, "share = 1 / len(targets)"),),),
        hint="Try a table with three crops.",
        more="Work your number out for 5 rows and 2 crops, then for 5 rows and 3 crops, and compare it with "
        "the definition of the mean each time.",
        why="With two crops, 2 over all elements happens to be 1 over the rows. With any other count it is "
        "not.",
        seen="the lesson's code is right so, and with three crops 1.5 times too large",
    ),
    Misconception(
        id="RK303",
        name="the slopes belong to a sum, not to a mean",
        question="gradients_by_hand",
        kind="silent",
        wrong=(((_SHARE, "share = 2"),),),
        hint="If the table held every row twice, should the slopes double?",
        more="Give your function a table, and then the same table with each row twice. The loss is the same "
        "for both. Are your slopes?",
        why="A mean divides by the number of elements, so its slopes do, too.",
        seen="the lesson's code, seed 0: -69384.35 for w[0, 0], ten times what it should be",
    ),
    Misconception(
        id="RK304",
        name="predictions stand where differences should",
        question="gradients_by_hand",
        kind="silent",
        wrong=((("model(inputs, w, b) - targets", "model(inputs, w, b)"),),),
        hint="What should the slopes be where every prediction equals its target?",
        more="Call your function with targets that are the predictions themselves, so that nothing is "
        "wrong. Which numbers come out?",
        why="Where nothing is wrong, the loss is at its lowest, and every slope is 0.",
        seen="the lesson's code, seed 0: -705.8 for w[0, 0] where -6938.4 is right",
    ),
    Misconception(
        id="RK305",
        name="targets less predictions",
        question="gradients_by_hand",
        kind="silent",
        wrong=((("model(inputs, w, b) - targets", "targets - model(inputs, w, b)"),),),
        hint="Compare the sign of your slope with a nudge.",
        more="Raise one weight by 0.001 and look whether the loss rises. Then look at the sign of its slope.",
        why="The square does not care which of the two is taken from the other; its slope does.",
        seen="the lesson's code, seed 0: 6938.4 for w[0, 0] where -6938.4 is right; the loss then grows with "
        "every step",
    ),
    Misconception(
        id="RK306",
        name="a mean over the rows is divided once more",
        question="gradients_by_hand",
        kind="silent",
        wrong=((("errors.sum(dim=0)", "errors.mean(dim=0)"),),),
        hint="Sum and mean: which of the two is already divided?",
        more="Write down, for b of one crop, each number that you divide by on the way. Together they should "
        "count every element once.",
        why="A mean over the rows has divided by the rows; to divide by all elements as well counts the "
        "rows twice.",
        seen="the lesson's code, seed 0: -17.88 for b[0] where -89.38 is right, a fifth",
    ),
    Misconception(
        id="RK307",
        name="the differences are added along the crops",
        question="gradients_by_hand",
        kind="silent",
        wrong=((("errors.sum(dim=0)", "errors.sum(dim=1)"),),),
        hint="One slope for each crop, or one for each region?",
        more="Print the shape of your slopes for b beside the shape of b.",
        why="There is one offset for each crop, and every region has its share in its slope.",
        seen="the lesson's code: a slope of shape (5,) for a b of shape (2,)",
    ),
    Misconception(
        id="RK308",
        name="the slopes for w stand on their side",
        question="gradients_by_hand",
        kind="silent",
        wrong=((("errors.t() @ inputs", "inputs.t() @ errors"),),),
        hint="Compare the shape of your slopes with the shape of w.",
        more="Print both shapes. What do the rows of w stand for, and what do the rows of your slopes?",
        why="Each weight has one slope, in the same place: rows for crops, columns for inputs.",
        seen="the lesson's code: slopes of shape (3, 2) for a w of shape (2, 3)",
    ),
    Misconception(
        id="RK309",
        name="torch is asked after all",
        question="gradients_by_hand",
        kind="silent",
        wrong=(
            (
                (
                    _RETURN,
                    "    return torch.autograd.grad((errors * errors).mean(), (w, b))\n",
                ),
            ),
            (
                (
                    _RETURN,
                    "    (errors ** 2).mean().backward()\n    return w.grad, b.grad\n",
                ),
            ),
        ),
        hint="Who does the work here, you or torch?",
        more="Go through your lines: which one would not run on a sheet of paper, with numbers and a "
        "calculator?",
        why="This time the formula itself is asked for. Torch finds the same numbers, by the same formula.",
        seen="own",
    ),
)

OTHER_PROGRAMS = (
    """\
def gradients_by_hand(inputs, targets, w, b):
    preds = inputs @ w.t() + b  # the prediction
    errors = preds - targets  # the errors
    share = 2 / targets.numel()  # the factor
    grad_w = share * (errors.t() @ inputs)  # the slopes for w
    grad_b = share * errors.sum(dim=0)  # the slopes for b
    return grad_w, grad_b  # what is handed back
""",
    """\
def gradients_by_hand(inputs, targets, w, b):
    preds = inputs @ w.t() + b  # the prediction
    errors = preds - targets  # the errors
    grad_w = 2 * errors.t() @ inputs / errors.numel()  # the slopes for w
    grad_b = 2 * errors.sum(dim=0) / errors.numel()  # the slopes for b
    return grad_w, grad_b  # what is handed back
""",
)

QUESTION = Question(
    name="gradients_by_hand",
    order=95,
    asks="gradients_by_hand(inputs, targets, w, b) gives the slopes of the loss for w and for b by the "
    "formula, without asking torch for gradients",
    program=f"{MODEL}\n{GRADIENTS_BY_HAND}",
    other_programs=OTHER_PROGRAMS,
    draw=draw_steps,
    call=call,
    mistakes=MISTAKES,
    builds_on=("model",),
)
