"""Question make_model: a linear layer of PyTorch's that starts from given numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.questions.drawing import SHAPES, case_of, shape_label
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.checks.tracing.torch_state import seeded

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

MAKE_MODEL = """\
def make_model(w, b):
    outputs, inputs = w.shape
    layer = torch.nn.Linear(inputs, outputs)
    with torch.no_grad():
        layer.weight.copy_(w)
        layer.bias.copy_(b)
    return layer
"""


def draw(seed: int) -> tuple[Case, ...]:
    """Weights and offsets of many shapes, with rows to predict for."""
    rng = np.random.default_rng([seed, 31])
    cases = [
        case_of("1 input, 1 crop", "float32", public=True, w=[[2]], b=[1], inputs=[[3]]),
        case_of(
            "3 inputs, 2 crops",
            "float32",
            public=True,
            w=[[1, 2, 0], [0, -1, 3]],
            b=[5, -20],
            inputs=[[1, 1, 1], [2, 0, 4]],
        ),
    ]
    for n, d, k in SHAPES:
        w, b, inputs = rng.normal(size=(k, d)), rng.normal(size=k), rng.normal(size=(n, d))
        label = shape_label(n, d, k, "float32")
        cases.append(case_of(label, "float32", w=w, b=b, inputs=inputs))
    return tuple(cases)


@seeded()
def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``make_model(w, b)`` once, predict with the result, and let it learn for one step."""
    import torch

    w, b, inputs = case.tensors("w", "b", "inputs")
    layer = answer(w, b)
    if not isinstance(layer, torch.nn.Module):
        trace.value("what is given back", layer)
        trace.sign("given back", layer)
        return
    preds = layer(inputs)
    trace.value("preds", preds)
    learned = [param for param in layer.parameters() if param.requires_grad]
    trace.value("how many numbers can be learned", sum(param.numel() for param in learned))
    if learned and isinstance(preds, torch.Tensor) and preds.requires_grad:
        weights = torch.arange(1, preds.numel() + 1, dtype=preds.dtype).reshape(preds.shape)
        slopes = torch.autograd.grad((preds * weights).sum(), learned, allow_unused=True)
        for param, slope in zip(learned, slopes, strict=True):
            if slope is not None:
                param.data.sub_(0.125 * slope)
        trace.value("preds after one step", layer(inputs))
    trace.unchanged(w=w, b=b)


_MADE = "torch.nn.Linear(inputs, outputs)"
_COPIES = """\
    with torch.no_grad():
        layer.weight.copy_(w)
        layer.bias.copy_(b)
"""
_RETURN = "    return layer\n"

MISTAKES = (
    Misconception(
        id="RK380",
        name="the two sizes of the layer are swapped",
        question="make_model",
        kind="raises",
        wrong=(
            ((_MADE, "torch.nn.Linear(outputs, inputs)"),),
            (("outputs, inputs = w.shape", "inputs, outputs = w.shape"),),
            (
                (_MADE, "torch.nn.Linear(outputs, inputs)"),
                ("layer.weight.copy_(w)", "layer.weight.copy_(w.t())"),
                ("layer.bias.copy_(b)", "layer.bias = torch.nn.Parameter(b.clone())"),
            ),
        ),
        hint="What goes in, and what comes out?",
        more="Print w.shape and the layer. A row of w belongs to one crop: how many numbers does it take, and "
        "in which order does the layer want to hear the two sizes?",
        why="A layer is told first how many numbers it takes, then how many it gives. Its weight is stored "
        "the other way round, a row for each number that it gives.",
        seen="nn.Linear(2, 3) with the lesson's table: mat1 and mat2 shapes cannot be multiplied (5x3 and "
        "2x3)",
    ),
    Misconception(
        id="RK381",
        name="the layer has no offset",
        question="make_model",
        kind="silent",
        wrong=(
            (
                (_MADE, "torch.nn.Linear(inputs, outputs, bias=False)"),
                ("layer.bias.copy_(b)", "pass"),
            ),
            ((_RETURN, "    layer.bias = None\n    return layer\n"),),
        ),
        hint="How many numbers can your layer learn?",
        more="Print list(layer.parameters()). The lesson's model has w and b: is either of them missing?",
        why="Without an offset every prediction for a row of zeros is 0, whatever the weights are.",
        seen="nn.Linear(3, 2, bias=False): one parameter, not two",
    ),
    Misconception(
        id="RK382",
        name="the layer keeps the numbers that it drew for itself",
        question="make_model",
        kind="silent",
        wrong=(
            ((_COPIES, ""),),
            ((".weight.copy_(w)", ".weights = w"), (".bias.copy_(b)", ".biases = b")),
            (
                (".weight.copy_(w)", ".weights = torch.nn.Parameter(w.clone())"),
                (".bias.copy_(b)", ".biases = torch.nn.Parameter(b.clone())"),
            ),
            (
                ("layer.weight.copy_(w)", "layer.weight.clone().copy_(w)"),
                ("layer.bias.copy_(b)", "layer.bias.clone().copy_(b)"),
            ),
        ),
        hint="Print the layer's numbers beside w and b.",
        more="Print list(layer.named_parameters()) at the end of your function. Which names stand there, and "
        "which of your lines writes into the tensors of those names?",
        why="A new layer draws its numbers at random. A tensor under another name, or a copy that is filled "
        "in, is no part of what it computes with.",
        seen="nn.Linear with layer.weights = w: nothing raises, and the old weights stay",
    ),
    Misconception(
        id="RK383",
        name="only one of w and b gets into the layer",
        question="make_model",
        kind="silent",
        wrong=(
            (("layer.weight.copy_(w)", "pass"),),
            (("layer.bias.copy_(b)", "pass"),),
        ),
        hint="Print the layer's numbers beside w and b.",
        more="A layer holds two tensors. Print both at the end of your function: which of them is still a "
        "random one?",
        why="weight and bias are drawn separately when the layer is made. Each keeps its random numbers until "
        "something else is written into it.",
        seen="own",
    ),
    Misconception(
        id="RK384",
        name="a plain tensor in the place of a parameter",
        question="make_model",
        kind="raises",
        wrong=(
            (
                ("layer.weight.copy_(w)", "layer.weight = w"),
                ("layer.bias.copy_(b)", "layer.bias = b"),
            ),
            (("layer.weight.copy_(w)", "layer.weight = w.clone()"),),
        ),
        hint="What is a parameter that a tensor is not?",
        more="Print type(layer.weight) and type(w). Which of the two will an optimiser find when it asks the "
        "layer for what can be learned?",
        why="A module keeps a list of its parameters, and takes nothing else in their place.",
        seen="TypeError: cannot assign 'torch.FloatTensor' as parameter 'weight' (torch.nn.Parameter or None "
        "expected)",
    ),
    Misconception(
        id="RK385",
        name="negative predictions are cut off",
        question="make_model",
        kind="silent",
        wrong=(
            ((_RETURN, "    return torch.nn.Sequential(layer, torch.nn.ReLU())\n"),),
            ((_RETURN, "    return torch.nn.Sequential(layer, torch.nn.ReLU6())\n"),),
        ),
        hint="Can your model predict a negative number?",
        more="Print the predictions of the layer alone beside those of your model. Where do they differ?",
        why="A linear model is a sum of products. Whatever bends it afterwards makes another model of it, and "
        "where it is cut off it cannot learn.",
        seen="a ReLU behind the layer, the lesson's table, seed 3: the loss stays at 8327.1 for ever",
    ),
    Misconception(
        id="RK386",
        name="the layer holds w and b themselves, not copies",
        question="make_model",
        kind="silent",
        wrong=(
            (
                (
                    _COPIES,
                    "    layer.weight = torch.nn.Parameter(w)\n    layer.bias = torch.nn.Parameter(b)\n",
                ),
            ),
            ((_COPIES, "    layer.weight.data = w\n    layer.bias.data = b\n"),),
            (("        layer.weight.copy_(w)\n", "        layer.weight.data = w\n"),),
            (("        layer.bias.copy_(b)\n", "        layer.bias.data = b\n"),),
        ),
        hint="Train the model for one step. What do w and b hold then?",
        more="Write into the layer's weight and print w. Two names for the same memory change together.",
        why="A parameter that is made from a tensor uses that tensor's memory. A step of training then moves "
        "w and b too, and the next model starts from somewhere else.",
        seen="own: two models made from the same w and b, the second starts where the first one ended",
    ),
    Misconception(
        id="RK387",
        name="the model cannot learn",
        question="make_model",
        kind="silent",
        wrong=(
            ((_RETURN, "    layer.requires_grad_(False)\n    return layer\n"),),
            ((_RETURN, "    return layer.requires_grad_(False)\n"),),
            (
                (
                    _RETURN,
                    "    for param in layer.parameters():\n        param.requires_grad = False\n    return layer\n",
                ),
            ),
        ),
        hint="Do the layer's numbers ask for gradients?",
        more="Print layer.weight.requires_grad and layer.bias.requires_grad at the end of your function.",
        why="Gradients reach only what asks for them. An optimiser skips what has none.",
        seen="own",
    ),
    Misconception(
        id="RK388",
        name="the model is made and not given back",
        question="make_model",
        kind="silent",
        wrong=(((_RETURN, ""),), ((_RETURN, "    print(layer)\n"),)),
        hint="What does your function hand back?",
        more="Write model = make_model(w, b) into a cell of its own and print model.",
        why="A function without return gives None, whatever it has made.",
        seen="own",
    ),
    Misconception(
        id="RK389",
        name="a function that predicts, not a model",
        question="make_model",
        kind="silent",
        wrong=(
            ((_RETURN, "    return lambda rows: F.linear(rows, w, b)\n"),),
            ((_RETURN, "    return layer.forward\n"),),
        ),
        hint="Can somebody ask it for its parameters?",
        more="Call .parameters() on what your function gives back. An optimiser will do the same.",
        why="A model of PyTorch's is more than its predictions: it also knows what in it can be learned.",
        seen="own",
    ),
    Misconception(
        id="RK390",
        name="the predictions are made into shares of 1",
        question="make_model",
        kind="silent",
        wrong=(
            ((_RETURN, "    return torch.nn.Sequential(layer, torch.nn.Softmax(dim=1))\n"),),
            ((_RETURN, "    return torch.nn.Sequential(layer, torch.nn.Softmax(dim=-1))\n"),),
        ),
        hint="What do the predictions of one row add up to?",
        more="Print the predictions for a few rows and their sum. Tons can be any number.",
        why="Softmax is for choosing one of several classes. Its outputs lie between 0 and 1.",
        seen="a Softmax behind the layer, the lesson's table: the loss stays at 8251.4",
    ),
    Misconception(
        id="RK391",
        name="the copying is recorded by autograd",
        question="make_model",
        kind="raises",
        wrong=(
            ((_COPIES, "    layer.weight.copy_(w)\n    layer.bias.copy_(b)\n"),),
            ((_COPIES, "    layer.weight.copy_(w)\n    layer.bias.data.copy_(b)\n"),),
            ((_COPIES, "    layer.bias.copy_(b)\n    layer.weight.data.copy_(w)\n"),),
        ),
        hint="Should it be recorded that w is written into the layer?",
        more="Writing the start into a parameter is no part of any prediction. Look at how the lesson keeps "
        "PyTorch from watching when it moves w.",
        why="A watched leaf (a tensor that was made and not computed) must not change in place: the record "
        "would describe another tensor.",
        seen="RuntimeError: a leaf Variable that requires grad is being used in an in-place operation.",
    ),
)

OTHER_PROGRAMS = (
    """\
def make_model(w, b):
    outputs, inputs = w.shape  # the sizes
    layer = torch.nn.Linear(inputs, outputs)  # the layer
    with torch.no_grad():
        layer.weight.copy_(w)  # the weights
        layer.bias.copy_(b)  # the offsets
    return layer  # what is handed back
""",
)

QUESTION = Question(
    name="make_model",
    order=220,
    asks="make_model(w, b) gives a linear model of PyTorch's that starts from copies of w and b",
    program=MAKE_MODEL,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
)
