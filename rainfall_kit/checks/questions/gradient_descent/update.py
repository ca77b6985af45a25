"""Question update: one move of w and b against their gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.checks.questions.step_cases import draw_steps
from rainfall_kit.checks.questions.step_start import start, uphill
from rainfall_kit.checks.tracing.torch_calls import torch_calls_noted
from rainfall_kit.checks.tracing.torch_state import version_of

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.questions.programs import Edits
    from rainfall_kit.checks.tracing.trace import Answer, Trace

UPDATE = """\
def update(w, b, lr):
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
    return w, b
"""


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``update(w, b, lr)`` once, with gradients of both signs that nothing else equals."""
    inputs, _, w, b = start(case)
    w.grad, b.grad = uphill(w, len(inputs)), uphill(b, len(inputs) + 1)
    version = version_of(w)
    with torch_calls_noted(trace, answer, w, b) as asked:
        pair = trace.unpacked(asked(w, b, case.number("lr")))
    pair = (w, b) if pair is None else pair
    if trace.parts(pair, "w after the update", "b after the update"):
        trace.ready(*pair)
        trace.change("w", w, pair[0], counted=version_of(w) > version)


_W, _B = "w -= lr * w.grad", "b -= lr * b.grad"


def _both_or_one(in_w: tuple[str, str], in_b: tuple[str, str]) -> tuple[Edits, ...]:
    """The same mistake made for w and for b, for w alone, and for b alone."""
    return (in_w, in_b), (in_w,), (in_b,)


MISTAKES = (
    Misconception(
        id="RK059",
        name="the update is recorded by autograd",
        question="update",
        kind="raises",
        wrong=((("with torch.no_grad():", "if True:"),),),
        hint="Should the update itself be recorded?",
        more="The move is no part of the model. Look at how the lesson's fourth part keeps PyTorch from "
        "watching it.",
        why="A watched leaf (a tensor that was made and not computed) must not change in place: the "
        "record would describe another tensor.",
        seen="the lesson's code: RuntimeError: a leaf Variable that requires grad is being used in an "
        "in-place operation. (older versions: has been used)",
    ),
    Misconception(
        id="RK062",
        name="no_grad is named but not called",
        question="update",
        kind="raises",
        wrong=((("torch.no_grad():", "torch.no_grad:"),),),
        hint="What is missing behind the name no_grad?",
        more="Compare your line with `with open(name):`. What stands behind the name there?",
        why="no_grad is a class; only the object that it makes can stand behind `with`.",
        seen="the lesson's code: TypeError: 'type' object does not support the context manager protocol",
    ),
    Misconception(
        id="RK064",
        name="a step uphill",
        question="update",
        kind="silent",
        wrong=_both_or_one((_W, "w += lr * w.grad"), (_B, "b += lr * b.grad")),
        hint="The gradient points uphill.",
        more="Take a weight whose gradient is positive. Should it grow or shrink, and what does yours do?",
        why="A positive slope says that raising the weight raises the loss.",
        seen="the lesson's code, seed 0, lr 1e-5: the loss goes from 33061 to 44575 and on to 4e18",
    ),
    Misconception(
        id="RK066",
        name="b is moved with the gradient of w",
        question="update",
        kind="raises",
        wrong=((("lr * b.grad", "lr * w.grad"),),),
        hint="Which gradient belongs to b?",
        more="Print the shapes of b, of b.grad, and of what you subtract from b.",
        why="Each parameter has a gradient of its own shape.",
        seen="the lesson's code: RuntimeError: The size of tensor a (2) must match the size of tensor b "
        "(3) at non-singleton dimension 1",
    ),
    Misconception(
        id="RK068",
        name="b is never updated",
        question="update",
        kind="silent",
        wrong=(((_B, "pass"),),),
        hint="Compare b before and after.",
        more="Count the parameters that have a gradient, and the lines that move one.",
        why="The slope for b is small beside that for w here, so the loss hardly shows it.",
        seen="the lesson's code: after 100 epochs the loss differs by less than 0.05 %, and for 41 % of "
        "500 seeds it is even lower",
    ),
    Misconception(
        id="RK069",
        name="lr is forgotten",
        question="update",
        kind="silent",
        wrong=_both_or_one(("lr * w.grad", "w.grad"), ("lr * b.grad", "b.grad")),
        hint="How long is one step?",
        more="Halve lr and take the same step again. Does your step get shorter?",
        why="The gradient gives a direction and a slope; lr says how far to go.",
        seen="the lesson's code, seed 0: the loss is 9e12 in epoch 2 and then no number any more",
    ),
    Misconception(
        id="RK071",
        name="a step along w itself",
        question="update",
        kind="silent",
        wrong=_both_or_one((_W, "w -= w * lr"), (_B, "b -= b * lr")),
        hint="What tells w which way to go?",
        more="Change the targets and take the same step again. A step that looks at the data should come "
        "out otherwise.",
        why="w - lr * w shrinks the weights towards 0, whatever the data say.",
        seen="the lesson's code, seed 0, lr 1e-5: the loss goes from 33061 to 33027",
    ),
    Misconception(
        id="RK078",
        name="lr is a text",
        question="update",
        kind="raises",
        wrong=(
            (("lr * w.grad", "'1e-5' * w.grad"), ("lr * b.grad", "'1e-5' * b.grad")),
            (("return 1 / steepest.item()", "return '1e-5'"),),
        ),
        hint="What type is your step size?",
        more="Print type(lr). Look for quotation marks where lr is set, or for an input() that gave it.",
        why="A text in quotation marks is no number, even if it reads like one.",
        seen="the lesson's code: TypeError: only integer tensors of a single element can be converted to "
        "an index",
    ),
)

# The same in other styles, each line with what it is for: mutants are made of these.
OTHER_PROGRAMS = (
    """\
def update(w, b, lr):
    with torch.no_grad():
        w -= lr * w.grad  # the move of w
        b -= lr * b.grad  # the move of b
    return w, b  # what is handed back
""",
)

QUESTION = Question(
    name="update",
    order=80,
    asks="update(w, b, lr) moves w and b one step against w.grad and b.grad",
    program=UPDATE,
    other_programs=OTHER_PROGRAMS,
    draw=draw_steps,
    call=call,
    mistakes=MISTAKES,
)
