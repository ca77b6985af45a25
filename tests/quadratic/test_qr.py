"""A table of any length becomes one triangular factor, in one pass and bounded memory."""

import tracemalloc

import numpy as np
import pytest

from rainfall_kit.errors import DataError
from rainfall_kit.lesson.orchard import orchard_chunks
from rainfall_kit.quadratic.bowl import Bowl


def test_rows_are_counted_over_all_pieces():
    good = np.ones((10, 3)), np.ones((10, 2))
    bad = np.ones((10, 3)), np.ones((10, 2))
    bad[0][4, 1] = np.nan
    with pytest.raises(DataError, match="row 14, column 1") as refused:
        Bowl.from_chunks([good, bad])
    assert refused.value.row == 14


def test_pieces_and_the_whole_make_the_same_bowl():
    parts = list(orchard_chunks(1000, chunk_rows=37))
    whole = Bowl.from_data(*(np.concatenate(arrays) for arrays in zip(*parts, strict=True)))
    pieces = Bowl.from_chunks(iter(parts))
    np.testing.assert_allclose(pieces.eigenvalues, whole.eigenvalues, rtol=1e-12)
    np.testing.assert_allclose(pieces.minimum[0], whole.minimum[0], rtol=1e-9)
    assert pieces.floor == pytest.approx(whole.floor, rel=1e-12)


def test_a_long_table_streams_through_in_bounded_memory():
    def peak_bytes(rows):
        tracemalloc.start()
        Bowl.from_chunks(orchard_chunks(rows))
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return peak

    assert peak_bytes(600_000) < 1.1 * peak_bytes(150_000)


def test_no_data_is_refused():
    with pytest.raises(DataError, match="no rows"):
        Bowl.from_chunks([])
    with pytest.raises(DataError, match="row 1"):
        Bowl.from_chunks([([[1.0]], [[1.0]]), ([[1.0, 2.0]], [[1.0]])])
