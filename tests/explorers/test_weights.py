"""The weights explorer: real steps, and what it refuses."""

import numpy as np
import pytest
from opened import assert_refused

import rainfall_kit as kit
from rainfall_kit.errors import OptionError


def test_a_real_step_moves_against_the_gradient():
    explorer = kit.explore_weights(lr=1e-5)
    w, b = np.array(explorer.w), np.array(explorer.b)
    grad_w, grad_b = explorer.view.data.bowl.gradient(w, b)
    explorer.step()
    assert np.array(explorer.w) == pytest.approx(w - 1e-5 * grad_w, rel=1e-12)
    assert np.array(explorer.b) == pytest.approx(b - 1e-5 * grad_b, rel=1e-12)
    assert "went from 33060.8 to 23432.5" in explorer.note


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: kit.explore_weights(inputs=[[1.0]]), "must be given together"),
        (lambda: kit.explore_weights(w=[[1.0]], b=[1.0]), r"w must be \(2, 3\)"),
        (lambda: kit.explore_weights(chosen=10), "chosen must be a whole number from 0 to 9"),
        (lambda: kit.explore_weights(regions=["a"]), "regions must be 5 names, got 1"),
    ],
)
def test_bad_arguments_say_what_is_allowed(call, says):
    with pytest.raises(OptionError, match=says):
        call()


@pytest.mark.parametrize(
    ("trait", "value"),
    [
        ("w", [[1.0]]),
        ("b", [1.0, float("nan")]),
        ("lr", "fast"),
    ],
)
def test_bad_state_is_refused_and_the_old_one_stays(trait, value):
    assert_refused(kit.explore_weights(), trait, value)
