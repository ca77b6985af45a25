"""Question zero_grads: the reset of gradients."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from rainfall_kit.checks.observations import Value
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.checks.questions.step_cases import draw_steps
from rainfall_kit.checks.questions.step_start import start, uphill

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.questions.programs import Edits
    from rainfall_kit.checks.tracing.trace import Answer, Trace

ZERO_GRADS = """\
def zero_grads(w, b):
    w.grad.zero_()
    b.grad.zero_()
"""


# What a message calls the gradients before the reset, where they are no numbers.
_HELD = "w.grad and b.grad before"


def draw(seed: int) -> tuple[Case, ...]:
    """The cases of a step, and one whose gradients hold nan, as after a run that diverged."""
    first, *others = draw_steps(seed)
    nan = Value(name=_HELD, numbers=(math.nan,))
    diverged = replace(first, label="gradients that are nan", given=(*first.given, nan))
    return first, diverged, *others


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``zero_grads(w, b)`` once; None is as good as zeros."""
    import torch

    inputs, _, w, b = start(case)
    w.grad, b.grad = uphill(w, len(inputs)), uphill(b, len(inputs) + 1)
    if any(value.name == _HELD for value in case.given):
        w.grad, b.grad = torch.full_like(w, torch.nan), torch.full_like(b, torch.nan)
    answer(w, b)
    for name, param in (("w.grad", w), ("b.grad", b)):
        trace.value(name, torch.zeros_like(param) if param.grad is None else param.grad)
    trace.unchanged(w=w, b=b)
    trace.ready(w, b)


_ZERO_W, _ZERO_B = "w.grad.zero_()", "b.grad.zero_()"


def _only(*lines: str) -> Edits:
    """Other lines for the whole function: not for the same two lines within a step, where they may do no harm."""
    return ((ZERO_GRADS, "\n    ".join(("def zero_grads(w, b):", *lines)) + "\n"),)


MISTAKES = (
    Misconception(
        id="RK080",
        name="only one gradient is reset",
        question="zero_grads",
        kind="silent",
        wrong=(((_ZERO_B, "pass"),), ((_ZERO_W, "pass"),)),
        hint="Do the same to everything you update.",
        more="Print w.grad and b.grad after the reset, side by side.",
        why="The other one keeps the sum of all its slopes, and its parameter takes longer and longer "
        "steps.",
        seen="the lesson's code, seed 0, lr 1e-5: 1284.8 in epoch 100 where 1282.4 is right",
    ),
    Misconception(
        id="RK083",
        name="the underscore is missing",
        question="zero_grads",
        kind="raises",
        wrong=((("grad.zero_()", "grad.zero()"),),),
        hint="Methods that change their tensor have a mark.",
        more="Compare the last letters of the method's name with those in the lesson's fifth part.",
        why="In torch a name that ends in an underscore changes the tensor in place.",
        seen="the lesson's code: AttributeError: 'Tensor' object has no attribute 'zero'",
    ),
    Misconception(
        id="RK084",
        name="a number is assigned to .grad",
        question="zero_grads",
        kind="raises",
        wrong=(((_ZERO_W, "w.grad = 0"), (_ZERO_B, "b.grad = 0")),),
        hint="What kinds of value may `.grad` hold?",
        more="Print w.grad after a backward, and its shape. What you assign must be like it, or nothing at "
        "all.",
        why="`.grad` holds a tensor of the parameter's shape, or None.",
        seen="the lesson's code: TypeError: assigned grad expected to be a Tensor or None but got grad of "
        "type int",
    ),
    Misconception(
        id="RK310",
        name="a gradient that is no number stays so",
        question="zero_grads",
        kind="silent",
        wrong=(
            _only("w.grad *= 0", "b.grad *= 0"),
            _only("w.grad -= w.grad", "b.grad -= b.grad"),
        ),
        hint="Which numbers can your reset not turn into 0?",
        more="In a cell of its own, print 0 * float('nan') and float('nan') - float('nan'). After which runs "
        "does a gradient hold such a thing?",
        why="A gradient that is nan, no number, stays nan whatever is done with it in arithmetic: one step "
        "that went wrong would spoil all that follow.",
        seen="the lesson's code after a run with lr 1e-3: the gradients stay nan for ever",
    ),
    Misconception(
        id="RK311",
        name="the weights are set to 0, not their gradients",
        question="zero_grads",
        kind="silent",
        wrong=(
            _only("w.data.zero_()", "b.data.zero_()"),
            _only("w.grad.zero_()", "w.data.zero_()", "b.grad.zero_()", "b.data.zero_()"),
        ),
        hint="Print w before and after the reset.",
        more="Two tables belong to w: its numbers and their slopes. Which of the two should a new step find "
        "as it was?",
        why="The weights hold all that has been learned. Only the slopes are found anew in each step.",
        seen="own",
    ),
    Misconception(
        id="RK312",
        name="w and b are no longer watched",
        question="zero_grads",
        kind="silent",
        wrong=(
            _only("w.requires_grad_(False)", "b.requires_grad_(False)"),
            _only(
                *("w.grad = None", "b.grad = None"),
                *("w.requires_grad_(False)", "b.requires_grad_(False)"),
            ),
        ),
        hint="Can the next backward still fill in a gradient?",
        more="Print w.requires_grad after your reset. What should it be for the next step?",
        why="requires_grad says whether torch watches w. Whether w has a gradient already is another matter, "
        "and stands in w.grad.",
        seen="own",
    ),
    Misconception(
        id="RK313",
        name="the zeros have another shape than the parameter",
        question="zero_grads",
        kind="raises",
        wrong=(
            _only("w.grad = torch.zeros(3, 2)", "b.grad.zero_()"),
            _only("w.grad = torch.zeros(2, 3)", "b.grad = torch.zeros(2)"),
            _only("w.grad = torch.zeros(len(w))", "b.grad.zero_()"),
        ),
        hint="Which shape has w here?",
        more="Print the shapes of w and of your zeros, for this table and for another one.",
        why="Each weight has its own slope, so the gradient has the shape of its parameter, whatever that "
        "is.",
        seen="the lesson's code: RuntimeError: attempting to assign a gradient of size '[3, 2]' to a tensor "
        "of size '[2, 3]'.",
    ),
    Misconception(
        id="RK086",
        name="an optimiser's method on a tensor",
        question="zero_grads",
        kind="raises",
        wrong=(
            ((_ZERO_W, "w.zero_grad()"), (_ZERO_B, "b.zero_grad()")),
            ((_ZERO_W, "w.grad.zero_grad()"), (_ZERO_B, "b.grad.zero_grad()")),
        ),
        hint="Who owns that method?",
        more="Type w. and press Tab, then w.grad. and press Tab. Which methods begin with zero?",
        why="zero_grad belongs to optimisers and modules; a tensor's gradient is reset on its own.",
        seen="a question in a forum (tbr8.org): Tensor object has no attribute zero_grad; the same on the "
        "lesson's code",
    ),
)

# The same in other styles, each line with what it is for: mutants are made of these.
OTHER_PROGRAMS = (
    """\
def zero_grads(w, b):
    w.grad.zero_()  # the reset for w
    b.grad.zero_()  # the reset for b
""",
    """\
def zero_grads(w, b):
    w.grad = torch.zeros_like(w.grad)  # the reset for w
    b.grad = torch.zeros_like(b.grad)  # the reset for b
""",
    """\
def zero_grads(w, b):
    w.grad.fill_(0)  # the reset for w
    b.grad.fill_(0)  # the reset for b
""",
)

QUESTION = Question(
    name="zero_grads",
    order=90,
    asks="zero_grads(w, b) resets the gradients of w and b",
    program=ZERO_GRADS,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
)
