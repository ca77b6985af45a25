"""Start of a step: tensors of a case, with gradients that hold None or what an earlier step left."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import torch

    from rainfall_kit.checks.observations import Case


def start(case: Case) -> list[torch.Tensor]:
    """New inputs, targets, w and b; the gradients of w and b are zeros where the case says `reset`."""
    import torch

    inputs, targets, w, b = case.tensors("inputs", "targets", "w", "b")
    for param in (w, b):
        param.requires_grad_()
        if case.number("reset"):
            param.grad = torch.zeros_like(param)
    return [inputs, targets, w, b]


def uphill(param: torch.Tensor, turn: int) -> torch.Tensor:
    """A gradient of both signs that nothing else equals, in the shape of the parameter."""
    import torch

    signs = (-1.0) ** (torch.arange(param.numel(), dtype=param.dtype) + turn)
    return param.detach() * 0.25 + 2 * signs.reshape(param.shape)
