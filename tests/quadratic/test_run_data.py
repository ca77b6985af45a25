"""Derived data of a run: made once, and absent where the record does not say enough."""

import math

import numpy as np
import pytest
import torch

from rainfall_kit.lesson import reference
from rainfall_kit.lesson.orchard import load_orchard
from rainfall_kit.quadratic.bowl import Bowl
from rainfall_kit.quadratic.run_data import RunData
from rainfall_kit.records.run import Run, Step


def step(number=1, w=((0.0,),), b=(0.0,), **changes):
    place = {"lr": 0.1, "loss": 9.0, "w": w, "b": b, "w_after": w, "b_after": b}
    return Step(number=number, **(place | changes))


def run_of(*steps, quadratic=None, final_loss=1.0, **more):
    quadratic = quadratic or Bowl.from_data([[2.0]], [[3.0]]).record()
    return Run(steps=steps, final_loss=final_loss, quadratic=quadratic, **more)


def test_the_gradients_are_those_of_autograd():
    inputs, targets = load_orchard().tensors(torch.float64)
    run = reference.train(inputs, targets, *reference.init_params(0, torch.float64), epochs=3)
    bowl = Bowl.from_data(inputs, targets)
    data = RunData(run_of(*run.steps, quadratic=bowl.record()))
    held = [np.column_stack([step.grad_w, step.grad_b]) for step in run]
    np.testing.assert_allclose(data.gradients, held, rtol=1e-9)
    assert data.path.shape == (4, 2, 4)
    np.testing.assert_array_equal(data.path[1:], data.after)
    np.testing.assert_array_equal(data.path[:-1], data.before)


@pytest.mark.parametrize(
    ("run", "why"),
    [
        (Run(steps=(), final_loss=1.0), "no step was taken"),
        (Run(steps=(step(),), final_loss=1.0), "the inputs and targets were not at hand"),
        (
            Run(steps=(step(),), final_loss=1.0, data_problem="inputs has nan. Look at: inputs"),
            "inputs has nan",
        ),
        (run_of(step(w=((0.0, 1.0),))), "w must be (1, 1) and b (1,), got (1, 2) and (1,)"),
    ],
)
def test_says_why_there_is_no_bowl(run, why):
    data = RunData(run)
    assert (data.bowl, data.gradients, data.why_no_bowl) == (None, None, why)


def test_shapes_that_change_leave_no_arrays():
    data = RunData(run_of(step(), step(2, w=((0.0, 1.0),))))
    assert data.bowl is not None
    assert data.before is data.after is data.path is data.gradients is None


@pytest.mark.parametrize(
    ("losses", "params", "known", "lost_after"),
    [
        ((9.0, 4.0, 1.0), (0.0, 0.0), (9.0, 4.0, 1.0), None),
        ((9.0, math.inf, math.nan), (0.0, 0.0), (9.0,), 1),
        ((9.0, math.nan, math.nan), (0.0, math.nan), (9.0,), 1),
        ((math.nan, math.nan, math.nan), (0.0, 0.0), (), None),  # not known, and not lost
    ],
)
def test_losses_are_known_up_to_the_first_that_is_not_a_number(losses, params, known, lost_after):
    steps = [
        step(number, loss=loss, w=((w,),))
        for number, (loss, w) in enumerate(zip(losses, params, strict=False), 1)
    ]
    found = RunData(run_of(*steps, final_loss=losses[-1])).known_losses
    assert (found.values, found.lost_after) == (known, lost_after)
    assert found.numbers == tuple(range(len(known)))
