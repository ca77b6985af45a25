"""Question init_params: random weights and offsets, watched by autograd."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.checks.questions.drawing import case_of
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.checks.tracing.torch_state import memory_marked

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

INIT_PARAMS = """\
def init_params():
    w = torch.randn(2, 3, requires_grad=True)
    b = torch.randn(2, requires_grad=True)
    return w, b
"""


def draw(seed: int) -> tuple[Case, ...]:  # noqa: ARG001  every question draws from a seed
    """Two calls without arguments.

    Example:
        >>> len(draw(0))
        2
    """
    return tuple(case_of(f"call {i}", "float32", public=True) for i in (1, 2))


def call(answer: Answer, _: Case, trace: Trace) -> None:
    """Call ``init_params()``, and once more. What the answer does not fill in shows as no number."""
    import torch

    with memory_marked():
        pair, again = trace.unpacked(answer()), trace.unpacked(answer())
    if not trace.parts(pair, "", ""):  # its numbers are not judged
        return
    for name, param in zip("wb", pair, strict=True):
        trace.kind(name, param)
        if not isinstance(param, torch.Tensor):
            return
    for name, param in zip("wb", pair, strict=True):
        trace.value(f"{name}.requires_grad", param.requires_grad)
        trace.value(f"{name}.is_leaf", param.is_leaf)
        trace.value(f"every number of {name} is filled in", bool(param.isfinite().all()))
    trace.value("the numbers of w differ from each other", len(pair[0].unique()) > 1)
    trace.value("each crop has weights of its own", len(pair[0].unique(dim=0)) == len(pair[0]))
    trace.value(
        "a second call gives tables of its own",
        not any(one is other for one, other in zip(pair, again, strict=False)),
    )
    trace.sign("a second call draws the same numbers", torch.equal(pair[0], again[0]))
    trace.default_dtype()


_MAKE_W, _MAKE_B = "torch.randn(2, 3, requires_grad=True)", "torch.randn(2, requires_grad=True)"
_TO_TENSORS, _INIT = "def to_tensors(inputs, targets):\n", "def init_params():\n"
_SWITCH = "    torch.set_default_dtype(torch.float64)\n"

MISTAKES = (
    Misconception(
        id="RK005",
        name="the weights are stored on their side",
        question="init_params",
        kind="raises",
        wrong=((("torch.randn(2, 3", "torch.randn(3, 2"),),),
        hint="Compare the shape you created with the shape the formula expects.",
        more="In x @ w.t() + b the table w is turned before it is used. Write down the shape that it "
        "must have before the turn.",
        why="w has one row for each crop and one column for each input, (2, 3); w.t() is (3, 2).",
        seen="the lesson's code: RuntimeError: mat1 and mat2 shapes cannot be multiplied "
        "(5x3 and 2x3)",
    ),
    Misconception(
        id="RK008",
        name="one offset for each input",
        question="init_params",
        kind="raises",
        wrong=((("torch.randn(2, requires_grad=True)", "torch.randn(3, requires_grad=True)"),),),
        hint="Count the outputs, not the inputs.",
        more="The offset is added to a row of preds. Count the numbers in one row of preds, and those "
        "in b.",
        why="preds (n, k) + b (k,): each crop has one offset, however many inputs there are.",
        seen="the lesson's code: RuntimeError: The size of tensor a (2) must match the size of "
        "tensor b (3) at non-singleton dimension 1",
    ),
    Misconception(
        id="RK010",
        name="the offset is a column",
        question="init_params",
        kind="raises",
        wrong=((("torch.randn(2, requires_grad=True)", "torch.randn(2, 1, requires_grad=True)"),),),
        hint="Along which direction is the offset stretched?",
        more="Print b.shape, and write it right-aligned under the shape of preds. Which direction of "
        "preds does each number of b meet?",
        why="Shapes are matched from the right. (2, 1) under (n, 2) says that b has one number for "
        "each of two regions.",
        seen="the lesson's code: RuntimeError: The size of tensor a (5) must match the size of "
        "tensor b (2) at non-singleton dimension 0",
    ),
    Misconception(
        id="RK040",
        name="the weights are not watched",
        question="init_params",
        kind="raises",
        wrong=(
            ((_MAKE_W, "torch.randn(2, 3)"),),
            ((_MAKE_W, "torch.randn(2, 3)"), (_MAKE_B, "torch.randn(2)")),
        ),
        hint="Did you ask torch to watch the weights?",
        more="Print w.requires_grad and b.requires_grad. torch finds slopes only for what says True.",
        why="A gradient is found by following a record of operations backwards. torch keeps that record "
        "for tensors with requires_grad=True and for what is computed from them.",
        seen="the lesson's code: RuntimeError: element 0 of tensors does not require grad and does not "
        "have a grad_fn",
    ),
    Misconception(
        id="RK041",
        name="only the weights are watched, not the offset",
        question="init_params",
        kind="raises",
        wrong=(((_MAKE_B, "torch.randn(2)"),),),
        hint="One gradient is None: whose?",
        more="Print w.requires_grad and b.requires_grad side by side.",
        why="Each parameter is watched on its own. backward fills in `.grad` only where it was asked to.",
        seen="the lesson's code: TypeError: unsupported operand type(s) for *: 'NoneType' and 'float'",
    ),
    Misconception(
        id="RK042",
        name="an argument's name is misspelt",
        question="init_params",
        kind="raises",
        wrong=(
            (("requires_grad=True", "require_grad=True"),),
            (("requires_grad=True", "requires_gradient=True"),),
        ),
        hint="Read the argument name letter by letter.",
        more="The message repeats every argument as you wrote it. Compare each with the names that torch "
        "lists below it, or with help(torch.randn).",
        why="Python matches arguments by their exact names; a name that torch does not know is refused.",
        seen="the lesson's code: TypeError: randn() received an invalid combination of arguments - got "
        "(int, int, require_grad=bool)",
    ),
    Misconception(
        id="RK052",
        name="a parameter is computed from something",
        question="init_params",
        kind="warns",
        wrong=(
            ((_MAKE_W, f"{_MAKE_W} * 0.1"),),
            ((_MAKE_W, f"{_MAKE_W}.double().float()"),),
            ((_MAKE_W, f"{_MAKE_W} * 0.1"), (_MAKE_B, f"{_MAKE_B} * 0.1")),
        ),
        hint="Is w made directly, or computed from something?",
        more="Print w.is_leaf. It says True for a tensor that you made, and False for the result of an "
        "operation on watched ones.",
        why="backward stores gradients in the tensors where the record begins. If w is the result of an "
        "operation, the record begins before it and w.grad stays None.",
        seen="the lesson's code: UserWarning: The .grad attribute of a Tensor that is not a leaf Tensor "
        "is being accessed, then TypeError about None",
    ),
    Misconception(
        id="RK089",
        name="the default dtype is switched to double",
        question="init_params",
        kind="raises",
        wrong=(((_INIT, _INIT + _SWITCH),), ((_TO_TENSORS, _TO_TENSORS + _SWITCH),)),
        hint="Which tensors were made after the switch?",
        more="Print torch.get_default_dtype(), inputs.dtype and w.dtype. Two of them agree.",
        why="A switched default holds for every tensor made after it, in the whole notebook; tensors made "
        "before, or from arrays, keep their own dtype.",
        seen="the original lesson switches, then multiplies with float32 data: RuntimeError: expected m1 "
        "and m2 to have the same dtype, but got: float != double",
    ),
    Misconception(
        id="RK091",
        name="the offset alone is double",
        question="init_params",
        kind="silent",
        wrong=(((_MAKE_B, "torch.randn(2, dtype=torch.float64, requires_grad=True)"),),),
        hint="Do all parameters hold the same kind of number?",
        more="Print w.dtype, b.dtype and preds.dtype. Which of the three surprises you?",
        why="Adding a double b to float predictions makes them double without a word.",
        seen="the lesson's code: no error; the predictions become float64",
    ),
    Misconception(
        id="RK097",
        name="the weights are never filled in",
        question="init_params",
        kind="silent",
        wrong=(
            ((_MAKE_W, "torch.Tensor(2, 3).requires_grad_()"),),
            (
                (_MAKE_W, "torch.Tensor(2, 3).requires_grad_()"),
                (_MAKE_B, "torch.Tensor(2).requires_grad_()"),
            ),
            (
                (_MAKE_W, "torch.empty(2, 3, requires_grad=True)"),
                (_MAKE_B, "torch.empty(2, requires_grad=True)"),
            ),
        ),
        hint="Which constructor fills in values?",
        more="Make such a tensor a few times in a fresh notebook and print it. Who wrote those numbers?",
        why="torch.Tensor(2, 3) and torch.empty take memory as they find it; what an earlier program left "
        "there becomes the start.",
        seen="the lesson's code: no error; the weights are garbage such as 7e-07 and 3e-41",
    ),
    Misconception(
        id="RK495",
        name="every call gives the same numbers",
        question="init_params",
        kind="silent",
        mild=(((_INIT, f"{_INIT}    torch.manual_seed(0)\n"),),),
        hint="Call your function twice. Does it draw anew?",
        more="Print the w of two calls in a row. Whoever wants two different starts: can they get them?",
        why="Numbers that are written down, drawn once, or drawn after a seed that the function sets itself are "
        "the same each time, whatever its caller wants.",
        seen="own: two models from two calls are the same model",
    ),
)


# The same in other styles, each line with what it is for: mutants are made of these.
OTHER_PROGRAMS = (
    """\
def init_params():
    w = torch.randn(2, 3, requires_grad=True)  # w
    b = torch.randn(2, requires_grad=True)  # b
    return w, b  # what is handed back
""",
    """\
def init_params():
    w = torch.randn(2, 3)  # the numbers of w
    b = torch.randn(2)  # the numbers of b
    w.requires_grad_()  # the line that has w watched
    b.requires_grad_()  # the line that has b watched
    return w, b  # what is handed back
""",
)

QUESTION = Question(
    name="init_params",
    order=40,
    asks="init_params() gives random w (2, 3) and b (2,), watched by autograd",
    program=INIT_PARAMS,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
)
