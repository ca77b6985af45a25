"""Data set of the lesson: five regions' measurements and harvests, and made-up orchards of any size.

>>> orchard = load_orchard()
>>> orchard.inputs.shape, orchard.targets.shape
((5, 3), (5, 2))
>>> inputs, targets = orchard.tensors()
>>> inputs[0]
tensor([73., 67., 43.])
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from rainfall_kit.errors import OptionError
from rainfall_kit.lesson.devices import check_dtype, pick_device

if TYPE_CHECKING:
    from collections.abc import Iterator

    import torch

Float32s = npt.NDArray[np.float32]

REGIONS = ("Kanto", "Johto", "Hoenn", "Sinnoh", "Unova")
INPUT_NAMES = ("temp", "rainfall", "humidity")  # in °F, mm and %
CROPS = ("apples", "oranges")  # in tons

_INPUTS = ((73, 67, 43), (91, 88, 64), (87, 134, 58), (102, 43, 37), (69, 96, 70))
_TARGETS = ((56, 70), (81, 101), (119, 133), (22, 37), (103, 119))

# A made-up orchard draws each measurement evenly from about the range that the five regions span.
_LOWEST = np.array([60.0, 40.0, 35.0])  # (3,)
_HIGHEST = np.array([105.0, 135.0, 75.0])  # (3,)

# The least-squares weights of the five regions, rounded: a made-up orchard yields like the real one.
TRUE_W = ((-0.39, 0.85, 0.70), (-0.29, 0.79, 0.92))  # (2, 3), tons for each unit of the input
TRUE_B = (-1.6, -2.2)  # (2,), tons


@dataclass(frozen=True, kw_only=True, eq=False)
class Orchard:
    """A table of n regions.

    Attributes:
        inputs: (n, 3) float32: temp in °F, rainfall in mm, humidity in %.
        targets: (n, 2) float32: apples and oranges, in tons.
        regions: the n names.

    Example:
        >>> load_orchard().regions[0]
        'Kanto'
    """

    inputs: Float32s
    targets: Float32s
    regions: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.regions)

    def tensors(
        self, dtype: torch.dtype | None = None, device: str | torch.device = "cpu"
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Copy the table into two tensors.

        Args:
            dtype: of both tensors; float32 unless told otherwise.
            device: ``"cpu"``, ``"cuda"``, ``"mps"``, or ``"auto"`` for the fastest that is there.

        Returns:
            inputs (n, 3) and targets (n, 2). Changing them does not change the table.

        Raises:
            DeviceError: the device is not there; the message lists those that are.
            OptionError: the device has no such dtype.

        Example:
            >>> load_orchard().tensors()[1].shape
            torch.Size([5, 2])
        """
        import torch

        place = pick_device(device)
        dtype = torch.float32 if dtype is None else dtype
        check_dtype(dtype, place)
        return (
            torch.tensor(self.inputs, dtype=dtype, device=place),
            torch.tensor(self.targets, dtype=dtype, device=place),
        )


def load_orchard() -> Orchard:
    """The lesson's five regions.

    Example:
        >>> load_orchard().targets[0].tolist()
        [56.0, 70.0]
    """
    return Orchard(
        inputs=np.array(_INPUTS, dtype=np.float32),
        targets=np.array(_TARGETS, dtype=np.float32),
        regions=REGIONS,
    )


def make_orchard(
    rows: int,
    *,
    seed: int = 0,
    noise_tons: float = 1.0,
    w: npt.ArrayLike = TRUE_W,
    b: npt.ArrayLike = TRUE_B,
) -> Orchard:
    """Make up an orchard whose true weights are known.

    Each measurement is drawn evenly from the range that the five regions span;
    targets = inputs @ w.T + b + noise.

    Args:
        rows: how many regions, at least 1.
        seed: the same seed gives the same orchard.
        noise_tons: the standard deviation of what the weights do not explain, in tons.
        w: (2, 3) true weights, tons for each unit of the input.
        b: (2,) true offsets, in tons.

    Raises:
        OptionError: rows below 1, a negative or infinite noise, or w and b of another shape.

    Example:
        >>> make_orchard(1000, seed=7).inputs.shape
        (1000, 3)
    """
    parts = list(orchard_chunks(rows, seed=seed, noise_tons=noise_tons, w=w, b=b))
    return Orchard(
        inputs=np.concatenate([inputs for inputs, _ in parts]),
        targets=np.concatenate([targets for _, targets in parts]),
        regions=tuple(f"region {number}" for number in range(1, rows + 1)),
    )


def orchard_chunks(
    rows: int,
    *,
    seed: int = 0,
    noise_tons: float = 1.0,
    w: npt.ArrayLike = TRUE_W,
    b: npt.ArrayLike = TRUE_B,
    chunk_rows: int = 65_536,
) -> Iterator[tuple[Float32s, Float32s]]:
    """The same made-up orchard in pieces, so that ten million rows never stand in memory at once.

    Args:
        rows: how many regions in all, at least 1.
        seed: the same seed and chunk_rows give the same pieces.
        noise_tons: as for `make_orchard`.
        w: as for `make_orchard`.
        b: as for `make_orchard`.
        chunk_rows: rows in a piece, at least 1; the last piece may have fewer.

    Returns:
        An iterator of (inputs (c, 3), targets (c, 2)), float32.

    Raises:
        OptionError: as for `make_orchard`, at once and not at the first piece.

    Example:
        >>> [len(inputs) for inputs, targets in orchard_chunks(5, chunk_rows=2)]
        [2, 2, 1]
    """
    if rows < 1:
        raise OptionError(f"rows must be 1 or more, got {rows}. Try: make_orchard(100)")
    if chunk_rows < 1:
        raise OptionError(f"chunk_rows must be 1 or more, got {chunk_rows}. Try: chunk_rows=65536")
    if not (np.isfinite(noise_tons) and noise_tons >= 0):
        raise OptionError(f"noise_tons must be 0 or more, got {noise_tons}. Try: noise_tons=1.0")
    true_w, true_b = np.asarray(w, dtype=np.float64), np.asarray(b, dtype=np.float64)
    if true_w.shape != (2, 3) or true_b.shape != (2,):
        raise OptionError(
            f"w must be (2, 3) and b (2,), got {true_w.shape} and {true_b.shape}. "
            "Try: make_orchard(100) for the kit's own weights"
        )
    return _draw_chunks(rows, np.random.default_rng(seed), noise_tons, true_w, true_b, chunk_rows)


def _draw_chunks(
    rows: int,
    rng: np.random.Generator,
    noise_tons: float,
    w: npt.NDArray[np.float64],
    b: npt.NDArray[np.float64],
    chunk_rows: int,
) -> Iterator[tuple[Float32s, Float32s]]:
    for first in range(0, rows, chunk_rows):
        count = min(chunk_rows, rows - first)
        inputs = rng.uniform(_LOWEST, _HIGHEST, size=(count, 3))  # (c, 3)
        noise = noise_tons * rng.standard_normal((count, 2))  # (c, 2)
        targets = inputs @ w.T + b + noise  # (c, 2)
        yield inputs.astype(np.float32), targets.astype(np.float32)
