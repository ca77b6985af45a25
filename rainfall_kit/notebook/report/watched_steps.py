"""Five steps of a watched cell in a report: each mark stands at the step that is wrong, and at no later one.

A wrong loss makes wrong gradients, and these a wrong move. What hooks saw tells them apart: which
gradient backward found, what ``.grad`` held, and whether the move was -lr times that.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from rainfall_kit.checks.diagnosis.gradient_check import gathering
from rainfall_kit.checks.diagnosis.update_rules import is_penalty
from rainfall_kit.figures.document import Line, Part
from rainfall_kit.figures.number_format import short
from rainfall_kit.notebook.report.five_steps import (
    fits_data,
    formula,
    grads,
    in_own_names,
    partials,
    predict_line,
    where,
)
from rainfall_kit.notebook.report.watched_moves import (
    SAME,
    in_every_step,
    move_lines,
    unreached_param,
)
from rainfall_kit.records.run import MAXIMIZED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.checks.diagnosis.gradient_check import Comparison
    from rainfall_kit.records.run import Run, Seen


def watched_steps(run: Run, comparison: Comparison) -> tuple[Part, ...]:
    """The five steps of a run whose cell was watched."""
    seen = [step.seen for step in run if step.seen is not None]
    w, b, *_ = run.variables or ("w", "b")
    parts = (
        ("Predict", _predict_lines(run, comparison, seen[0])),
        ("Compute the loss", _loss_lines(run, comparison, seen)),
        ("Compute the gradients", _gradient_lines(run, comparison, seen)),
        (f"Move {w} and {b} against them", move_lines(run, comparison, seen)),
        ("Reset the gradients", _reset_lines(run, seen)),
    )
    return tuple(
        Part(
            name=name,
            lines=tuple(
                Line(symbol=line.symbol, text=in_own_names(line.text, run)) for line in lines
            ),
        )
        for name, lines in parts
    )


def watched_remarks(run: Run, comparison: Comparison) -> Iterator[str]:
    """Statements on what a cell did beside the five steps: several updates, another optimiser, an lr of its own."""
    seen = [step.seen for step in run if step.seen is not None]
    most = max(of.updates for of in seen)
    if most > 1 and seen[0].in_parts:
        yield (
            f"This cell makes {most} updates each time it runs, each with some of the rows. That is no "
            "mistake: each move is held against the gradient that was there, and not against that of "
            "the whole table."
        )
    elif most > 1:
        yield (
            f"This cell makes {most} updates each time it runs. To see each of them, write the lines of "
            f"one update, without the loop around them, and type %%gd_step --epochs {most}."
        )
    elif comparison.why_not and seen[0].in_parts:
        yield (
            "The cell takes some of the rows at a time. That is no mistake: its loss and its gradients "
            "are those of the rows that it took, and not held against those of the whole table."
        )
    rules = [of.optimiser for of in seen if of.optimiser]
    if rules and False in (*comparison.w_follows, *comparison.b_follows):
        yield (
            f"{rules[0]} moved w and b. Its moves are other ones than −lr·gradient, so they are not held "
            "against it."
        )
    if comparison.rule:
        yield f"The moves look like {comparison.rule}. That is no mistake in a step of that kind."
    if any(of.unseen for of in seen):
        yield (
            "A function with a loop in it made w and b anew, and what it did on the way could not be "
            "seen. To see it, write one update under %%gd_step, with --epochs for how many."
        )
    if any(gathering(run)):
        yield (
            "Some steps moved nothing and left their gradients for a later one to add to: steps that "
            "gather gradients are no mistake, and only the others are compared."
        )
    again = [name for name in ("w", "b") if any(name in of.re_made for of in seen)]
    if again:
        yield (
            f"The cell gives {' and '.join(again)} new values before it computes a gradient, so every "
            "run of it starts anew. Try: those lines in a cell above"
        )
    yield from _lr_remarks(run, seen)


def _lr_remarks(run: Run, seen: list[Seen]) -> Iterator[str]:
    moved = [step for step in run if step.seen is not None and step.seen.updates]
    sources = {of.lr_from for of in seen if of.updates}
    told = None if run.told_lr is None else short(run.told_lr, 4)
    if told is not None and sources == {"option"}:
        yield f"The lines do not use the name lr, so --lr {told} changed nothing in them."
    elif told is not None and moved and all(step.lr not in (None, run.told_lr) for step in moved):
        lr = short(moved[0].lr or 0.0, 4)
        yield f"The lines moved w and b with their own lr {lr}, so --lr {told} changed nothing."
    elif sources == {""}:
        times = {of.times_w for of in seen} | {of.times_b for of in seen}
        if None not in times:
            sizes = [times_ for times_ in times if times_ is not None]
            if max(sizes) > 0 and max(sizes) - min(sizes) <= SAME * max(sizes):
                whole = abs(max(sizes) - 1) <= SAME
                yield (
                    "No lr was found in the lines: w and b moved by the whole gradient, as with an lr "
                    "of 1."
                    if whole
                    else "No lr was found in the lines, so the moves are held against no lr; they are "
                    f"−{short(max(sizes), 4)} times the gradients."
                )


def _predict_lines(run: Run, comparison: Comparison, first: Seen) -> Iterator[Line]:
    yield predict_line(run)
    by_right = comparison.found_equal[:1] == (
        True,
    )  # a name that was used for something else since
    if first.preds_right is False and not first.changed and not by_right:
        yield Line(
            symbol=_cross(first),
            text=f"preds in the cell was something other than {formula(run)}{_uses(first)}",
        )


def _loss_lines(run: Run, comparison: Comparison, seen: list[Seen]) -> Iterator[Line]:
    step, first = run.steps[0], seen[0]
    at = "" if len(run) == 1 else " at the start"
    what = "mean squared error" if fits_data(run) else "the cell's own loss"
    known = not math.isnan(step.loss)
    yield Line(text=f"{what}{at}: {short(step.loss) if known else 'not known'}")
    since = _loss_is_wrong_since(comparison, seen)
    wrong = since is not None
    other = next(
        (s for s in run if s.body_loss is not None and not _near(s.loss, s.body_loss, comparison)),
        None,
    )
    # The cell's own loss says it, where it is at hand.
    if wrong and other is not None and first.updates <= 1 and not _is_penalised(run, comparison):
        pass
    elif wrong and not _is_penalised(run, comparison):
        times = comparison.found_times
        like = f"{short(times, 3)} times those of" if times and times > 0 else "not those of"
        symbol = "" if first.preds_right is False else _cross(first)
        later = "" if not since else f" from step {comparison.numbers[since]} on"
        yield Line(
            symbol=symbol,
            text=f"the gradients that backward found were {like} the mean squared error of "
            f"{formula(run)}{later}" + (_uses(first) if symbol else ", as preds was not that"),
        )
    elif wrong:
        yield Line(
            symbol="!", text="the loss has a penalty on w in it, beside the mean squared error"
        )
    if other is not None and other.body_loss is not None and run.quadratic is not None:
        held = (
            f"the name loss held {short(other.body_loss)} in step {other.number}, "
            f"where the mean squared error was {short(other.loss)}"
        )
        if math.isclose(other.body_loss**2, other.loss, rel_tol=1e-5):
            held += ", whose root that is"
        # Of several updates, each has a loss of its own, and this is the first one's or a batch's.
        is_one = first.updates <= 1 and first.backwards <= 1 and not first.in_parts
        sure = not _is_known_right(comparison) and is_one
        if (
            sure
            and MAXIMIZED in first.optimiser
            and _near(-other.loss, other.body_loss, comparison)
        ):
            yield Line(
                text=f"the cell's own loss was {short(other.body_loss)}, the mean squared error with its "
                f"sign turned round: with {MAXIMIZED} the optimiser raises it"
            )
        elif sure:
            own = held.replace("the name loss held", "the cell's own loss was")
            blamed = first.preds_right is False or _is_penalised(run, comparison)
            yield Line(symbol="" if blamed else _cross(first), text=own + _uses(first))
        elif _is_known_right(comparison) and not any(gathering(run)):
            yield Line(text=f"{held}; backward went through the mean squared error all the same")
    elif first.loss_bound == "after":
        yield Line(
            text="the cell binds loss after the move: computed there, it is the loss of the moved w and b"
        )


def _cross(first: Seen) -> str:
    """The mark of another loss or prediction: no mistake for sure where other data go into it."""
    return "!" if first.beside else "✗"


def _uses(first: Seen) -> str:
    return f"; the cell uses {' and '.join(first.beside)}, too" if first.beside else ""


def _loss_is_wrong_since(comparison: Comparison, seen: list[Seen]) -> int | None:
    """The first step whose one backward found something other than the right gradient, counted from 0.

    And whose ``.grad`` did not hold the right one all the same, gathered from several; None without.
    """
    held = comparison.held_equal or (None,) * len(seen)
    of_steps = zip(comparison.found_equal, held, seen, strict=False)
    wrong = [
        found is False and whole is not True and of.backwards == 1 for found, whole, of in of_steps
    ]
    # From there on, to the last: in a single step something else may have been the matter.
    since = next((i for i, is_wrong in enumerate(wrong) if is_wrong), None)
    return since if since is not None and wrong[-1] else None


def _is_known_right(comparison: Comparison) -> bool:
    found, held = comparison.found_equal, comparison.held_equal
    return (True in found and False not in found) or (True in held and False not in held)


def _is_penalised(run: Run, comparison: Comparison) -> bool:
    """True if the gradient of b is right and that of w is off along w itself: weight decay in the loss."""
    first = run.steps[0]
    if comparison.moves is None or first.seen is None or first.seen.found_w is None:
        return False
    if comparison.found_equal[:1] != (False,):
        return False
    return is_penalty(
        comparison.moves.gradients[0], comparison.moves.gradient_error[0], first.seen, first.w
    )


def _gradient_lines(run: Run, comparison: Comparison, seen: list[Seen]) -> Iterator[Line]:
    step, first = run.steps[0], seen[0]
    at = "" if len(run) == 1 else " in the first step"
    if first.backwards == 0:
        yield Line(
            text="backward reached neither w nor b: it was not called in this cell, or not on something "
            "that was computed from them"
        )
        return
    unreached = unreached_param(run)
    if unreached:
        yield Line(
            symbol="" if first.preds_right is False else "✗",
            text=f"{unreached}.grad stayed empty: {unreached} took no part in the loss, or autograd does "
            "not watch it",
        )
    if step.grad_w is None and step.grad_b is None:
        yield Line(text="autograd found gradients and stored none in w.grad and b.grad")
        return
    held = {"w": comparison.grad_w_equal[:1], "b": comparison.grad_b_equal[:1]}
    fresh = [name for name, verdict in held.items() if verdict == (True,)]
    other = [name for name, verdict in held.items() if verdict == (False,)]
    if fresh:
        yield Line(symbol="✓", text=f"{grads(fresh)} held {partials(fresh)}{at}")
    if other and comparison.found_equal[:1] == (True,):
        if first.backwards > 1:
            times = comparison.held_times
            size = f"{short(times, 3)} times " if times else "something other than "
            yield Line(
                symbol="✗",
                text=f"{grads(other)} held {size}{partials(other)}{at}: backward ran "
                f"{first.backwards} times before the move, and gradients add up",
            )
        else:
            yield Line(symbol="✓", text=f"backward found {partials(other)}{at}")
            if not first.stale:
                yield Line(
                    symbol="!",
                    text=f"{grads(other)} held something else at the move: changed in between, as "
                    "clipping does",
                )
    elif other and first.backwards > 1 and first.updates <= 1:
        yield Line(
            symbol="✗",
            text=f"{grads(other)} held something other than {partials(other)}{at}, after "
            f"{first.backwards} backward calls",
        )
    elif not fresh:
        calls = "" if first.backwards == 1 else f", {first.backwards} times"
        filled = [name for name in ("w", "b") if name != unreached]
        yield Line(text=f"backward filled in {grads(filled)}{calls}")


def _reset_lines(run: Run, seen: list[Seen]) -> Iterator[Line]:
    numbers = [step.number for step in run]
    zeroed = [name for name in ("w", "b") if any(name in of.zeroed_before for of in seen)]
    if zeroed:
        were = "was" if len(zeroed) == 1 else "were"
        yield Line(
            symbol="✗",
            text=f"{grads(zeroed)} {were} reset after backward and before the move{in_every_step(run)}",
        )
    first = [name for name in ("w", "b") if name in seen[0].stale]
    if first and numbers[0] == 1:
        held = "held" if len(first) == 1 else "both held"
        yield Line(
            symbol="!",
            text=f"{grads(first)} {held} a gradient from before this cell, and backward adds to it. "
            "Try: %gd_reset, or reset them in a cell above",
        )
    # Where the step before only gathered gradients, what it left is meant to be added to.
    follows_idle = [False, *gathering(run)[:-1]]
    later = [
        (n, of)
        for n, of, gathered in zip(numbers, seen, follows_idle, strict=True)
        if of.backwards and n > 1 and not gathered
    ]
    inside = [name for name in ("w", "b") if any(name in of.piled_up for of in seen)]
    piled = [name for name in ("w", "b") if any(name in of.stale for _, of in later)]
    if inside:
        yield Line(
            symbol="✗",
            text=f"{grads(inside)} held an older gradient, too, at later updates of the same cell",
        )
    for name in piled:
        place = where([n for n, _ in later], [name not in of.stale for _, of in later])
        yield Line(symbol="✗", text=f"{name}.grad held an older gradient beside the new one{place}")
    fine = [name for name in ("w", "b") if name not in inside and name not in piled]
    if fine and later:
        yield Line(symbol="✓", text=f"{grads(fine)} held no older gradient in any later step")
    elif fine and seen[0].updates > 1 and seen[0].backwards > 1:
        yield Line(symbol="✓", text=f"{grads(fine)} held no older gradient at any later update")
    elif not inside and not piled:
        yield Line(
            text="whether they were reset shows from the second step on: one step cannot tell. "
            "Try: %%gd_step --epochs 2"
            if len(run) == 1
            else "not compared"
        )


def _near(loss: float, other: float, comparison: Comparison) -> bool:
    # Rounding moves a loss by far less than a hundredth, another formula by more; near 0 it does not.
    allowed = comparison.loss_error
    return math.isclose(loss, other, rel_tol=0.01, abs_tol=allowed) or not (
        math.isfinite(loss) and math.isfinite(other)
    )
