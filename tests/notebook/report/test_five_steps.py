"""The five steps of a report: which were right, which were not, and from which step on."""

import dataclasses

import numpy as np
import pytest

from rainfall_kit.quadratic.bowl import Bowl
from rainfall_kit.records.run import Run, Step

FIVE = [
    "Predict",
    "Compute the loss",
    "Compute the gradients",
    "Move w and b against them",
    "Reset the gradients",
]


@pytest.mark.parametrize("epochs", [1, 100])
def test_names_the_five_steps_in_order(epochs, lesson_run, both):
    for words in both(lesson_run(epochs)):
        found = [words.index(name) for name in FIVE]
        assert found == sorted(found)


def test_a_right_step_is_marked_as_right(lesson_run, both):
    for words in both(lesson_run(5)):
        assert "✓ w and b moved to w − lr·∂loss/∂w and b − lr·∂loss/∂b in all 5 steps" in words
        assert "✗" not in words


def test_a_b_that_stands_still_is_marked_and_w_is_not(lesson_run, with_steps, both):
    for words in both(with_steps(lesson_run(), b_after=lambda step: step.b)):
        assert "✓ w moved to w − lr·∂loss/∂w" in words
        assert "✗ b stayed where it was" in words


@pytest.mark.parametrize(
    ("times", "said"),
    [
        (-1, "✗ w moved to w + lr·∂loss/∂w in every step, not to w − lr·∂loss/∂w"),
        (2, "✗ w moved to w − 2·lr·∂loss/∂w in every step, not to w − lr·∂loss/∂w"),
        (-0.5, "✗ w moved to w + 0.5·lr·∂loss/∂w in every step, not to w − lr·∂loss/∂w"),
        (1.004, "✗ w moved to something other than w − lr·∂loss/∂w in every step"),
    ],
)
def test_a_move_that_is_always_the_same_multiple_says_which(
    times, said, lesson_run, with_steps, both
):
    def multiple(step):
        before, after = np.array(step.w), np.array(step.w_after)
        return tuple(map(tuple, (before + times * (after - before)).tolist()))

    for words in both(with_steps(lesson_run(3), w_after=multiple)):
        assert said in words


def test_a_mistake_here_and_there_is_counted(lesson_run, both):
    run = lesson_run(4)
    still = dataclasses.replace(run[1], b_after=run[1].b)
    for words in both(dataclasses.replace(run, steps=(run[0], still, *run[2:]))):
        assert "b − lr·∂loss/∂b in 1 of 4 steps, first in step 2" in words


def test_gradients_that_add_up_are_told_from_the_second_step_on(lesson_run, both):
    run = lesson_run(3)
    first = run[0].grad_w
    steps = (run[0], *(dataclasses.replace(step, grad_w=first) for step in run[1:]))
    for words in both(dataclasses.replace(run, steps=steps)):
        assert "✗ w.grad held something other than the new gradient from step 2 on" in words


def test_another_loss_in_the_cell_is_said_beside_the_mean_squared_error(
    lesson_run, with_steps, both
):
    for words in both(with_steps(lesson_run(), body_loss=330608.0)):
        assert "the cell's own loss was 330608" in words
    for words in both(with_steps(lesson_run(), body_loss=lambda step: step.loss)):
        assert "the cell's own loss" not in words


def test_a_negative_lr_is_marked(lesson_run, with_steps, both):
    for words in both(with_steps(lesson_run(), lr=-1e-5)):
        assert "✗ lr is −1e-5" in words


def test_a_step_that_changes_nothing_says_so(lesson_run, with_steps, both):
    still = with_steps(lesson_run(), w_after=lambda step: step.w, b_after=lambda step: step.b)
    for words in both(still):
        assert "w and b did not move" in words


def test_steps_of_changing_shape_are_reported(both):
    def step(number, d):
        w = ((0.5,) * d,)
        return Step(number=number, lr=0.1, loss=1.0, w=w, b=(0.0,), w_after=w, b_after=(0.0,))

    run = Run(
        steps=(step(1, 2), step(2, 1)),
        final_loss=1.0,
        quadratic=Bowl.from_data([[1.0, 2.0]], [[1.0]]).record(),
    )
    for words in both(run):
        assert "not compared with lr·gradient: w and b do not have the same shape" in words
