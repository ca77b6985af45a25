"""State of torch: switches that are put back after a call, shared random numbers, and a tensor's changes."""

from __future__ import annotations

import contextlib
import random
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch


@contextlib.contextmanager
def switches_kept() -> Iterator[None]:
    """Turn gradients on for the kit's own programs, and put back what they switch and draw.

    Quicker than the whole process state. What the notebook has switched off is no matter of theirs.
    """
    import torch

    dtype, recording = torch.get_default_dtype(), torch.is_grad_enabled()
    drawn = torch.get_rng_state()
    inference = torch.is_inference_mode_enabled()
    try:
        torch.set_grad_enabled(True)
        with torch.inference_mode(mode=False) if inference else contextlib.nullcontext():
            yield
    finally:
        torch.set_default_dtype(dtype)
        torch.set_grad_enabled(recording)
        torch.set_rng_state(drawn)


def random_states() -> tuple[object, ...]:
    """State of the random numbers that a whole program shares: those of torch, NumPy and Python.

    Example:
        >>> before = random_states()
        >>> _ = np.random.rand()
        >>> random_states() == before
        False
    """
    import torch

    of_numpy = np.random.get_state(legacy=False)  # noqa: NPY002  others may draw from it
    return (
        torch.get_rng_state().numpy().tobytes(),
        of_numpy["state"]["key"].tobytes(),
        (of_numpy["state"]["pos"], of_numpy["has_gauss"]),
        random.getstate(),
    )


@contextlib.contextmanager
def seeded() -> Iterator[None]:
    """Seed what a whole program shares meanwhile, so that what is drawn without a seed is the same each time."""
    import torch

    drawn, of_numpy, of_python = torch.get_rng_state(), np.random.get_state(), random.getstate()  # noqa: NPY002
    # `torch.manual_seed` writes down a stack for each kind of device, which takes most of its time
    torch.default_generator.manual_seed(0)
    np.random.seed(0)  # noqa: NPY002
    random.seed(0)
    try:
        yield
    finally:
        torch.set_rng_state(drawn)
        np.random.set_state(of_numpy)  # noqa: NPY002
        random.setstate(of_python)


@contextlib.contextmanager
def memory_marked() -> Iterator[None]:
    """Let torch fill new memory with nan meanwhile, so that what nobody fills in shows.

    Example:
        >>> import torch
        >>> with memory_marked():
        ...     torch.empty(2)
        tensor([nan, nan])
    """
    import torch

    # torch.use_deterministic_algorithms does the same, and loads torch's compiler for seconds.
    switch = torch._C._set_deterministic_algorithms  # noqa: SLF001
    before = torch.are_deterministic_algorithms_enabled()
    switch(True)
    try:
        yield
    finally:
        switch(before)


def version_of(tensor: torch.Tensor) -> int:
    """The number of changes of the tensor that torch has counted; a change through .data is not counted."""
    return tensor._version  # noqa: SLF001  the only way to see it
