"""The table of data, made-up orchards, and what is said of a table that cannot be used."""

import numpy as np
import pytest
import torch

from rainfall_kit.errors import DataError, DeviceError, OptionError, RainfallError
from rainfall_kit.lesson.orchard import (
    TRUE_B,
    TRUE_W,
    check_table,
    load_orchard,
    make_orchard,
    orchard_chunks,
    pick_device,
)
from rainfall_kit.lesson.reference import init_params
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


def test_rows_are_counted_over_all_pieces():
    good = np.ones((10, 3)), np.ones((10, 2))
    bad = np.ones((10, 3)), np.ones((10, 2))
    bad[0][4, 1] = np.nan
    with pytest.raises(DataError, match="row 14, column 1") as refused:
        Bowl.from_chunks([good, bad])
    assert refused.value.row == 14


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.int64, torch.float64])
def test_tensors_of_any_real_dtype_are_read(dtype):
    x, y = check_table(torch.ones(2, 3, dtype=dtype), torch.ones(2, 2, dtype=dtype))
    assert x.dtype == y.dtype == np.float64
    assert x.sum() == 6


@pytest.fixture
def machine(monkeypatch):
    """Make torch say that this machine has other devices: none of them is used."""

    def has(*, cuda=0, mps=False):
        monkeypatch.setattr(torch.cuda, "is_available", lambda: cuda > 0)
        monkeypatch.setattr(torch.cuda, "device_count", lambda: cuda)
        monkeypatch.setattr(torch.backends.mps, "is_available", lambda: mps)

    return has


def test_auto_takes_the_fastest_device(machine):
    machine()
    assert pick_device("auto").type == "cpu"
    machine(cuda=2)
    assert pick_device("auto").type == "cuda"
    machine(mps=True)
    assert pick_device("auto").type == "mps"


def test_a_tensors_own_device_is_taken(machine):
    machine(cuda=2, mps=True)
    for device in ("cuda", "cuda:1", "mps:0", torch.device("mps", 0), torch.zeros(1).device):
        assert pick_device(device) == torch.device(device)


@pytest.mark.parametrize("device", ["cuda:2", "mps:1", "meta", "tpu", "", None])
def test_a_device_that_is_not_there_is_refused_with_those_that_are(machine, device):
    machine(cuda=2, mps=True)
    with pytest.raises(DeviceError, match="there is mps, cuda, cpu") as refused:
        pick_device(device)
    assert refused.value.available == ("mps", "cuda", "cpu")


def test_a_dtype_that_a_device_does_not_have_is_refused(machine):
    machine(mps=True)
    with pytest.raises(OptionError, match=r"Try: torch.float32"):
        load_orchard().tensors(torch.float64, "auto")
    with pytest.raises(OptionError, match=r"Try: torch.float32"):
        init_params(0, torch.float64, "mps")


def test_another_default_device_changes_nothing():
    with torch.device("meta"):
        w, _ = init_params(0)
        inputs, _ = load_orchard().tensors()
    assert w[0, 0].item() == pytest.approx(1.5410, abs=1e-4)
    assert inputs.device.type == "cpu"


def test_tensors_that_autograd_watches_are_read():
    assert check_table(torch.ones(2, 3, requires_grad=True), [[1], [2]])[0].sum() == 6


def test_every_error_of_the_kit_is_one_tree():
    with pytest.raises(RainfallError):
        check_table([[float("nan")]], [[1]])
