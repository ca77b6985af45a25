"""Question least_squares: the weights with the smallest loss of all, without descent."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.questions.drawing import case_of
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.lesson.orchard import load_orchard

if TYPE_CHECKING:
    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

LEAST_SQUARES = """\
def least_squares(inputs, targets):
    a = torch.cat([inputs, torch.ones_like(inputs[:, :1])], dim=1)
    best = torch.linalg.lstsq(a, targets, driver="gelsd").solution
    return best[:-1].t(), best[-1]
"""

# Rows, inputs, crops. With more rows than parameters of a crop there is one best answer.
_SHAPES = ((9, 3, 2), (6, 1, 3), (8, 2, 1), (12, 4, 2))


def draw(seed: int) -> tuple[Case, ...]:
    """Tables with one best answer. The drawn ones are in float64, where every way to it is exact enough."""
    rng = np.random.default_rng([seed, 23])
    cases = [
        case_of("2 rows", "float32", public=True, inputs=[[1], [2]], targets=[[5], [7]]),
        case_of(
            "3 rows, 2 crops",
            "float32",
            public=True,
            inputs=[[-1], [0], [1]],
            targets=[[1, 2], [4, 5], [4, 14]],
        ),
        case_of(
            "4 rows, 2 inputs",
            "float32",
            public=True,
            inputs=[[1, 0], [0, 1], [-1, 0], [0, -1]],
            targets=[[3], [5], [2], [6]],
        ),
    ]
    for n, d, k in _SHAPES:
        inputs = rng.normal(size=(n, d)) + rng.uniform(-1, 1, d)
        targets = rng.normal(size=(n, k)) + rng.choice([-3, 3], k)
        label = f"{n} rows, {d} inputs, {k} crops"
        cases.append(case_of(label, "float64", inputs=inputs, targets=targets))
    orchard = load_orchard()
    regions = case_of("the five regions", "float64", inputs=orchard.inputs, targets=orchard.targets)
    return (*cases, regions)


def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``least_squares(inputs, targets)`` once, with plain tensors."""
    inputs, targets = case.tensors("inputs", "targets")
    pair = trace.unpacked(answer(inputs, targets))
    trace.parts(pair, "the best w", "the best b")
    trace.unchanged(inputs=inputs, targets=targets)


_A = "torch.cat([inputs, torch.ones_like(inputs[:, :1])], dim=1)"
# Not the default driver: what that one gives differs in its last digits from call to call.
_BEST = 'torch.linalg.lstsq(a, targets, driver="gelsd").solution'
_RETURN = "return best[:-1].t(), best[-1]"

MISTAKES = (
    Misconception(
        id="RK363",
        name="nothing multiplies the offset",
        question="least_squares",
        kind="silent",
        wrong=(
            (
                (_A, "inputs"),
                (_BEST, "torch.linalg.pinv(a) @ targets"),
                (_RETURN, "return best.t(), torch.zeros(targets.shape[1], dtype=inputs.dtype)"),
            ),
            (
                (_A, "inputs"),
                (_RETURN, "return best.t(), torch.zeros(targets.shape[1], dtype=inputs.dtype)"),
            ),
        ),
        hint="What should multiply b?",
        more="Write one prediction out as a sum of four products. Which number stands beside b in each row?",
        why="b is a weight whose input is 1 in every row. Where it is 0, or is missing, b has no say.",
        seen="the lesson's table: a loss of 0.5143 where 0.4831 is possible, and b is 0",
    ),
    Misconception(
        id="RK364",
        name="the offset is looked for in the wrong row",
        question="least_squares",
        kind="silent",
        wrong=(
            ((_RETURN, "return best[1:].t(), best[0]"),),
            (
                (_A, "torch.cat([torch.ones_like(inputs[:, :1]), inputs], dim=1)"),
                (
                    _BEST,
                    _BEST,
                ),  # of this question alone: elsewhere the order of columns is no mistake
            ),
        ),
        hint="In which column stand the ones?",
        more="The rows of the answer stand in the order of the columns of your table. Which row belongs to "
        "the ones?",
        why="A solution has one row for each column. Its place is all that says which is which.",
        seen="the lesson's table: a loss of 55038.1 where 0.4831 is possible",
    ),
    Misconception(
        id="RK365",
        name="the inputs are explained by the targets",
        question="least_squares",
        kind="silent",
        wrong=(((_BEST, 'torch.linalg.lstsq(targets, a, driver="gelsd").solution'),),),
        hint="Which of the two tables is to be explained?",
        more="Print the shape of what you give back beside the shape that w should have.",
        why="lstsq(A, B) finds the X for which A @ X is nearest to B. The two cannot be exchanged.",
        seen="the lesson's table: no error, and a solution of shape (2, 4)",
    ),
    Misconception(
        id="RK366",
        name="all that lstsq gives back is taken for the solution",
        question="least_squares",
        kind="raises",
        wrong=(
            ((_BEST, 'torch.linalg.lstsq(a, targets, driver="gelsd")'),),
            (
                (_BEST, 'torch.linalg.lstsq(a, targets, driver="gelsd")'),
                (_RETURN, "return (a @ best).t(), best[-1]"),
            ),
        ),
        hint="How many things come back?",
        more="Print what lstsq gives back, and its type. Which of its parts has the shape that you need?",
        why="It gives back four things under names, as a tuple does: the answer, how far off it is, the rank "
        "and the singular values.",
        seen="the lesson's table: TypeError: unsupported operand type(s) for @: 'Tensor' and "
        "'torch.return_types.linalg_lstsq'",
    ),
    Misconception(
        id="RK367",
        name="a long table is treated as a square one",
        question="least_squares",
        kind="raises",
        wrong=(
            ((_BEST, "torch.linalg.inv(a) @ targets"),),
            ((_BEST, "torch.linalg.solve(a, targets)"),),
            ((_BEST, "torch.linalg.solve(a.t() @ a, targets)"),),
        ),
        hint="Which of your tables is square, and which is asked to be?",
        more="Count the equations, one for each row, and the unknowns of one crop. Can all the equations hold "
        "at once?",
        why="Only a square system can be solved exactly. With more rows than unknowns one looks for what "
        "comes nearest.",
        seen="the lesson's table: linalg.inv: A must be batches of square matrices, but they are 5 by 4 "
        "matrices",
    ),
    Misconception(
        id="RK368",
        name="the ones are no column",
        question="least_squares",
        kind="raises",
        wrong=(
            ((_A, "torch.cat([inputs, torch.ones(len(inputs))], dim=1)"),),
            ((_A, "torch.cat([inputs, torch.ones(len(inputs), dtype=inputs.dtype)], dim=1)"),),
        ),
        hint="Print the shapes of the two that you put side by side.",
        more="A table has rows and columns. How many directions have your ones?",
        why="Only tables with as many directions can stand side by side. A column is a table of one column.",
        seen="the lesson's table: RuntimeError: Tensors must have same number of dimensions: got 2 and 1",
    ),
    Misconception(
        id="RK369",
        name="the offset is still a table",
        question="least_squares",
        kind="silent",
        wrong=(((_RETURN, "return best[:-1].t(), best[-1:]"),),),
        hint="Compare the shape of your b with the b of the lesson.",
        more="Print best[-1] and best[-1:] for any table. How many brackets are there around the numbers?",
        why="A slice keeps its direction even if one row is left. b has one direction: the crops.",
        seen="the lesson's table: shape (1, 2) where (2,) is right; the predictions are right all the same",
    ),
    Misconception(
        id="RK370",
        name="the weights stand on their side",
        question="least_squares",
        kind="silent",
        wrong=((("best[:-1].t()", "best[:-1]"),),),
        hint="Compare the shape of your w with the w of the lesson.",
        more="What do the rows of the solution stand for, and what do the rows of w?",
        why="The solution has a column for each crop. w has a row for each.",
        seen="the lesson's table: shape (3, 2) where (2, 3) is right",
    ),
)

OTHER_PROGRAMS = (
    """\
def least_squares(inputs, targets):
    ones = torch.ones_like(inputs[:, :1])  # the column of ones
    a = torch.cat([inputs, ones], dim=1)  # the table with it
    best = torch.linalg.lstsq(a, targets, driver="gelsd").solution  # the solution
    return best[:-1].t(), best[-1]  # what is handed back
""",
    """\
def least_squares(inputs, targets):
    middle = inputs.mean(dim=0)  # the mean of the inputs
    goal = targets.mean(dim=0)  # the mean of the targets
    best = torch.linalg.lstsq(inputs - middle, targets - goal, driver="gelsd").solution  # the solution
    offsets = goal - middle @ best  # the offsets
    return best.t(), offsets  # what is handed back
""",
)

QUESTION = Question(
    name="least_squares",
    order=170,
    asks="least_squares(inputs, targets) gives the w and b with the smallest loss of all",
    program=LEAST_SQUARES,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
    drawn_for_report=4,
)
