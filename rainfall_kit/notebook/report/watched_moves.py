"""Moves of w and b in a watched cell in a report: each held against -lr times the gradient that was there."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from rainfall_kit.checks.diagnosis.gradient_check import left_open
from rainfall_kit.figures.document import Line
from rainfall_kit.figures.number_format import short
from rainfall_kit.notebook.report.five_steps import always_right, grads, in_all, where, wrong_move

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.checks.diagnosis.gradient_check import Comparison
    from rainfall_kit.records.run import Run, Seen

SAME = 1e-3  # two multiples that differ by less are one
# Of a move: slopes that are found by nudging are off by less.
_NEARLY = 1e-2


def move_lines(run: Run, comparison: Comparison, seen: list[Seen]) -> Iterator[Line]:
    """Lines of the fourth step, the move.

    Args:
        run: whose cell was watched.
        comparison: of its moves.
        seen: its steps as they were seen.
    """
    if all(step.w == step.w_after and step.b == step.b_after for step in run):
        reset = any(of.zeroed_before for of in seen)
        why = ": nothing was left in their gradients by then" if reset else _why_no_move(seen)
        yield Line(symbol="" if reset else "!", text=f"w and b did not move{why}")
        if comparison.why_not and not reset:
            yield Line(text=f"not compared with lr·gradient: {comparison.why_not}")
        return
    if comparison.why_not:
        yield Line(text=f"not compared with lr·∂loss/∂w and lr·∂loss/∂b: {comparison.why_not}")
    if comparison.rule:
        yield Line(
            text="not held against −lr·gradient, for the moves follow another rule: see above"
        )
        return
    if any(of.unseen for of in seen) or _has_other_rule(comparison, seen):
        return
    verdicts = {"w": comparison.w_moves, "b": comparison.b_moves}
    if unreached := unreached_param(run):
        verdicts.pop(unreached)  # where there is no gradient, no move is the right one
    still = [name for name in verdicts if _stood_still(run, name, seen)]
    zeroed = [name for name in still if any(name in of.zeroed_before for of in seen)]
    for name in [n for n in verdicts if False in verdicts[n] and _had_zeros(run, n, seen)]:
        del verdicts[name]  # what came before the move left it nothing to move by
        yield Line(text=f"{name} did not move: {name}.grad held nothing but zeros")
    right = [name for name in always_right(verdicts) if name not in still]
    by_loss = {"w": comparison.w_equal, "b": comparison.b_equal}
    exact = [name for name in right if True in by_loss[name] and False not in by_loss[name]]
    if exact and exact == right and all(step.lr is not None for step in run):
        rule = " and ".join(f"{name} − lr·∂loss/∂{name}" for name in right)
        yield Line(
            symbol="✓",
            text=f"{' and '.join(right)} moved to {rule}{in_all(run, by_loss[right[0]])}",
        )
    elif right:
        # Without an lr, the whole gradient is against the gradient, too, and hardly what was meant.
        whole = {of.lr_from for of in seen} == {""} and all(
            of.times_w is not None and abs(of.times_w - 1) <= SAME for of in seen
        )
        yield Line(symbol="" if whole else "✓", text=_followed(run, right, seen))
    for name in ("w", "b"):
        if name in zeroed:
            yield Line(text=f"{name} did not move: nothing was left in {name}.grad by then")
        elif name in still:
            yield Line(symbol="✗", text=f"{name} stayed where it was{in_every_step(run)}")
        elif False in verdicts.get(name, ()) and seen[0].updates > 1:
            yield Line(
                symbol="✗", text=f"a move of {name} was not −lr times what {name}.grad held then"
            )
        elif False in verdicts.get(name, ()) and _is_nearly_right(name, comparison, seen):
            rule = f"{name} − lr·∂loss/∂{name}"
            yield Line(
                text=f"{name} moved nearly to {rule}: less than a hundredth of the move is beside it"
            )
        elif False in verdicts.get(name, ()):
            place = where(comparison.numbers, verdicts[name])
            yield Line(symbol="✗", text=_wrong(run, name, seen, place))
    if not comparison.downhill and not any(False in found for found in verdicts.values()):
        lr = short(min(comparison.lrs), 4)
        yield Line(symbol="✗", text=f"lr is {lr}; a step goes down only with an lr above 0")
    verdicts_of_w = comparison.w_equal or (True,) * len(run)
    unjudged = [
        step.number
        for step, verdict, is_open in zip(run, verdicts_of_w, left_open(run), strict=True)
        if verdict is None and not is_open
    ]
    if unjudged:
        yield Line(
            symbol="!",
            text=f"from step {unjudged[0]} on, the numbers are past what {run.dtype} holds",
        )


def _why_no_move(seen: list[Seen]) -> str:
    """Words for an optimiser that moved nothing; the empty text where every step had none of the kind."""
    vain = {of.vain_optimiser for of in seen}
    if vain == {"other tensors"}:
        return ": the optimiser was made for other tensors, and moves those"
    if vain == {"no gradients"}:
        return ": the optimiser took its step while their gradients were empty"
    return ""


def _is_nearly_right(name: str, comparison: Comparison, seen: list[Seen]) -> bool:
    """True if slopes that backward did not find, as by nudging, made moves that are right but for a little."""
    moves = comparison.moves
    if moves is None or any(of.backwards for of in seen):
        return False
    part = np.s_[..., :-1] if name == "w" else np.s_[..., -1:]
    right = (moves.lr[:, None, None] * moves.gradients)[part]
    beside = np.abs(moves.made[part] - right)
    return bool((beside.max(axis=(1, 2)) < _NEARLY * np.abs(right).max(axis=(1, 2))).all())


def _followed(run: Run, right: list[str], seen: list[Seen]) -> str:
    """That moves were -lr times what ``.grad`` held, whatever that was."""
    who = " and ".join(right)
    known = all(step.lr is not None for step in run if step.seen is not None and step.seen.updates)
    if seen[0].updates > 1:
        each = f"each move of {who} was against what {grads(right)} held then"
        return each.replace("against", "−lr times") if known else each
    return (
        f"{who} moved by −lr times what {grads(right)} held{in_every_step(run)}"
        if known
        else f"{who} moved against what {grads(right)} held{in_every_step(run)}"
    )


def _wrong(run: Run, name: str, seen: list[Seen], place: str) -> str:
    """Words for what a param did instead of moving by -lr times its gradient."""
    times = [of.times_w if name == "w" else of.times_b for of in seen]
    lrs = {step.lr for step in run}
    same = None not in times and max(map(float, filter(None, times)), default=0.0) != 0
    sizes = [size for size in times if size is not None]
    if not same or max(sizes) - min(sizes) > SAME * max(map(abs, sizes)):
        return wrong_move(name, None, place)
    if None in lrs:
        if sizes[0] < 0:
            return f"{name} moved up, along its gradient, and not down against it{place}"
        return wrong_move(name, None, place)
    ratios = [size / step.lr for size, step in zip(sizes, run, strict=True) if step.lr]
    if not ratios or max(ratios) - min(ratios) > SAME * max(map(abs, ratios)):
        return wrong_move(name, None, place)
    return wrong_move(name, ratios[0], place)


def _has_other_rule(comparison: Comparison, seen: list[Seen]) -> bool:
    follows = (*comparison.w_follows, *comparison.b_follows)
    return any(of.optimiser for of in seen) and False in follows


def unreached_param(run: Run) -> str:
    """The one of w and b that no backward reached, while it reached the other; the empty text for none."""
    of_w, of_b = ({getattr(step, name) is None for step in run} for name in ("grad_w", "grad_b"))
    if of_w == {True} and True not in of_b:
        return "w"
    return "b" if of_b == {True} and True not in of_w else ""


def _stood_still(run: Run, name: str, seen: list[Seen]) -> bool:
    """True if a param never moved although backward found a gradient other than 0 for it."""
    if name == "w":
        moved = any(step.w != step.w_after for step in run)
        found = [of.found_w for of in seen]
        slopes = [value for rows in found if rows is not None for row in rows for value in row]
    else:
        moved = any(step.b != step.b_after for step in run)
        slopes = [value for row in (of.found_b for of in seen) if row is not None for value in row]
    changed = any(name in of.changed_after for of in seen)
    return not moved and not changed and any(slopes) and any(of.updates for of in seen)


def _had_zeros(run: Run, name: str, seen: list[Seen]) -> bool:
    """True if backward found nothing but zeros for a param, and it never moved."""
    if name == "w":
        rows = [of.found_w for of in seen]
        moved = any(step.w != step.w_after for step in run)
    else:
        rows = [None if of.found_b is None else (of.found_b,) for of in seen]
        moved = any(step.b != step.b_after for step in run)
    return not moved and not any(row is None or any(map(any, row)) for row in rows)


def in_every_step(run: Run) -> str:
    """Words for a run of several steps; the empty text for one step."""
    return "" if len(run) == 1 else " in every step"
