"""Explorers beside each other."""

import pytest

import rainfall_kit as kit
from rainfall_kit.errors import OptionError


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: kit.side_by_side(), "takes explorers, got nothing"),
        (lambda: kit.side_by_side(kit.explore_bowl(), 3), "takes explorers, got int"),
    ],
)
def test_bad_arguments_say_what_is_allowed(call, says):
    with pytest.raises(OptionError, match=says):
        call()
