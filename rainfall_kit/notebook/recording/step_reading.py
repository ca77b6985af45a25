"""Reading of a watched step: the lr at the move, how many updates, and whether they follow ``.grad``.

A move can be held against -lr times the gradient that was there whatever the loss, the batch or the
data: so much is certain also where nothing can be compared with the whole table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import numpy.typing as npt
import torch

from rainfall_kit.notebook.recording.lr_sources import number_of, numbers_behind
from rainfall_kit.notebook.recording.watch import stacked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rainfall_kit.notebook.recording.lr_sources import LrSources
    from rainfall_kit.notebook.recording.watch import Move, Values, Watch

Floats = npt.NDArray[np.float64]

# That of float32: a forward pass may be cast down whatever the parameters' own dtype.
_EPS = 2.0**-23
# The last bits of a float32 that float16 has not, and of a float64 that float32 has not.
_BITS_OF_FLOAT32, _BITS_OF_FLOAT64 = 2**13 - 1, 2**29 - 1
# Of so many numbers that half precision holds too, chance would not make all.
_TELLING, _SMALL_WHOLE = 5, 256
_COARSER = {"torch.float16": 2.0**-10, "torch.bfloat16": 2.0**-7}


class Watched(NamedTuple):
    """One parameter in one step, as `Watch` saw it."""

    moves: tuple[Move, ...]
    total: int
    backwards: int
    found: torch.Tensor | None
    held: torch.Tensor | None
    stale: bool
    piled_up: bool
    numbers: tuple[object, ...]
    idle: bool = False

    @classmethod
    def of(cls, watch: Watch) -> Watched:
        """One parameter as its watch has seen it since the step began."""
        return cls(
            moves=tuple(watch.moves),
            total=watch.count,
            backwards=watch.backwards,
            found=watch.found,
            held=watch.held,
            stale=watch.stale,
            piled_up=watch.piled_up,
            numbers=watch.numbers,
            idle=watch.idle,
        )


class Reading(NamedTuple):
    """One parameter's moves in one step.

    Attributes:
        updates: how many backward calls were followed by a move.
        re_made: whether it was given other values before any gradient was found.
        lr: at the first move; None when it is not known.
        lr_from: where that was read.
        follows: whether each move was -lr times the gradient; None when there was no gradient, or no move.
        times: the multiple by which every move fell along the gradient; None when there is none.
        rule: the name of the optimiser that made the moves, where it does more than that.
        held: what ``.grad`` held at the first move; None without one.
        changed_after: whether it was changed once more, by something else, after such a move.
    """

    updates: int = 0
    re_made: bool = False
    lr: float | None = None
    lr_from: str = ""
    follows: bool | None = None
    times: float | None = None
    rule: str = ""
    held: torch.Tensor | None = None
    changed_after: bool = False


def read_both(
    watched: tuple[Watched, Watched],
    sources: LrSources,
    told: float | None,
    slopes: tuple[Floats | None, Floats | None] = (None, None),
) -> tuple[Reading, Reading]:
    """Read what w and b did in one step.

    Args:
        watched: both, by their watches.
        sources: of an lr in the lines.
        told: the lr that was given beside the lines; None without.
        slopes: the gradients by the data, for a step that asked autograd for none.
    """
    of_w, of_b = (
        read_moves(seen, sources, told, slope) for seen, slope in zip(watched, slopes, strict=True)
    )
    # A small move is told from others by no number of its own, but by that of the larger one.
    if of_w.follows and of_b.follows is False:
        of_b = read_moves(watched[1], sources, told, slopes[1], of_w)
    elif of_b.follows and of_w.follows is False:
        of_w = read_moves(watched[0], sources, told, slopes[0], of_b)
    return of_w, of_b


def read_moves(
    seen: Watched,
    sources: LrSources,
    told: float | None,
    slope: Floats | None,
    other: Reading | None = None,
) -> Reading:
    """Read what one parameter did in one step.

    Args:
        seen: by its watch.
        sources: of an lr in the lines.
        told: the lr that was given beside the lines; None without.
        slope: the gradient by the data, for a step that asked autograd for none.
        other: of the other parameter, whose lr may be this one's, too.
    """
    if (first := _moved_and_changed(seen, slope, sources)) is not None:
        return first
    moves = [_Fall.of(move, slope) for move in _together(seen.moves)]
    if len(moves) == 1 and (usual := _usual_reading(moves[0], seen, sources)) is not None:
        return usual
    set_anew = [fall for fall in moves if fall.move.backwards == 0 and not fall.is_along]
    if seen.backwards == 0:  # by a formula of the student's own, then
        set_anew = []
    real = [fall for fall in moves if not any(fall is other for other in set_anew)]
    if not real:
        return Reading(re_made=bool(set_anew))
    lrs = [_lr(fall, sources, told, other) for fall in real]
    known = [
        fall.fits(lr) if lr is not None else fall.is_along
        for fall, (lr, _) in zip(real, lrs, strict=True)
    ]
    times = real[0].times
    rules = {fall.move.rule.name for fall in real if fall.move.rule is not None}
    updates = len({fall.move.backwards for fall in real})
    return Reading(
        updates=max(updates, seen.backwards) if len(seen.moves) < seen.total else updates,
        re_made=bool(set_anew),
        lr=lrs[0][0] if len({lr for lr, _ in lrs}) == 1 else None,
        lr_from=lrs[0][1],
        follows=all(known) if all(fall.slope is not None for fall in real) else None,
        times=times if times is not None and all(fall.fits(times) for fall in real) else None,
        rule=next(iter(sorted(rules - {""})), ""),
        held=real[0].move.held if seen.held is not None else None,
    )


def _usual_reading(fall: _Fall, seen: Watched, sources: LrSources) -> Reading | None:
    """That of one move by the lr that the name stands for, which nearly all are; None for others."""
    move = fall.move
    lr = number_of(move.numbers[0]) if sources.reads_lr and move.numbers else None
    if lr is None or move.rule is not None or move.backwards == 0 or not fall.fits(lr):
        return None
    held = move.held if seen.held is not None else None
    return Reading(updates=1, lr=lr, lr_from="name", follows=True, times=lr, held=held)


def _moved_and_changed(seen: Watched, slope: Floats | None, sources: LrSources) -> Reading | None:
    """That of one move by the name's lr and of something else behind it, such as values put back; or None."""
    if len(seen.moves) < 2 or seen.backwards != 1 or seen.moves[0].backwards != 1:  # two moves
        return None
    usual = _usual_reading(_Fall.of(seen.moves[0], slope), seen, sources)
    whole = _Fall.of(_together(seen.moves)[0], slope)
    # twice the move, or a part of it, is a move by another lr
    if usual is None or whole.is_along:
        return None
    return usual._replace(changed_after=True)


def moves_fit(
    before: Sequence[Values],
    after: Sequence[Values],
    gradients: Sequence[torch.Tensor],
    lrs: Floats,
) -> list[bool]:
    """Of one parameter's moves, which were -lr times the gradient beside them, up to rounding.

    Args:
        before: the values; where not all have one shape, no move is said to fit.
        after: the values then.
        gradients: of each move.
        lrs: of each move.

    Example:
        >>> moves_fit([torch.ones(2)] * 2, [torch.zeros(2)] * 2, [torch.ones(2)] * 2, np.array([1, 2]))
        [True, False]
    """
    if not after:
        return []
    together = [stacked(values) for values in (before, after, gradients)]
    tables = [_array(values).reshape(len(after), -1) for values in together if values is not None]
    if len(tables) < len(together) or len({table.shape for table in tables}) > 1:
        return [False] * len(after)
    start, end, slope = tables
    eps = _COARSER.get(str(after[0].dtype), _EPS)
    with np.errstate(over="ignore", invalid="ignore"):
        right = lrs[:, None] * slope
        rounding = 2 * eps * np.maximum(np.abs(start), np.abs(end)) + 16 * eps * np.abs(right)
        fits = (np.abs(start - end - right) <= rounding) & np.isfinite(slope)
    found: list[bool] = np.all(fits, axis=1).tolist()
    return found


def _together(moves: Sequence[Move]) -> list[Move]:
    """The moves, those between two backward calls as one: by twice the gradient is not by it, twice."""
    merged: list[Move] = []
    for move in moves:
        if merged and merged[-1].backwards == move.backwards > 0:
            first = merged.pop()
            re_made = first.re_made or move.re_made
            merged.append(first._replace(after=move.after, re_made=re_made))
        else:
            merged.append(move)
    return merged


class _Fall(NamedTuple):
    """By how much a parameter fell in one move, and what the gradient was there."""

    move: Move
    made: Floats
    rounding: Floats
    slope: Floats | None
    eps: float

    @classmethod
    def of(cls, move: Move, slope: Floats | None) -> _Fall:
        before, after = _array(move.before), _array(move.after)
        if before.shape != after.shape:
            return cls(move, np.full(1, np.nan), np.zeros(1), None, _EPS)
        eps = _COARSER.get(str(move.after.dtype), _EPS)
        held = None if move.held is None else _array(move.held)
        if held is None and slope is not None:
            held = slope.reshape(-1)
        if held is not None and (held.shape != before.shape or not np.isfinite(held).all()):
            held = None
        with np.errstate(over="ignore", invalid="ignore"):
            rounding = 2 * eps * np.maximum(np.abs(before), np.abs(after))
            return cls(move, before - after, rounding, held, eps)

    @property
    def times(self) -> float | None:
        """The multiple of the gradient that fits best; None where there is nothing to fit."""
        if self.slope is None or not self.slope.any() or not np.isfinite(self.made).all():
            return None
        along = self.slope / np.abs(self.slope).max()
        return float((self.made * along).sum() / (along * self.slope).sum())

    @property
    def is_along(self) -> bool:
        """True if it fell along the gradient by some multiple above 0, up to rounding."""
        times = self.times
        return times is not None and times > 0 and self.fits(times)

    def fits(self, lr: float) -> bool:
        """True if it fell by so many times the gradient, up to rounding."""
        if self.slope is None:
            return False
        with np.errstate(over="ignore", invalid="ignore"):
            right = lr * self.slope
            return bool(
                (np.abs(self.made - right) <= self.rounding + 16 * self.eps * np.abs(right)).all()
            )

    def tells(self, lr: float) -> bool:
        """True if rounding leaves enough of such a fall to tell it from others."""
        if self.slope is None:
            return False
        return bool(np.abs(lr * self.slope).max() > 100 * self.rounding.max())


def _lr(
    fall: _Fall, sources: LrSources, told: float | None, other: Reading | None
) -> tuple[float | None, str]:
    """The lr at a move and where it was read: what explains the move, or else what the name lr was."""
    move = fall.move
    if move.rule is not None:
        return move.rule.lr, "optimiser"
    named = number_of(move.numbers[0]) if sources.reads_lr and move.numbers else None
    if named is not None and fall.fits(named):
        return named, "name"
    if other is not None and other.lr is not None and fall.fits(other.lr):
        return other.lr, other.lr_from
    written = [*_written(move.numbers, sources.constants)]
    for sign in (1, -1):  # a step uphill, too, has its lr in the lines
        for value in written:
            if value > 0 and fall.tells(value) and fall.fits(sign * value):
                return value, "number"
        # A factor of the student's own that shrinks the lr, as clipping, warming up or a schedule do.
        for value in _shares_of(named, move.numbers):
            if fall.tells(value) and fall.fits(sign * value):
                return value, "product"
    if named is not None:
        return named, "name"
    return (told, "option") if told is not None else (None, "")


def _written(numbers: Sequence[object], constants: Sequence[float]) -> Iterator[float]:
    for value in numbers:
        yield from numbers_behind(value)
    yield from constants
    yield from (1 / value for value in constants if value)


def _shares_of(lr: float | None, numbers: Sequence[object]) -> Iterator[float]:
    for value in numbers[1:] if lr is not None else ():  # behind the name lr itself
        yield from (lr * share for share in numbers_behind(value) if 0 < share < 1)  # type: ignore[operator]


def cast_from(found: torch.Tensor) -> torch.dtype | None:
    """The coarser dtype that a gradient was computed in and cast up from; None where there is no sign of one.

    Every number of it is then one that the coarser dtype holds. Small whole numbers are that by
    themselves and tell nothing.

    Example:
        >>> cast_from(torch.tensor([0.1, 0.3], dtype=torch.float32).double())
        torch.float32
        >>> cast_from(torch.tensor([0.1, 0.3])), cast_from(torch.tensor([2.0, 8.0]))
        (None, None)
    """
    if _uses_all_bits(found) or not found.is_floating_point() or not bool(found.isfinite().all()):
        return None
    eps = torch.finfo(found.dtype).eps
    for dtype in (torch.bfloat16, torch.float16, torch.float32):
        if torch.finfo(dtype).eps <= eps or not torch.equal(found.to(dtype).to(found.dtype), found):
            continue
        telling = int((found != found.round()).sum()) + int((found.abs() > _SMALL_WHOLE).sum())
        if telling >= (2 if dtype == torch.float32 else _TELLING):
            return dtype
    return None


def _uses_all_bits(found: torch.Tensor) -> bool:
    """True if some number has bits that no coarser dtype holds: nearly always, and told at once."""
    if found.dtype == torch.float32:
        return bool((found.detach().cpu().numpy().view(np.int32) & _BITS_OF_FLOAT32).any())
    if found.dtype == torch.float64:
        return bool((found.detach().cpu().numpy().view(np.int64) & _BITS_OF_FLOAT64).any())
    return False


def _array(values: Values) -> Floats:
    """(numel,) in float64."""
    if isinstance(values, np.ndarray):
        return np.asarray(values.reshape(-1), dtype=np.float64)
    flat = values.detach().reshape(-1).double().cpu().numpy()
    return np.asarray(flat, dtype=np.float64)
