"""Question gd_step: one step of gradient descent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.checks.questions.loss.mse import MSE
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.checks.questions.step_cases import draw_walks
from rainfall_kit.checks.questions.step_start import start
from rainfall_kit.checks.questions.tensors.model import MODEL
from rainfall_kit.checks.tracing.gradient_hooks import GradientHooks
from rainfall_kit.checks.tracing.torch_calls import torch_calls_noted
from rainfall_kit.checks.tracing.torch_state import version_of

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

GD_STEP = """\
def gd_step(inputs, targets, w, b, lr):
    preds = model(inputs, w, b)
    loss = mse(preds, targets)
    loss.backward()
    with torch.no_grad():
        w -= lr * w.grad
        b -= lr * b.grad
    w.grad.zero_()
    b.grad.zero_()
    return w, b
"""

# Missing zeroing is invisible in the first step, and zeroing every other time in the second.
_STEPS = 3


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``gd_step(inputs, targets, w, b, lr)`` three times, each with what the last one gave."""
    inputs, targets, w, b = start(case)
    lr, steps, first, version = case.number("lr"), GradientHooks(trace), w, version_of(w)
    with torch_calls_noted(trace, answer, w, b) as asked:
        for step in range(1, _STEPS + 1):
            steps.follow(w=w, b=b)
            pair = trace.unpacked(asked(inputs, targets, w, b, lr))
            if not trace.parts(pair, f"w after step {step}", f"b after step {step}"):
                return
            w, b = pair
    trace.unchanged(inputs=inputs, targets=targets)
    trace.change("w", first, w, counted=version_of(first) > version)
    trace.sign("inputs.requires_grad", inputs.requires_grad)
    steps.note(lr=lr, w=w, b=b)


_FORWARD = "    preds = model(inputs, w, b)\n    loss = mse(preds, targets)\n"
_UNWATCHED = (
    "    with torch.no_grad():\n"
    "        preds = model(inputs, w, b)\n        loss = mse(preds, targets)\n"
)
_W, _B = "w -= lr * w.grad", "b -= lr * b.grad"
_ZERO_W, _ZERO_B = "w.grad.zero_()", "b.grad.zero_()"
_NEW_W, _NEW_B = "w = w - lr * w.grad", "b = b - lr * b.grad"
_COPY_W, _COPY_B = (
    "w = torch.tensor(w - lr * w.grad, requires_grad=True)",
    "b = torch.tensor(b - lr * b.grad, requires_grad=True)",
)
_UPDATE = "def update(w, b, lr):\n    with torch.no_grad():\n        "

MISTAKES = (
    Misconception(
        id="RK044",
        name="backward was not called",
        question="gd_step",
        kind="raises",
        wrong=(
            (("loss.backward()", "pass"),),
            (("loss.backward()", "loss.backward"),),
            (
                ("loss.backward()", "pass"),
                ("w.grad.zero_()", "w.grad = None"),
                ("b.grad.zero_()", "b.grad = None"),
            ),
        ),
        hint="When is `.grad` filled in?",
        more="Print w.grad right before the update. Which of the five parts of a step should have filled "
        "it, and does that line really run?",
        why="backward computes the gradients and stores them; before it `.grad` holds None.",
        seen="the lesson's code: TypeError: unsupported operand type(s) for *: 'NoneType' and 'float'",
    ),
    Misconception(
        id="RK045",
        name="the update comes before backward",
        question="gd_step",
        kind="raises",
        wrong=(
            (
                ("    loss.backward()\n", ""),
                ("    return w, b\n", "    loss.backward()\n    return w, b\n"),
            ),
        ),
        hint="List the five steps in order.",
        more="Number your lines with the five parts of a step. Are the numbers in order?",
        why="A step uses the gradients of this step's loss, so they must be there before it moves.",
        seen="the lesson's code: TypeError: unsupported operand type(s) for *: 'NoneType' and 'float'",
    ),
    Misconception(
        id="RK048",
        name="backward twice for one loss",
        question="gd_step",
        kind="raises",
        wrong=((("loss.backward()", "loss.backward(), loss.backward()"),),),
        hint="How often does backward run for each prediction?",
        more="Count how often backward runs between one prediction and the next.",
        why="backward frees what it recorded, so it cannot go the same way again.",
        seen="the lesson's code: RuntimeError: Trying to backward through the graph a second time",
    ),
    Misconception(
        id="RK049",
        name="backward on the predictions",
        question="gd_step",
        kind="raises",
        wrong=((("loss.backward()", "preds.backward()"),),),
        hint="Which single number are you lowering?",
        more="Print the shape of the thing in front of .backward().",
        why="Gradients belong to one number, the loss; preds is a table of them.",
        seen="the lesson's code: RuntimeError: grad can be implicitly created only for scalar outputs",
    ),
    Misconception(
        id="RK050",
        name="the prediction is made unwatched",
        question="gd_step",
        kind="raises",
        wrong=(
            ((_FORWARD, _UNWATCHED),),
            ((_FORWARD, f"    torch.set_grad_enabled(False)\n{_FORWARD}"),),
        ),
        hint="Which part must be watched, which must not?",
        more="Print loss.requires_grad before backward, and see which lines stand under no_grad.",
        why="Under no_grad nothing is recorded. The prediction and the loss must be, or there is nothing "
        "to follow back; the move of w and b must not.",
        seen="the lesson's code, all of it under no_grad: RuntimeError: element 0 of tensors does not "
        "require grad and does not have a grad_fn",
    ),
    Misconception(
        id="RK051",
        name="the loss is cut off from the weights",
        question="gd_step",
        kind="raises",
        wrong=(
            (("loss = mse(preds", "loss = mse(preds.detach()"),),
            (("loss = mse(preds", "loss = mse(preds.data"),),
            (("return x @ w.t() + b", "return (x @ w.t() + b).detach()"),),
        ),
        hint="Go back from loss to w, line by line: where does PyTorch lose track?",
        more="Print requires_grad of preds, of what you hand to mse, and of loss. From which one on is it "
        "False?",
        why="detach gives a copy without history; backward finds no way to w behind it.",
        seen="the lesson's code: RuntimeError: element 0 of tensors does not require grad and does not "
        "have a grad_fn",
    ),
    Misconception(
        id="RK054",
        name="a tuple of gradients is used as one",
        question="gd_step",
        kind="raises",
        wrong=(
            (
                ("loss.backward()", "pass"),
                (_W, "w -= lr * torch.autograd.grad(loss, w, retain_graph=True)"),
                (_B, "b -= lr * torch.autograd.grad(loss, b)"),
            ),
        ),
        hint="What type came back?",
        more="Print what torch.autograd.grad gives, and look at the outermost brackets.",
        why="torch.autograd.grad gives one gradient for each tensor that you ask about, always in a tuple.",
        seen="the lesson's code: TypeError: can't multiply sequence by non-int of type 'float'",
    ),
    Misconception(
        id="RK058",
        name="the inputs are watched too",
        question="gd_step",
        kind="silent",
        mild=(
            (("model(inputs, w, b)", "model(inputs.requires_grad_(), w, b)"),),
            (
                (
                    "(inputs, dtype=torch.float32)",
                    "(inputs, dtype=torch.float32, requires_grad=True)",
                ),
            ),
        ),
        hint="Which tensors are yours to change?",
        more="Print inputs.grad after backward. Is anybody going to use it?",
        why="Slopes for the inputs cost time and memory, and a step moves only w and b. The result is "
        "right all the same.",
        seen="the lesson's code: no error and the right numbers; inputs.grad exists",
    ),
    Misconception(
        id="RK060",
        name="the update makes a new tensor that is not watched",
        question="gd_step",
        kind="raises",
        wrong=(
            ((_W, _NEW_W), (_B, _NEW_B)),
            ((_W, _NEW_W), (_B, _NEW_B), (_ZERO_W, "w.grad = None"), (_ZERO_B, "b.grad = None")),
        ),
        hint="Same name, same object? Check `id(w)` before and after.",
        more="Print w.requires_grad before and after the update. Which tensor did backward fill in, and "
        "which one does the name w stand for now?",
        why="w = w - ... binds the name to a new tensor, which has no `.grad` and is not watched.",
        seen="the lesson's code: AttributeError: 'NoneType' object has no attribute 'zero_', or in the "
        "next epoch RuntimeError: element 0 of tensors does not require grad",
    ),
    Misconception(
        id="RK061",
        name="the update makes a new tensor, and is recorded",
        question="gd_step",
        kind="raises",
        wrong=((("with torch.no_grad():", "if True:"), (_W, _NEW_W), (_B, _NEW_B)),),
        hint="Did the update become part of the record?",
        more="Print w.is_leaf before and after the update. It turns False when w is the result of an "
        "operation that was watched.",
        why="Outside no_grad, w = w - ... makes w the result of a recorded operation. backward stores "
        "gradients only where a record begins, so the new w gets none.",
        seen="the lesson's code: UserWarning: The .grad attribute of a Tensor that is not a leaf Tensor "
        "is being accessed, then AttributeError: 'NoneType' object has no attribute 'zero_'",
    ),
    Misconception(
        id="RK073",
        name="moved through .data",
        question="gd_step",
        kind="silent",
        mild=(
            ((_W, "w.data -= lr * w.grad"), (_B, "b.data -= lr * b.grad")),
            (
                ("with torch.no_grad():", "if True:"),
                (_W, "w.data -= lr * w.grad"),
                (_B, "b.data -= lr * b.grad"),
            ),
        ),
        hint="What does torch get to know of a change through .data?",
        more="Print w._version before and after the update, with .data and under no_grad.",
        why="A change through .data is hidden from torch's own count of changes, so torch cannot warn when "
        "a record no longer fits. Under no_grad the same move is counted. The numbers are the same.",
        seen="the lesson's code: the right numbers; w._version stays as it was",
    ),
    Misconception(
        id="RK074",
        name="a tensor is copied with torch.tensor",
        question="gd_step",
        kind="warns",
        mild=(
            ((_W, _COPY_W), (_B, _COPY_B), (_ZERO_W, "pass"), (_ZERO_B, "pass")),
            ((f"{_UPDATE}{_W}", f"{_UPDATE}{_COPY_W}"), (_B, _COPY_B)),
        ),
        hint="What does the warning suggest in its place?",
        more="Read the warning to its end. torch.tensor is for numbers and lists.",
        why="torch.tensor of a tensor copies it and warns, because it cannot tell whether its history was "
        "to be kept. The numbers are right.",
        seen="the lesson's code: UserWarning: To copy construct from a tensor, it is recommended to use "
        "sourceTensor.detach().clone()",
    ),
    Misconception(
        id="RK079",
        name="gradients are never reset",
        question="gd_step",
        kind="silent",
        # only where there is a backward: zero_grads that does nothing has not been written yet
        wrong=((("loss.backward()", "loss.backward()"), (_ZERO_W, "pass"), (_ZERO_B, "pass")),),
        hint="Call backward twice without moving: what happens to `.grad`?",
        more="The first step is right. Print w.grad at the start of the second one, before its backward: "
        "what should it hold?",
        why="backward adds to what `.grad` holds, so each step goes along the sum of all slopes so far.",
        seen="the lesson's code, seed 0, lr 1e-5: the first step is right, then 6845 in epoch 5 and 13723 "
        "in epoch 10, up and down; 460 in epoch 100",
    ),
    Misconception(
        id="RK082",
        name="reset before there is a gradient",
        question="gd_step",
        kind="raises",
        wrong=(
            ((f"    {_ZERO_W}\n    {_ZERO_B}\n", ""), (_FORWARD, f"    {_ZERO_W}\n{_FORWARD}")),
            (
                (f"    {_ZERO_W}\n    {_ZERO_B}\n", ""),
                (_FORWARD, f"    {_ZERO_W}\n    {_ZERO_B}\n{_FORWARD}"),
            ),
        ),
        hint="What does `.grad` hold before the first backward?",
        more="Print w.grad in a new notebook, right after w is made. Your first reset meets exactly that.",
        why="Before the first backward `.grad` is None, and None has no method zero_.",
        seen="the lesson's code: AttributeError: 'NoneType' object has no attribute 'zero_'",
    ),
    Misconception(
        id="RK201",
        name="backward twice in one step",
        question="gd_step",
        kind="silent",
        wrong=(
            (("loss.backward()", "loss.backward(retain_graph=True); loss.backward()"),),
            (("loss.backward()", "loss.backward(); mse(model(inputs, w, b), targets).backward()"),),
        ),
        hint="Count the calls of backward from one move to the next.",
        more="Print w.grad behind each line that calls backward. What should it hold when the move comes, "
        "and what does it hold?",
        why="Each backward adds its gradients to what `.grad` holds. Two of them in one step make it twice "
        "as long, and retain_graph only keeps torch from complaining.",
        seen="the lesson's code with loss.backward(retain_graph=True) and another backward: no error, and "
        "each step is twice as long",
    ),
    Misconception(
        id="RK202",
        name="backward starts from a tensor made anew, not from the computed loss",
        question="gd_step",
        kind="raises",
        wrong=(
            (("loss.backward()", "loss = loss.detach().requires_grad_(); loss.backward()"),),
            (
                (
                    "loss.backward()",
                    "loss = torch.tensor(loss.item(), dtype=w.dtype, requires_grad=True); loss.backward()",
                ),
            ),
            ((_FORWARD, f"{_UNWATCHED}    loss.requires_grad_()\n"),),
        ),
        hint="Does the tensor in front of .backward() still know how it was computed?",
        more="Print loss.grad_fn right before backward. It names the last operation; for a tensor that "
        "begins a record of its own it is None.",
        why="A tensor that is made with requires_grad=True, or told to require it later, begins a new "
        "record. backward stops there and never comes to w and b.",
        seen="the lesson's code after following the message about requires_grad: TypeError: unsupported "
        "operand type(s) for *: 'float' and 'NoneType'",
    ),
    Misconception(
        id="RK203",
        name="the prediction is made from copies of w and b",
        question="gd_step",
        kind="raises",
        wrong=(
            (
                (
                    "preds = model(inputs, w, b)",
                    "preds = model(inputs, w.detach().requires_grad_(), b.detach().requires_grad_())",
                ),
            ),
        ),
        hint="Whose `.grad` does backward fill in?",
        more="Print id(w), and the id of what you hand to the model as w. backward fills in the `.grad` of "
        "the tensors that the prediction was made from.",
        why="A detached tensor is another tensor with the same numbers. The gradients go to it, and the "
        "`.grad` of w and b stays as it was.",
        seen="the lesson's code: TypeError: unsupported operand type(s) for *: 'float' and 'NoneType'",
    ),
    Misconception(
        id="RK204",
        name="w and b are no longer watched after the step",
        question="gd_step",
        kind="raises",
        wrong=(
            (
                (
                    "with torch.no_grad():",
                    "if w.requires_grad_(False) is not b.requires_grad_(False):",
                ),
            ),
        ),
        hint="What should be true of w when the next step begins?",
        more="Print w.requires_grad at the beginning and at the end of a step. Which line changes it?",
        why="requires_grad_(False) holds until somebody changes it again, and torch.no_grad() only for the "
        "lines below it. The next step needs w and b watched.",
        seen="the lesson's code: the first step is right; in the second RuntimeError: element 0 of "
        "tensors does not require grad and does not have a grad_fn",
    ),
    Misconception(
        id="RK205",
        name="backward starts from the predictions, not from the loss",
        question="gd_step",
        kind="silent",
        wrong=(
            (("loss.backward()", "preds.sum().backward()"),),
            (("loss.backward()", "preds.mean().backward()"),),
        ),
        hint="Which single number are you lowering?",
        more="Change the targets and take the same step again. If w comes out the same, what was in front "
        "of .backward() knows nothing of them.",
        why="The gradients say how the thing in front of .backward() changes. The step is to lower the "
        "loss; the predictions alone have no best value.",
        seen="the lesson's code with model(...).sum().backward(): no error, and a move that does not see "
        "the targets",
    ),
    Misconception(
        id="RK206",
        name="the reset changes nothing",
        question="gd_step",
        kind="silent",
        wrong=(
            ((_ZERO_W, "w.grad.zero_"), (_ZERO_B, "b.grad.zero_")),
            ((_ZERO_W, "w.grad == 0"), (_ZERO_B, "b.grad == 0")),
        ),
        hint="Print w.grad behind the lines that are to reset it: did they change it?",
        more="Compare your line for the reset, sign by sign, with one that changes a tensor, such as the "
        "move of w. Which of the two gives its tensor other numbers?",
        why="A comparison, a method that is named and not called, and a new value for another name leave "
        "`.grad` as it is, without an error. The next backward adds to it.",
        seen="the lesson's code with w.grad.zero_ or w.grad == 0: the numbers of a run without any reset",
    ),
)

# The same in other styles, each line with what it is for: mutants are made of these.
OTHER_PROGRAMS = (
    f"""\
{MODEL}
{MSE}
def gd_step(inputs, targets, w, b, lr):
    preds = model(inputs, w, b)  # the prediction
    loss = mse(preds, targets)  # the loss
    loss.backward()  # backward
    with torch.no_grad():
        w -= lr * w.grad  # the move of w
        b -= lr * b.grad  # the move of b
    w.grad.zero_()  # the reset for w
    b.grad.zero_()  # the reset for b
    return w, b  # what is handed back
""",
    """\
def gd_step(inputs, targets, w, b, lr):
    preds = inputs @ w.t() + b  # the prediction
    loss = ((preds - targets) ** 2).mean()  # the loss
    loss.backward()  # backward
    with torch.no_grad():
        w -= lr * w.grad  # the move of w
        b -= lr * b.grad  # the move of b
    w.grad.zero_()  # the reset for w
    b.grad.zero_()  # the reset for b
    return w, b  # what is handed back
""",
    """\
def gd_step(inputs, targets, w, b, lr):
    preds = inputs @ w.t() + b  # the prediction
    error = preds - targets  # the error
    scaled = 2 * error / error.numel()  # the slope for each prediction
    grad_w = scaled.t() @ inputs  # the slope for w
    grad_b = scaled.sum(dim=0)  # the slope for b
    with torch.no_grad():
        w -= lr * grad_w  # the move of w
        b -= lr * grad_b  # the move of b
    return w, b  # what is handed back
""",
)

QUESTION = Question(
    name="gd_step",
    order=100,
    asks="gd_step(inputs, targets, w, b, lr) takes one step and gives w and b",
    program=f"{MODEL}\n{MSE}\n{GD_STEP}",
    other_programs=OTHER_PROGRAMS,
    draw=draw_walks,
    call=call,
    mistakes=MISTAKES,
    builds_on=("model", "mse"),
    drawn_for_report=1,
)
