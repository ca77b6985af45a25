"""Steps that a recorder kept, with tensors, and the records that they become when all is over."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import torch

from rainfall_kit.notebook.recording.lr_sources import number_of
from rainfall_kit.notebook.recording.seen_step import matrices, matrix, seen_in, vector, vectors
from rainfall_kit.notebook.recording.step_reading import Watched, cast_from, moves_fit, read_both
from rainfall_kit.notebook.recording.unwatched import UnwatchedStep
from rainfall_kit.records.run import Matrix, Seen, Step, Vector

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rainfall_kit.notebook.recording.lr_sources import LrSources
    from rainfall_kit.notebook.recording.step_reading import Reading
    from rainfall_kit.notebook.recording.watch import Values
    from rainfall_kit.quadratic.bowl import Bowl

_CAST_STEPS = 2


class Kept(NamedTuple):
    """A watched step as it is recorded, with tensors; each pair is for w and b.

    The readings are there where the step was read at once.
    """

    number: int
    before: tuple[torch.Tensor, torch.Tensor]
    after: tuple[torch.Tensor, torch.Tensor]
    watched: tuple[Watched, Watched]
    lr: float | None
    body_loss: torch.Tensor | float | None
    loss_bound: str
    changed: tuple[str, ...]
    preds_right: bool | None
    in_parts: bool
    beside: tuple[str, ...]
    vain_optimiser: str = ""
    readings: tuple[Reading, Reading] | None = None


def steps_of(
    kept: Sequence[Kept | UnwatchedStep],
    places: list[tuple[Matrix, Vector]],
    losses: list[float],
    *,
    bowl: Bowl | None,
    sources: LrSources | None,
    told_lr: float | None,
) -> tuple[Step, ...]:
    """The records of the steps.

    Args:
        kept: the steps.
        places: w and b before each of them, and at last after them.
        losses: at these places.
        bowl: of the data; None without.
        sources: of an lr in the lines; None for steps without lines of the student's.
        told_lr: the lr that was given beside the lines; None without.
    """
    begins = [*(step.before for step in kept), None]
    as_expected = iter(_read(kept))
    steps = []
    for i, step in enumerate(kept):
        # Where the next step was kept, too, its numbers are there already.
        after = places[i + 1] if step.after is begins[i + 1] else plain(step.after)
        if isinstance(step, UnwatchedStep):
            usual = next(as_expected) if step.as_expected else None
            if usual is not None and not (step.lr_is_sure or (usual.fits_w and usual.fits_b)):
                usual = None  # by another lr, maybe
            steps.append(_unwatched(step, losses[i], (places[i], after), usual))
        else:
            steps.append(_step(step, losses[i], (places[i], after), bowl, sources, told_lr))
    return tuple(steps)


class _Usual(NamedTuple):
    """Reading of an unwatched step that went as expected.

    Attributes:
        found_w: the gradient that backward found for w.
        found_b: the same for b.
        fits_w: whether w moved by -lr times that.
        fits_b: the same for b.
    """

    found_w: Matrix
    found_b: Vector
    fits_w: bool
    fits_b: bool


def _read(kept: Sequence[Kept | UnwatchedStep]) -> list[_Usual]:
    """The readings of the unwatched steps that went as expected, all at once."""
    steps = [step for step in kept if isinstance(step, UnwatchedStep) and step.as_expected]
    lrs = np.array([step.lr for step in steps], dtype=np.float64)
    found: list[list[torch.Tensor]] = [[], []]
    fits: list[list[bool]] = []
    for which in (0, 1):
        gradients = [step.found[which] for step in steps]
        found[which] = [gradient for gradient in gradients if gradient is not None]  # all of them
        before, after = (
            [step.before[which] for step in steps],
            [step.after[which] for step in steps],
        )
        fits.append(moves_fit(before, after, found[which], lrs))
    together = zip(matrices(found[0]), vectors(found[1]), *fits, strict=True)
    return [_Usual(*of_step) for of_step in together]


def _unwatched(
    kept: UnwatchedStep,
    loss: float,
    places: tuple[tuple[Matrix, Vector], tuple[Matrix, Vector]],
    usual: _Usual | None,
) -> Step:
    """The record of an unwatched step: that of a usual one, where its values and versions say so."""
    (w, b), (w_after, b_after) = places
    if usual is None:
        found_w, found_b = kept.found
        seen = Seen(
            backwards=kept.backwards,
            changed=kept.changed,
            found_w=None if found_w is None else matrix(found_w),
            found_b=None if found_b is None else vector(found_b),
            unlike=True,
        )
        return Step(
            number=kept.number,
            lr=kept.lr,
            loss=loss,
            w=w,
            b=b,
            w_after=w_after,
            b_after=b_after,
            seen=seen,
        )
    # Where the move is no such multiple, it is left to be compared with the data's own gradient.
    seen = Seen(
        backwards=1,
        updates=1,
        lr_from=kept.lr_from,
        loss_bound="" if kept.body_loss is None else "before",
        follows_w=usual.fits_w or None,
        follows_b=usual.fits_b or None,
        times_w=kept.lr if usual.fits_w else None,
        times_b=kept.lr if usual.fits_b else None,
        found_w=usual.found_w,
        found_b=usual.found_b,
    )
    return Step(
        number=kept.number,
        lr=kept.lr,
        loss=loss,
        w=w,
        b=b,
        w_after=w_after,
        b_after=b_after,
        grad_w=usual.found_w,
        grad_b=usual.found_b,
        body_loss=kept.body_loss,
        seen=seen,
    )


def _step(
    kept: Kept,
    loss: float,
    places: tuple[tuple[Matrix, Vector], tuple[Matrix, Vector]],
    bowl: Bowl | None,
    sources: LrSources | None,
    told_lr: float | None,
) -> Step:
    (w, b), (w_after, b_after) = places
    of_w, of_b = kept.watched
    seen, lr, held_w, held_b = None, kept.lr, of_w.held, of_b.held
    if sources is not None:
        # Only a step without backward goes by a formula of its own.
        found_any = of_w.backwards or of_b.backwards
        slopes = (None, None) if found_any else _slopes(bowl, w, b)
        readings = kept.readings or read_both(kept.watched, sources, told_lr, slopes)
        seen = seen_in(
            kept.watched,
            readings,
            loops=sources.loops,
            changed=kept.changed,
            loss_bound=kept.loss_bound,
            preds_right=kept.preds_right,
            in_parts=kept.in_parts,
            beside=kept.beside,
            vain_optimiser=kept.vain_optimiser,
        )
        if seen.updates == 1:  # what the move went by, which may have been clipped or older
            held_w, held_b = (
                held if found.held is None else found.held
                for held, found in zip((held_w, held_b), readings, strict=True)
            )
        moved = [found.lr for found in readings if found.updates]
        lr = moved[0] if moved else lr if sources.reads_lr else told_lr
    return Step(
        number=kept.number,
        lr=lr,
        loss=loss,
        w=w,
        b=b,
        w_after=w_after,
        b_after=b_after,
        grad_w=None if held_w is None else matrix(held_w),
        grad_b=None if held_b is None else vector(held_b),
        body_loss=number_of(kept.body_loss),
        seen=seen,
    )


def losses_at(bowl: Bowl | None, places: list[tuple[Matrix, Vector]]) -> list[float] | None:
    """The mean squared error at each place; None where no table of data fits the parameters."""
    if bowl is None or not all(_fit(bowl, w, b) for w, b in places):
        return None
    ws, bs = zip(*places, strict=True)
    losses: list[float] = bowl.losses_at(np.array(ws), np.array(bs)).tolist()
    return losses


def _slopes(bowl: Bowl | None, w: Matrix, b: Vector) -> tuple[Any, Any]:
    """∂loss/∂w and ∂loss/∂b by the data, for steps that asked autograd for none."""
    if bowl is None or not _fit(bowl, w, b):
        return None, None
    with np.errstate(over="ignore", invalid="ignore"):
        grad_w, grad_b = bowl.gradient(np.array(w), np.array(b))
    return grad_w, grad_b


def _fit(bowl: Bowl, w: Matrix, b: Vector) -> bool:
    k, d = bowl.n_crops, bowl.n_inputs
    return len(b) == k and len(w) == k and len(w[0]) == d


def coarsest_dtype(
    params: tuple[torch.Tensor, torch.Tensor], kept: Sequence[Kept | UnwatchedStep]
) -> str:
    """Name of the dtype that rounded most: of w and b, of their gradients or of the cell's own loss.

    What the inputs and targets had does not count: their numbers are exact, and torch computes in the
    wider dtype of what it multiplies or subtracts.
    """
    took_part = {param.dtype for param in params}
    for number, step in enumerate(kept):
        if isinstance(step, UnwatchedStep):  # of the tensors that the watched one before it had
            continue
        of_step = [*step.before, *step.after, step.body_loss]
        for seen in step.watched:
            of_step += [seen.held, seen.found]
            # The same lines cast in every step.
            cast = (
                cast_from(seen.found) if number < _CAST_STEPS and seen.found is not None else None
            )
            if cast is not None:
                took_part.add(cast)
        took_part |= {value.dtype for value in of_step if isinstance(value, torch.Tensor)}
    whole = [param.dtype for param in params if not param.is_floating_point()]
    floats = [dtype for dtype in took_part if dtype.is_floating_point]
    # Parameters of whole numbers cannot be compared at all, which the report says by their dtype.
    coarsest = whole[0] if whole else max(floats, key=lambda dtype: torch.finfo(dtype).eps)
    return str(coarsest).removeprefix("torch.")


def places_of(
    kept: Sequence[Kept | UnwatchedStep], now: tuple[Values, Values]
) -> list[tuple[Matrix, Vector]]:
    """W and b before each step, and at last as they are now."""
    of_w, of_b = ([*(step.before[which] for step in kept), now[which]] for which in (0, 1))
    return list(zip(matrices(of_w), vectors(of_b), strict=True))


def plain(params: tuple[Values, Values]) -> tuple[Matrix, Vector]:
    """W and b as records have them."""
    return matrix(params[0]), vector(params[1])
