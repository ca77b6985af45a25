"""QR factor of a table of data, made in one pass: all that the loss depends on.

The factor R of [inputs, 1, targets] = Q R has as many rows as columns, however long the table is.
The factor of two pieces on top of each other is the factor of their factors, so a table of any
length streams through in bounded memory. (Demmel et al., "Communication-optimal parallel and
sequential QR", 2012, doi:10.1137/080731992.) Unlike sums of squares it loses no digits.

    >>> quadratic = qr_factor([([[3.0]], [[1.0]]), ([[4.0]], [[2.0]])])
    >>> quadratic.rows, len(quadratic.factor)
    (2, 3)
"""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rainfall_kit.errors import DataError
from rainfall_kit.lesson.arrays import check_table
from rainfall_kit.records.run import Quadratic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

Floats = npt.NDArray[np.float64]

# As many rows as stay in a processor's cache: three times as fast as pieces that do not.
_PIECE_ROWS = 16_384


def qr_factor(pieces: Iterable[tuple[Any, Any]]) -> Quadratic:
    """The factor of a table that comes in pieces.

    Args:
        pieces: pairs of inputs (c, d) and targets (c, k), finite numbers.

    Raises:
        DataError: there is no piece, or one cannot be used; rows are counted over all pieces.

    Example:
        >>> qr_factor([])
        Traceback (most recent call last):
        rainfall_kit.errors.DataError: there were no rows; one or more are needed. \
Look at: inputs.shape
    """
    factor: Floats | None = None
    rows = 0
    n_inputs = 0
    for inputs, targets in itertools.chain.from_iterable(itertools.starmap(_cut, pieces)):
        x, y = check_table(inputs, targets, first_row=rows)
        piece = np.column_stack([x, np.ones(len(x)), y])  # (c, d+1+k)
        if factor is None:
            n_inputs = x.shape[1]
        elif piece.shape[1] != factor.shape[1] or x.shape[1] != n_inputs:
            raise DataError(
                f"row {rows} has {x.shape[1]} inputs and {y.shape[1]} targets, and the rows before "
                f"it {n_inputs} and {factor.shape[1] - 1 - n_inputs}; all rows must have the same. "
                "Look at: inputs.shape, targets.shape"
            )
        rows += len(piece)
        factor = r_factor(piece if factor is None else np.vstack([factor, piece]))
    if factor is None:
        raise DataError("there were no rows; one or more are needed. Look at: inputs.shape")
    return as_quadratic(rows, n_inputs, factor)


def _cut(inputs: Any, targets: Any) -> Iterator[tuple[Any, Any]]:
    """A long piece, of arrays or tensors, as several short ones."""
    if not (_is_long(inputs) and _is_long(targets) and len(inputs) == len(targets)):
        yield inputs, targets
        return
    for first in range(0, len(inputs), _PIECE_ROWS):
        piece = slice(first, first + _PIECE_ROWS)
        yield inputs[piece], targets[piece]


def r_factor(table: Floats) -> Floats:
    """The square triangular factor R of table = Q R, (m, m) for m columns, also for few rows.

    Example:
        >>> abs(r_factor(np.array([[3.0], [4.0]]))).round(9)  # a column's length
        array([[5.]])
    """
    missing = table.shape[1] - len(table)
    if missing > 0:  # NumPy's R has no more rows than the table
        table = np.vstack([table, np.zeros((missing, table.shape[1]))])
    return np.asarray(np.linalg.qr(table, mode="r"))


def as_quadratic(rows: int, n_inputs: int, factor: Floats) -> Quadratic:
    """The record of a factor R (m, m).

    Example:
        >>> as_quadratic(2, 1, np.eye(3)).factor[0]
        (1.0, 0.0, 0.0)
    """
    matrix = tuple(tuple(row) for row in factor.tolist())
    return Quadratic(rows=rows, n_inputs=n_inputs, factor=matrix)


def _is_long(table: Any) -> bool:
    return hasattr(table, "shape") and len(table.shape) == 2 and len(table) > _PIECE_ROWS
