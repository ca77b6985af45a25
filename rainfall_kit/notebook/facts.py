"""What a report says about a run, in words and numbers, before it becomes HTML or text.

>>> from rainfall_kit.records import Run, Step
>>> step = Step(number=1, lr=0.1, loss=4.0, w=((2.0,),), b=(0.0,), w_after=((1.0,),), b_after=(0.0,))
>>> print(find_facts(Run(steps=(step,), final_loss=1.0)).summary)
The loss went from 4 to 1: 75 % lower.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rainfall_kit.bowl import Bowl
from rainfall_kit.notebook.comparison import Comparison, compare_moves
from rainfall_kit.notebook.numerals import column, short

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rainfall_kit.records import Matrix, Run, Vector

__all__ = ["Facts", "Line", "Part", "Table", "find_facts", "param_names"]

_TABLE_ROWS = 12
_NAME_LENGTH = 24
_HOW_TO_READ = (
    "A gradient above 0: raising this number raises the loss, so the step lowers it. "
    "Below 0: raising it lowers the loss, so the step raises it."
)


@dataclass(frozen=True, kw_only=True)
class Line:
    """A sentence with its mark: ``"✓"``, ``"✗"``, ``"!"`` or none."""

    mark: str = ""
    text: str


@dataclass(frozen=True, kw_only=True)
class Part:
    """One of the five steps of gradient descent: its name and what happened in it."""

    name: str
    lines: tuple[Line, ...]


@dataclass(frozen=True, kw_only=True)
class Table:
    """A small table; the first cell of each row names it.

    Attributes:
        caption: what the table shows.
        header: one text for each column.
        rows: the cells.
        note: how to read it, or the empty text.
    """

    caption: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """All that a report says.

    Attributes:
        title: how many steps, at which lr.
        summary: the loss before and after.
        notes: what is out of the ordinary.
        parts: the five steps; empty when none was taken.
        tables: the numbers.
    """

    title: str
    summary: str
    notes: tuple[Line, ...]
    parts: tuple[Part, ...]
    tables: tuple[Table, ...]


def find_facts(run: Run) -> Facts:
    """Look a run over.

    Example:
        >>> from rainfall_kit.records import Run
        >>> find_facts(Run(steps=(), final_loss=2.0, stopped="interrupted")).notes
        (Line(mark='!', text='Stopped early: interrupted.'),)
    """
    stopped = [_note(f"Stopped early: {run.stopped.rstrip('.')}.")] if run.stopped else []
    if not run.steps:
        return Facts(
            title="No step was taken",
            summary=f"The loss is {short(run.final_loss)}.",
            notes=tuple(stopped),
            parts=(),
            tables=(),
        )
    comparison = compare_moves(run)
    bowl = Bowl.from_record(run.quadratic) if run.quadratic and not comparison.why_not else None
    one = len(run.steps) == 1
    return Facts(
        title=_title(run),
        summary=_summary(run, bowl),
        notes=(*stopped, *_notes(run, bowl, comparison)),
        parts=_parts(run, bowl, comparison),
        tables=(_step_table(run, bowl, comparison),)
        if one
        else (_loss_table(run, comparison), _params_table(run, bowl)),
    )


def param_names(run: Run) -> list[str]:
    """A name for each entry of w, row by row, and then of b.

    Example:
        >>> from rainfall_kit.records import Run, Step
        >>> step = Step(number=1, lr=None, loss=0.0, w=((0.0,),), b=(0.0,), w_after=((0.0,),), b_after=(0.0,))
        >>> param_names(Run(steps=(step,), final_loss=0.0))
        ['w[0, 0]', 'b[0]']
    """
    w = run.steps[0].w
    k, d = len(w), len(w[0]) if w else 0
    if len(run.crop_names) != k or len(run.input_names) != d or len(run.steps[0].b) != k:
        weights = [f"w[{i}, {j}]" for i in range(k) for j in range(d)]
        return weights + [f"b[{i}]" for i in range(len(run.steps[0].b))]
    crops = [_cut(name) for name in run.crop_names]
    inputs = [_cut(name) for name in run.input_names]
    return [f"{crop}, {each}" for crop in crops for each in inputs] + [
        f"{crop}, offset" for crop in crops
    ]


# The head.


def _title(run: Run) -> str:
    count = "1 step" if run.epochs == 1 else f"{run.epochs} steps"
    lrs = {step.lr for step in run.steps}
    lr = next(iter(lrs)) if len(lrs) == 1 else None
    if lr is not None:
        return f"{count} with lr {short(lr)}"
    return f"{count} with a changing lr" if len(lrs) > 1 else count


def _summary(run: Run, bowl: Bowl | None) -> str:
    first, last = run.losses[0], run.final_loss
    if not math.isfinite(first) or not math.isfinite(last):
        return f"The loss went from {short(first)} to {short(last)}."
    change = _change(first, last)
    floor = f" No weights reach less than {short(bowl.floor, 4)}." if bowl and len(run) > 1 else ""
    return f"The loss went from {short(first)} to {short(last)}: {change}.{floor}"


def _change(first: float, last: float) -> str:
    if last == first:
        return "the same"
    if first <= 0 or last < 0:
        return "lower" if last < first else "higher"
    if last > 2 * first:
        return f"{short(last / first, 3)} times as high"
    percent = 100 * abs(last - first) / first
    digits = f"{percent:.1f}" if percent < 99.95 else f"{math.floor(percent * 100) / 100:.2f}"
    size = digits.rstrip("0").rstrip(".") if float(digits) else "less than 0.1"
    return f"{size} % {'lower' if last < first else 'higher'}"


def _notes(run: Run, bowl: Bowl | None, comparison: Comparison) -> Iterator[Line]:
    lost = next(
        (n for n, loss in zip(run.numbers, run.losses, strict=True) if not math.isfinite(loss)),
        None,
    )
    if lost is not None:
        what = short(dict(zip(run.numbers, run.losses, strict=True))[lost])
        after = "at the start" if lost == 0 else f"after {_steps(lost)}"
        yield _note(f"The loss is {what} {after}: past all numbers, nothing can be learned.")
    elif run.final_loss > run.losses[0]:
        yield _note("The loss grew.")
    lrs = [lr for lr in comparison.lrs if math.isfinite(lr)]
    if bowl and lrs and max(lrs) > bowl.largest_stable_lr:
        limit = short(bowl.largest_stable_lr, 4)
        yield _note(
            f"lr {short(max(lrs), 4)} is above {limit}, the largest that is stable on these data: "
            "past it, each step overshoots by more than it corrects."
        )
    if comparison.lr_inferred and lrs:
        yield _note(f"The lr is not known; {short(comparison.lrs[-1], 4)} fits the moves best.")
    if run.epochs != len(run.steps):
        yield _note(f"{len(run.steps)} of the {run.epochs} steps were kept.")


# The five steps.


def _parts(run: Run, bowl: Bowl | None, comparison: Comparison) -> tuple[Part, ...]:
    return (
        Part(name="Predict", lines=(_predict_line(run),)),
        Part(name="Compute the loss", lines=tuple(_loss_lines(run))),
        Part(name="Compute the gradients", lines=tuple(_gradient_lines(run, comparison))),
        Part(name="Move w and b against them", lines=tuple(_move_lines(run, bowl, comparison))),
        Part(name="Reset the gradients", lines=tuple(_reset_lines(run, comparison))),
    )


def _predict_line(run: Run) -> Line:
    if run.quadratic is None:
        return Line(text="preds = inputs @ w.t() + b")
    rows, crops = run.quadratic.rows, len(run.steps[0].b)
    shape = f"{rows} {_plural('row', rows)} of {crops} {_plural('prediction', crops)}"
    return Line(text=f"preds = inputs @ w.t() + b: {shape}")


def _loss_lines(run: Run) -> Iterator[Line]:
    step = run.steps[0]
    where = "" if len(run) == 1 else " at the start"
    yield Line(text=f"mean squared error{where}: {short(step.loss)}")
    # Rounding moves a loss by far less than a hundredth, another formula by more.
    other = next(
        (s for s in run if s.body_loss is not None and not _near(s.loss, s.body_loss)), None
    )
    if other and other.body_loss is not None:
        yield Line(
            mark="✗",
            text=f"the cell's own loss was {short(other.body_loss)} in step {other.number}, "
            f"where the mean squared error was {short(other.loss)}",
        )


def _gradient_lines(run: Run, comparison: Comparison) -> Iterator[Line]:
    step = run.steps[0]
    if step.grad_w is None and step.grad_b is None:
        yield Line(text="w.grad and b.grad were empty when the step was taken")
        return
    verdicts = {"w": comparison.grad_w_equal[:1], "b": comparison.grad_b_equal[:1]}
    fresh = [name for name, verdict in verdicts.items() if verdict == (True,)]
    other = [name for name, verdict in verdicts.items() if verdict == (False,)]
    where = "" if len(run) == 1 else " in the first step"
    if fresh:
        yield Line(mark="✓", text=f"{_grads(fresh)} held {_partials(fresh)}{where}")
    if other:
        yield Line(
            mark="✗", text=f"{_grads(other)} held something other than {_partials(other)}{where}"
        )
    if not fresh and not other:
        yield Line(text="loss.backward() filled in w.grad and b.grad")


def _move_lines(run: Run, bowl: Bowl | None, comparison: Comparison) -> Iterator[Line]:
    if all(step.w == step.w_after and step.b == step.b_after for step in run):
        yield Line(mark="!", text="w and b did not move")
    if bowl is None:
        yield Line(text=f"not compared with lr·gradient: {comparison.why_not}")
        return
    verdicts = {"w": comparison.w_equal, "b": comparison.b_equal}
    right = [name for name, each in verdicts.items() if False not in each and True in each]
    if right:
        rule = " and ".join(f"{name} − lr·∂loss/∂{name}" for name in right)
        yield Line(
            mark="✓",
            text=f"{' and '.join(right)} moved to {rule}{_in_all(run, verdicts[right[0]])}",
        )
    for name, each in verdicts.items():
        if False in each:
            rule = f"{name} − lr·∂loss/∂{name}"
            where = _where(comparison.numbers, each)
            yield Line(mark="✗", text=f"{name} moved to something other than {rule}{where}")
    if not comparison.downhill:
        lr = short(min(comparison.lrs), 4)
        yield Line(mark="✗", text=f"lr is {lr}; a step goes down only with an lr above 0")
    unjudged = [
        n for n, each in zip(comparison.numbers, comparison.w_equal, strict=True) if each is None
    ]
    if unjudged:
        yield Line(
            mark="!",
            text=f"from step {unjudged[0]} on, the numbers are past what {run.dtype} holds",
        )


def _reset_lines(run: Run, comparison: Comparison) -> Iterator[Line]:
    later = {"w": comparison.grad_w_equal[1:], "b": comparison.grad_b_equal[1:]}
    right = [name for name, each in later.items() if False not in each and True in each]
    other = [name for name, each in later.items() if False in each]
    if right:
        yield Line(mark="✓", text=f"{_grads(right)} held no older gradient in any later step")
    for name in other:
        where = _where(comparison.numbers[1:], later[name])
        yield Line(mark="✗", text=f"{name}.grad held something other than the new gradient{where}")
    if not right and not other:
        one = len(run) == 1
        seen = "whether they were reset shows from the second step on" if one else "not compared"
        yield Line(text=seen)


# The tables.


def _step_table(run: Run, bowl: Bowl | None, comparison: Comparison) -> Table:
    step = run.steps[0]
    before, after = _flat(step.w, step.b), _flat(step.w_after, step.b_after)
    computed = bowl.gradient(step.w, step.b) if bowl else None
    grad_w = step.grad_w if step.grad_w is not None else computed[0].tolist() if computed else None
    grad_b = step.grad_b if step.grad_b is not None else computed[1].tolist() if computed else None
    names = param_names(run)
    keep, left_out = _kept_rows(len(names))
    columns = {"before": column([before[i] for i in keep], 5)}
    change = [after[i] - before[i] for i in keep]
    if computed and not comparison.is_descent:
        lr = comparison.lrs[0]
        descent = _flat(*(each.tolist() for each in computed))
        both = column([*change, *(-lr * descent[i] for i in keep)], 4)
        columns["change"], columns["− lr·gradient"] = both[: len(keep)], both[len(keep) :]
    else:
        columns["change"] = column(change, 4)
    columns["after"] = column([after[i] for i in keep], 5)
    if grad_w is not None and grad_b is not None:
        grads = _flat(grad_w, grad_b)
        meanings = [_meaning(grads[i]) for i in keep]
        columns = {
            "gradient": column([grads[i] for i in keep]),
            "so it should": meanings,
            **columns,
        }
        left_out.insert(0, _HOW_TO_READ)
    return Table(
        caption="What the step did to w and b",
        header=("", *columns),
        rows=tuple(zip([names[i] for i in keep], *columns.values(), strict=True)),
        note=" ".join(left_out),
    )


def _loss_table(run: Run, comparison: Comparison) -> Table:
    losses, numbers = run.losses, run.numbers
    rows = sorted({0, 1, len(run), *(round(len(run) ** (i / 6)) for i in range(1, 6))})
    header = ["after step", "loss"]
    cells = [[str(numbers[i]) for i in rows], column([losses[i] for i in rows])]
    if not comparison.why_not:
        header += ["w as it should", "b as it should"]
        cells += [
            [_yes_or_no(verdicts[i - 1]) if i else "" for i in rows]
            for verdicts in (comparison.w_equal, comparison.b_equal)
        ]
    return Table(
        caption="The loss, step by step", header=tuple(header), rows=tuple(zip(*cells, strict=True))
    )


def _params_table(run: Run, bowl: Bowl | None) -> Table:
    first, last = run.steps[0], run.steps[-1]
    header = ["", "start", "end"]
    columns = [_flat(first.w, first.b), _flat(last.w_after, last.b_after)]
    if bowl:
        header.append("lowest loss")
        columns.append(_flat(*(each.tolist() for each in bowl.minimum)))
    names = param_names(run)
    keep, left_out = _kept_rows(len(names))
    cells = [column([each[i] for i in keep], 5) for each in columns]
    return Table(
        caption="Where w and b went",
        header=tuple(header),
        rows=tuple(zip([names[i] for i in keep], *cells, strict=True)),
        note=" ".join(left_out),
    )


def _kept_rows(count: int) -> tuple[list[int], list[str]]:
    """Which of so many numbers a table shows, and what it says about the others."""
    if count <= _TABLE_ROWS:
        return list(range(count)), []
    half = _TABLE_ROWS // 2
    return [*range(half), *range(count - half, count)], [
        f"{count - _TABLE_ROWS} more in the middle."
    ]


# Words.


def _note(text: str) -> Line:
    return Line(mark="!", text=text)


def _flat(w: Matrix, b: Vector) -> list[float]:
    return [*(each for row in w for each in row), *b]


def _meaning(grad: float) -> str:
    if grad > 0:
        return "fall"
    return "rise" if grad < 0 else "stay" if grad == 0 else "–"


def _yes_or_no(verdict: bool | None) -> str:
    return "–" if verdict is None else "✓ yes" if verdict else "✗ no"


def _where(numbers: Sequence[int], verdicts: Sequence[bool | None]) -> str:
    wrong = [n for n, each in zip(numbers, verdicts, strict=True) if each is False]
    if len(verdicts) == 1:
        return f" in step {wrong[0]}" if numbers[0] > 1 else ""
    if len(wrong) == len(verdicts):
        return (
            f" in all {len(wrong)} of these steps"
            if numbers[0] > 1
            else f" in all {len(wrong)} steps"
        )
    return f", first in step {wrong[0]}, and in {len(wrong)} of {len(verdicts)} steps in all"


def _in_all(run: Run, verdicts: Sequence[bool | None]) -> str:
    if None in verdicts:
        return " as long as they could be compared"
    if len(run) != run.epochs:
        return " in every step that was kept"
    return "" if len(run) == 1 else f" in all {len(run)} steps"


def _grads(names: list[str]) -> str:
    return " and ".join(f"{name}.grad" for name in names)


def _partials(names: list[str]) -> str:
    return " and ".join(f"∂loss/∂{name}" for name in names)


def _steps(count: int) -> str:
    return f"{count} {_plural('step', count)}"


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def _cut(name: str) -> str:
    return name if len(name) <= _NAME_LENGTH else name[: _NAME_LENGTH - 1] + "…"


def _near(loss: float, other: float) -> bool:
    return math.isclose(loss, other, rel_tol=0.01) or not (
        math.isfinite(loss) and math.isfinite(other)
    )
