"""Content of a run's report, in words and numbers, before it becomes HTML or text.

>>> from rainfall_kit.quadratic.run_data import RunData
>>> from rainfall_kit.records.run import Run, Step
>>> step = Step(number=1, lr=0.1, loss=4.0, w=((2.0,),), b=(0.0,), w_after=((1.0,),), b_after=(0.0,))
>>> print(summarise_run(RunData(Run(steps=(step,), final_loss=1.0))).loss)
The loss went from 4 to 1: 75 % lower.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rainfall_kit.checks.diagnosis.gradient_check import Comparison, compare_moves
from rainfall_kit.checks.diagnosis.recorded_runs import diagnose_run
from rainfall_kit.figures.document import Line, RunSummary
from rainfall_kit.figures.number_format import short
from rainfall_kit.notebook.report.five_steps import five_steps, in_own_names
from rainfall_kit.notebook.report.tables import loss_table, params_table, step_table
from rainfall_kit.notebook.report.watched_steps import watched_remarks, watched_steps

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.checks.questions.misconception import Misconception
    from rainfall_kit.quadratic.bowl import Bowl
    from rainfall_kit.quadratic.run_data import RunData
    from rainfall_kit.records.run import Run, Seen


def summarise_run(data: RunData) -> RunSummary:
    """All that the report of a run says."""
    run = data.run
    stopped = [_remark(f"Stopped early: {run.stopped.rstrip('.')}.")] if run.stopped else []
    if not run.steps:
        return RunSummary(
            title="No step was taken",
            loss=f"The loss is {short(run.final_loss)}.",
            remarks=tuple(stopped),
            parts=(),
            tables=(),
        )
    comparison = compare_moves(data)
    diagnosis = diagnose_run(data, comparison)
    bowl = None if comparison.why_not else data.bowl
    return RunSummary(
        title=_title(run, comparison),
        loss=_loss(data, bowl),
        remarks=(
            *stopped,
            *map(_mistake, diagnosis.mistakes),
            *_remarks(data, bowl, comparison),
            *map(_misreading, diagnosis.misreadings),
        ),
        parts=(watched_steps if comparison.watched else five_steps)(run, comparison),
        tables=(step_table(run, comparison),)
        if len(run) == 1
        else (loss_table(data, comparison), params_table(run, bowl)),
    )


def _title(run: Run, comparison: Comparison) -> str:
    assert run.epochs is not None
    count = _count(run.epochs)
    if (updates := _updates(run)) > 1:
        each = f"{updates} updates in it" if run.epochs == 1 else f"{updates} updates in each"
        return f"{'1 run' if run.epochs == 1 else f'{run.epochs} runs'} of the cell, with {each}"
    if two := _two_lrs(run):
        return f"{count} with {in_own_names(two, run)}"
    lrs = {step.lr for step in run.steps}
    lr = next(iter(lrs)) if len(lrs) == 1 else None
    if lr is not None:
        return f"{count} with lr {short(lr)}"
    # of moves by another rule, the multiple of the gradient is no lr
    return f"{count} with a changing lr" if len(lrs) > 1 and not comparison.rule else count


def _two_lrs(run: Run) -> str:
    """The lr of w and that of b, where each moved by one of its own; the empty text otherwise."""
    told = {_own_lrs(step.seen) for step in run.steps}
    return next(iter(told)) if len(told) == 1 else ""


def _own_lrs(of: Seen | None) -> str:
    if of is None or not (of.follows_w and of.follows_b and of.times_w and of.times_b):
        return ""
    if math.isclose(of.times_w, of.times_b, rel_tol=0.01):
        return ""
    return f"lr {short(of.times_w, 3)} for w and {short(of.times_b, 3)} for b"


def _updates(run: Run) -> int:
    """The most updates that one run of the cell made."""
    return max((step.seen.updates for step in run if step.seen is not None), default=0)


def _loss(data: RunData, bowl: Bowl | None) -> str:
    run, known = data.run, data.known_losses
    if not known.values and known.lost_after is None:
        return (
            "The loss is not known: the inputs and targets were not at hand, or do not fit w and b."
        )
    first, last = run.losses[0], run.final_loss
    if known.lost_after is not None:
        return f"The loss went from {short(first)} to {short(last)}."
    if len(known.values) < len(run.losses):
        return f"The cell's own loss was {short(first)} in the first step."
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


def _remarks(data: RunData, bowl: Bowl | None, comparison: Comparison) -> Iterator[Line]:
    run, known = data.run, data.known_losses
    if run.data_problem:
        yield _remark(f"{run.data_problem.rstrip('.')}.")
    if known.lost_after is not None:
        after = "at the start" if known.lost_after == 0 else f"after {_count(known.lost_after)}"
        yield _remark(
            f"The loss is no longer a number {after}; from there, nothing can be learned."
        )
    elif run.final_loss > run.losses[0]:
        yield _remark("The loss grew.")
    lrs = [lr for lr in comparison.lrs if math.isfinite(lr)]
    if comparison.watched and not comparison.follows_gradients:
        lrs = []  # of other moves, or of another loss: this table's limit is not theirs
    if bowl and lrs and max(lrs) > bowl.largest_stable_lr:
        limit = short(bowl.largest_stable_lr, 4)
        yield _remark(
            f"lr {short(max(lrs), 4)} is above {limit}, the largest that is stable on these data: "
            "past it, each step overshoots by more than it corrects."
        )
    if comparison.watched:
        for text in watched_remarks(run, comparison):
            yield _remark(in_own_names(text, run))
    elif comparison.lr_inferred and lrs:
        yield _remark(f"The lr is not known; {short(comparison.lrs[-1], 4)} fits the moves best.")
    if run.epochs != len(run.steps):
        yield _remark(f"{len(run.steps)} of the {run.epochs} steps were kept.")


def _mistake(entry: Misconception) -> Line:
    return Line(
        symbol="✗",
        text=f"This looks like: {entry.name} ({entry.id}). {entry.hint} More: %gd_hint {entry.id}",
    )


def _misreading(entry: Misconception) -> Line:
    # The picture beside it has a log axis already.
    hint = entry.more if entry.id == "RK107" else entry.hint
    return _remark(f"Easily misread: {entry.name} ({entry.id}). {hint} More: %gd_hint {entry.id}")


def _remark(text: str) -> Line:
    return Line(symbol="!", text=text)


def _count(steps: int) -> str:
    return "1 step" if steps == 1 else f"{steps} steps"
