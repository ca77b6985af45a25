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


def test_the_steps_of_a_button_are_as_many_single_steps():
    one, many = kit.explore_weights(), kit.explore_weights()
    for _ in range(25):
        one.step()
    many.step(25)
    assert (many.w, many.b) == (one.w, one.b)
    assert many.note.startswith("25 real steps with lr 1e-5: the loss went from 33060.8 to ")


def test_a_hand_has_a_goal_and_its_lowest_loss_is_kept():
    explorer = kit.explore_weights()
    assert "To beat by hand: 1270.12, where 100 steps with lr 1e-5 end." in explorer.says()
    low_w, _ = explorer.view.data.bowl.minimum
    explorer.w = (low_w * 0.9).tolist()
    reached = explorer.lowest
    assert reached == explorer.view.loss < 1270
    explorer.w = [[9.0] * 3] * 2
    assert explorer.lowest == reached
    assert f"Your lowest by hand, {reached:.6g}, beats the 1270.12 of 100" in explorer.says()


def test_what_steps_reach_is_not_a_hands_doing():
    explorer = kit.explore_weights(lr=1e-4)
    explorer.step(100)
    explorer.b = [1.0, 1.0]
    assert explorer.lowest is None


def test_what_a_button_said_ends_with_the_next_change():
    explorer = kit.explore_weights()
    explorer.step()
    assert explorer.note
    explorer.lr = 1e-6
    assert explorer.note == ""


@pytest.mark.parametrize("lr", [1e-9, 3e-2])
def test_its_lr_slider_reaches_the_lr_that_it_opens_with(lr):
    for opened in (kit.explore_weights, kit.explore_step_by_step, kit.explore_learning_rate):
        (slider,) = (control for control in opened(lr=lr)._controls() if control.name == "lr")
        assert slider.low <= lr <= slider.high


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: kit.explore_weights(inputs=[[1.0]]), "must be given together"),
        (lambda: kit.explore_weights(w=[[1.0]], b=[1.0]), r"w must be \(2, 3\)"),
        (lambda: kit.explore_weights(chosen=10), "chosen must be a whole number from 0 to 9"),
        (lambda: kit.explore_weights().step(0), "count must be a whole number from 1 to 1000"),
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
