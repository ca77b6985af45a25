"""Question split: rows to train with, and rows that the model never sees."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from rainfall_kit.checks.questions.drawing import case_of
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question
from rainfall_kit.checks.tracing.torch_state import random_states, seeded

if TYPE_CHECKING:
    import torch

    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.tracing.trace import Answer, Trace

SPLIT = """\
def split(inputs, targets, held_out, seed):
    order = torch.randperm(len(inputs), generator=torch.Generator().manual_seed(seed))
    last, first = order[:held_out], order[held_out:]
    return inputs[first], targets[first], inputs[last], targets[last]
"""

_PARTS = ("train_inputs", "train_targets", "held_inputs", "held_targets")
_NO_ROW = -1
# With so many rows, two orders are never the same by chance.
_MANY = 30


def draw(seed: int) -> tuple[Case, ...]:
    """Tables without two equal rows, some or none of them to be held out."""
    rng = np.random.default_rng([seed, 34])
    cases = [
        case_of(
            "5 rows, 2 to hold out",
            "float32",
            public=True,
            inputs=[[1], [2], [3], [4], [5]],
            targets=[[10], [20], [30], [40], [50]],
            held_out=2,
            seed=0,
        ),
        case_of(
            "4 rows, none to hold out",
            "float32",
            public=True,
            inputs=[[1], [2], [3], [4]],
            targets=[[10], [20], [30], [40]],
            held_out=0,
            seed=0,
        ),
        case_of(
            "40 rows, 10 to hold out",
            "float32",
            public=True,
            inputs=[[row] for row in range(40)],
            targets=[[10 * row] for row in range(40)],
            held_out=10,
            seed=1,
        ),
    ]
    for n, d, k, held in ((36, 3, 2, 9), (50, 1, 3, 35), (7, 2, 1, 3)):
        inputs, targets = rng.normal(size=(n, d)), rng.normal(size=(n, k))
        chosen = int(rng.integers(1000))
        label = f"{n} rows, {held} to hold out"
        cases.append(
            case_of(label, "float32", inputs=inputs, targets=targets, held_out=held, seed=chosen)
        )
    return tuple(cases)


@seeded()
def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``split(inputs, targets, held_out, seed)``, again, and with another seed; count the rows."""
    import torch

    inputs, targets = case.tensors("inputs", "targets")
    held_out, seed = int(case.number("held_out")), int(case.number("seed"))
    before = random_states()
    parts = trace.unpacked(answer(inputs, targets, held_out, seed))
    drawn_elsewhere = before != random_states()
    if not isinstance(parts, tuple | list) or len(parts) != len(_PARTS):
        trace.given_back(parts)
        return
    for name, part in zip(_PARTS, parts, strict=True):
        trace.kind(name, part)
    if not _are_four_tables(parts):
        return
    train, _, held, _ = (_rows_in(part, inputs) for part in parts)
    of_targets = [*_rows_in(parts[1], targets), *_rows_in(parts[3], targets)]
    made_up = [*train, *held, *of_targets].count(_NO_ROW)
    trace.value("the number of rows that the table has not", made_up)
    trace.value("the number of rows in both parts", len({*train} & {*held}))
    trace.value("the number of rows in neither part", len({*range(len(inputs))} - {*train, *held}))
    strangers = sum(one != other for one, other in zip(train + held, of_targets, strict=False))
    trace.value("the number of rows with another row's targets", strangers)
    torch.rand(3)  # whoever draws in between
    again = trace.unpacked(answer(inputs, targets, held_out, seed))
    same = _are_four_tables(again) and all(map(torch.equal, parts, again))
    trace.truth("the same seed gives the same rows again", same)
    if held_out and len(inputs) > _MANY:
        other = trace.unpacked(answer(inputs, targets, held_out, seed + 1))
        differs = _are_four_tables(other) and {*_rows_in(other[2], inputs)} != {*held}
        trace.truth("another seed holds other rows out", differs)
    trace.truth("the random numbers that others draw stay the same", not drawn_elsewhere)
    trace.unchanged(inputs=inputs, targets=targets)
    ends = [*range(held_out)], [*range(len(inputs) - held_out, len(inputs))]
    trace.sign("held out at an end of the table", sorted(held) in ends)


def _are_four_tables(parts: Any) -> bool:
    import torch

    return (
        isinstance(parts, tuple | list)
        and len(parts) == len(_PARTS)
        and all(isinstance(part, torch.Tensor) and part.dim() == 2 for part in parts)
    )


def _rows_in(part: torch.Tensor, table: torch.Tensor) -> list[int]:
    """The number of each row in the table; `_NO_ROW` for a row that is not in it."""
    numbers = {tuple(row): number for number, row in enumerate(table.tolist())}
    return [numbers.get(tuple(row), _NO_ROW) for row in part.tolist()]


_GENERATOR = "torch.Generator().manual_seed(seed)"
_ORDER = f"torch.randperm(len(inputs), generator={_GENERATOR})"
_LAST, _FIRST = "order[:held_out]", "order[held_out:]"
_RETURN = "return inputs[first], targets[first], inputs[last], targets[last]"

MISTAKES = (
    Misconception(
        id="RK416",
        name="one row is in both parts",
        question="split",
        kind="silent",
        wrong=(
            ((_LAST, "order[: held_out + 1]"),),
            ((_FIRST, "order[max(held_out - 1, 0) :]"),),
        ),
        hint="Is any row in both parts?",
        more="Split five rows that you can tell apart and write down which are where. Compare the numbers at "
        "which your two slices end and begin.",
        why="The end of a slice is not in it, so the next one begins with the same number.",
        seen="perm[:4] beside perm[3:]: row 3 is in both",
    ),
    Misconception(
        id="RK417",
        name="one row is in neither part",
        question="split",
        kind="silent",
        wrong=(
            ((_FIRST, "order[held_out + 1 :]"),),
            ((_FIRST, "order[held_out:-1]"),),
            ((_LAST, "order[1:held_out]"),),
        ),
        hint="Count the rows of both parts together.",
        more="Split five rows that you can tell apart and write down which are where. Compare the numbers at "
        "which your two slices end and begin.",
        why="The end of a slice is not in it. A slice that begins one later leaves a row out.",
        seen="perm[:3] beside perm[4:]: row 3 is in neither",
    ),
    Misconception(
        id="RK418",
        name="inputs and targets are mixed apart",
        question="split",
        kind="silent",
        wrong=(
            (
                (
                    "    last, first",
                    (
                        "    other = order[torch.randperm(len(inputs), generator=torch.Generator().manual_seed(7))]\n"
                        "    last, first"
                    ),
                ),
                (
                    _RETURN,
                    "return inputs[first], targets[other[held_out:]], inputs[last], targets[other[:held_out]]",
                ),
            ),
            (
                (
                    _RETURN,
                    "return inputs[first], targets[held_out:], inputs[last], targets[:held_out]",
                ),
            ),
        ),
        hint="Does each row still have its own targets?",
        more="Split a table whose targets are ten times its inputs, and print a row with its targets.",
        why="One order has to serve both tables. Two orders give a region another region's harvest.",
        seen="one permutation for inputs, another for targets: [4, 0, 1, 3, 2] and [3, 4, 0, 1, 2]",
    ),
    Misconception(
        id="RK419",
        name="the order is drawn without the seed",
        question="split",
        kind="silent",
        wrong=(((_ORDER, "torch.randperm(len(inputs))"),),),
        hint="Call it twice with the same seed.",
        more="Print the order in two calls with the same seed. Which line draws, and does it know of the "
        "seed?",
        why="What is drawn without a generator comes from the stream that the whole program shares, and goes "
        "on from where that is.",
        seen="randperm(5) alone: another held-out row at each call",
    ),
    Misconception(
        id="RK420",
        name="the seed is set for the whole program",
        question="split",
        kind="silent",
        wrong=(
            (
                ("    order = ", "    torch.manual_seed(seed)\n    order = "),
                (_ORDER, "torch.randperm(len(inputs))"),
            ),
            ((f"generator={_GENERATOR}", "generator=torch.manual_seed(seed)"),),
        ),
        hint="Draw a random number after the call, for two seeds that are set before it.",
        more="Set torch.manual_seed(7), call your function, and print torch.rand(1); then the same with 8. "
        "Should the two numbers be the same? In NumPy: np.random.seed and np.random.rand.",
        why="Everything in the program draws from one shared stream. Whoever sets it anew decides what all "
        "others draw from then on.",
        seen="manual_seed(0) in split: torch.rand(1) gives 0.3074 afterwards, whatever was set outside",
    ),
    Misconception(
        id="RK421",
        name="the rows are not mixed",
        question="split",
        kind="silent",
        wrong=(
            ((_ORDER, "torch.arange(len(inputs))"),),
            ((_ORDER, "torch.arange(len(inputs)).flip(0)"),),
        ),
        hint="Which rows are held out, in the order of the table?",
        more="Split a table whose first column counts the rows, and print the held-out part. Then take "
        "another seed.",
        why="Tables often stand in some order. If the last rows are all warm regions, a model is tested on "
        "what it could not learn.",
        seen="own",
    ),
    Misconception(
        id="RK422",
        name="the same order whatever the seed is",
        question="split",
        kind="silent",
        wrong=(
            *tuple(
                ((_GENERATOR, f"torch.Generator().manual_seed({fixed})"),)
                for fixed in ("0", "42", "1")
            ),
            ((_GENERATOR, "torch.Generator()"),),
        ),
        hint="Call it with two seeds.",
        more="Print the order for seed 1 and for seed 2. Where does your code use the name seed?",
        why="A generator that always starts in the same place always draws the same.",
        seen="own",
    ),
    Misconception(
        id="RK423",
        name="the two parts are swapped",
        question="split",
        kind="silent",
        wrong=(
            ((_RETURN, "return inputs[last], targets[last], inputs[first], targets[first]"),),
            (("last, first = ", "first, last = "),),
        ),
        hint="Which part should have held_out rows?",
        more="Print the lengths of the four tables that you give back, in their order.",
        why="A model is trained on most rows and tested on a few.",
        seen="own",
    ),
    Misconception(
        id="RK424",
        name="the four tables come in another order",
        question="split",
        kind="silent",
        wrong=(
            ((_RETURN, "return inputs[first], inputs[last], targets[first], targets[last]"),),
            ((_RETURN, "return targets[first], inputs[first], targets[last], inputs[last]"),),
            ((_RETURN, "return inputs[first], inputs[last], targets[last], targets[first]"),),
        ),
        hint="In which order are the four tables asked for?",
        more="Print the shapes of the four, and read the first sentence about the function again.",
        why="Whoever unpacks the four goes by their order. Other libraries have another one.",
        seen="the order of scikit-learn's train_test_split: both inputs first, then both targets",
    ),
    Misconception(
        id="RK425",
        name="minus nothing",
        question="split",
        kind="silent",
        wrong=(
            ((_LAST, "order[-held_out:]"), (_FIRST, "order[:-held_out]")),
            ((_LAST, "order[-held_out:]"), (_FIRST, "order[: len(order) - held_out]")),
        ),
        hint="Try held_out = 0.",
        more="Print order[:-2], order[:-1] and order[:-0]. Does the last of them go on like the others?",
        why="-0 is 0, so a slice up to -0 ends where it begins, and one from -0 begins at the beginning.",
        seen="perm[:-k] with k = 0: nothing to train with, and all rows held out",
    ),
    Misconception(
        id="RK426",
        name="rows are drawn with replacement",
        question="split",
        kind="silent",
        wrong=(
            (
                (
                    _ORDER,
                    f"torch.randint(len(inputs), (len(inputs),), generator={_GENERATOR})",
                ),
            ),
        ),
        hint="Can the same row be drawn twice?",
        more="Print the numbers of the rows that you draw, sorted. Is every row there once?",
        why="A draw with replacement can take a row again, so some rows come twice and others never.",
        seen="x[randint(5, (2,))]: [69, 69], [102, 73], [102, 69]",
    ),
    Misconception(
        id="RK427",
        name="the tables themselves are mixed",
        question="split",
        kind="silent",
        wrong=(
            (
                (
                    "    last, first",
                    "    inputs[:], targets[:] = inputs[order], targets[order]\n    last, first",
                ),
            ),
            (
                (
                    "    last, first = order[:held_out], order[held_out:]\n",
                    (
                        "    inputs[:], targets[:] = inputs[order], targets[order]\n"
                        "    last, first = slice(0, held_out), slice(held_out, None)\n"
                    ),
                ),
            ),
        ),
        hint="Print the inputs before and after the call.",
        more="Whoever calls your function goes on with the same table. Which of your lines writes into it?",
        why="To write into a slice of a tensor changes what was handed in, so the second call mixes an "
        "already mixed table.",
        seen="own",
    ),
)

OTHER_PROGRAMS = (
    """\
def split(inputs, targets, held_out, seed):
    generator = torch.Generator().manual_seed(seed)  # the generator
    order = torch.randperm(len(inputs), generator=generator)  # the order
    last = order[:held_out]  # the rows to hold out
    first = order[held_out:]  # the rows to train on
    return inputs[first], targets[first], inputs[last], targets[last]  # what is handed back
""",
)

QUESTION = Question(
    name="split",
    order=200,
    asks="split(inputs, targets, held_out, seed) gives train_inputs, train_targets, held_inputs, held_targets: "
    "held_out rows, drawn by the seed, are kept apart",
    program=SPLIT,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
)
