"""Mistakes about what PyTorch watches, and about backward."""

from rainfall_kit.checks.misconceptions.entry import Misconception

_MAKE_W, _MAKE_B = "torch.randn(2, 3, requires_grad=True)", "torch.randn(2, requires_grad=True)"
_MOVE_W, _MOVE_B = "w -= lr * w.grad", "b -= lr * b.grad"
_FORWARD = "    preds = model(inputs, w, b)\n    loss = mse(preds, targets)\n"
_LOOP_FORWARD = "        preds = model(inputs, w, b)\n        loss = mse(preds, targets)\n"
_UNWATCHED = (
    "    with torch.no_grad():\n"
    "        preds = model(inputs, w, b)\n        loss = mse(preds, targets)\n"
)
_LOOP = "    for epoch in range(epochs):\n"

ENTRIES = (
    Misconception(
        id="RK040",
        name="the weights are not watched",
        question="init_params",
        kind="raises",
        wrong=(
            ((_MAKE_W, "torch.randn(2, 3)"),),
            ((_MAKE_W, "torch.randn(2, 3)"), (_MAKE_B, "torch.randn(2)")),
        ),
        hint="Did you ask torch to watch the weights?",
        more="Print w.requires_grad and b.requires_grad. torch finds slopes only for what says True.",
        why="A gradient is found by following a record of operations backwards. torch keeps that record "
        "for tensors with requires_grad=True and for what is computed from them.",
        seen="the lesson's code: RuntimeError: element 0 of tensors does not require grad and does not "
        "have a grad_fn",
    ),
    Misconception(
        id="RK041",
        name="only the weights are watched, not the offset",
        question="init_params",
        kind="raises",
        wrong=(((_MAKE_B, "torch.randn(2)"),),),
        hint="One gradient is None: whose?",
        more="Print w.requires_grad and b.requires_grad side by side.",
        why="Each parameter is watched on its own. backward fills in `.grad` only where it was asked to.",
        seen="the lesson's code: TypeError: unsupported operand type(s) for *: 'NoneType' and 'float'",
    ),
    Misconception(
        id="RK042",
        name="an argument's name is misspelt",
        question="init_params",
        kind="raises",
        wrong=(
            (("requires_grad=True", "require_grad=True"),),
            (("requires_grad=True", "requires_gradient=True"),),
        ),
        hint="Read the argument name letter by letter.",
        more="The message repeats every argument as you wrote it. Compare each with the names that torch "
        "lists below it, or with help(torch.randn).",
        why="Python matches arguments by their exact names; a name that torch does not know is refused.",
        seen="the lesson's code: TypeError: randn() received an invalid combination of arguments - got "
        "(int, int, require_grad=bool)",
    ),
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
        id="RK046",
        name="the prediction is made once, outside the loop",
        question="train",
        kind="raises",
        wrong=(((_LOOP_FORWARD, ""), (_LOOP, _FORWARD + _LOOP)),),
        hint="What has to be recomputed after the weights move?",
        more="Go through two rounds of your loop by hand. In the second, which weights do preds and loss "
        "come from?",
        why="backward uses up the record of one prediction; moved weights need a new one.",
        seen="the lesson's code: RuntimeError: Trying to backward through the graph a second time",
    ),
    Misconception(
        id="RK048",
        name="backward twice for one loss",
        question="gd_step",
        kind="raises",
        wrong=((("loss.backward()", "loss.backward(), loss.backward()"),),),
        hint="One question, one answer per prediction.",
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
        hint="Follow the wire from loss to w.",
        more="Print requires_grad of preds, of what you hand to mse, and of loss. From which one on is it "
        "False?",
        why="detach gives a copy without history; backward finds no way to w behind it.",
        seen="the lesson's code: RuntimeError: element 0 of tensors does not require grad and does not "
        "have a grad_fn",
    ),
    Misconception(
        id="RK052",
        name="a parameter is computed from something",
        question="init_params",
        kind="warns",
        wrong=(
            ((_MAKE_W, f"{_MAKE_W} * 0.1"),),
            ((_MAKE_W, f"{_MAKE_W}.double().float()"),),
            ((_MAKE_W, f"{_MAKE_W} * 0.1"), (_MAKE_B, f"{_MAKE_B} * 0.1")),
        ),
        hint="Is w made directly, or computed from something?",
        more="Print w.is_leaf. It says True for a tensor that you made, and False for the result of an "
        "operation on watched ones.",
        why="backward stores gradients in the tensors where the record begins. If w is the result of an "
        "operation, the record begins before it and w.grad stays None.",
        seen="the lesson's code: UserWarning: The .grad attribute of a Tensor that is not a leaf Tensor "
        "is being accessed, then TypeError about None",
    ),
    Misconception(
        id="RK054",
        name="a tuple of gradients is used as one",
        question="gd_step",
        kind="raises",
        wrong=(
            (
                ("loss.backward()", "pass"),
                (_MOVE_W, "w -= lr * torch.autograd.grad(loss, w, retain_graph=True)"),
                (_MOVE_B, "b -= lr * torch.autograd.grad(loss, b)"),
            ),
        ),
        hint="What type came back?",
        more="Print what torch.autograd.grad gives, and look at the outermost brackets.",
        why="torch.autograd.grad gives one gradient for each tensor that you ask about, always in a tuple.",
        seen="the lesson's code: TypeError: can't multiply sequence by non-int of type 'float'",
    ),
    Misconception(
        id="RK055",
        name="backward through the sum of all losses so far",
        question="train",
        kind="raises",
        wrong=(
            (
                ("losses = []", "losses, total = [], 0"),
                ("loss.backward()", "total += loss; total.backward()"),
            ),
        ),
        hint="Each step stands alone.",
        more="In the second epoch, which predictions does the thing in front of .backward() come from? "
        "Some of them were used up.",
        why="The sum still hangs on the records of earlier epochs, which their backward has freed.",
        seen="the lesson's code: RuntimeError: Trying to backward through the graph a second time",
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
)
