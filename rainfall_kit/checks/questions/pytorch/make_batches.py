"""Question make_batches: the rows of a table in batches, in a new order in each epoch."""

from __future__ import annotations

import itertools
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

MAKE_BATCHES = """\
def make_batches(inputs, targets, batch_size, seed):
    rows = torch.utils.data.TensorDataset(inputs, targets)
    generator = torch.Generator().manual_seed(seed)
    return torch.utils.data.DataLoader(
        rows, batch_size=batch_size, shuffle=True, generator=generator
    )
"""

# With so many rows, two orders are never the same by chance.
_MANY = 30
_MOST_BATCHES = 1_000


def draw(seed: int) -> tuple[Case, ...]:
    """Tables without two equal rows, in batches that fit and in batches that do not."""
    rng = np.random.default_rng([seed, 35])
    cases = [
        case_of(
            "5 rows in batches of 2",
            "float32",
            public=True,
            inputs=[[1], [2], [3], [4], [5]],
            targets=[[10], [20], [30], [40], [50]],
            batch_size=2,
            seed=0,
        ),
        case_of(
            "3 rows in one batch",
            "float32",
            public=True,
            inputs=[[1], [2], [3]],
            targets=[[10], [20], [30]],
            batch_size=8,
            seed=0,
        ),
        case_of(
            "40 rows in batches of 16",
            "float32",
            public=True,
            inputs=[[row] for row in range(40)],
            targets=[[10 * row] for row in range(40)],
            batch_size=16,
            seed=1,
        ),
    ]
    for n, d, k, size in ((36, 3, 2, 7), (50, 1, 3, 10), (7, 2, 1, 3)):
        inputs, targets = rng.normal(size=(n, d)), rng.normal(size=(n, k))
        chosen = int(rng.integers(1000))
        label = f"{n} rows in batches of {size}"
        cases.append(
            case_of(label, "float32", inputs=inputs, targets=targets, batch_size=size, seed=chosen)
        )
    return tuple(cases)


@seeded()
def call(answer: Answer, case: Case, trace: Trace) -> None:
    """Call ``make_batches(inputs, targets, batch_size, seed)`` twice, and go through two epochs."""
    import torch

    inputs, targets = case.tensors("inputs", "targets")
    size, seed = int(case.number("batch_size")), int(case.number("seed"))
    before = random_states()
    batches = answer(inputs, targets, size, seed)
    drawn_elsewhere = before != random_states()
    if not hasattr(batches, "__iter__") and not hasattr(batches, "__getitem__"):
        trace.given_back(batches)
        return
    epochs = []
    for name in ("first", "second"):
        epoch = _epoch(batches)
        shapes = [[len(x) for x, _ in epoch]] if _are_pairs(epoch) else []
        if not shapes:
            trace.value("the number of items in an epoch", len(epoch))
            parts = [len(item) if isinstance(item, tuple | list) else 1 for item in epoch[:1]]
            trace.value("the number of tensors in a batch", sum(parts))
            return
        trace.value(f"the number of batches in the {name} epoch", len(epoch))
        trace.value(f"the largest batch of the {name} epoch", max(shapes[0], default=0))
        rows = [number for x, _ in epoch for number in _rows_in(x, inputs)]
        own = [number for _, y in epoch for number in _rows_in(y, targets)]
        missing = len({*range(len(inputs))} - {*rows})
        trace.value(f"the number of rows that are missing in the {name} epoch", missing)
        trace.value(f"the number of rows in the {name} epoch", len(rows))
        trace.value(
            "the number of rows with another row's targets", sum(map(int.__ne__, rows, own))
        )
        epochs.append(rows)
    if len(inputs) > _MANY:
        trace.truth(
            "the rows come in another order than in the table", epochs[0] != sorted(epochs[0])
        )
        trace.truth("the second epoch has another order than the first", epochs[0] != epochs[1])
    torch.rand(3)  # whoever draws in between
    again = _epoch(answer(inputs, targets, size, seed))
    same = _are_pairs(again) and [n for x, _ in again for n in _rows_in(x, inputs)] == epochs[0]
    trace.truth("the same seed gives the same order again", same)
    if len(inputs) > _MANY:
        other = _epoch(answer(inputs, targets, size, seed + 1))
        rows = [n for x, _ in other for n in _rows_in(x, inputs)] if _are_pairs(other) else []
        trace.truth("another seed gives another order", rows != epochs[0])
    trace.truth("the random numbers that others draw stay the same", not drawn_elsewhere)
    trace.unchanged(inputs=inputs, targets=targets)


def _epoch(batches: Any) -> list[Any]:
    """Batches of one pass, up to more than any right answer has."""
    return [*itertools.islice(iter(batches), _MOST_BATCHES)]


def _are_pairs(epoch: list[Any]) -> bool:
    import torch

    return all(
        isinstance(pair, tuple | list)
        and len(pair) == 2
        and all(isinstance(part, torch.Tensor) and part.dim() == 2 for part in pair)
        for pair in epoch
    )


def _rows_in(part: torch.Tensor, table: torch.Tensor) -> list[int]:
    """The number of each row in the table; -1 for a row that is not in it."""
    numbers = {tuple(row): number for number, row in enumerate(table.tolist())}
    return [numbers.get(tuple(row), -1) for row in part.tolist()]


_SET = "torch.utils.data.TensorDataset(inputs, targets)"
_MAKES = "    generator = torch.Generator().manual_seed(seed)\n"
_OPTIONS = "rows, batch_size=batch_size, shuffle=True, generator=generator"
_LOADER = "torch.utils.data.DataLoader"
_RETURN = f"    return {_LOADER}(\n        {_OPTIONS}\n    )\n"

MISTAKES = (
    Misconception(
        id="RK428",
        name="the last, smaller batch is left out",
        question="make_batches",
        kind="silent",
        wrong=(((_OPTIONS, f"{_OPTIONS}, drop_last=True"),),),
        hint="Count the rows of one epoch.",
        more="Go through one epoch of five rows in batches of two, and write down which rows you meet.",
        why="A last batch that is not full is a batch all the same. Left out, its rows are not seen in that "
        "epoch, and with batches larger than the table nothing is.",
        seen="drop_last, five rows in batches of 2: 4 of 5 rows an epoch",
    ),
    Misconception(
        id="RK429",
        name="rows are drawn with replacement",
        question="make_batches",
        kind="silent",
        wrong=(
            (
                (
                    "shuffle=True, generator=generator",
                    "sampler=torch.utils.data.RandomSampler(rows, replacement=True, generator=generator)",
                ),
            ),
        ),
        hint="Is every region in an epoch?",
        more="Go through one epoch and write down the rows that you meet, sorted. Is every one there once?",
        why="A draw with replacement can take a row again, so some rows come twice in an epoch and others "
        "never.",
        seen="x[randint(5, (2,))]: [69, 69], [102, 73], [102, 69]",
    ),
    Misconception(
        id="RK430",
        name="the rows are never mixed",
        question="make_batches",
        kind="silent",
        wrong=(
            (("shuffle=True", "shuffle=False"),),
            (("shuffle=True, ", ""),),
            ((_OPTIONS, "rows, batch_size=batch_size"),),
        ),
        hint="Compare an epoch with the table.",
        more="Make batches of a table whose first column counts the rows, and print the first batch.",
        why="Tables often stand in some order. Batches that are cut from it are one-sided, the same ones in "
        "every epoch.",
        seen="DataLoader(ds, 2): the same three batches in every epoch",
    ),
    Misconception(
        id="RK431",
        name="the rows are mixed once and for all",
        question="make_batches",
        kind="silent",
        wrong=(
            ((f"return {_LOADER}(", f"return list({_LOADER}("), ("\n    )\n", "\n    ))\n")),
            (
                (
                    _RETURN,
                    (
                        "    order = torch.randperm(len(inputs), generator=generator)\n"
                        "    return [(inputs[i], targets[i]) for i in order.split(batch_size)]\n"
                    ),
                ),
            ),
        ),
        hint="Compare two epochs.",
        more="Print the first batch of the first epoch and that of the second. When is the order drawn in "
        "your code, and how often?",
        why="A list of batches is what it is: going through it again gives the same ones. The order has to "
        "be drawn when an epoch begins.",
        seen="batches = list(loader): the same three batches in every epoch",
    ),
    Misconception(
        id="RK432",
        name="the order is drawn without the seed",
        question="make_batches",
        kind="silent",
        wrong=(
            (("shuffle=True, generator=generator", "shuffle=True"),),
            ((_MAKES, ""), ("shuffle=True, generator=generator", "shuffle=True")),
        ),
        hint="Call it twice with the same seed.",
        more="Make batches twice with the same seed and print the first of each. Which line draws, and does "
        "it know of the seed?",
        why="What is drawn without a generator comes from the stream that the whole program shares.",
        seen="own: a loader without a generator draws from the shared stream at each epoch",
    ),
    Misconception(
        id="RK433",
        name="the seed is set for the whole program",
        question="make_batches",
        kind="silent",
        wrong=(
            ((_MAKES, "    torch.manual_seed(seed)\n"), (", generator=generator", "")),
            ((_MAKES, "    generator = torch.manual_seed(seed)\n"),),
        ),
        hint="Draw a random number after the call, for two seeds that are set before it.",
        more="Set torch.manual_seed(7), make batches, and print torch.rand(1); then the same with 8. Should "
        "the two numbers be the same? In NumPy: np.random.seed and np.random.rand.",
        why="Everything in the program draws from one shared stream. Whoever sets it anew decides what all "
        "others draw from then on.",
        seen="manual_seed(0): torch.rand(1) gives the same afterwards, whatever was set outside",
    ),
    Misconception(
        id="RK434",
        name="the batches hold no targets",
        question="make_batches",
        kind="silent",
        wrong=(
            ((_SET, "torch.utils.data.TensorDataset(inputs)"),),
            ((_SET, "inputs"),),
        ),
        hint="What should one batch hold?",
        more="Print the first batch. How many tensors are in it, and what will the loss be computed from?",
        why="A loss needs predictions and targets, so both have to travel together.",
        seen="TensorDataset(x): ValueError: not enough values to unpack (expected 2, got 1)",
    ),
    Misconception(
        id="RK435",
        name="a pair of tables where a set of rows is asked for",
        question="make_batches",
        kind="raises",
        wrong=(
            ((_SET, "(inputs, targets)"),),
            ((_SET, "[inputs, targets]"),),
        ),
        hint="How many rows does the loader think there are?",
        more="Print len(rows), and rows[0]. Which of the two should be one region with its harvests?",
        why="A loader asks for the length and for single rows. A pair of tables has the length 2, and its "
        "first member is a whole table.",
        seen="RuntimeError: stack expects each tensor to be equal size, but got [5, 3] at entry 0 and [5, 2] "
        "at entry 1",
    ),
    Misconception(
        id="RK436",
        name="inputs and targets are mixed apart",
        question="make_batches",
        kind="silent",
        wrong=(
            (
                (
                    _SET,
                    (
                        "torch.utils.data.TensorDataset(inputs, targets[torch.randperm(len(targets), "
                        "generator=torch.Generator().manual_seed(seed))])"
                    ),
                ),
            ),
            ((_SET, "torch.utils.data.TensorDataset(inputs, targets.flip(0))"),),
            ((_SET, "torch.utils.data.TensorDataset(inputs, targets.roll(1, 0))"),),
        ),
        hint="Does each row still have its own targets?",
        more="Make batches of a table whose targets are ten times its inputs, and print one batch.",
        why="One order has to serve both tables. Two orders give a region another region's harvest.",
        seen="two loaders that both shuffle: 102, 87 with targets 119, 22",
    ),
    Misconception(
        id="RK437",
        name="the batches are used up after one epoch",
        question="make_batches",
        kind="silent",
        wrong=(
            ((f"return {_LOADER}(", f"return iter({_LOADER}("), ("\n    )\n", "\n    ))\n")),
            (
                (
                    _RETURN,
                    (
                        "    order = torch.randperm(len(inputs), generator=generator)\n"
                        "    return ((inputs[i], targets[i]) for i in order.split(batch_size))\n"
                    ),
                ),
            ),
        ),
        hint="Go through your batches twice.",
        more="Write a for loop over what your function gives back, and the same loop again. What does the "
        "second one see?",
        why="An iterator or a generator can be gone through once. A second epoch finds nothing, and nothing "
        "says so.",
        seen="own",
    ),
    Misconception(
        id="RK438",
        name="batches of another size than was asked for",
        question="make_batches",
        kind="silent",
        wrong=(
            (("batch_size=batch_size, ", ""),),
            (("batch_size=batch_size", "batch_size=len(inputs)"),),
        ),
        hint="Print the shape of the first batch.",
        more="Ask for batches of two rows and print how many rows each batch has. Where does your code use "
        "the size that it is given?",
        why="A loader that is told no size gives one row at a time. With the whole table in one batch an "
        "epoch is one step.",
        seen="own",
    ),
    Misconception(
        id="RK439",
        name="a number in the place of a generator",
        question="make_batches",
        kind="raises",
        wrong=((("generator=generator", "generator=seed"),),),
        hint="What is a seed, and what is a generator?",
        more="Print type(...) of what you hand over as the generator. Which object of PyTorch's draws, and "
        "how does it hear of the seed?",
        why="A generator is what draws. A seed is the number from which it starts.",
        seen="generator=0: a TypeError or AttributeError when the first epoch begins",
    ),
)

OTHER_PROGRAMS = (
    """\
def make_batches(inputs, targets, batch_size, seed):
    rows = torch.utils.data.TensorDataset(inputs, targets)  # the rows
    generator = torch.Generator().manual_seed(seed)  # the generator
    return torch.utils.data.DataLoader(rows, batch_size, shuffle=True, generator=generator)  # the loader
""",
)

QUESTION = Question(
    name="make_batches",
    order=210,
    asks="make_batches(inputs, targets, batch_size, seed) gives pairs of inputs and targets, all rows once in "
    "each epoch, in a new order each time",
    program=MAKE_BATCHES,
    other_programs=OTHER_PROGRAMS,
    draw=draw,
    call=call,
    mistakes=MISTAKES,
)
