"""Devices are found by name, and one that is not there is refused with those that are."""

import pytest
import torch

from rainfall_kit.errors import DeviceError, OptionError
from rainfall_kit.lesson.devices import pick_device
from rainfall_kit.lesson.orchard import load_orchard
from rainfall_kit.lesson.reference import init_params


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
