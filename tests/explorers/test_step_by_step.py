"""The step-by-step explorer: the five steps in any order, and what goes wrong then."""

import xml.etree.ElementTree as ET

import numpy as np
import pytest
import torch
from drawn import of_class

import rainfall_kit as kit
from rainfall_kit.errors import OptionError
from rainfall_kit.explorers.step_by_step import UNTAKEN
from rainfall_kit.lesson.orchard import load_orchard
from rainfall_kit.lesson.reference import init_params


def test_skipping_the_reset_makes_grad_add_up():
    explorer = kit.explore_step_by_step()
    explorer.press("predict", "loss", "backward")
    once = np.array(explorer.view.grad_w)
    explorer.press("predict", "loss", "backward")
    assert np.array(explorer.view.grad_w) == pytest.approx(2 * once)
    explorer.press("reset")
    assert not np.array(explorer.view.grad_w).any()


def test_an_unknown_button_presses_none_of_the_others():
    explorer = kit.explore_step_by_step()
    with pytest.raises(OptionError, match="jump"):
        explorer.press("predict", "jump")
    assert explorer.view.pressed == ()


def test_steps_in_order_are_the_lessons_step():
    explorer = kit.explore_step_by_step()
    explorer.press("predict", "loss", "backward", "move", "reset", "predict", "loss")
    assert explorer.view.loss == pytest.approx(23432.488, abs=0.01)
    assert len(of_class(explorer.figure(), "rk-path")) == 2


@pytest.mark.parametrize(
    ("buttons", "note"),
    [
        (["loss"], "NameError: name 'preds' is not defined"),
        (["backward"], "NameError: name 'loss' is not defined"),
        (["move"], "TypeError: unsupported operand type(s) for *: 'float' and 'NoneType'"),
        (["reset"], "AttributeError: 'NoneType' object has no attribute 'zero_'"),
        (["predict", "loss", "backward", "backward"], "RuntimeError: Trying to backward through"),
    ],
)
def test_what_goes_wrong_is_told_in_its_own_words(buttons, note):
    explorer = kit.explore_step_by_step()
    explorer.press(*buttons)
    assert note in explorer.note
    assert "raised" in explorer.note
    if len(buttons) == 1:  # what a page without Python says is the same
        assert explorer.note == f"{buttons[0]} raised {UNTAKEN[buttons[0]]}"


def test_the_students_own_functions_are_used():
    explorer = kit.explore_step_by_step(
        model=lambda x, w, _b: x @ w.t(), mse=lambda preds, targets: (preds - targets).abs().mean()
    )
    explorer.press("predict", "loss")
    w, _ = init_params(0)
    inputs, targets = load_orchard().tensors()
    assert explorer.view.loss == pytest.approx((inputs @ w.t() - targets).abs().mean().item())


def test_a_students_function_that_fails_or_gives_nonsense_is_told():
    def broken(*_):
        raise ZeroDivisionError("division by zero")

    explorer = kit.explore_step_by_step(model=broken)
    explorer.press("predict")
    assert "ZeroDivisionError: division by zero" in explorer.note
    explorer = kit.explore_step_by_step(model=lambda *_: torch.zeros(3))
    explorer.press("predict", "loss")
    assert "raised" in explorer.note
    ET.fromstring(explorer.figure())


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: kit.explore_step_by_step(model=3), "model must be a function, got 3"),
        (lambda: kit.explore_step_by_step().press("jump"), "there is no button 'jump'"),
    ],
)
def test_bad_arguments_say_what_is_allowed(call, says):
    with pytest.raises(OptionError, match=says):
        call()
