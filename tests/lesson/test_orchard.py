"""The table of data and made-up orchards."""

import numpy as np
import pytest

from rainfall_kit.errors import OptionError
from rainfall_kit.lesson.orchard import (
    TRUE_B,
    TRUE_W,
    load_orchard,
    make_orchard,
    orchard_chunks,
)
from rainfall_kit.quadratic.bowl import Bowl


def test_the_table_is_the_lessons():
    orchard = load_orchard()
    assert orchard.inputs.dtype == orchard.targets.dtype == np.float32
    row = orchard.regions.index("Sinnoh")
    assert orchard.inputs[row].tolist() == [102, 43, 37]
    assert orchard.targets[row].tolist() == [22, 37]


def test_changing_a_tensor_does_not_change_the_table():
    orchard = load_orchard()
    inputs, _ = orchard.tensors()
    inputs.zero_()
    assert orchard.inputs.min() > 0


def test_a_made_up_orchard_depends_on_its_seed_only():
    np.random.seed(1)  # noqa: NPY002  # the global state must not matter
    first, again, other = (make_orchard(50, seed=seed) for seed in (4, 4, 5))
    assert np.array_equal(first.inputs, again.inputs)
    assert np.array_equal(first.targets, again.targets)
    assert not np.array_equal(first.inputs, other.inputs)


def test_the_true_weights_can_be_found_again():
    orchard = make_orchard(20_000, seed=1, noise_tons=0.5)
    w, b = Bowl.from_data(orchard.inputs, orchard.targets).minimum
    np.testing.assert_allclose(w, TRUE_W, atol=0.01)
    np.testing.assert_allclose(b, TRUE_B, atol=0.2)


def test_pieces_are_the_whole():
    pieces = list(orchard_chunks(10, seed=2, chunk_rows=10))
    assert np.array_equal(pieces[0][0], make_orchard(10, seed=2).inputs)
    assert [len(x) for x, _ in orchard_chunks(25, chunk_rows=10)] == [10, 10, 5]


@pytest.mark.parametrize(
    "bad",
    [
        {"rows": 0},
        {"rows": 5, "noise_tons": -1},
        {"rows": 5, "noise_tons": float("inf")},
        {"rows": 5, "w": [[1, 2]]},
        {"rows": 5, "b": [1]},
    ],
)
def test_an_orchard_that_cannot_be_made_up_is_refused(bad):
    with pytest.raises(OptionError, match="Try"):
        make_orchard(**bad)
