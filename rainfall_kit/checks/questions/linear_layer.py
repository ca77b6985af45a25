"""Linear layer of a case: PyTorch's own, with the weights and offsets that the case gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from rainfall_kit.checks.observations import Case


def linear_layer(case: Case) -> torch.nn.Linear:
    """A layer that holds copies of the case's w and b, in its dtype."""
    import torch

    w, b = case.tensors("w", "b")
    layer = torch.nn.Linear(w.shape[1], w.shape[0], dtype=w.dtype)
    layer.load_state_dict({"weight": w, "bias": b})
    return layer
