"""The bowl is exact: it agrees with autograd, NumPy's least squares and the published figures."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rainfall_kit.errors import OptionError
from rainfall_kit.lesson import reference
from rainfall_kit.quadratic.bowl import Bowl
from rainfall_kit.records.run import Quadratic


def test_the_published_losses_come_out(lesson):
    w, b = (parameter.detach() for parameter in reference.init_params(0, torch.float64))
    losses = lesson.losses(w, b, 1e-5, [0, 1, 100, 101])
    published = [33060.8052942, 23432.4894139, 1270.1236521, 1258.0215797]
    np.testing.assert_allclose(losses, published, rtol=1e-10)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.02, 1.3), st.integers(0, 60))
def test_it_agrees_with_the_autograd_loop(case, seed, boldness, epochs):
    x, y, w, b, _ = case(seed)
    bowl = Bowl.from_data(x, y)
    lr = boldness * bowl.largest_stable_lr
    tensors = [
        torch.tensor(array, requires_grad=array is w or array is b) for array in (x, y, w, b)
    ]
    run = reference.train(*tensors, lr=lr, epochs=epochs)
    size = max(
        1.0, *np.abs(run.w or w).flat, *np.abs(run.b or b).flat, *np.abs(bowl.minimum[0]).flat
    )
    path_w, path_b = bowl.path(w, b, lr, epochs)
    np.testing.assert_allclose(path_w[-1], run.w or w, rtol=1e-9, atol=1e-9 * size)
    np.testing.assert_allclose(path_b[-1], run.b or b, rtol=1e-9, atol=1e-9 * size)
    # Where the loss has all but reached a floor of 0 only its rounding is left to compare.
    rounding = 1e-9 * run.losses[0] * 1e-3
    np.testing.assert_allclose(
        bowl.losses(w, b, lr, np.arange(epochs + 1)), run.losses, rtol=1e-9, atol=rounding
    )


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**6))
def test_gradient_and_loss_agree_with_autograd_anywhere(case, seed):
    x, y, w, b, _ = case(seed)
    bowl = Bowl.from_data(x, y)
    tensors = [
        torch.tensor(array, requires_grad=array is w or array is b) for array in (x, y, w, b)
    ]
    expected = reference.mse(reference.model(tensors[0], *tensors[2:]), tensors[1]).item()
    assert bowl.loss(w, b) == pytest.approx(expected, rel=1e-9)
    for ours, theirs in zip(bowl.gradient(w, b), reference.gradients(*tensors), strict=True):
        scale = float(theirs.abs().max())
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * scale)


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_the_minimum_is_numpys_least_squares(case, seed):
    x, y, _, _, _ = case(seed)
    bowl = Bowl.from_data(x, y)
    a = np.column_stack([x, np.ones(len(x))])
    solution = np.linalg.lstsq(a, y, rcond=None)[0]
    w, b = bowl.minimum
    np.testing.assert_allclose(np.vstack([w.T, b]), solution, rtol=1e-6, atol=1e-7)
    floor = np.mean((a @ solution - y) ** 2)
    assert bowl.floor == pytest.approx(floor, rel=1e-7, abs=1e-18 * np.sum(y**2))


def test_the_students_own_tensors_can_be_asked_about(lesson):
    w, b = reference.init_params(0)
    assert w.requires_grad
    assert lesson.loss(w, b) == pytest.approx(33060.8, rel=1e-5)
    lr = torch.tensor(1e-5, requires_grad=True)
    assert lesson.losses(w, b, lr, torch.tensor([1]))[0] == pytest.approx(23432.5, rel=1e-5)
    assert lesson.loss(w.bfloat16(), b.bfloat16()) == pytest.approx(33060.8, rel=2e-2)


def test_it_survives_the_journey_as_a_record(lesson):
    again = Bowl.from_record(Quadratic.from_json(lesson.record().to_json()))
    assert again.floor == lesson.floor
    np.testing.assert_array_equal(again.eigenvalues, lesson.eigenvalues)


def test_parameters_of_another_shape_are_refused(lesson):
    with pytest.raises(OptionError, match=r"\(2, 3\)"):
        lesson.loss(np.ones((3, 2)), np.zeros(2))
    with pytest.raises(OptionError, match=r"\(2, 3\)"):
        lesson.loss("w", "b")


def test_a_floor_that_is_only_rounding_is_0():
    x, y = np.array([[73.0, 67.0, 43.0]]), np.array([[56.0, 70.0]])
    assert Bowl.from_data(x, y).floor == 0
    assert Bowl.from_data([[0.0], [1.0], [2.0]], [[1.0], [3.0], [5 + 1e-9]]).floor > 0
