"""The steps that an answer takes, as PyTorch's hooks on w and b see them.

A hook is called when backward has found a gradient. So the fresh gradient can be told from what
`.grad` then holds, and what a parameter did next can be held against both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    import torch

    from rainfall_kit.checks.notes import Notes

__all__ = ["Footsteps"]

Floats = npt.NDArray[np.float64]


@dataclass
class _Track:
    """What one parameter held at each backward."""

    at: list[torch.Tensor] = field(default_factory=list)
    fresh: list[torch.Tensor] = field(default_factory=list)
    held: list[torch.Tensor] = field(default_factory=list)


class Footsteps:
    """Follows w and b while an answer runs.

    Example:
        >>> import torch
        >>> from rainfall_kit.checks.notes import Notes
        >>> w = torch.tensor([1.0], requires_grad=True)
        >>> notes = Notes()
        >>> steps = Footsteps(notes)
        >>> steps.follow(w=w)
        >>> (w * w).sum().backward()
        >>> with torch.no_grad():
        ...     w += 0.5 * w.grad
        >>> steps.note(lr=0.5, w=w)
        >>> [(sign.name, sign.kind) for sign in notes.signs]
        [('how w moves', 'uphill'), ('w.grad piles up', 'truth')]
    """

    def __init__(self, notes: Notes) -> None:
        self._notes = notes
        self._tracks: dict[str, _Track] = {}
        self._followed: list[torch.Tensor] = []

    def follow(self, **params: torch.Tensor) -> None:
        """Watch these tensors from now on; those that are watched already stay so."""
        for name, param in params.items():
            if not self._notes.listening or any(param is each for each in self._followed):
                continue
            self._followed.append(param)
            track = self._tracks.setdefault(name, _Track())
            if param.requires_grad and param.is_leaf:
                _hook(param, track)

    def note(self, *, lr: float, **ends: torch.Tensor) -> None:
        """Note as signs how each parameter moved, and whether its gradients piled up."""
        for name, end in ends.items() if self._notes.listening else ():
            track = self._tracks.get(name, _Track())
            fresh, held = _stack(track.fresh), _stack(track.held)
            # torch.autograd.grad stores nothing
            slopes = held if track.held else fresh
            self._notes.word(f"how {name} moves", _moves(track.at, end, slopes, lr))
            piles = len(held) == len(fresh) and bool(_differ(held, fresh).any())
            self._notes.sign(f"{name}.grad piles up", piles)


def _hook(param: torch.Tensor, track: _Track) -> None:
    def found(grad: torch.Tensor) -> None:
        track.at.append(param.detach().clone())
        track.fresh.append(grad.detach().clone())

    def stored(same: torch.Tensor) -> None:
        if same.grad is not None:
            track.held.append(same.grad.detach().clone())

    param.register_hook(found)
    param.register_post_accumulate_grad_hook(stored)


def _moves(at: list[torch.Tensor], end: torch.Tensor, slopes: Floats, lr: float) -> str:
    """How the parameter moved at every step, in a word; empty where steps differ or none was seen."""
    if not at or len(slopes) != len(at) or end.shape != at[0].shape:
        return ""
    places = _stack([*at, end.detach()])
    start, moved = places[:-1], np.diff(places, axis=0)
    ways = (
        ("downhill", -lr, slopes),
        ("nowhere", 0, slopes),
        ("uphill", lr, slopes),
        ("by the whole gradient", -1, slopes),
        ("towards 0", -lr, start),
    )
    fits = (word for word, factor, along in ways if not _differ(moved, factor * along).any())
    return next(fits, "")


def _stack(tensors: list[torch.Tensor]) -> Floats:
    """One row for each step."""
    import torch

    if not tensors:
        return np.empty((0, 1))
    return torch.stack(tensors).flatten(1).cpu().double().numpy()  # (steps, elements)


def _differ(one: Floats, other: Floats) -> npt.NDArray[np.bool_]:
    """At which steps two tensors differ by more than rounding does."""
    with np.errstate(invalid="ignore", over="ignore"):
        far = np.abs(one - other).max(axis=1) > 1e-3 * np.abs(other).max(axis=1) + 1e-5
    return np.asarray(far)
