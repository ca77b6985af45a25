"""Question in_celsius: temperatures in °F as a tensor in °C, and the array as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.questions.drawing import DTYPES, case_of, count_of
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

IN_CELSIUS = """\
def in_celsius(temps):
    t = torch.tensor(temps, dtype=torch.float32)
    t -= 32
    t /= 1.8
    return t
"""


def draw(seed: int) -> tuple[Case, ...]:
    """Temperatures in °F, as whole numbers and as fractions."""
    rng = np.random.default_rng([seed, 5])
    cases = [case_of("3 temperatures", "float32", public=True, temps=[32, 50, 212])]
    for count in (1, 2, 9):
        for dtype in ("int64", *DTYPES):
            temps = rng.integers(-40, 120, count) + (0 if dtype == "int64" else 0.25)
            temps[0] = abs(temps[0] - 45) + 45  # all close to 32 °F, rounding is all that shows
            cases.append(case_of(f"{count_of(count, 'temperature')}, {dtype}", dtype, temps=temps))
    return tuple(cases)


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``in_celsius(temps)`` once, with a NumPy array."""
    (temps,) = case.arrays("temps")
    trace.value("the result", answer(temps), dtype=True)
    trace.unchanged(temps=temps)


_INPUTS = "inputs = torch.tensor(inputs, dtype=torch.float32)"
_TARGETS = "targets = torch.tensor(targets, dtype=torch.float32)"
_TEMPS = "torch.tensor(temps, dtype=torch.float32)"

MISTAKES = (
    Misconception(
        id="RK094",
        name="fractions are put into a tensor of whole numbers",
        question="in_celsius",
        kind="raises",
        wrong=(((_TEMPS, "torch.tensor(temps)"),),),
        hint="Can the box on the left hold fractions?",
        more="Print the dtype of the tensor before the line that stops. -= and /= keep it.",
        why="An in-place operation writes into the tensor that is there, and an int64 tensor has no room "
        "for what comes after the point.",
        seen="the lesson's code: RuntimeError: result type Float can't be cast to the desired output type "
        "Long",
    ),
    Misconception(
        id="RK096",
        name="two names for the same numbers in memory",
        question="in_celsius",
        kind="silent",
        wrong=(
            ((_TEMPS, "torch.from_numpy(temps).float()"),),
            ((_TEMPS, "torch.as_tensor(temps).float()"),),
            (
                (
                    "return (inputs - inputs.mean(dim=0)) / inputs.std(dim=0)",
                    "inputs -= inputs.mean(dim=0)\n    inputs /= inputs.std(dim=0)\n    return inputs",
                ),
            ),
        ),
        mild=(
            (
                (_INPUTS, "inputs = torch.from_numpy(inputs).float()"),
                (_TARGETS, "targets = torch.from_numpy(targets).float()"),
            ),
        ),
        hint="Copy or view?",
        more="Print what you were given, before and after the call. Did it change, and was it meant to?",
        why="torch.from_numpy makes a tensor that shares the array's memory, and an in-place operation "
        "changes the tensor that was handed in: whoever else holds it sees the change.",
        seen="the lesson's code: from_numpy(a), then a is edited, and the tensor changes with it",
    ),
)


# The same in other styles, each line with what it is for: mutants are made of these.
OTHER_PROGRAMS = (
    """\
def in_celsius(temps):
    t = torch.tensor(temps, dtype=torch.float32)  # the tensor
    t = t - 32  # the shift
    t = t / 1.8  # the scale
    return t  # what is handed back
""",
    """\
def in_celsius(temps):
    t = torch.from_numpy(temps).float()  # the tensor
    t = (t - 32) * 5 / 9  # the formula
    return t  # what is handed back
""",
)

QUESTION = Question(
    name="in_celsius",
    order=20,
    asks="in_celsius(temps) gives an array of temperatures in °F as a float32 tensor in °C, "
    "and leaves the array as it was",
    program=IN_CELSIUS,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
)
