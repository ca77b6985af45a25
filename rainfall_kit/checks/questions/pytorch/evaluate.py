"""Question evaluate: the loss over batches that the model must not learn from."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.questions.drawing import DTYPES, SHAPES, case_of, shape_label
from rainfall_kit.checks.questions.linear_layer import linear_layer
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.question import Question

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

EVALUATE = """\
def evaluate(model, batches):
    was_training = model.training
    model.eval()
    total, count = 0.0, 0
    with torch.no_grad():
        for xb, yb in batches:
            loss = F.mse_loss(model(xb), yb, reduction="sum")
            total += loss.item()
            count += yb.numel()
    model.train(was_training)
    return total / count
"""

# A text, since an answer's calls of the model call it: a function of the kit's own would pass for its work.
_NOTE = """\
def noting(recorded):
    return lambda *_: recorded.append(torch.is_grad_enabled())
"""


def draw(seed: int) -> tuple[Case, ...]:
    """Tables in batches of unequal size; models in either mode, with and without a layer that minds it."""
    rng = np.random.default_rng([seed, 33])
    cases = [
        case_of(
            "2 rows in one batch",
            "float32",
            public=True,
            inputs=[[1], [2]],
            targets=[[3], [8]],
            w=[[1]],
            b=[1],
            rows_in_a_batch=2,
            loader=0,
            training=1,
            dropout=0,
        ),
        case_of(
            "3 rows in batches of 2, a model with dropout",
            "float32",
            public=True,
            inputs=[[1, 0], [0, 2], [1, 1]],
            targets=[[1, 2], [2, 0], [8, 3]],
            w=[[1, 2], [0, 1]],
            b=[0.5, 1],
            rows_in_a_batch=2,
            loader=0,
            training=1,
            dropout=1,
        ),
    ]
    kinds = ((3, 0, 1, 1), (2, 1, 0, 1), (3, 0, 1, 0), (4, 0, 0, 0))
    for i, (size, loader, training, dropout) in enumerate(kinds):
        n, d, k = SHAPES[i]
        # rows that are missed by very different amounts, so that no two ways to weigh them agree
        targets = rng.normal(size=(n, k)) * np.linspace(1, 6, n)[:, None]
        cases.append(
            case_of(
                f"{shape_label(n, d, k, DTYPES[i % 2])}, in batches of {size}",
                DTYPES[i % 2],
                inputs=rng.normal(size=(n, d)),
                targets=targets,
                w=rng.normal(size=(k, d)),
                b=rng.normal(size=k),
                rows_in_a_batch=size,
                loader=loader,
                training=training,
                dropout=dropout,
            )
        )
    return tuple(cases)


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``evaluate(model, batches)`` once, and look at the model and at PyTorch's switch afterwards."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    inputs, targets = case.tensors("inputs", "targets")
    size, training = int(case.number("rows_in_a_batch")), bool(case.number("training"))
    batches: object = [*zip(inputs.split(size), targets.split(size), strict=True)]
    if case.number("loader"):
        batches = DataLoader(TensorDataset(inputs, targets), batch_size=size)
    layer = linear_layer(case)
    # in training mode this dropout sets every prediction to 0, so what it does is no matter of chance
    rest = torch.nn.Dropout(1.0) if case.number("dropout") else torch.nn.Identity()
    model = torch.nn.Sequential(layer, rest).train(training)
    # what an earlier step has left, so that a reset or a backward shows
    layer.weight.grad, layer.bias.grad = map(torch.ones_like, (layer.weight, layer.bias))
    recorded: list[bool] = []
    model.register_forward_pre_hook(build(_NOTE, "noting")(recorded))
    result = answer(model, batches)
    trace.sign("predicts while gradients are recorded", any(recorded))
    trace.single("the result", result)
    trace.truth(
        "the result has no history of gradients", not getattr(result, "requires_grad", False)
    )
    trace.truth("the model is in the mode in which it came", model.training == training)
    trace.truth("gradients are still recorded after the call", torch.is_grad_enabled())
    trace.unchanged(weight=layer.weight, bias=layer.bias)
    grads = layer.weight.grad, layer.bias.grad
    trace.value("the weight's gradient afterwards", grads[0])
    trace.value("the bias's gradient afterwards", grads[1])
    trace.unchanged(inputs=inputs, targets=targets)


_SUM = 'F.mse_loss(model(xb), yb, reduction="sum")'
_MEAN = "F.mse_loss(model(xb), yb)"
_COUNT = "count += yb.numel()"
_LEARN = (
    "            loss.backward()\n"
    "            with torch.no_grad():\n"
    "                for param in model.parameters():\n"
    "                    param -= {lr} * param.grad\n"
)
_TOTAL = "            total += loss.item()\n"
_FOR = "\n        for xb, yb in batches:"
_GRAD = f"with torch.no_grad():{_FOR}"
_IF = f"if True:{_FOR}"

MISTAKES = (
    Misconception(
        id="RK404",
        name="the mean of the batches' means, though the batches differ in size",
        question="evaluate",
        kind="silent",
        wrong=(((_SUM, _MEAN), (_COUNT, "count += 1")),),
        hint="Do all batches weigh the same?",
        more="Take a batch of two rows and one of a single row. How much does each of the three rows count in "
        "your result?",
        why="In a mean of means a row of a small last batch counts more than the others.",
        seen="the lesson's code after 100 epochs, batches of 2: 1439.55, where 1270.12 is right",
    ),
    Misconception(
        id="RK405",
        name="means are added up and divided by the number of rows",
        question="evaluate",
        kind="silent",
        wrong=(((_SUM, _MEAN), (_COUNT, "count += len(xb)")),),
        hint="By what is the sum of the batches' means divided?",
        more="Put all rows into one batch. What is added up then, and by what do you divide it?",
        why="A mean is already divided by the elements of its batch. To divide by the rows, too, makes the "
        "result smaller the larger the batches are.",
        seen="the lesson's code after 100 epochs, batches of 2: 863.73, where 1270.12 is right",
    ),
    Misconception(
        id="RK406",
        name="divided by the rows, not by the elements",
        question="evaluate",
        kind="silent",
        wrong=(((_COUNT, "count += len(yb)"),), ((_COUNT, "count += xb.shape[0]"),)),
        hint="Count the squares.",
        more="Print how many squares one batch adds to your sum, and what you add to the number by which you "
        "divide.",
        why="With two crops each row has two errors. The mean squared error is a mean over all of them.",
        seen="the lesson's code after 100 epochs: 2540.25, twice what is right",
    ),
    Misconception(
        id="RK407",
        name="the loss of the last batch alone",
        question="evaluate",
        kind="silent",
        wrong=(
            (("total += loss.item()", "total = loss.item()"), (_COUNT, "count = yb.numel()")),
            (("    return total / count\n", "    return F.mse_loss(model(xb), yb).item()\n"),),
        ),
        hint="Whose loss is it?",
        more="Print your result beside the loss of each batch. Is it one of them?",
        why="What is overwritten in each round holds the last round's number.",
        seen="the lesson's code after 100 epochs, batches of 2: 2286.66, where 1270.12 is right",
    ),
    Misconception(
        id="RK408",
        name="the loss of the first batch alone",
        question="evaluate",
        kind="silent",
        wrong=(
            ((f"            {_COUNT}\n", f"            {_COUNT}\n            break\n"),),
            ((_GRAD, _GRAD.replace("batches", "[next(iter(batches))]")),),
        ),
        hint="How many batches does your loop see?",
        more="Print a word in every round of your loop and count. Which line ends it?",
        why="A loss over held-out rows is one over all of them.",
        seen="own: a break in the loop, the lesson's table in batches of 2: 87.31, where 1270.12 is right",
    ),
    Misconception(
        id="RK409",
        name="the model's mode is not put back",
        question="evaluate",
        kind="silent",
        wrong=(
            (("    model.train(was_training)\n", ""),),
            (("    model.train(was_training)\n", "    model.train\n"),),
            (("    model.train(was_training)\n", "    model.train()\n"),),
            (("    model.train(was_training)\n", "    model.train(not was_training)\n"),),
        ),
        hint="Print model.training before and after the call.",
        more="Call your function with a model in training mode, and with one that is not. Which mode is each "
        "of them in afterwards?",
        why="Who asks for a loss goes on with the model. A layer such as dropout, which works only while the "
        "model trains, would stay off, or be switched on.",
        seen="model.eval() alone: model.training is False afterwards, and the next epochs train without "
        "dropout",
    ),
    Misconception(
        id="RK410",
        name="evaluated in training mode",
        question="evaluate",
        kind="silent",
        wrong=(
            (("    model.eval()\n", ""),),
            (("    model.eval()\n", "    model.eval\n"),),
            (("    model.eval()\n", "    model.train()\n"),),
        ),
        hint="In which mode is the model while it predicts?",
        more="Print model.training inside your loop. Some layers, such as dropout, do something else while a "
        "model trains.",
        why="In training mode dropout sets predictions to 0 by chance. The loss is then one of a model that "
        "nobody uses.",
        seen="model.eval without brackets: still in training mode, and two evaluations differ",
    ),
    Misconception(
        id="RK411",
        name="the model learns from the rows that it is tested on",
        question="evaluate",
        kind="silent",
        wrong=tuple(
            ((_GRAD, _IF), (_TOTAL, _LEARN.format(lr=lr) + _TOTAL))
            for lr in ("0.001", "0.01", "0.0625", "0.1")
        ),
        hint="Compare the weights before and after.",
        more="Print model.state_dict() before and after the call. Which of your lines belongs to training and "
        "not here?",
        why="Held-out rows say how well a model does on rows that it has never seen. One step on them, and "
        "they are seen.",
        seen="backward and step left in: 33060.8 before, 11284.2 after one evaluation",
    ),
    Misconception(
        id="RK412",
        name="backward is called where nothing is learned",
        question="evaluate",
        kind="silent",
        wrong=(
            ((_GRAD, _IF), (_TOTAL, f"            loss.backward()\n{_TOTAL}")),
            (
                (_GRAD, _IF),
                (_SUM, _MEAN),
                (
                    _TOTAL,
                    "            loss.backward()\n            total += loss.item() * yb.numel()\n",
                ),
            ),
        ),
        hint="Print the gradients before and after.",
        more="Print param.grad of every parameter before and after the call. Which of your lines adds to it?",
        why="backward adds to .grad. What an evaluation leaves there goes into the next step of training.",
        seen="backward left in: nothing shows here, and the next step is too long",
    ),
    Misconception(
        id="RK413",
        name="the result still hangs on what it was computed from",
        question="evaluate",
        kind="silent",
        wrong=(
            ((_GRAD, _IF), ("loss.item()", "loss")),
            ((_GRAD, f"torch.no_grad()\n    {_IF}"), ("loss.item()", "loss")),
        ),
        hint="Print your result. What stands behind the number?",
        more="Has anything still to be learned from what you give back? Look at which of your lines PyTorch watches, "
        "and whether your result is a plain number.",
        why="A watched result keeps every batch and every step of its computation in memory.",
        seen="torch.no_grad() on a line of its own: it covers nothing, and the result has a grad_fn",
    ),
    Misconception(
        id="RK414",
        name="the root of the loss",
        question="evaluate",
        kind="silent",
        wrong=(
            (("return total / count", "return math.sqrt(total / count)"),),
            (("return total / count", "return (total / count) ** 0.5"),),
        ),
        hint="Squared tons, or tons?",
        more="Take errors that are all 3. What is their mean square, and what does your function say?",
        why="The root is a number for people, in tons. Here the loss itself was asked for, so that it can be "
        "held beside that of training.",
        seen="own: 35.64 after 100 epochs, where 1270.12 is right",
    ),
    Misconception(
        id="RK415",
        name="gradients are switched off and stay off",
        question="evaluate",
        kind="silent",
        wrong=(
            ((_GRAD, f"torch.set_grad_enabled(False)\n    {_IF}"),),
            (("    model.eval()\n", "    model.eval()\n    torch.set_grad_enabled(False)\n"),),
        ),
        hint="Who switches gradients on again?",
        more="Print torch.is_grad_enabled() before and after the call. What covers some lines alone, and what "
        "stays until somebody changes it?",
        why="The switch is one for the whole program. The next training stops with an error, far from here.",
        seen="later, in fit: element 0 of tensors does not require grad and does not have a grad_fn",
    ),
    Misconception(
        id="RK455",
        name="gradients are recorded while the model predicts, and nobody uses them",
        question="evaluate",
        kind="silent",
        mild=(((_GRAD, _IF),),),
        hint="Which of your lines does PyTorch watch, and for what?",
        more="Print torch.is_grad_enabled() inside your loop. What does PyTorch keep of each batch while it is "
        "on?",
        why="Where nothing is learned, the record that backward would need takes time and memory for "
        "nothing. The number is the same.",
        seen="own: the same loss; the predictions have a grad_fn",
    ),
)

OTHER_PROGRAMS = (
    """\
def evaluate(model, batches):
    was_training = model.training  # the mode before
    model.eval()  # the mode
    total, count = 0, 0  # the start of the sums
    with torch.no_grad():
        for xb, yb in batches:  # the loop over the batches
            errors = model(xb) - yb  # the errors
            total += (errors**2).sum().item()  # the sum of the squares
            count += errors.numel()  # the count
    model.train(was_training)  # the mode afterwards
    return total / count  # the division
""",
)

QUESTION = Question(
    name="evaluate",
    order=240,
    asks="evaluate(model, batches) gives the mean squared error over all rows of all batches, and leaves the "
    "model as it was",
    program=EVALUATE,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
)
