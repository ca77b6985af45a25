"""Mistakes in the resetting of gradients."""

from rainfall_kit.checks.misconceptions.entry import Misconception

_ZERO_W, _ZERO_B = "w.grad.zero_()", "b.grad.zero_()"
_FORWARD = "    preds = model(inputs, w, b)\n    loss = mse(preds, targets)\n"

ENTRIES = (
    Misconception(
        id="RK079",
        name="gradients are never reset",
        question="gd_step",
        kind="silent",
        wrong=(((_ZERO_W, "pass"), (_ZERO_B, "pass")),),
        hint="Call backward twice without moving: what happens to `.grad`?",
        more="The first step is right. Print w.grad at the start of the second one, before its backward: "
        "what should it hold?",
        why="backward adds to what `.grad` holds, so each step goes along the sum of all slopes so far.",
        seen="the lesson's code, seed 0, lr 1e-5: the first step is right, then 6845 in epoch 5 and 13723 "
        "in epoch 10, up and down; 460 in epoch 100",
    ),
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
