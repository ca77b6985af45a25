"""The bowl explorer: standardising, and what it refuses."""

import pytest
from opened import assert_refused

import rainfall_kit as kit
from rainfall_kit.errors import OptionError


def test_the_bowl_knows_what_standardising_does():
    raw, standardised = kit.explore_bowl(), kit.explore_bowl(centre=1, scale=1)
    assert "Condition number 2.19e6" in raw.says()
    assert "Condition number 6.95" in standardised.says()
    expected = raw.view.data.bowl.standardised().eigenvalues
    assert standardised.view.bowl.eigenvalues == pytest.approx(expected)


def test_it_opens_on_the_plane_whose_rings_standardising_changes_most():
    explorer = kit.explore_bowl()
    assert "short to long axis 1 : 603" in explorer.figure()
    ratios = []
    for plane in range(6):
        explorer.plane = plane
        ratios.append(float(explorer.figure().split("short to long axis 1 : ")[1].split("<")[0]))
    assert max(ratios) == 603


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: kit.explore_bowl(share=0), "share must be a number from 0.01 to 1.2"),
    ],
)
def test_bad_arguments_say_what_is_allowed(call, says):
    with pytest.raises(OptionError, match=says):
        call()


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        ("centre", 2.0),
    ],
)
def test_bad_state_is_refused_and_the_old_one_stays(trait, value):
    assert_refused(kit.explore_bowl(), trait, value)
