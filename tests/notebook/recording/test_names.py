"""Names of the student's variables, also parts of a module."""

import pytest
import torch

from rainfall_kit.notebook.recording.names import bind, value_of, version_of


@pytest.mark.parametrize(
    ("name", "shape"), [("net[0].weight", (2, 3)), ("net[0].bias", (2,)), ("net[0].nothing", None)]
)
def test_a_part_of_a_module_is_found(name, shape):
    value = value_of({"net": torch.nn.Sequential(torch.nn.Linear(3, 2))}, name)
    assert (None if value is None else tuple(value.shape)) == shape


@pytest.mark.parametrize("name", ["net[3].weight", "other.weight", "net.x.y"])
def test_what_is_not_there_is_none(name):
    assert value_of({"net": [1, 2]}, name) is None


def test_a_module_is_given_a_parameter_in_its_place():
    names = {"net": torch.nn.Linear(3, 2)}
    bind(names, "net.weight", torch.zeros(2, 3, requires_grad=True))
    assert isinstance(names["net"].weight, torch.nn.Parameter)
    assert not names["net"].weight.any()


def test_a_tensor_without_a_version_has_none():
    with torch.inference_mode():
        assert version_of(torch.ones(2)) is None
