"""Record of what was seen of one step: counts, order and names, from the readings of w and b."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rainfall_kit.notebook.recording.watch import stacked
from rainfall_kit.records.run import MAXIMIZED, Matrix, Seen, Vector

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from rainfall_kit.notebook.recording.step_reading import Reading, Watched
    from rainfall_kit.notebook.recording.watch import Values


def seen_in(
    watched: tuple[Watched, Watched],
    readings: Sequence[Reading],
    *,
    loops: bool,
    changed: tuple[str, ...],
    loss_bound: str,
    preds_right: bool | None,
    in_parts: bool,
    beside: tuple[str, ...] = (),
    vain_optimiser: str = "",
) -> Seen:
    """A step as it was seen.

    Args:
        watched: of w and of b.
        readings: of their moves.
        loops: whether a function that the lines call has a loop in it.
        changed: the data that changed on the way.
        loss_bound: whether ``loss`` was bound before or after the move.
        preds_right: whether ``preds`` was inputs @ w.t() + b.
        in_parts: whether the lines take some of the rows at a time.
        beside: what else the lines read that their loss may depend on.
        vain_optimiser: why a step of an optimiser moved neither.
    """
    of_w, of_b = watched
    both = [("w", of_w, readings[0]), ("b", of_b, readings[1])]
    # A gradient that was found behind the move belongs to the next one.
    late = any(seen.moves and seen.moves[-1].backwards < seen.backwards for seen in watched)
    bound_anew = any(move.re_made for seen in watched for move in seen.moves)
    return Seen(
        backwards=max(of_w.backwards, of_b.backwards),
        updates=max(reading.updates for reading in readings),
        lr_from=next((reading.lr_from for reading in readings if reading.updates), ""),
        optimiser=next((reading.rule for reading in readings if reading.rule), ""),
        stale=tuple(name for name, seen, _ in both if seen.stale),
        piled_up=tuple(name for name, seen, _ in both if seen.piled_up),
        re_made=tuple(name for name, _, reading in both if reading.re_made),
        # In a function no look sees that a name is bound anew, again and again.
        unseen=loops and bound_anew and any(reading.follows is False for reading in readings),
        changed=changed,
        loss_bound=loss_bound,
        follows_w=readings[0].follows,
        follows_b=readings[1].follows,
        times_w=readings[0].times,
        times_b=readings[1].times,
        found_w=None if of_w.found is None or late else matrix(of_w.found),
        found_b=None if of_b.found is None or late else vector(of_b.found),
        preds_right=preds_right,
        in_parts=in_parts,
        beside=beside,
        zeroed_before=tuple(name for name, seen, _ in both if seen.idle),
        changed_after=tuple(name for name, _, reading in both if reading.changed_after),
        vain_optimiser=vain_optimiser,
    )


def rule_name(optimiser: Any, group: Mapping[str, Any]) -> str:
    """Name of an optimiser, with what it does beyond -lr·gradient; the empty text where that is all.

    Example:
        >>> import torch
        >>> sgd = torch.optim.SGD([torch.ones(1)], lr=0.1, momentum=0.9)
        >>> rule_name(sgd, sgd.param_groups[0])
        'torch.optim.SGD with momentum 0.9'
    """
    name = type(optimiser).__name__
    own = "torch.optim." if type(optimiser).__module__.startswith("torch.optim") else ""
    if name != "SGD" or not own:
        return f"{own}{name}"
    options = (("momentum", "momentum"), ("weight_decay", "weight decay"))
    more = [f"{words} {float(group[option]):g}" for option, words in options if group.get(option)]
    more += [MAXIMIZED] if group.get("maximize") else []
    return f"torch.optim.SGD with {' and '.join(more)}" if more else ""


def matrix(values: Values) -> Matrix:
    """Any shape as rows: what is not a matrix becomes one row."""
    rows = values if values.ndim == 2 else values.reshape(1, -1)
    return tuple([tuple(row) for row in rows.tolist()])


def vector(values: Values) -> Vector:
    """Any shape as one row of numbers."""
    return tuple(values.reshape(-1).tolist())


def matrices(values: Sequence[Values]) -> list[Matrix]:
    """Many by `matrix`; at once, where they are alike."""
    rows = stacked(values)
    if rows is None:
        return [matrix(of_step) for of_step in values]
    rows = rows if rows.ndim == 3 else rows.reshape(len(values), 1, -1)
    return [tuple([tuple(row) for row in of_step]) for of_step in rows.tolist()]


def vectors(values: Sequence[Values]) -> list[Vector]:
    """Many by `vector`; at once, where they are alike."""
    rows = stacked(values)
    if rows is None:
        return [vector(of_step) for of_step in values]
    return [tuple(row) for row in rows.reshape(len(values), -1).tolist()]
