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
    cases = [
        case_of("3 temperatures", "float32", public=True, temps=[32, 50, 212]),
        case_of("2 temperatures", "float32", public=True, temps=[73, 102]),
    ]
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
_BOTH = "    t -= 32\n    t /= 1.8\n"
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
    Misconception(
        id="RK230",
        name="32 alone is multiplied or divided",
        question="in_celsius",
        kind="silent",
        wrong=(
            ((_BOTH, "    t -= 32 * 5 / 9\n"),),
            ((_BOTH, "    t -= 32 / 1.8\n"),),
        ),
        hint="Which sign does Python do first?",
        more="Work out 212 by hand, one operation at a time, and print what your line makes of 212.",
        why="Without brackets a product or a quotient comes before a difference.",
        seen="the lesson's table: 73 becomes 55.22, and 22.78 is right",
    ),
    Misconception(
        id="RK231",
        name="the fraction is upside down",
        question="in_celsius",
        kind="silent",
        wrong=((("t /= 1.8", "t *= 1.8"),), (("t /= 1.8", "t = t * 9 / 5"),)),
        hint="Is one degree C more or less than one degree F?",
        more="Water freezes at 32 °F and boils at 212 °F. How many degrees of each kind lie between, and "
        "how many does your function say?",
        why="180 degrees F are 100 degrees C, so the number of degrees gets smaller.",
        seen="the lesson's table: 73 becomes 73.8, and 22.78 is right",
    ),
    Misconception(
        id="RK232",
        name="it converts from °C to °F",
        question="in_celsius",
        kind="silent",
        wrong=(
            ((_BOTH, "    t = t * 9 / 5 + 32\n"),),
            ((_BOTH, "    t *= 1.8\n    t += 32\n"),),
        ),
        hint="Try it on 212. What should come out?",
        more="Write down which unit goes in and which comes out, and do the same for the formula that you "
        "found.",
        why="There are two formulas, one for each direction, and they undo each other.",
        seen="the lesson's table: 73 becomes 163.4, and 22.78 is right",
    ),
    Misconception(
        id="RK233",
        name="a division that gives whole numbers",
        question="in_celsius",
        kind="silent",
        wrong=(
            (("t /= 1.8", "t = t * 5 // 9"),),
            (("t /= 1.8", "t = t // 1.8"),),
            (("t /= 1.8", "t *= 5 // 9"),),
        ),
        hint="What is 5 // 9?",
        more="Type 5 / 9 and 5 // 9 into a cell of its own, and look which of the two signs you have used.",
        why="// rounds down to a whole number.",
        seen="the lesson's table: 73 becomes 22, or everything becomes 0",
    ),
    Misconception(
        id="RK234",
        name="the degrees are rounded",
        question="in_celsius",
        kind="silent",
        wrong=(
            (("return t\n", "return t.round()\n"),),
            (("return t\n", "return t.round(decimals=1)\n"),),
            (("return t\n", "return t.round(decimals=2)\n"),),
        ),
        hint="Was rounding asked for?",
        more="Print what you give back for 73 with all its digits, and (73 - 32) / 1.8 beside it.",
        why="A rounded number is another number, and the model would learn from that one.",
        seen="the lesson's table: 73 becomes 23 or 22.8, and 22.78 is right",
    ),
    Misconception(
        id="RK235",
        name="the factor has too few digits",
        question="in_celsius",
        kind="silent",
        wrong=(
            (("t /= 1.8", "t *= 0.55"),),
            (("t /= 1.8", "t *= 0.56"),),
            (("t /= 1.8", "t *= 0.556"),),
        ),
        hint="What is 5/9 to four places?",
        more="Try it on 212. It should come out as 100 to the last digit.",
        why="5/9 is 0.5555…, without end; a computer divides for you.",
        seen="the lesson's table: 73 becomes 22.55, and 22.78 is right",
    ),
    Misconception(
        id="RK236",
        name="an array comes back, not a tensor",
        question="in_celsius",
        kind="silent",
        wrong=(
            (("return t\n", "return t.numpy()\n"),),
            ((_TEMPS, 'temps.astype("float32")'),),
        ),
        hint="Print the type of what comes back.",
        more="Print type(in_celsius(temps)). Which library does it name, and which one should it be?",
        why="NumPy and torch print tables alike, and only torch's can be watched.",
        seen="own run: AttributeError: 'numpy.ndarray' object has no attribute 'numel'",
    ),
    Misconception(
        id="RK237",
        name="double precision comes back",
        question="in_celsius",
        kind="silent",
        wrong=(
            ((_TEMPS, "torch.tensor(temps, dtype=torch.float64)"),),
            (("return t\n", "return t.double()\n"),),
        ),
        hint="Print the dtype of what comes back.",
        more="Print in_celsius(temps).dtype and the dtype that the text above your cell asks for.",
        why="NumPy's fractions are float64, and a tensor made of them stays so.",
        seen="the lesson's code: RuntimeError: expected m1 and m2 to have the same dtype, but got: double "
        "!= float",
    ),
    Misconception(
        id="RK238",
        name="32 is not taken away",
        question="in_celsius",
        kind="silent",
        wrong=((("    t -= 32\n", ""),), (("t -= 32", "t += 32"),)),
        hint="When does water freeze, in °F?",
        more="Try your function on 32. It should come out as 0, and how far off is it?",
        why="The two scales have different zeros: 0 °C is 32 °F.",
        seen="the lesson's table: 73 becomes 40.56 or 58.33, and 22.78 is right",
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
