"""Devices of PyTorch: found by name, with the dtypes that they can hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.errors import DeviceError, OptionError

if TYPE_CHECKING:
    import torch


def pick_device(device: str | torch.device) -> torch.device:
    """Find a device by name.

    Args:
        device: ``"cpu"``, ``"cuda"``, ``"cuda:1"``, ``"mps"``, or ``"auto"`` for the fastest there is.

    Raises:
        DeviceError: it is not there; ``available`` lists those that are.

    Example:
        >>> pick_device("cpu")
        device(type='cpu')
    """
    import torch

    counts = {"cpu": 1}
    if torch.cuda.is_available():
        counts = {"cuda": torch.cuda.device_count(), **counts}
    if torch.backends.mps.is_available():
        counts = {"mps": 1, **counts}
    if device == "auto":
        return torch.device(next(iter(counts)))
    try:
        found = torch.device(device)
    except (RuntimeError, TypeError):
        found = None
    if found is None or (found.index or 0) >= counts.get(found.type, 0):
        raise DeviceError(str(device), tuple(counts))
    return found


def check_dtype(dtype: torch.dtype, device: torch.device) -> None:
    """Let a dtype pass that a device can hold.

    Raises:
        OptionError: the device cannot.

    Example:
        >>> import torch
        >>> check_dtype(torch.float64, torch.device("mps"))
        Traceback (most recent call last):
        rainfall_kit.errors.OptionError: dtype float64 does not exist on mps. Try: torch.float32
    """
    if device.type == "mps" and str(dtype) == "torch.float64":
        raise OptionError("dtype float64 does not exist on mps. Try: torch.float32")
