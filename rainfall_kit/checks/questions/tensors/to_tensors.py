"""Question to_tensors: float32 tensors of two NumPy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rainfall_kit.checks.questions.drawing import DTYPES, SHAPES, case_of, shape_label
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

TO_TENSORS = """\
def to_tensors(inputs, targets):
    inputs = torch.tensor(inputs, dtype=torch.float32)
    targets = torch.tensor(targets, dtype=torch.float32)
    return inputs, targets
"""


def draw(seed: int) -> tuple[Case, ...]:
    """Tables as arrays of whole numbers, of float32 and of float64.

    Example:
        >>> {case.dtype for case in draw(0)} == {"int64", "float32", "float64"}
        True
    """
    rng = np.random.default_rng([seed, 4])
    cases = [case_of("a small table", "float32", public=True, inputs=[[73, 67]], targets=[[56]])]
    for n, d, k in SHAPES:
        for dtype in ("int64", *DTYPES):
            inputs, targets = rng.uniform(20, 140, (n, d)), rng.uniform(20, 140, (n, k))
            if dtype == "int64":
                inputs, targets = np.round(inputs), np.round(targets)
            label = shape_label(n, d, k, dtype)
            cases.append(case_of(label, dtype, inputs=inputs, targets=targets))
    return tuple(cases)


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``to_tensors(inputs, targets)`` once, with NumPy arrays."""
    inputs, targets = case.arrays("inputs", "targets")
    pair = trace.unpacked(answer(inputs, targets))
    if not trace.parts(pair, "inputs", "targets"):
        return
    trace.default_dtype()
    trace.unchanged(inputs=inputs, targets=targets)
    trace.sign("inputs.requires_grad", getattr(pair[0], "requires_grad", False))
    _note_sharing(trace, pair[0], inputs)


def _note_sharing(trace: Trace, tensor: Any, array: Any) -> None:
    """Note whether a change of the array reaches the tensor."""
    import torch

    if isinstance(tensor, torch.Tensor):
        before = tensor.clone()
        array += 1
        trace.sign("shares the array's memory", not torch.equal(before, tensor))


_INPUTS = "inputs = torch.tensor(inputs, dtype=torch.float32)"
_TARGETS = "targets = torch.tensor(targets, dtype=torch.float32)"

MISTAKES = (
    Misconception(
        id="RK087",
        name="the inputs are whole numbers",
        question="to_tensors",
        kind="raises",
        wrong=(((_INPUTS, "inputs = torch.tensor(inputs).long()"),),),
        hint="Print the dtype of both sides.",
        more="Print inputs.dtype and w.dtype. A product needs the same kind of number on both sides.",
        why="torch makes int64 tensors of whole numbers, and does not turn them into fractions on its own "
        "in a matrix product.",
        seen="the lesson's code: RuntimeError: expected m1 and m2 to have the same dtype, but got: long "
        "int != float",
    ),
    Misconception(
        id="RK088",
        name="the tables are not made float32",
        question="to_tensors",
        kind="raises",
        wrong=(
            ((_INPUTS, "inputs = torch.tensor(inputs, dtype=torch.float64)"),),
            (
                (_INPUTS, "inputs = torch.tensor(inputs, dtype=torch.float64)"),
                (_TARGETS, "targets = torch.tensor(targets, dtype=torch.float64)"),
            ),
            (
                (_INPUTS, "inputs = torch.from_numpy(inputs)"),
                (_TARGETS, "targets = torch.from_numpy(targets)"),
            ),
        ),
        hint="Print the dtype of each tensor that you give back. Which line decides it?",
        more="Print the array's dtype, the tensor's, and that of torch.randn(1). Which of these three should "
        "your tensor have?",
        why="A tensor gets the dtype that its line asks for. Where none is asked for it keeps the array's, and "
        "NumPy's fractions are float64, where torch's own are float32.",
        seen="the lesson's code: RuntimeError: expected m1 and m2 to have the same dtype, but got: double "
        "!= float",
    ),
    Misconception(
        id="RK090",
        name="the targets have another dtype than the inputs",
        question="to_tensors",
        kind="silent",
        wrong=(
            ((_TARGETS, "targets = torch.tensor(targets, dtype=torch.float64)"),),
            ((_TARGETS, "targets = torch.tensor(targets).long()"),),
            ((_TARGETS, "targets = torch.tensor(targets)"),),
        ),
        hint="Do both tables hold the same kind of number?",
        more="Print inputs.dtype, targets.dtype and loss.dtype.",
        why="A difference of two dtypes takes the wider one without a word, so the loss and its noise are "
        "no longer those of float32.",
        seen="the lesson's code with double targets: no error; the loss becomes float64",
    ),
    Misconception(
        id="RK092",
        name="an array or a list stands where a tensor should",
        question="to_tensors",
        kind="raises",
        wrong=(
            ((_INPUTS, "pass"),),
            ((_INPUTS, "pass"), (_TARGETS, "pass")),
            ((_INPUTS, "inputs = inputs.tolist()"), (_TARGETS, "targets = targets.tolist()")),
            ((_INPUTS, "inputs = inputs.astype('float32')"), (_TARGETS, "pass")),
        ),
        hint="What kind of table stands on the left of @?",
        more="Print type(inputs). A table can look the same in NumPy, in a list and in torch.",
        why="torch multiplies tensors by tensors. It refuses to guess the dtype and the place of an array "
        "or a list.",
        seen="the lesson's code: TypeError: unsupported operand type(s) for @: 'numpy.ndarray' and "
        "'Tensor', or 'list' and 'Tensor'",
    ),
    Misconception(
        id="RK221",
        name="what stands after the point is cut off",
        question="to_tensors",
        kind="silent",
        wrong=(
            ((_INPUTS, "inputs = torch.tensor(inputs.astype(int), dtype=torch.float32)"),),
            ((_INPUTS, "inputs = torch.tensor(inputs).long().float()"),),
            (
                (_INPUTS, "inputs = torch.tensor(inputs.astype(int), dtype=torch.float32)"),
                (_TARGETS, "targets = torch.tensor(targets.astype(int), dtype=torch.float32)"),
            ),
        ),
        hint="Print one number that is not whole, before and after.",
        more="Give your function a table with 71.6 in it. Print the number after each call of your line, "
        "and see where the .6 goes.",
        why="A conversion to whole numbers drops what stands after the point, and the conversion back "
        "cannot know it.",
        seen="the lesson's table shows nothing, for its numbers are whole; 71.6 and 60.8 become 71 and 60",
    ),
    Misconception(
        id="RK222",
        name="both tables are put into one tensor",
        question="to_tensors",
        kind="raises",
        wrong=(
            (
                (_INPUTS, "both = torch.tensor([inputs.tolist(), targets.tolist()])"),
                (_TARGETS, "inputs, targets = both"),
            ),
        ),
        hint="Do both tables have the same number of columns?",
        more="Print inputs.shape and targets.shape. A tensor is a full block of numbers: what would stand "
        "in its empty places?",
        why="All rows of a tensor have the same length. Three measurements and two harvests are two "
        "tensors.",
        seen="the lesson's code: ValueError: expected sequence of length 3 at dim 2 (got 2)",
    ),
    Misconception(
        id="RK223",
        name="a dtype of NumPy's is given to torch",
        question="to_tensors",
        kind="raises",
        wrong=(
            (("torch.float32", "np.float32"),),
            (("torch.float32", '"float32"'),),
        ),
        hint="Whose word for a kind of number is that?",
        more="Print the word that you hand over as dtype, and print torch.ones(1).dtype beside it.",
        why="NumPy and torch each have names of their own for kinds of numbers, and torch takes only its "
        "own.",
        seen="the lesson's code: TypeError: tensor(): argument 'dtype' must be torch.dtype, not type",
    ),
    Misconception(
        id="RK224",
        name="a list is given to from_numpy",
        question="to_tensors",
        kind="raises",
        wrong=(
            (
                (_INPUTS, "inputs = torch.from_numpy(inputs.tolist())"),
                (_TARGETS, "targets = torch.from_numpy(targets.tolist())"),
            ),
            ((_INPUTS, "inputs = torch.from_numpy(list(inputs))"),),
        ),
        hint="What does the name of that function expect?",
        more="Print the type of what stands between its parentheses, and read the name of the function "
        "once more.",
        why="from_numpy looks at the memory of a NumPy array, and a list has no such memory.",
        seen="the lesson's code: TypeError: expected np.ndarray (got list)",
    ),
    Misconception(
        id="RK225",
        name="a column gets lost",
        question="to_tensors",
        kind="silent",
        wrong=(
            ((_INPUTS, "inputs = torch.tensor(inputs[:, :-1], dtype=torch.float32)"),),
            ((_INPUTS, "inputs = torch.tensor(inputs[:, 1:], dtype=torch.float32)"),),
            ((_TARGETS, "targets = torch.tensor(targets[:, :-1], dtype=torch.float32)"),),
        ),
        hint="Is the end of a slice inside it?",
        more="Print the shape of each table as it comes in and as it goes out. Which of the numbers has "
        "changed?",
        why="A slice ends before its second number, so 0:2 takes the columns 0 and 1.",
        seen="the lesson's code: RuntimeError: mat1 and mat2 shapes cannot be multiplied (5x2 and 3x2)",
    ),
    Misconception(
        id="RK226",
        name="the two tables come back in the other order",
        question="to_tensors",
        kind="silent",
        wrong=((("return inputs, targets", "return targets, inputs"),),),
        hint="Which comes first where your function is called?",
        more="Write one, two = to_tensors(inputs, targets) and print both shapes. Which of the two is the "
        "table of measurements?",
        why="Python hands back the parts in the order in which they stand behind return.",
        seen="the lesson's code: RuntimeError: mat1 and mat2 shapes cannot be multiplied (5x2 and 3x2)",
    ),
    Misconception(
        id="RK227",
        name="a table lies on its side",
        question="to_tensors",
        kind="silent",
        wrong=(
            ((_INPUTS, "inputs = torch.tensor(inputs.T, dtype=torch.float32)"),),
            ((_TARGETS, "targets = torch.tensor(targets.T, dtype=torch.float32)"),),
            (
                (_INPUTS, "inputs = torch.tensor(inputs.T, dtype=torch.float32)"),
                (_TARGETS, "targets = torch.tensor(targets.T, dtype=torch.float32)"),
            ),
        ),
        hint="Is a region a row or a column?",
        more="Print the first row of the array and the first row of your tensor. Do both belong to one "
        "region?",
        why="The lesson keeps a region in each row, in the inputs as in the targets.",
        seen="the lesson's code: RuntimeError: mat1 and mat2 shapes cannot be multiplied (3x5 and 3x2)",
    ),
    Misconception(
        id="RK228",
        name="no pair of tables comes back",
        question="to_tensors",
        kind="silent",
        wrong=(
            (("return inputs, targets", "return inputs"),),
            (("return inputs, targets", "pass"),),
        ),
        hint="How many things does your last line give back?",
        more="Print type(to_tensors(inputs, targets)). Two tables come back as a tuple of two.",
        why="A function gives back what stands behind return, and nothing else of what it made.",
        seen="the lesson's code: ValueError: too many values to unpack (expected 2), or TypeError: cannot "
        "unpack non-iterable NoneType object",
    ),
    Misconception(
        id="RK229",
        name="half precision",
        question="to_tensors",
        kind="silent",
        wrong=(
            (("torch.float32", "torch.float16"),),
            ((_INPUTS, "inputs = torch.tensor(inputs).half()"),),
        ),
        hint="How many bits has each of your numbers?",
        more="Print the dtype of what you give back and that of torch.ones(1), and compare the two names.",
        why="A number of 16 bits has three digits, and steps that are smaller than that get lost.",
        seen="the lesson's code: RuntimeError: expected m1 and m2 to have the same dtype, but got: "
        "c10::Half != float",
    ),
)


# The same in other styles, each line with what it is for: mutants are made of these.
OTHER_PROGRAMS = (
    """\
def to_tensors(inputs, targets):
    inputs = torch.tensor(inputs, dtype=torch.float32)  # the tensor of the inputs
    targets = torch.tensor(targets, dtype=torch.float32)  # the tensor of the targets
    return inputs, targets  # what is handed back
""",
    """\
def to_tensors(inputs, targets):
    x = torch.from_numpy(inputs).float()  # the tensor of the inputs
    y = torch.from_numpy(targets).float()  # the tensor of the targets
    return x, y  # what is handed back
""",
)

QUESTION = Question(
    name="to_tensors",
    order=10,
    asks="to_tensors(inputs, targets) makes float32 tensors of two NumPy arrays",
    program=TO_TENSORS,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
)
