"""Tables of a run's report: what one step did, how the loss went, where w and b went."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

from rainfall_kit.checks.diagnosis.gradient_check import gathering
from rainfall_kit.figures.document import Table
from rainfall_kit.figures.number_format import column
from rainfall_kit.notebook.report.five_steps import in_own_names

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.checks.diagnosis.gradient_check import Comparison, Verdicts
    from rainfall_kit.quadratic.bowl import Bowl
    from rainfall_kit.quadratic.moves import Floats
    from rainfall_kit.quadratic.run_data import RunData
    from rainfall_kit.records.run import Matrix, Run, Step, Vector

_TABLE_ROWS = 12
_NAME_LENGTH = 24
_HOW_TO_READ = (
    "A gradient above 0: raising this number raises the loss, so the step lowers it. "
    "Below 0: raising it lowers the loss, so the step raises it."
)


def param_names(run: Run) -> list[str]:
    """A name for each entry of w, row by row, and then of b.

    Example:
        >>> from rainfall_kit.records.run import Run, Step
        >>> step = Step(number=1, lr=None, loss=0.0, w=((0.0,),), b=(0.0,), w_after=((0.0,),), b_after=(0.0,))
        >>> param_names(Run(steps=(step,), final_loss=0.0))
        ['w[0, 0]', 'b[0]']
    """
    w = run.steps[0].w
    k, d = len(w), len(w[0]) if w else 0
    if len(run.crop_names) != k or len(run.input_names) != d or len(run.steps[0].b) != k:
        own_w, own_b = run.variables[:2] or ("w", "b")
        weights = [f"{own_w}[{i}, {j}]" for i in range(k) for j in range(d)]
        return weights + [f"{own_b}[{i}]" for i in range(len(run.steps[0].b))]
    crops = [_cut(name) for name in run.crop_names]
    inputs = [_cut(name) for name in run.input_names]
    weights = [f"{crop}, {name}" for crop in crops for name in inputs]
    return weights + [f"{crop}, offset" for crop in crops]


def step_table(run: Run, comparison: Comparison) -> Table:
    """Each number of w and b: its gradient, what that means, and how the step moved it.

    Example:
        >>> from rainfall_kit.checks.diagnosis.gradient_check import Comparison
        >>> from rainfall_kit.records.run import Run, Step
        >>> step = Step(number=1, lr=1.0, loss=4.0, w=((2.0,),), b=(0.0,), w_after=((1.0,),), b_after=(0.0,))
        >>> run = Run(steps=(step,), final_loss=1.0)
        >>> step_table(run, Comparison(why_not="no data")).rows[0]
        ('w[0, 0]', '2.0000', '−1.000', '1.0000')
    """
    step = run.steps[0]
    before, after = _flat(step.w, step.b), _flat(step.w_after, step.b_after)
    computed = comparison.moves.gradients[0] if comparison.moves else None  # (k, d+1)
    names = param_names(run)
    keep, left_out = _kept_rows(len(names))
    columns: dict[str, list[str]] = {}
    updates = 1 if step.seen is None else step.seen.updates
    # Of several updates, each had a gradient of its own.
    grads = _gradients(step, computed) if updates <= 1 else None
    if grads is not None:
        columns["gradient"] = column([grads[i] for i in keep])
        columns["so it should"] = [_meaning(grads[i]) for i in keep]
        left_out.insert(0, _HOW_TO_READ)
    columns["before"] = column([before[i] for i in keep], 5)
    change = [after[i] - before[i] for i in keep]
    moved_right = False not in (*comparison.w_moves, *comparison.b_moves)
    # Beside an lr that was only fitted, a column of what it should have done would be made up.
    known = not comparison.watched or (step.lr is not None and not comparison.rule)
    if (
        computed is not None
        and known
        and not (comparison.is_descent or (comparison.watched and moved_right))
    ):
        lr = comparison.lrs[0]
        descent = _flat(computed[:, :-1].tolist(), computed[:, -1].tolist())
        # Formatted together, for they are to be compared.
        both = column([*change, *(-lr * descent[i] for i in keep)], 4)
        columns["change"], columns["− lr·gradient"] = both[: len(keep)], both[len(keep) :]
    else:
        columns["change"] = column(change, 4)
    columns["after"] = column([after[i] for i in keep], 5)
    return Table(
        caption=in_own_names(f"What the {_step_or_updates(updates)} did to w and b", run),
        header=("", *columns),
        rows=tuple(zip([names[i] for i in keep], *columns.values(), strict=True)),
        note=" ".join(left_out),
    )


def _step_or_updates(updates: int) -> str:
    return "step" if updates <= 1 else f"{updates} updates"


def _gradients(step: Step, computed: Floats | None) -> list[float] | None:
    """The gradients that autograd filled in, and for w or b that it left empty the bowl's."""
    grad_w, grad_b = step.grad_w, step.grad_b
    if computed is not None:
        grad_w = computed[:, :-1].tolist() if grad_w is None else grad_w
        grad_b = computed[:, -1].tolist() if grad_b is None else grad_b
    return None if grad_w is None or grad_b is None else _flat(grad_w, grad_b)


def loss_table(data: RunData, comparison: Comparison) -> Table:
    """The loss at the start, after some steps and at the end, and whether w and b moved as they should.

    Example:
        >>> from rainfall_kit.checks.diagnosis.gradient_check import Comparison
        >>> from rainfall_kit.quadratic.run_data import RunData
        >>> from rainfall_kit.records.run import Run, Step
        >>> step = Step(number=1, lr=1.0, loss=4.0, w=((2.0,),), b=(0.0,), w_after=((1.0,),), b_after=(0.0,))
        >>> data = RunData(Run(steps=(step,), final_loss=1.0))
        >>> loss_table(data, Comparison(why_not="no data")).rows
        (('0', '4.00000'), ('1', '1.00000'))
    """
    run, known = data.run, data.known_losses
    losses, numbers = run.losses, run.numbers
    rows = sorted({0, 1, len(run), *(round(len(run) ** (i / 6)) for i in range(1, 6))})
    header = ["after step", "loss"]
    shown = column([losses[i] for i in rows])
    if known.lost_after is None:
        shown = [
            loss if i < len(known.values) else "not known"
            for i, loss in zip(rows, shown, strict=True)
        ]
    cells = [[str(numbers[i]) for i in rows], shown]
    if not (comparison.why_not or comparison.rule):
        header += [in_own_names(f"{name} as it should", run) for name in ("w", "b")]
        cells += [
            [_yes_or_no(verdicts[i - 1]) if i else "" for i in rows]
            for verdicts in _as_they_should(run, comparison)
        ]
    return Table(
        caption="The loss, step by step", header=tuple(header), rows=tuple(zip(*cells, strict=True))
    )


def _as_they_should(run: Run, comparison: Comparison) -> Iterator[Verdicts]:
    """For w and then for b: whether each move was right for a gradient with nothing older in it."""
    for name, moves in (("w", comparison.w_moves), ("b", comparison.b_moves)):
        gathered = [False, *gathering(run)[:-1]]
        stale = [
            step.seen is not None and name in step.seen.stale and not left
            for step, left in zip(run, gathered, strict=True)
        ]
        yield tuple(
            # What an earlier cell left behind is no fault of this one's.
            (None if step.number == 1 else False) if old else found
            for step, found, old in zip(run, moves, stale, strict=True)
        )


def params_table(run: Run, bowl: Bowl | None) -> Table:
    """Each number of w and b at the start and at the end, beside the lowest point of the bowl.

    Example:
        >>> from rainfall_kit.checks.diagnosis.gradient_check import Comparison
        >>> from rainfall_kit.records.run import Run, Step
        >>> step = Step(number=1, lr=1.0, loss=4.0, w=((2.0,),), b=(0.0,), w_after=((1.0,),), b_after=(0.0,))
        >>> run = Run(steps=(step,), final_loss=1.0)
        >>> params_table(run, None).rows[0]
        ('w[0, 0]', '2.0000', '1.0000')
    """
    first, last = run.steps[0], run.steps[-1]
    start, end = _flat(first.w, first.b), _flat(last.w_after, last.b_after)
    header, columns = ["", "start"], [start]
    if len(end) == len(start):  # a cell can also make w anew, in another shape
        header.append("end")
        columns.append(end)
    if bowl:
        header.append("lowest loss")
        columns.append(_flat(*(param.tolist() for param in bowl.minimum)))
    names = param_names(run)
    keep, left_out = _kept_rows(len(names))
    # Formatted together, for they are read across: all have the same decimals.
    together = column([values[i] for values in columns for i in keep], 5)
    cells = [together[first : first + len(keep)] for first in range(0, len(together), len(keep))]
    return Table(
        caption=in_own_names("Where w and b went", run),
        header=tuple(header),
        rows=tuple(zip([names[i] for i in keep], *cells, strict=True)),
        note=" ".join(left_out),
    )


def _kept_rows(count: int) -> tuple[list[int], list[str]]:
    """The indices of so many numbers that a table shows, and what it says about the others."""
    if count <= _TABLE_ROWS:
        return list(range(count)), []
    half = _TABLE_ROWS // 2
    return [*range(half), *range(count - half, count)], [
        f"{count - _TABLE_ROWS} more in the middle."
    ]


def _flat(w: Matrix, b: Vector) -> list[float]:
    return [*itertools.chain.from_iterable(w), *b]


def _meaning(grad: float) -> str:
    if grad > 0:
        return "fall"
    return "rise" if grad < 0 else "stay" if grad == 0 else "–"


def _yes_or_no(verdict: bool | None) -> str:
    return "–" if verdict is None else "✓ yes" if verdict else "✗ no"


def _cut(name: str) -> str:
    return name if len(name) <= _NAME_LENGTH else name[: _NAME_LENGTH - 1] + "…"
