"""Question gradients: the slopes of the loss for w and for b."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.checks.questions.loss.mse import MSE
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.checks.questions.step_cases import draw_steps
from rainfall_kit.checks.questions.step_start import start
from rainfall_kit.checks.questions.tensors.model import MODEL
from rainfall_kit.checks.tracing.torch_calls import torch_calls_noted

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

GRADIENTS = """\
def gradients(inputs, targets, w, b):
    preds = model(inputs, w, b)
    loss = mse(preds, targets)
    loss.backward()
    return w.grad, b.grad
"""


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``gradients(inputs, targets, w, b)`` once, with gradients that start at None or zero."""
    inputs, targets, w, b = start(case)
    with torch_calls_noted(trace, answer, w, b) as asked:
        pair = trace.unpacked(asked(inputs, targets, w, b))
    if not trace.parts(pair, "the slope for w", "the slope for b"):
        trace.value("what is given back", pair)  # None is another mistake than a dict
    trace.sign("inputs.requires_grad", inputs.requires_grad)


_BACKWARD, _RETURN = "    loss.backward()\n", "    return w.grad, b.grad\n"
_ENDS = _BACKWARD + _RETURN

MISTAKES = (
    Misconception(
        id="RK290",
        name="the gradients are emptied after they were read",
        question="gradients",
        kind="silent",
        wrong=(
            (
                (
                    _RETURN,
                    "    slopes = w.grad, b.grad\n    w.grad.zero_()\n    b.grad.zero_()\n    return slopes\n",
                ),
            ),
        ),
        hint="When .grad is emptied, what becomes of what you give back?",
        more="Print what you give back right after backward, and again in your last line. Between which two "
        "lines does it change?",
        why="A name given to w.grad is no copy. What empties the one empties the other.",
        seen="the lesson's code: no error, and all slopes are 0",
    ),
    Misconception(
        id="RK291",
        name="None is given back, not the slopes",
        question="gradients",
        kind="silent",
        wrong=(
            ((_ENDS, "    return loss.backward()\n"),),
            ((_ENDS, "    slopes = loss.backward()\n    return slopes, slopes\n"),),
        ),
        hint="Where does backward put its answer, and which of your lines hands it on?",
        more="Print what loss.backward() gives back, and then w.grad. Which of the two holds slopes? Then "
        "print what your function gives back.",
        why="backward gives back None. It adds the slopes to the grad of each tensor that it reaches. A "
        "function without return gives back None as well.",
        seen="the lesson's code: TypeError: 'NoneType' object is not subscriptable",
    ),
    Misconception(
        id="RK292",
        name="the slopes for b come first",
        question="gradients",
        kind="silent",
        wrong=(
            ((_RETURN, "    return b.grad, w.grad\n"),),
            ((_ENDS, "    return torch.autograd.grad(loss, (b, w))\n"),),
        ),
        hint="Print the shapes of the two that you give back.",
        more="Whoever calls your function takes the first for w and the second for b. Compare their shapes "
        "with those of w and b.",
        why="What a function gives back is told apart by its place alone.",
        seen="the lesson's code: shapes (2,) and (2, 3) where (2, 3) and (2,) are right",
    ),
    Misconception(
        id="RK293",
        name="b is handed to autograd.grad as a weight of the loss",
        question="gradients",
        kind="raises",
        wrong=(((_ENDS, "    return torch.autograd.grad(loss, w, b)\n"),),),
        hint="Which of the arguments of that call belong together?",
        more="Look the arguments up with torch.autograd.grad? in a cell of its own. What is the third one "
        "for?",
        why="torch.autograd.grad takes all that it shall find slopes for as one argument. The one behind it "
        "says how much each element of the loss counts.",
        seen="the lesson's code: RuntimeError: Mismatch in shape: grad_output[0] has a shape of "
        "torch.Size([2]) and output[0] has a shape of torch.Size([]).",
    ),
    Misconception(
        id="RK294",
        name="the slopes of the weights are asked for, not those of the loss",
        question="gradients",
        kind="raises",
        wrong=(((_ENDS, "    return torch.autograd.grad((w, b), loss)\n"),),),
        hint="The slope of which number, as which number changes?",
        more="Say your call of autograd.grad aloud: of what, and with respect to what. Then compare with "
        "what it says about its first argument.",
        why="A slope says how one number, the loss, changes as another one does. They cannot be exchanged.",
        seen="the lesson's code: RuntimeError: grad can be implicitly created only for scalar outputs",
    ),
    Misconception(
        id="RK295",
        name="the slopes are asked for a copy of w and b",
        question="gradients",
        kind="raises",
        wrong=(((_ENDS, "    return torch.autograd.grad(loss, (w.clone(), b.clone()))\n"),),),
        hint="Is it the tensor that made the loss?",
        more="Go from the loss back to the predictions, line by line. Which tensors do you meet, and is the "
        "one that you ask about among them?",
        why="The loss was computed from w and b. Of a copy that is made afterwards it knows nothing.",
        seen="the lesson's code: RuntimeError: One of the differentiated Tensors appears to not have been "
        "used in the graph. Set allow_unused=True if this is the desired behavior.",
    ),
    Misconception(
        id="RK296",
        name="an error is silenced, and no slope came",
        question="gradients",
        kind="silent",
        wrong=(
            (
                (
                    _ENDS,
                    (
                        "    copies = w.clone(), b.clone()\n"
                        "    return torch.autograd.grad(loss, copies, allow_unused=True)\n"
                    ),
                ),
            ),
        ),
        hint="The error went away. Did the slope come?",
        more="Print what your function gives back. Is each of the two a table of numbers?",
        why="allow_unused lets torch give None where a tensor took no part in the loss. The slope is then "
        "still not there.",
        seen="the lesson's code with the advice of the error message: the slopes are None and None",
    ),
    Misconception(
        id="RK297",
        name="the gradients are read before backward",
        question="gradients",
        kind="silent",
        wrong=(
            (
                (
                    _ENDS,
                    "    slopes = w.grad, b.grad\n    loss.backward()\n    return slopes\n",
                ),
            ),
        ),
        hint="When is `.grad` filled in?",
        more="Print w.grad before and after backward, for a w that was made a moment ago.",
        why="Before the first backward `.grad` is None, and a name given to None stays with None.",
        seen="the lesson's code: None and None at the first call",
    ),
    Misconception(
        id="RK298",
        name="the weights are given back, not their slopes",
        question="gradients",
        kind="silent",
        wrong=(((_RETURN, "    return w, b\n"),), ((_RETURN, "    return w.data, b.data\n"),)),
        hint="What was asked for: w, or how the loss changes with w?",
        more="Print what you give back beside w. Are these two different tables?",
        why="backward does not change w. It fills in w.grad, which has the same shape.",
        seen="own",
    ),
)

# The same in other styles, each line with what it is for: mutants are made of these.
OTHER_PROGRAMS = (
    f"""\
{MODEL}
{MSE}
def gradients(inputs, targets, w, b):
    preds = model(inputs, w, b)  # the prediction
    loss = mse(preds, targets)  # the loss
    loss.backward()  # backward
    return w.grad, b.grad  # what is handed back
""",
    """\
def gradients(inputs, targets, w, b):
    preds = inputs @ w.t() + b  # the prediction
    loss = ((preds - targets) ** 2).mean()  # the loss
    loss.backward()  # backward
    return w.grad, b.grad  # what is handed back
""",
    """\
def gradients(inputs, targets, w, b):
    preds = inputs @ w.t() + b  # the prediction
    error = preds - targets  # the error
    scaled = 2 * error / error.numel()  # the slope for each prediction
    grad_w = scaled.t() @ inputs  # the slope for w
    grad_b = scaled.sum(dim=0)  # the slope for b
    return grad_w.detach(), grad_b.detach()  # what is handed back
""",
)

QUESTION = Question(
    name="gradients",
    order=70,
    asks="gradients(inputs, targets, w, b) gives the slopes of the loss for w and for b",
    program=f"{MODEL}\n{MSE}\n{GRADIENTS}",
    other_programs=OTHER_PROGRAMS,
    draw=draw_steps,
    call=call,
    mistakes=MISTAKES,
    builds_on=("model", "mse"),
)
