"""The steps that an answer takes, as PyTorch's hooks on w and b see them.

A hook is called when backward has found a gradient. So the fresh gradient can be told from what
`.grad` then holds, and what a parameter did next can be held against both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from rainfall_kit.checks.notes import Notes

__all__ = ["Footsteps"]


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
        >>> steps, notes = Footsteps(), Notes()
        >>> steps.follow(w=w)
        >>> (w * w).sum().backward()
        >>> with torch.no_grad():
        ...     w += 0.5 * w.grad
        >>> steps.note(notes, lr=0.5, w=w)
        >>> [(sign.name, sign.kind) for sign in notes.signs]
        [('how w moves', 'uphill'), ('w.grad piles up', 'truth')]
    """

    def __init__(self) -> None:
        self._tracks: dict[str, _Track] = {}
        self._followed: list[torch.Tensor] = []

    def follow(self, **params: torch.Tensor) -> None:
        """Watch these tensors from now on; those that are watched already stay so."""
        for name, param in params.items():
            if any(param is each for each in self._followed):
                continue
            self._followed.append(param)
            track = self._tracks.setdefault(name, _Track())
            if param.requires_grad and param.is_leaf:
                _hook(param, track)

    def note(self, notes: Notes, *, lr: float, **ends: torch.Tensor) -> None:
        """Note as signs how each parameter moved, and whether its gradients piled up."""
        for name, end in ends.items():
            track = self._tracks.get(name, _Track())
            notes.word(f"how {name} moves", _moves(track, end, lr))
            piles = any(map(_differ, track.held, track.fresh))
            notes.sign(f"{name}.grad piles up", piles)


def _hook(param: torch.Tensor, track: _Track) -> None:
    def found(grad: torch.Tensor) -> None:
        track.at.append(param.detach().clone())
        track.fresh.append(grad.detach().clone())

    def stored(same: torch.Tensor) -> None:
        if same.grad is not None:
            track.held.append(same.grad.detach().clone())

    param.register_hook(found)
    param.register_post_accumulate_grad_hook(stored)


def _moves(track: _Track, end: torch.Tensor, lr: float) -> str:
    """How the parameter moved at every step, in a word; empty where steps differ or none was seen."""
    grads = track.held or track.fresh  # torch.autograd.grad stores nothing
    if not track.at or len(grads) != len(track.at) or end.shape != track.at[0].shape:
        return ""
    ways = [
        {word for word, move in _ways(start, grad, lr) if not _differ(after - start, move)}
        for start, after, grad in zip(track.at, [*track.at[1:], end.detach()], grads, strict=True)
    ]
    common = set.intersection(*ways)
    return next((word for word, _ in _ways(end, end, lr) if word in common), "")


def _ways(
    start: torch.Tensor, grad: torch.Tensor, lr: float
) -> tuple[tuple[str, torch.Tensor], ...]:
    return (
        ("downhill", -lr * grad),
        ("nowhere", 0 * grad),
        ("uphill", lr * grad),
        ("by the whole gradient", -grad),
        ("towards 0", -lr * start),
    )


def _differ(one: torch.Tensor, other: torch.Tensor) -> bool:
    """Whether two tensors differ by more than rounding does."""
    if one.shape != other.shape:
        return True
    return bool((one - other).abs().max() > 1e-3 * other.abs().max() + 1e-5)
