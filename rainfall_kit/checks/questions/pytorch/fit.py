"""Question fit: training with PyTorch's optimiser, one step for each batch."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np

from rainfall_kit.checks.questions.drawing import (
    DTYPES,
    SHAPES,
    case_of,
    count_of,
    shape_label,
)
from rainfall_kit.checks.questions.linear_layer import linear_layer
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.checks.tracing.torch_calls import torch_calls_noted

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

FIT = """\
def fit(model, batches, lr, epochs):
    optimiser = torch.optim.SGD(model.parameters(), lr=lr)
    losses = []
    for epoch in range(epochs):
        for xb, yb in batches:
            loss = F.mse_loss(model(xb), yb)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
    return losses
"""


def draw(seed: int) -> tuple[Case, ...]:
    """Tables in batches, the last one often smaller; a list of batches, or a DataLoader."""
    rng = np.random.default_rng([seed, 32])
    cases = [
        case_of(
            "2 rows in one batch, 2 epochs",
            "float32",
            public=True,
            inputs=[[1], [2]],
            targets=[[3], [7]],
            w=[[1]],
            b=[0],
            lr=0.125,
            epochs=2,
            rows_in_a_batch=2,
            loader=0,
        ),
        case_of(
            "3 rows in batches of 2, 2 epochs",
            "float32",
            public=True,
            inputs=[[1, 0], [0, 2], [1, 1]],
            targets=[[1], [2], [4]],
            w=[[1, 2]],
            b=[0.5],
            lr=0.125,
            epochs=2,
            rows_in_a_batch=2,
            loader=0,
        ),
    ]
    sizes = ((3, 1, 3), (2, 1, 2), (3, 0, 1), (8, 0, 4), (2, 0, 3))
    for i, (size, loader, epochs) in enumerate(sizes):
        n, d, k = SHAPES[i % len(SHAPES)]
        dtype = DTYPES[i % 2]
        label = f"{shape_label(n, d, k, dtype)}, in batches of {size}, {count_of(epochs, 'epoch')}"
        cases.append(
            case_of(
                label,
                dtype,
                inputs=rng.normal(size=(n, d)),
                targets=rng.normal(size=(n, k)),
                w=rng.normal(size=(k, d)),
                b=rng.normal(size=k),
                lr=0.0625,
                epochs=epochs,
                rows_in_a_batch=size,
                loader=loader,
            )
        )
    return tuple(cases)


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``fit(model, batches, lr, epochs)`` once, and predict with the model afterwards."""
    import torch
    from torch.utils.data import DataLoader, TensorDataset

    inputs, targets = case.tensors("inputs", "targets")
    size, epochs = int(case.number("rows_in_a_batch")), int(case.number("epochs"))
    batches: Any = [*zip(inputs.split(size), targets.split(size), strict=True)]
    steps = epochs * len(batches)
    if case.number("loader"):
        batches = DataLoader(TensorDataset(inputs, targets), batch_size=size)
    layer = linear_layer(case)
    with torch_calls_noted(trace, answer, layer.weight, layer.bias) as asked:
        losses = asked(layer, batches, case.number("lr"), epochs)
    if not hasattr(losses, "__len__"):
        trace.given_back(losses)
        return
    trace.value("the number of losses", len(losses))
    for step, loss in enumerate(itertools.islice(losses, steps + 1)):
        trace.value(f"losses[{step}]", _as_number(loss, losses))
    trace.value("preds of the trained model", layer(inputs).detach())
    trace.unchanged(inputs=inputs, targets=targets)
    trace.sign("the model is in training mode", layer.training)
    trace.sign(
        "a gradient is left", layer.weight.grad is not None and bool(layer.weight.grad.any())
    )
    trace.sign("losses hold tensors", any(isinstance(loss, torch.Tensor) for loss in losses))


def _as_number(loss: Any, losses: Any) -> Any:
    """A loss that one tensor or array of all losses holds, as a plain number; any other as it is."""
    from_one = hasattr(losses, "dtype") and getattr(loss, "shape", None) == ()
    return loss.item() if from_one or type(loss).__module__ == "numpy" else loss


_INNER = """\
            loss = F.mse_loss(model(xb), yb)
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
"""
_ZERO, _BACK, _STEP = "optimiser.zero_grad()", "loss.backward()", "optimiser.step()"
_LOG = "            losses.append(loss.item())\n"
_EPOCH = "    for epoch in range(epochs):\n"
_SGD = "torch.optim.SGD(model.parameters(), lr=lr)"
_THREE = f"            {_ZERO}\n            {_BACK}\n            {_STEP}\n"

MISTAKES = (
    Misconception(
        id="RK392",
        name="parameters is named but not called",
        question="fit",
        kind="raises",
        wrong=((("model.parameters()", "model.parameters"),),),
        hint="A pair of brackets is missing.",
        more="Print what you hand to the optimiser. Is it the parameters, or the method that would give them?",
        why="A method without brackets is the method itself. The optimiser wants what it gives.",
        seen="TypeError: 'method' object is not iterable",
    ),
    Misconception(
        id="RK393",
        name="the optimiser gets the model, not its parameters",
        question="fit",
        kind="raises",
        wrong=((("model.parameters()", "model"),),),
        hint="What is it that the optimiser moves?",
        more="The optimiser knows nothing of models. Which method of the model gives it the tensors to move?",
        why="An optimiser holds a list of tensors. A model is not a list.",
        seen="TypeError: 'Linear' object is not iterable",
    ),
    Misconception(
        id="RK394",
        name="no step reaches the model",
        question="fit",
        kind="silent",
        wrong=(
            ((f"            {_STEP}\n", ""),),
            ((_STEP, "optimiser.step"),),
            (
                (
                    _SGD,
                    "torch.optim.SGD([p.clone().detach().requires_grad_() for p in model.parameters()], lr=lr)",
                ),
            ),
        ),
        hint="Print model.weight before and after one batch.",
        more="Which of your lines moves the weights? Does it run, and do its tensors belong to this model?",
        why="backward computes slopes and moves nothing. The move is a call of its own, on an optimiser that "
        "holds the very tensors that the model predicts with.",
        seen="optimiser.step without brackets, the lesson's table: the loss stays at 33060.8",
    ),
    Misconception(
        id="RK395",
        name="the gradients are never set back",
        question="fit",
        kind="silent",
        wrong=(((f"            {_ZERO}\n", ""),), ((_ZERO, "optimiser.zero_grad"),)),
        hint="What does .grad hold when the second batch begins?",
        more="Print model.weight.grad before each backward. From the second batch on, whose slopes are in "
        "there?",
        why="backward adds to what .grad holds. Without a reset, each step goes along the sum of all slopes "
        "so far.",
        seen="zero_grad without brackets, the lesson's table: 6844.6 after 5 epochs, 459.8 after 100",
    ),
    Misconception(
        id="RK396",
        name="the step comes before backward",
        question="fit",
        kind="silent",
        wrong=(
            ((_THREE, f"            {_STEP}\n            {_ZERO}\n            {_BACK}\n"),),
            (
                (
                    _INNER,
                    (
                        f"            {_STEP}\n            {_ZERO}\n            loss = F.mse_loss(model(xb), yb)\n"
                        f"            {_BACK}\n{_LOG}"
                    ),
                ),
            ),
        ),
        hint="Which slopes does your first step use?",
        more="Go through your loop for the first batch by hand. What does .grad hold when the step comes?",
        why="A step uses the slopes that it finds. Before backward these are none, or those of the batch "
        "before.",
        seen="the lesson's table: the losses of the first two epochs are both 33060.8",
    ),
    Misconception(
        id="RK397",
        name="one step for each epoch, not for each batch",
        question="fit",
        kind="silent",
        wrong=(
            ((f"            {_STEP}\n{_LOG}", f"{_LOG}        {_STEP}\n"),),
            (
                (
                    f"            {_ZERO}\n            {_BACK}\n            {_STEP}\n{_LOG}",
                    f"            {_BACK}\n{_LOG}        {_STEP}\n        {_ZERO}\n",
                ),
            ),
        ),
        hint="How many steps does one epoch of three batches take?",
        more="Print a word beside your step and count. How far is its line indented?",
        why="Each batch is a table of its own: it has its own slopes and takes its own step. What stands "
        "behind the inner loop runs once an epoch.",
        seen="the step behind the inner loop, batches of 2: the loss stays near 6859",
    ),
    Misconception(
        id="RK398",
        name="each epoch ends after its first batch",
        question="fit",
        kind="silent",
        wrong=(
            ((_LOG, f"{_LOG}            break\n"),),
            (
                (
                    f"{_EPOCH}        for xb, yb in batches:\n",
                    f"{_EPOCH}        for xb, yb in [next(iter(batches))]:\n",
                ),
            ),
        ),
        hint="Count the losses.",
        more="Print the shape of xb in every round of your inner loop. How many rounds should an epoch have?",
        why="An epoch is one pass over all rows, so over all batches.",
        seen="own: a break in the inner loop, batches of 2: 2 of 5 rows an epoch",
    ),
    Misconception(
        id="RK399",
        name="steps that remember earlier ones",
        question="fit",
        kind="silent",
        wrong=tuple(
            (("lr=lr)", f"lr=lr, momentum={share})"),) for share in ("0.9", "0.5", "0.99", "0.8")
        ),
        hint="Which settings of the optimiser were asked for?",
        more="Read the line of your optimiser word by word. Which of its settings has the lesson's step not?",
        why="With momentum a step goes along this slope and a share of all earlier ones. That is another "
        "method.",
        seen="momentum=0.9, the lesson's table: 71.66 after 100 epochs, where 1270.12 is right",
    ),
    Misconception(
        id="RK400",
        name="another optimiser than gradient descent",
        question="fit",
        kind="silent",
        wrong=tuple(
            (("torch.optim.SGD(", f"torch.optim.{name}("),)
            for name in ("Adam", "AdamW", "RMSprop", "Adagrad")
        ),
        hint="Which optimiser was asked for?",
        more="Take one step by hand, lr times the slope, and compare with what your optimiser does.",
        why="These optimisers divide by the size of earlier slopes. Their steps are not lr times the slope.",
        seen="Adam at lr 1e-5, the lesson's table: 32988.4 after 100 epochs",
    ),
    Misconception(
        id="RK401",
        name="the sum of the squares, not their mean",
        question="fit",
        kind="silent",
        wrong=(
            (("F.mse_loss(model(xb), yb)", 'F.mse_loss(model(xb), yb, reduction="sum")'),),
            (("F.mse_loss(model(xb), yb)", "((model(xb) - yb) ** 2).sum()"),),
        ),
        hint="Is your loss one that grows with the number of rows?",
        more="Take a batch that holds the same row twice. Should its loss be twice as large?",
        why="A sum grows with the batch, and so do its slopes: every step is longer by the number of elements.",
        seen="own: mse_loss with reduction set to a sum",
    ),
    Misconception(
        id="RK402",
        name="the loss is taken after the step",
        question="fit",
        kind="silent",
        wrong=(((_LOG, _LOG.replace("loss.item()", "F.mse_loss(model(xb), yb).item()")),),),
        hint="Is the first number in your list the loss of the start?",
        more="Work out the loss of the first batch before anything has moved. Which of your lines comes too "
        "late to see it?",
        why="After the step the model is another one. The loss that led to the step is the one before it.",
        seen="own",
    ),
    Misconception(
        id="RK403",
        name="one loss for each epoch, not for each batch",
        question="fit",
        kind="silent",
        wrong=(((f"{_LOG}    return", f"{_LOG[4:]}    return"),),),
        hint="Count the losses.",
        more="Two epochs of three batches: how many numbers should the list hold, and how many does yours? "
        "How far is the line indented that adds to it?",
        why="What stands behind the inner loop runs once an epoch, and sees the last batch alone.",
        seen="own",
    ),
)

OTHER_PROGRAMS = (
    """\
def fit(model, batches, lr, epochs):
    optimiser = torch.optim.SGD(model.parameters(), lr=lr)  # the optimiser
    losses = []  # the list of losses
    for _ in range(epochs):  # the loop
        for xb, yb in batches:  # the loop over the batches
            preds = model(xb)  # the prediction
            loss = ((preds - yb) ** 2).mean()  # the loss
            optimiser.zero_grad()  # the reset
            loss.backward()  # backward
            optimiser.step()  # the move
            losses.append(loss.item())  # the note of the loss
    return losses  # what is handed back
""",
)

QUESTION = Question(
    name="fit",
    order=230,
    asks="fit(model, batches, lr, epochs) trains the model, one step for each batch, and gives the loss of "
    "each batch before its step: a list of plain numbers",
    program=FIT,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
    drawn_for_report=1,
)
