"""Tables become arrays, and what is said of a table that cannot be used."""

import numpy as np
import pytest
import torch

from rainfall_kit.errors import DataError
from rainfall_kit.lesson.arrays import check_table


@pytest.mark.parametrize(
    ("inputs", "targets", "row", "column"),
    [
        ([[1, 2], [3, float("nan")]], [[1], [2]], 1, 1),
        ([[1, 2], [3, 4]], [[1], [float("-inf")]], 1, 0),
        ([[1, "2"], [3, 4]], [[1], [2]], 0, 1),
        ([[1, 2], [3, None]], [[1], [2]], 1, 1),
        ([[1, 2], [3]], [[1], [2]], 1, None),
        (np.array([[1, 2], [3, 4 + 1j]]), [[1], [2]], 0, 0),
    ],
)
def test_the_bad_entry_is_named(inputs, targets, row, column):
    with pytest.raises(DataError) as refused:
        check_table(inputs, targets)
    assert (refused.value.row, refused.value.column) == (row, column)
    assert f"row {row}" in str(refused.value)


class Frame:
    """Like a table of pandas: no sequence of rows, but an array for who asks."""

    def __init__(self, rows):
        self.rows = rows

    def __array__(self, dtype=None, copy=None):  # NumPy passes them
        return np.array(self.rows, dtype=object)


def test_the_bad_entry_of_a_data_frame_is_named_too():
    assert check_table(Frame([[1.0, 2]]), [[1]])[0].tolist() == [[1, 2]]
    with pytest.raises(DataError, match="row 1, column 0"):
        check_table(Frame([[1.0, 2.0], ["wet", 3.0]]), [[1], [2]])


@pytest.mark.parametrize(
    ("inputs", "targets"),
    [
        ([1, 2, 3], [[1], [2], [3]]),
        ([[[1]]], [[1]]),
        (np.empty((0, 3)), np.empty((0, 2))),
        ([[1], [2]], [[1]]),
        ("table", [[1]]),
        (None, [[1]]),
    ],
)
def test_what_is_not_a_table_is_refused(inputs, targets):
    with pytest.raises(DataError, match="Look at"):
        check_table(inputs, targets)


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.int64, torch.float64])
def test_tensors_of_any_real_dtype_are_read(dtype):
    x, y = check_table(torch.ones(2, 3, dtype=dtype), torch.ones(2, 2, dtype=dtype))
    assert x.dtype == y.dtype == np.float64
    assert x.sum() == 6


def test_tensors_that_autograd_watches_are_read():
    assert check_table(torch.ones(2, 3, requires_grad=True), [[1], [2]])[0].sum() == 6
