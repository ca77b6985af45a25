"""Question to_raw_units: weights that were found with standardised inputs, in the units of the table."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.questions.drawing import case_of
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

TO_RAW_UNITS = """\
def to_raw_units(w, b, mean, std):
    raw_w = w / std
    raw_b = b - raw_w @ mean
    return raw_w, raw_b
"""


def draw(seed: int) -> tuple[Case, ...]:
    """Weights of many shapes. In float32 no sum cancels, so that rounding stays small in any order."""
    rng = np.random.default_rng([seed, 22])
    cases = [
        case_of("1 input, 1 crop", "float32", public=True, w=[[6]], b=[5], mean=[4], std=[2]),
        case_of(
            "2 inputs, 1 crop", "float32", public=True, w=[[6, -4]], b=[1], mean=[2, 8], std=[2, 4]
        ),
        case_of(
            "3 inputs, 2 crops",
            "float32",
            public=True,
            w=[[2, 4, 8], [6, 0, -4]],
            b=[1, 3],
            mean=[10, 20, -30],
            std=[2, 4, 0.5],
        ),
    ]
    for k, d, dtype in ((2, 3, "float64"), (3, 2, "float64"), (1, 4, "float64"), (2, 4, "float32")):
        w, b = rng.normal(size=(k, d)), 3 + rng.uniform(size=k)
        mean, std = rng.uniform(-9, 9, d), rng.uniform(1.5, 20, d)
        if dtype == "float32":
            w, mean = abs(w), -abs(mean)
        label = f"{k} crops, {d} inputs, {dtype}"
        cases.append(case_of(label, dtype, w=w, b=b, mean=mean, std=std))
    return tuple(cases)


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``to_raw_units(w, b, mean, std)`` once, with plain tensors."""
    w, b, mean, std = case.tensors("w", "b", "mean", "std")
    pair = trace.unpacked(answer(w, b, mean, std))
    trace.parts(pair, "the raw w", "the raw b")
    trace.unchanged(w=w, b=b, mean=mean, std=std)


_RAW_W, _RAW_B = "raw_w = w / std", "raw_b = b - raw_w @ mean"

MISTAKES = (
    Misconception(
        id="RK355",
        name="the weights are multiplied by the deviation",
        question="to_raw_units",
        kind="silent",
        wrong=(
            ((_RAW_W, "raw_w = w * std"),),
            ((_RAW_W, "raw_w = w * std"), (_RAW_B, "raw_b = b - w @ (mean / std)")),
        ),
        hint="If a column is spread wide, is its raw weight larger or smaller?",
        more="Take one input with a deviation of 10. When it grows by 10 in its own unit, by how much does "
        "its standardised value grow, and how much does each weight then add?",
        why="One standardised unit is std raw ones, so what a whole one adds is shared out among them.",
        seen="the lesson's table: a loss of 7.9e9 where 0.69 is right",
    ),
    Misconception(
        id="RK356",
        name="the means are added where they should be taken away",
        question="to_raw_units",
        kind="silent",
        wrong=((("b - raw_w", "b + raw_w"),),),
        hint="Write one prediction out, with brackets, and multiply it out.",
        more="Take one input. Write w · (x - mean) / std + b without brackets, and look at the sign of the "
        "part that has no x.",
        why="The minus in front of the mean stays when the bracket is multiplied out.",
        seen="the lesson's table: a loss of 31399 where 0.69 is right",
    ),
    Misconception(
        id="RK357",
        name="the standardised weights meet the raw means",
        question="to_raw_units",
        kind="silent",
        wrong=(((_RAW_B, "raw_b = b - w @ mean"),),),
        hint="Which weights belong to a mean in millimetres: raw ones or standardised ones?",
        more="Call your model, with what you give back, on a row that holds the means. It should predict the "
        "old b.",
        why="A raw weight is one for each raw unit, and the mean is measured in raw units.",
        seen="the lesson's table: a loss of 6420714.5 where 0.69 is right",
    ),
    Misconception(
        id="RK358",
        name="the weights are divided twice",
        question="to_raw_units",
        kind="silent",
        wrong=(((_RAW_B, "raw_b = b - raw_w @ (mean / std)"),),),
        hint="Which weights stand in your second line?",
        more="Print the weights that your line for b uses. By how many deviations have they been divided "
        "when that line is done?",
        why="Divided once, the weights are raw, and the mean is raw already.",
        seen="the lesson's table: a loss of 7260.44 where 0.69 is right",
    ),
    Misconception(
        id="RK359",
        name="a weight is treated like a measurement",
        question="to_raw_units",
        kind="silent",
        wrong=(
            ((_RAW_W, "raw_w = w * std + mean"), (_RAW_B, "raw_b = b")),
            ((_RAW_W, "raw_w = w * std + mean"),),
            ((_RAW_W, "raw_w = (w - mean) / std"), (_RAW_B, "raw_b = b")),
        ),
        hint="Is a weight a measurement?",
        more="In which unit is a weight, and in which is a mean? Can the two be added?",
        why="A measurement goes back by times std plus mean. A weight says what a measurement counts, and "
        "goes the other way.",
        seen="the lesson's table: a loss of 1.1e10 where 0.69 is right",
    ),
    Misconception(
        id="RK360",
        name="the offset stays as it was",
        question="to_raw_units",
        kind="silent",
        wrong=(((_RAW_B, "raw_b = b"),),),
        hint="What does the old b predict, and for which region?",
        more="Compare two rows: one that holds the means, and one of zeros. For which of them did the old b "
        "stand, and for which does the new one?",
        why="The old b is the prediction for an average region. The new one is that for a row of zeros.",
        seen="own",
    ),
    Misconception(
        id="RK361",
        name="the deviations stand in a column",
        question="to_raw_units",
        kind="silent",
        wrong=(((_RAW_W, "raw_w = w / std[:, None]"),),),
        hint="Which direction of w counts the inputs?",
        more="Print the shapes of w and of what you divide by. Which numbers of the two must agree?",
        why="w has a row for each crop and a column for each input, and there is one deviation for each "
        "input.",
        seen="the lesson's table: RuntimeError: The size of tensor a (2) must match the size of tensor b (3) "
        "at non-singleton dimension 0",
    ),
    Misconception(
        id="RK362",
        name="the product for b is the wrong way round",
        question="to_raw_units",
        kind="raises",
        wrong=(
            (("raw_w @ mean", "mean @ raw_w"),),
            (("raw_w @ mean", "(raw_w * mean).sum(dim=0)"),),
        ),
        hint="What should be left over: crops or inputs?",
        more="Write the shapes of both sides next to each other. There is one b for each crop, so which "
        "direction has to be added up?",
        why="Each crop's offset loses the sum, over all inputs, of weight times mean.",
        seen="the lesson's table: RuntimeError: mat1 and mat2 shapes cannot be multiplied (1x3 and 2x3)",
    ),
)

OTHER_PROGRAMS = (
    """\
def to_raw_units(w, b, mean, std):
    raw_w = w / std  # the raw weights
    raw_b = b - raw_w @ mean  # the raw offset
    return raw_w, raw_b  # what is handed back
""",
    """\
def to_raw_units(w, b, mean, std):
    raw_w = w / std  # the raw weights
    raw_b = b - (w * mean / std).sum(dim=1)  # the raw offset
    return raw_w, raw_b  # what is handed back
""",
)

QUESTION = Question(
    name="to_raw_units",
    order=160,
    asks="to_raw_units(w, b, mean, std) gives the w and b that predict from raw inputs what the given ones "
    "predict from (inputs - mean) / std",
    program=TO_RAW_UNITS,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
    drawn_for_report=4,
)
