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
        name="the tables keep the dtype that NumPy gave them",
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
        hint="NumPy and torch have different habits.",
        more="Print the array's dtype, the tensor's, and that of torch.randn(1). Which one differs?",
        why="NumPy's fractions are float64, torch's are float32, and a tensor made of an array keeps the "
        "array's dtype.",
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
        hint="Is one loss dtype expected?",
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
        hint="Who is on the left of @?",
        more="Print type(inputs). A table can look the same in NumPy, in a list and in torch.",
        why="torch multiplies tensors by tensors. It refuses to guess the dtype and the place of an array "
        "or a list.",
        seen="the lesson's code: TypeError: unsupported operand type(s) for @: 'numpy.ndarray' and "
        "'Tensor', or 'list' and 'Tensor'",
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
