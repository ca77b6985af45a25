"""Question model: predictions of a linear model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.questions.drawing import DTYPES, SHAPES, case_of, shape_label
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

MODEL = """\
def model(x, w, b):
    return x @ w.t() + b
"""


def draw(seed: int) -> tuple[Case, ...]:
    """Inputs x with weights w and offsets b, for `model`.

    Example:
        >>> draw(0)[0].label
        '1 row'
    """
    rng = np.random.default_rng([seed, 1])
    cases = [
        case_of("1 row", "float32", public=True, x=[[2, 3]], w=[[1, 10]], b=[5]),
        case_of(
            "2 rows, 2 crops",
            "float32",
            public=True,
            x=[[1, 2, 3], [0, 1, 0]],
            w=[[1, 0, 2], [3, 1, 0]],
            b=[10, 20],
        ),
    ]
    for n, d, k in SHAPES:
        for dtype in DTYPES:
            x, w, b = rng.normal(size=(n, d)), rng.normal(size=(k, d)), rng.normal(size=k)
            cases.append(case_of(shape_label(n, d, k, dtype), dtype, x=x, w=w, b=b))
    x, w, b = rng.normal(size=(6, 3)), rng.normal(size=(2, 3)), rng.normal(size=2)
    for name, size in (("large", 1e6), ("tiny", 1e-6)):
        cases.append(case_of(f"{name} numbers", "float32", x=x * size, w=w, b=b * size))
    return tuple(cases)


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``model(x, w, b)`` twice, and follow the wire from the predictions back to w and b."""
    x, w, b = case.tensors("x", "w", "b")
    w.requires_grad_()
    b.requires_grad_()
    preds = answer(x, w, b)
    trace.value("preds", preds, dtype=case.dtype == "float64")  # a finer dtype costs nothing
    trace.slopes(preds, {"w": w, "b": b})
    trace.value("preds of a second call", answer(x, w, b))
    trace.unchanged(x=x, w=w, b=b)


MISTAKES = (
    Misconception(
        id="RK001",
        name="the weights are not transposed",
        question="model",
        kind="raises",
        wrong=((("w.t()", "w"),),),
        hint="Write the two shapes side by side: which inner numbers must agree?",
        more="x is (n, d). The number that stands next to @ on its right side must be d as well. "
        "Print w.shape: is it?",
        why="A product (n, d) @ (d, k) adds over d. w is stored as (k, d): one row for each crop.",
        seen="the lesson's code: RuntimeError: mat1 and mat2 shapes cannot be multiplied "
        "(5x3 and 2x3)",
    ),
    Misconception(
        id="RK002",
        name="the order of the product is swapped",
        question="model",
        kind="raises",
        wrong=((("x @ w.t()", "w @ x"),),),
        hint="Each row of the result should belong to which thing: a region or a crop?",
        more="The result has as many rows as the left factor. Count the rows that preds should have, "
        "and the rows of what stands on your left.",
        why="A matrix product keeps the rows of its left factor; the rows of preds are regions.",
        seen="the lesson's code: RuntimeError: mat1 and mat2 shapes cannot be multiplied "
        "(2x3 and 5x3)",
    ),
    Misconception(
        id="RK003",
        name="an element-wise product",
        question="model",
        kind="raises",
        wrong=((("x @ w.t()", "x * w"),),),
        hint="Is each prediction one product, or a weighted sum?",
        more="Write down the apples of one region by hand: three products and two plus signs. "
        "Which sign in your line does the adding?",
        why="* multiplies element by element; @ multiplies and adds along the shared direction.",
        seen="the lesson's code: RuntimeError: The size of tensor a (5) must match the size of "
        "tensor b (2) at non-singleton dimension 0",
    ),
    Misconception(
        id="RK004",
        name="a method is named but not called",
        question="model",
        kind="raises",
        wrong=((("w.t()", "w.t"),),),
        hint="Look for a method that was named but not called.",
        more="Print each part of the formula on its own. One of them prints as a built-in method and "
        "not as a table of numbers.",
        why="Without its parentheses a method is a thing of its own, not the tensor it would give.",
        seen="the lesson's code: TypeError: unsupported operand type(s) for @: 'Tensor' and "
        "'builtin_function_or_method'",
    ),
    Misconception(
        id="RK006",
        name="both sides are transposed",
        question="model",
        kind="raises",
        wrong=((("x @ w.t()", "x.t() @ w.t()"),),),
        hint="How many rows should the predictions have?",
        more="Print the shapes of both factors as they stand in the product. One of the two tables "
        "already lay the right way.",
        why="Transposing the inputs makes measurements into rows, and regions into columns.",
        seen="the lesson's code: RuntimeError: mat1 and mat2 shapes cannot be multiplied "
        "(3x5 and 3x2)",
    ),
    Misconception(
        id="RK007",
        name="crops stand in the rows of the result",
        question="model",
        kind="raises",
        wrong=((("x @ w.t()", "w @ x.t()"),),),
        hint="Print the shape before adding the offset.",
        more="The offset has one number for each crop and is added along the last direction. Which "
        "direction of your product counts the crops?",
        why="w @ x.t() is (k, n). The offset (k,) stretches along the last direction, which is n.",
        seen="the lesson's code: RuntimeError: The size of tensor a (5) must match the size of "
        "tensor b (2) at non-singleton dimension 1",
    ),
    Misconception(
        id="RK011",
        name="one offset for all crops",
        question="model",
        kind="silent",
        wrong=(
            (("+ b", "+ b[:1]"),),
            (("torch.randn(2, requires_grad=True)", "torch.randn(1, requires_grad=True)"),),
        ),
        hint="How many parameters does the model have in total?",
        more="Two crops of three weights and an offset each are eight numbers. Count yours, and see "
        "which crop goes without.",
        why="Each crop has an offset of its own. A single one is stretched over all of them.",
        seen="the lesson's code, seed 0, lr 1e-5: no error; the loss is 33493 in epoch 1 and 1278 in "
        "epoch 100, where the right code has 33061 and 1282",
    ),
    Misconception(
        id="RK013",
        name="the offset takes no part",
        question="model",
        kind="silent",
        wrong=(
            ((" + b", ""),),
            (
                (" + b", ""),
                ("w.grad.zero_()", "w.grad = None"),
                ("b.grad.zero_()", "b.grad = None"),
            ),
        ),
        hint="One of the parameters never takes part in the prediction.",
        more="Change b by hand and predict again. Which numbers of preds should change, and do they?",
        why="preds = x @ w.t() + b. What is not in the formula gets no gradient.",
        seen="the lesson's code: no error in the model; the update then stops with TypeError: "
        "unsupported operand type(s) for *: 'NoneType' and 'float'",
    ),
    Misconception(
        id="RK014",
        name="a one-dimensional tensor is transposed with .T",
        question="model",
        kind="warns",
        mild=((("+ b", "+ b.T"),),),
        hint="Does a one-dimensional tensor have anything to transpose?",
        more="Print b.shape before and after the .T, and read the warning once more.",
        why="A transpose swaps two directions, and b has one. .T on it changes nothing, warns today, "
        "and a later PyTorch will refuse it.",
        seen="the lesson's code: UserWarning: The use of `x.T` on tensors of dimension other than 2 "
        "to reverse their shape is deprecated",
    ),
    Misconception(
        id="RK111",
        name="the weights are reshaped, not transposed",
        question="model",
        kind="silent",
        wrong=((("w.t()", "w.reshape(w.shape[1], w.shape[0])"),),),
        hint="Follow one number of w: does it stay with its input and its crop?",
        more="Write 1 to 6 into a table of two rows, do with it what you do with w, and print both. "
        "What was a row should be a column.",
        why="reshape and view keep the order of the numbers and only break the rows elsewhere, so crops "
        "get weights of each other. w.t() swaps rows and columns.",
        seen="the lesson's code, seed 0, lr 1e-5: no error; the loss is 36193 in epoch 1 and 1355 in "
        "epoch 100, where the right code has 33061 and 1282",
    ),
)


# The same in other styles, each line with what it is for: mutants are made of these.
OTHER_PROGRAMS = (
    """\
def model(x, w, b):
    weighted = x @ w.t()  # the product of x and w
    preds = weighted + b  # the sum with b
    return preds  # what is handed back
""",
    """\
def model(x, w, b):
    parts = x[:, None, :] * w  # the product of x and w
    preds = parts.sum(dim=-1) + b  # the sum with b
    return preds  # what is handed back
""",
)

QUESTION = Question(
    name="model",
    order=50,
    asks="model(x, w, b) gives the predictions, one row for each row of x",
    program=MODEL,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
)
