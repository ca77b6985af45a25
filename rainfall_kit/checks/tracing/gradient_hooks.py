"""Gradient hooks: the steps that an answer takes, as PyTorch's hooks on w and b see them.

A hook is called when backward has found a gradient. So the fresh gradient can be told from what
`.grad` then holds, and what a parameter did next can be held against both.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rainfall_kit.checks.observations import read

if TYPE_CHECKING:
    import torch

    from rainfall_kit.checks.observations import Value
    from rainfall_kit.checks.tracing.trace import Trace
    from rainfall_kit.records.run import Vector


@dataclass
class _Track:
    """One parameter and its gradients at each backward: one row of numbers for each."""

    shape: tuple[int, ...] = ()
    at: list[Vector] = field(default_factory=list)
    fresh: list[Vector] = field(default_factory=list)
    held: list[Vector] = field(default_factory=list)


class GradientHooks:
    """Follows w and b while an answer runs.

    Example:
        >>> import torch
        >>> from rainfall_kit.checks.tracing.trace import Trace
        >>> w = torch.tensor([1.0], requires_grad=True)
        >>> trace = Trace()
        >>> steps = GradientHooks(trace)
        >>> steps.follow(w=w)
        >>> (w * w).sum().backward()
        >>> with torch.no_grad():
        ...     w += 0.5 * w.grad
        >>> steps.note(lr=0.5, w=w)
        >>> [(sign.name, sign.kind) for sign in trace.signs]
        [('how w moves', 'uphill'), ('w.grad piles up', 'truth')]
    """

    def __init__(self, trace: Trace) -> None:
        self._trace = trace
        self._tracks: dict[str, _Track] = {}
        self._followed: list[torch.Tensor] = []

    def follow(self, **params: torch.Tensor) -> None:
        """Watch these tensors from now on; those that are watched already stay so."""
        for name, param in params.items():
            if not self._trace.listening or any(param is known for known in self._followed):
                continue
            self._followed.append(param)
            track = self._tracks.setdefault(name, _Track(shape=tuple(param.shape)))
            if param.requires_grad and param.is_leaf:
                _hook(param, track)

    def note(self, *, lr: float, **ends: torch.Tensor) -> None:
        """Note as signs how each parameter moved, and whether its gradients piled up."""
        for name, end in ends.items() if self._trace.listening else ():
            track = self._tracks.get(name, _Track())
            with np.errstate(invalid="ignore", over="ignore"):
                word = _moves(track, read(name, end), lr)
                piles = len(track.held) == len(track.fresh) and _differ(track.held, track.fresh)
            self._trace.word(f"how {name} moves", word)
            self._trace.sign(f"{name}.grad piles up", piles)


def _hook(param: torch.Tensor, track: _Track) -> None:
    def found(grad: torch.Tensor) -> None:
        track.at.append(read("", param).numbers)
        track.fresh.append(read("", grad).numbers)

    def stored(same: torch.Tensor) -> None:
        if same.grad is not None:
            track.held.append(read("", same.grad).numbers)

    param.register_hook(found)
    param.register_post_accumulate_grad_hook(stored)


def _moves(track: _Track, end: Value, lr: float) -> str:
    """A word for the parameter's move at every step; empty where steps differ or none was seen."""
    grads = track.held or track.fresh  # torch.autograd.grad stores nothing
    if not track.at or len(grads) != len(track.at) or end.shape != track.shape:
        return ""
    places, slopes = np.array([*track.at, end.numbers]), np.array(grads)  # (steps, elements)
    start, moved = places[:-1], np.diff(places, axis=0)
    ways = (
        ("downhill", -lr, slopes),
        ("nowhere", 0, slopes),
        ("uphill", lr, slopes),
        ("by the whole gradient", -1, slopes),
        ("towards 0", -lr, start),
    )
    fits = (word for word, factor, along in ways if not _differ(moved, factor * along))
    return next(fits, "")


def _differ(one: npt.ArrayLike, other: npt.ArrayLike) -> bool:
    """True if two rows differ by more than rounding does, at any step."""
    first, second = np.atleast_2d(one, other)
    far = np.abs(first - second).max(axis=1, initial=0)
    return bool((far > 1e-3 * np.abs(second).max(axis=1, initial=0) + 1e-5).any())
