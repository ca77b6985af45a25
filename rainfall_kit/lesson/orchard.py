"""The table: five regions' measurements and harvests, with made-up orchards of any size.

>>> orchard = load_orchard()
>>> orchard.inputs.shape, orchard.targets.shape
((5, 3), (5, 2))
>>> inputs, targets = orchard.tensors()
>>> inputs[0]
tensor([73., 67., 43.])
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import TYPE_CHECKING, Any, NoReturn

import numpy as np
import numpy.typing as npt

from rainfall_kit.errors import DataError, DeviceError, OptionError

if TYPE_CHECKING:
    import torch

Float32s = npt.NDArray[np.float32]

REGIONS = ("Kanto", "Johto", "Hoenn", "Sinnoh", "Unova")
INPUT_NAMES = ("temp", "rainfall", "humidity")
INPUT_UNITS = ("°F", "mm", "%")
CROPS = ("apples", "oranges")
CROP_UNITS = ("tons", "tons")

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


def check_table(
    inputs: Any, targets: Any, *, first_row: int = 0
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Look over a table and give it as float64 arrays.

    Args:
        inputs: (n, d) numbers: an array, a tensor on any device, or nested lists.
        targets: (n, k) numbers.
        first_row: what a message calls the first row, when this is a piece of a longer table.

    Returns:
        inputs (n, d) and targets (n, k), float64.

    Raises:
        DataError: not two-dimensional, no rows, different numbers of rows, text, NaN or infinity;
            the message says which row and column.

    Example:
        >>> check_table([[73, 67, float("nan")]], [[56, 70]])
        Traceback (most recent call last):
        rainfall_kit.errors.DataError: inputs has nan in row 0, column 2; every entry must be \
a finite number. Look at: inputs[0]
    """
    x = _as_matrix("inputs", inputs, first_row)
    y = _as_matrix("targets", targets, first_row)
    if len(x) != len(y):
        raise DataError(
            f"inputs has {len(x)} rows and targets has {len(y)}; each region needs one row in both. "
            "Look at: inputs.shape, targets.shape"
        )
    return x, y


def as_array(values: Any) -> npt.NDArray[Any]:
    """What holds numbers, as a NumPy array of its own dtype and shape.

    Args:
        values: an array, a number, nested lists, or a tensor: on any device, of any real dtype, and
            perhaps watched by autograd.

    Raises:
        ValueError: lists of different lengths.

    Example:
        >>> import torch
        >>> as_array(torch.ones(2, dtype=torch.bfloat16, requires_grad=True))
        array([1., 1.], dtype=float32)
    """
    if hasattr(values, "detach"):
        values = values.detach().cpu()
        if values.is_floating_point() and values.dtype.itemsize < 4:  # NumPy has no bfloat16
            values = values.float()
        values = values.numpy()
    return np.asarray(values)


def _as_matrix(table: str, values: Any, first_row: int) -> npt.NDArray[np.float64]:
    try:
        given = as_array(values)
    except ValueError:  # rows of different lengths
        _say_which_is_not_a_number(table, values, first_row)
    if given.dtype.kind == "O" and all(isinstance(cell, Real) for cell in given.flat):
        given = given.astype(np.float64)  # whole columns and fractional ones side by side
    if given.dtype.kind not in "biuf":  # text, complex numbers, objects
        _say_which_is_not_a_number(table, values, first_row)
    matrix = given.astype(np.float64)
    if matrix.ndim != 2 or matrix.size == 0:
        raise DataError(
            f"{table} must be a table of rows and columns, got shape {matrix.shape}. "
            f"Look at: {table}.shape",
            table=table,
        )
    bad = ~np.isfinite(matrix)
    if bad.any():
        row, column = (int(i) for i in np.argwhere(bad)[0])
        value = matrix[row, column]
        row += first_row
        raise DataError(
            f"{table} has {value} in row {row}, column {column}; "
            f"every entry must be a finite number. Look at: {table}[{row}]",
            table=table,
            row=row,
            column=column,
        )
    return matrix


def _say_which_is_not_a_number(table: str, values: Any, first_row: int) -> NoReturn:
    width: int | None = None
    rows = values if isinstance(values, Sequence | np.ndarray) else np.asarray(values, dtype=object)
    if getattr(rows, "ndim", 2) == 0:
        rows = ()
    for row, cells in enumerate(rows, first_row):
        cells = list(cells) if isinstance(cells, Sequence | np.ndarray) else [cells]
        width = len(cells) if width is None else width
        if len(cells) != width:
            raise DataError(
                f"{table} has {len(cells)} columns in row {row} and {width} in row {first_row}; "
                f"every row must be as long. Look at: {table}[{row}]",
                table=table,
                row=row,
            )
        for column, cell in enumerate(cells):
            if not isinstance(cell, Real):
                raise DataError(
                    f"{table} has {cell!r} in row {row}, column {column}; "
                    f"every entry must be a number. Look at: {table}[{row}]",
                    table=table,
                    row=row,
                    column=column,
                )
    raise DataError(
        f"{table} must be a table of numbers, got {type(values).__name__}. Look at: {table}",
        table=table,
    )


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
