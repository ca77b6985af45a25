"""Tables of numbers as NumPy arrays, and what is said of a table that cannot be used.

>>> check_table([[73, 67, 43]], [[56, 70]])[0]
array([[73., 67., 43.]])
"""

from __future__ import annotations

from collections.abc import Sequence
from numbers import Real
from typing import Any, NoReturn

import numpy as np
import numpy.typing as npt

from rainfall_kit.errors import DataError


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
    """Numbers of any kind as a NumPy array of their own dtype and shape.

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
