"""Question predict_region: predictions for one more region, given as a list of numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.questions.drawing import case_of, count_of
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.checks.questions.tensors.model import MODEL

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

PREDICT_REGION = """\
def predict_region(region, w, b):
    x = torch.tensor([region], dtype=torch.float32)
    return model(x, w, b)
"""


def draw(seed: int) -> tuple[Case, ...]:
    """One region, of whole numbers and of fractions, with weights and offsets."""
    rng = np.random.default_rng([seed, 6])
    cases = [
        case_of(
            "3 whole numbers, 2 crops",
            "float32",
            public=True,
            region=[2, 3, 4],
            w=[[1, 10, 0], [0, 1, 5]],
            b=[5, 7],
        ),
        case_of(
            "3 numbers, 2 crops",
            "float32",
            public=True,
            region=[0.5, 3, 1.5],
            w=[[2, 10, 4], [0, 1, 2]],
            b=[5, 7],
        ),
    ]
    for d, k in ((3, 2), (4, 3), (2, 4), (6, 1)):
        for kind in ("whole numbers", "numbers"):
            region = rng.uniform(40, 110, d)
            region = np.round(region) if kind == "whole numbers" else np.round(region, 1)
            cases.append(
                case_of(
                    f"{d} {kind}, {count_of(k, 'crop')}",
                    "float32",
                    region=region,
                    w=rng.normal(size=(k, d)),
                    b=rng.normal(size=k) * 10,
                )
            )
    return tuple(cases)


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``predict_region(region, w, b)`` once, with a list: a number without a fraction is an int."""
    w, b = case.tensors("w", "b")
    w.requires_grad_()
    b.requires_grad_()
    numbers = case.value("region").numbers
    region = [int(number) if number.is_integer() else number for number in numbers]
    trace.value("the prediction", answer([*region], w, b))
    trace.unchanged(w=w, b=b)


_MAKE = "x = torch.tensor([region], dtype=torch.float32)"
_PREDICT = "return model(x, w, b)"

MISTAKES = (
    Misconception(
        id="RK209",
        name="the prediction is a line of numbers, not a row of a table",
        question="predict_region",
        kind="silent",
        wrong=(
            ((_MAKE, "x = torch.tensor(region, dtype=torch.float32)"),),
            ((_PREDICT, "return model(x, w, b)[0]"),),
            ((_PREDICT, "return model(x, w, b).flatten()"),),
        ),
        hint="How many numbers does the shape of your result have?",
        more="Print the shape of what you hand to model, and of what comes back. A table has two numbers "
        "in its shape, even if it has a single row.",
        why="(d,) is a line of numbers and (1, d) a table of one row. A model of many regions takes and "
        "gives tables.",
        seen="the lesson's code: a region of shape (3,) gives a prediction of shape (2,)",
    ),
    Misconception(
        id="RK210",
        name="the region stands in a column",
        question="predict_region",
        kind="raises",
        wrong=(
            ((_MAKE, "x = torch.tensor(region, dtype=torch.float32).unsqueeze(1)"),),
            ((_MAKE, "x = torch.tensor([[value] for value in region], dtype=torch.float32)"),),
        ),
        hint="Is a region a row or a column?",
        more="Print x.shape and inputs.shape. Which of the two numbers counts the regions?",
        why="The inner numbers of a product must agree: (1, d) @ (d, k). A column is (d, 1).",
        seen="the lesson's code: RuntimeError: mat1 and mat2 shapes cannot be multiplied (3x1 and 3x2)",
    ),
    Misconception(
        id="RK211",
        name="the region is still a list",
        question="predict_region",
        kind="raises",
        wrong=(((_MAKE, "x = region"),), ((_MAKE, "x = [region]"),)),
        hint="Print the type of what you hand to model.",
        more="Print type(x) and type(inputs). Both tables go through the same formula, so what must they "
        "have in common?",
        why="A list is Python's own and knows no matrix product. torch multiplies tensors.",
        seen="the lesson's code: TypeError: unsupported operand type(s) for @: 'list' and 'Tensor'",
    ),
    Misconception(
        id="RK212",
        name="whole numbers stay whole numbers",
        question="predict_region",
        kind="raises",
        wrong=(
            ((_MAKE, "x = torch.tensor([region])"),),
            ((_MAKE, "x = torch.tensor(region).reshape(1, -1)"),),
        ),
        hint="Print the dtype of both sides.",
        more="Print the dtype of your table for [80, 80, 50] and for [80.5, 80, 50]. Which of them does w "
        "have?",
        why="torch makes int64 of a list without a fraction, and multiplies only what has one dtype.",
        seen="the lesson's code: RuntimeError: expected m1 and m2 to have the same dtype, but got: long "
        "int != float",
    ),
    Misconception(
        id="RK213",
        name="the region is double and the weights are not",
        question="predict_region",
        kind="raises",
        wrong=(
            ((_MAKE, "x = torch.tensor([region], dtype=torch.float64)"),),
            ((_MAKE, "x = torch.from_numpy(np.array([region], dtype=float))"),),
        ),
        hint="Print the dtype of your table and that of w. Which line decides the first of them?",
        more="A product needs one dtype on both sides. Which of your lines asks for another one than w has, or "
        "takes what NumPy makes of fractions?",
        why="NumPy's fractions are float64, torch's are float32, and torch does not mix the two in a product.",
        seen="the lesson's code: RuntimeError: expected m1 and m2 to have the same dtype, but got: double "
        "!= float",
    ),
    Misconception(
        id="RK214",
        name="the offsets are left out",
        question="predict_region",
        kind="silent",
        wrong=(((_PREDICT, "return x @ w.t()"),),),
        hint="One of the parameters never takes part.",
        more="Predict for a region of zeros only. What should be left of the formula, and what does your "
        "function give?",
        why="A prediction is a weighted sum plus an offset, for one region as for five.",
        seen="the lesson's code: no error; each prediction is off by the offset of its crop",
    ),
    Misconception(
        id="RK215",
        name="the weights stand where the table should",
        question="predict_region",
        kind="silent",
        wrong=(((_PREDICT, "return model(w, x, b)"),),),
        hint="In which order does model take its arguments?",
        more="Write the first line of model above your call, and compare the names one by one.",
        why="Python matches arguments by their place. The shapes happen to fit, so nothing complains.",
        seen="the lesson's code: no error; the result is (2, 2) where (1, 2) is asked for",
    ),
    Misconception(
        id="RK216",
        name="the prediction is not returned",
        question="predict_region",
        kind="silent",
        wrong=(
            ((_PREDICT, "print(model(x, w, b))"),),
            ((_PREDICT, "preds = model(x, w, b)"),),
        ),
        hint="What does your function hand back?",
        more="Write answer = predict_region([80, 80, 50], w, b) and then print(answer).",
        why="A function without return gives None, whatever it computed or showed.",
        seen="own run: the result is None",
    ),
    Misconception(
        id="RK217",
        name="the prediction comes back as a list",
        question="predict_region",
        kind="silent",
        wrong=(
            ((_PREDICT, "return model(x, w, b).tolist()"),),
            ((_PREDICT, "return model(x, w, b)[0].tolist()"),),
        ),
        hint="Print the type of what comes back.",
        more="Print type(predict_region([80, 80, 50], w, b)). What is a prediction of model?",
        why="tolist makes Python numbers, without a shape and without the record of how they came about.",
        seen="own run: AttributeError: 'list' object has no attribute 'shape'",
    ),
    Misconception(
        id="RK218",
        name="the measurements stand in another order",
        question="predict_region",
        kind="silent",
        wrong=(
            (("[region]", "[[region[1], region[0], *region[2:]]]"),),
            (("[region]", "[region[::-1]]"),),
        ),
        hint="Which column is which?",
        more="Write the names of the measurements above your row, and above a row of the table that the "
        "weights were made for.",
        why="A weight belongs to the place of its column. It does not know the column's name.",
        seen="the lesson's best weights: 61.96 and 77.89 tons where 80.72 and 94.44 are right",
    ),
    Misconception(
        id="RK219",
        name="the temperature is put into °C first",
        question="predict_region",
        kind="silent",
        wrong=((("[region]", "[[(region[0] - 32) / 1.8, *region[1:]]]"),),),
        hint="In which unit were the weights made?",
        more="Look at the first column of the table: is its unit the unit of what you multiply?",
        why="A weight is tons for each unit of its input. For another unit it would be another weight.",
        seen="the lesson's best weights: 101.3 and 110.2 tons where 80.7 and 94.4 are right",
    ),
    Misconception(
        id="RK220",
        name="what stands after the point is cut off",
        question="predict_region",
        kind="silent",
        wrong=(
            (("[region]", "[[int(value) for value in region]]"),),
            ((_MAKE, "x = torch.tensor([region], dtype=torch.int64).float()"),),
        ),
        hint="Print one number that is not whole, before and after.",
        more="Print your table for a region with 71.6 in it. Where does the .6 go?",
        why="A conversion to whole numbers drops what stands after the point.",
        seen="own run: 71.6 becomes 71, and the prediction moves by 0.6 of a weight",
    ),
)

OTHER_PROGRAMS = (
    """\
def predict_region(region, w, b):
    x = torch.tensor([region], dtype=torch.float32)  # the row
    return x @ w.t() + b  # the prediction
""",
    """\
def predict_region(region, w, b):
    x = torch.tensor(region, dtype=torch.float32)  # the row
    preds = w @ x + b  # the prediction
    return preds.reshape(1, -1)  # what is handed back
""",
)

QUESTION = Question(
    name="predict_region",
    order=55,
    asks="predict_region(region, w, b) gives the predictions for one region, a list of numbers: "
    "a table of one row, (1, k)",
    program=f"{MODEL}\n{PREDICT_REGION}",
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
    builds_on=("model",),
)
