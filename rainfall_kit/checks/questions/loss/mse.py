"""Question mse: the mean squared error, a tensor of shape ()."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.questions.drawing import DTYPES, case_of, count_of
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

MSE = """\
def mse(preds, targets):
    diff = preds - targets
    return (diff * diff).sum() / diff.numel()
"""


def draw(seed: int) -> tuple[Case, ...]:
    """Predictions and targets, for `mse`.

    Example:
        >>> draw(0)[0].label
        '1 row, 1 crop'
    """
    rng = np.random.default_rng([seed, 2])
    cases = [
        case_of("1 row, 1 crop", "float32", public=True, preds=[[5]], targets=[[2]]),
        case_of(
            "2 rows, 2 crops",
            "float32",
            public=True,
            preds=[[1, 2], [3, 4]],
            targets=[[2, 2], [1, 8]],
        ),
        case_of(
            "3 rows, 1 crop", "float32", public=True, preds=[[1], [2], [3]], targets=[[3], [2], [0]]
        ),
    ]
    for n, k in ((7, 3), (2, 5), (1, 4), (6, 1)):
        for dtype in DTYPES:
            preds, targets = rng.normal(size=(n, k)), rng.normal(size=(n, k))
            cases.append(
                case_of(
                    f"{count_of(n, 'row')}, {count_of(k, 'crop')}, {dtype}",
                    dtype,
                    preds=preds,
                    targets=targets,
                )
            )
    preds, targets = rng.normal(size=(4, 3)), rng.normal(size=(4, 3))
    cases += [
        case_of("large numbers", "float32", preds=preds * 1e6, targets=targets * 1e6),
        case_of("tiny numbers", "float32", preds=preds * 1e-6, targets=targets * 1e-6),
        case_of("preds equal to targets", "float32", preds=preds, targets=preds),
    ]
    return tuple(cases)


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``mse(preds, targets)`` twice, and follow the wire from the loss back to preds."""
    preds, targets = case.tensors("preds", "targets")
    preds.requires_grad_()
    # as in the lesson, preds is computed from something: one that is a leaf may not change in place
    loss = answer(preds * 1, targets)
    trace.value("the loss", loss, dtype=case.dtype == "float64")
    trace.slopes(loss, {"preds": preds})
    again = preds * 1
    trace.value("the loss of a second call", answer(again, targets))
    trace.unchanged(preds=again, targets=targets)


_MEAN = "(diff * diff).sum() / diff.numel()"
_BEGIN, _SQUARED = "def mse(preds, targets):\n", "def squared(preds, targets):\n"

MISTAKES = (
    Misconception(
        id="RK016",
        name="sum instead of mean",
        question="mse",
        kind="silent",
        wrong=(((" / diff.numel()", ""),),),
        hint="If the table had twice as many rows, should the loss double?",
        more="Give your function preds that are wrong by 1 everywhere, for a small table and for a "
        "large one. What should it say for each?",
        why="A sum grows with the table, and with it every gradient: the same lr takes longer steps.",
        seen="the lesson's code, seed 0, lr 1e-5: the loss is 330608 in epoch 1 and 693 in epoch 100; "
        "it fits better than the right code for every one of 500 seeds, and is wrong all the same",
    ),
    Misconception(
        id="RK017",
        name="divided by rows, not by elements",
        question="mse",
        kind="silent",
        wrong=((("diff.numel()", "len(diff)"),), (("diff.numel()", "diff.shape[0]"),)),
        hint="Count how many squared numbers you added.",
        more="Take 2 rows of 3 crops, all wrong by 1. Count the squares by hand, then print the number "
        "by which you divide.",
        why="With k crops there are n times k squared differences; dividing by n is k times too big.",
        seen="the lesson's code, seed 0: the loss is 66121.6 in epoch 1, twice what it should be",
    ),
    Misconception(
        id="RK019",
        name="an extra half",
        question="mse",
        kind="silent",
        wrong=(((".sum()", ".sum() / 2"),),),
        hint="Compare with the definition, constant by constant.",
        more="Take one prediction that is wrong by 1. Work out its mean squared error by hand and "
        "compare.",
        why="Some books halve the loss so that the slope loses its 2. The mean squared error does not.",
        seen="the lesson's code, seed 0: the loss is 16530.4 in epoch 1, half of what it should be",
    ),
    Misconception(
        id="RK020",
        name="absolute value instead of square",
        question="mse",
        kind="silent",
        wrong=((("(diff * diff)", "diff.abs()"),),),
        hint="A doubled error should cost more than double.",
        more="Compare one prediction that is wrong by 1 with one that is wrong by 10. How many times as "
        "much does the second cost?",
        why="The slope of |e| has the same size for small and large errors; that of e² grows with e.",
        seen="the lesson's code, seed 0, lr 1e-5: the loss goes from 159.2 to 152.9, nearly flat",
    ),
    Misconception(
        id="RK021",
        name="a root is taken",
        question="mse",
        kind="silent",
        wrong=(
            ((_BEGIN, f"{_BEGIN}    return torch.sqrt(squared(preds, targets))\n\n{_SQUARED}"),),
        ),
        hint="Which letter of the name is the root? Is it there?",
        more="Take one prediction that is wrong by 10. Is your value 10 or 100, and which of the two is "
        "a squared error?",
        why="The root mean squared error has its minimum at the same place, and other slopes.",
        seen="the lesson's code, seed 0, lr 1e-5: the loss goes from 181.8 to 174.0",
    ),
    Misconception(
        id="RK022",
        name="the differences are not squared",
        question="mse",
        kind="silent",
        wrong=((("diff * diff", "diff"),), (("diff * diff", "-diff"),), ((_MEAN, "diff.sum()"),)),
        hint="Can a loss be below zero? What would +5 and -5 give?",
        more="Take one prediction that is 5 too high and one that is 5 too low, and print each number "
        "that goes into your mean.",
        why="Signed errors cancel, and their mean has no lowest value.",
        seen="the lesson's code, seed 0, lr 1e-5: the loss goes from -150.7 to -159.4 and falls for ever",
    ),
    Misconception(
        id="RK025",
        name="product instead of difference",
        question="mse",
        kind="silent",
        wrong=((("preds - targets", "preds * targets"), ("diff * diff", "diff")),),
        hint="What is the value when prediction equals target?",
        more="Call your function with preds equal to targets, then move preds away. The loss should "
        "start at its lowest.",
        why="A loss is lowest where predictions equal targets. A product is not.",
        seen="the lesson's code, seed 0, lr 1e-5: the loss goes from -7581 to -77134",
    ),
    Misconception(
        id="RK026",
        name="the loss is a table",
        question="mse",
        kind="raises",
        wrong=(((_MEAN, "diff ** 2"),),),
        hint="How many numbers does your loss return?",
        more="Print the shape of what your function gives. backward starts from shape ().",
        why="A gradient says how one number changes. backward asks for a loss of one element.",
        seen="the lesson's code: RuntimeError: grad can be implicitly created only for scalar outputs",
    ),
    Misconception(
        id="RK027",
        name="reduced one way only",
        question="mse",
        kind="raises",
        wrong=(
            ((_MEAN, "(diff * diff).mean(dim=0)"),),
            ((_MEAN, "sum(diff * diff) / diff.numel()"),),
            ((_MEAN, "(diff * diff).mean(dim=1)"),),
        ),
        hint="One crop each, or one number for all?",
        more="Print the shape of what your function gives for 5 rows and 2 crops. Which direction is "
        "still there?",
        why="A mean over dim 0, or Python's sum, adds the rows and leaves one number for each crop.",
        seen="the lesson's code: RuntimeError: grad can be implicitly created only for scalar outputs",
    ),
    Misconception(
        id="RK029",
        name="xor instead of a power",
        question="mse",
        kind="raises",
        wrong=(((_MEAN, "(diff ^ 2).mean()"),),),
        hint="The sign ^ is not a power in Python.",
        more="Type 3 ^ 2 into a cell of its own and compare the answer with 9.",
        why="^ compares bits in Python, and only whole numbers have them.",
        seen="the lesson's code: NotImplementedError: \"bitwise_xor_cpu\" not implemented for 'Float'",
    ),
    Misconception(
        id="RK030",
        name="divided by something that is no number",
        question="mse",
        kind="raises",
        wrong=((("diff.numel()", "diff.numel"),), (("diff.numel()", "diff.size()"),)),
        hint="What type is on the right of the slash?",
        more="Print what stands on the right of the slash, on its own. Is it one number?",
        why="numel without parentheses is a method, and size() is a shape; neither is a count.",
        seen="the lesson's code: TypeError: unsupported operand type(s) for /: 'Tensor' and "
        "'builtin_function_or_method', or and 'torch.Size'",
    ),
    Misconception(
        id="RK031",
        name="the loss is not returned",
        question="mse",
        kind="raises",
        wrong=((("return (diff", "loss = (diff"),),),
        hint="What does your function hand back?",
        more="Print the type of what your function gives. How does a function say what its value is?",
        why="A function without return gives None, whatever it computed.",
        seen="the lesson's code: AttributeError: 'NoneType' object has no attribute 'backward'",
    ),
    Misconception(
        id="RK032",
        name="printed instead of returned",
        question="mse",
        kind="raises",
        wrong=(((f"return {_MEAN}", f"print({_MEAN})"),),),
        hint="What does your function hand back, and what does it only show?",
        more="Write loss = mse(preds, targets) and then print(loss). The second print shows what the "
        "program got.",
        why="print shows a value to you and gives None to the program.",
        seen="the lesson's code: AttributeError: 'NoneType' object has no attribute 'backward'",
    ),
    Misconception(
        id="RK033",
        name="the loss is a plain number",
        question="mse",
        kind="raises",
        wrong=(((_MEAN, f"({_MEAN}).item()"),), ((_MEAN, f"float({_MEAN})"),)),
        hint="Something turned the loss into a plain number.",
        more="Print the type after each operation of your function. From which one on is it no tensor?",
        why="item() gives a Python number, which does not remember how it was computed.",
        seen="the lesson's code: AttributeError: 'float' object has no attribute 'backward'",
    ),
    Misconception(
        id="RK034",
        name="NumPy inside the loss",
        question="mse",
        kind="raises",
        wrong=(((f"return {_MEAN}", "return np.mean(diff.numpy() ** 2)"),),),
        hint="Which operations does torch get to see?",
        more="Go through the line from left to right, and mark where the numbers leave torch. The slopes "
        "cannot follow them there.",
        why="Autograd, which finds the gradients, records torch's operations. It cannot record what "
        "NumPy does.",
        seen="the lesson's code: RuntimeError: Can't call numpy() on Tensor that requires grad. "
        "Use tensor.detach().numpy() instead.",
    ),
    Misconception(
        id="RK035",
        name="the loss is cut off from the predictions",
        question="mse",
        kind="raises",
        wrong=(
            ((_MEAN, "torch.tensor(np.mean(diff.detach().numpy() ** 2))"),),
            ((_MEAN, f"torch.tensor(({_MEAN}).item())"),),
            ((_MEAN, f"({_MEAN}).detach()"),),
        ),
        hint="Which of your lines makes PyTorch lose track of the predictions?",
        more="Print requires_grad after each operation of your function. It says True up to the cut, and "
        "False behind it.",
        why="detach gives a copy without history; nothing behind it reaches the weights.",
        seen="the lesson's code, after following the advice of the message before: RuntimeError: element "
        "0 of tensors does not require grad and does not have a grad_fn",
    ),
    Misconception(
        id="RK037",
        name="one column of targets against a table",
        question="mse",
        kind="silent",
        wrong=((("- targets", "- targets[:, 0]"),),),
        hint="Print the shape of the difference.",
        more="A table of n rows and 1 column minus n numbers in a line has how many elements? Try it with "
        "n = 5.",
        why="(n, 1) minus (n,) stretches both to (n, n): every prediction meets every target.",
        seen="the lesson's code with one crop: ends at a loss of 1273 where 51 is right; F.mse_loss warns: "
        "Using a target size (torch.Size([5])) that is different to the input size (torch.Size([5, 1]))",
    ),
    Misconception(
        id="RK038",
        name="the targets are transposed",
        question="mse",
        kind="raises",
        wrong=((("- targets", "- targets.t()"),),),
        hint="Rows must mean the same thing in both tables.",
        more="Print both shapes as they stand on the two sides of the minus sign, and say what the rows "
        "of each are.",
        why="Differences are taken place by place, so region must stand against region.",
        seen="the lesson's code: RuntimeError: The size of tensor a (2) must match the size of tensor b (5)",
    ),
    Misconception(
        id="RK104",
        name="a whole table is asked whether it is true",
        question="mse",
        kind="raises",
        wrong=(
            (
                (
                    "    diff = preds - targets\n",
                    "    diff = preds - targets if preds > targets else targets - preds\n",
                ),
            ),
        ),
        hint="True for which region?",
        more="Print preds > targets. How many answers does it hold, and how many does an if need?",
        why="A comparison of tables gives a table of True and False. if needs a single one of them.",
        seen="the lesson's code: RuntimeError: Boolean value of Tensor with more than one value is "
        "ambiguous",
    ),
)


# The same in other styles, each line with what it is for: mutants are made of these.
OTHER_PROGRAMS = (
    """\
def mse(preds, targets):
    diff = preds - targets  # the differences
    squares = diff**2  # the squares
    total = squares.sum()  # the sum of the squares
    return total / squares.numel()  # the division
""",
    """\
def mse(preds, targets):
    diff = preds - targets  # the differences
    squares = diff * diff  # the squares
    return squares.mean()  # the mean of the squares
""",
)

QUESTION = Question(
    name="mse",
    order=60,
    asks="mse(preds, targets) gives the mean squared error, a tensor of shape ()",
    program=MSE,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
)
