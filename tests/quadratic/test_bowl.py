"""The bowl is exact: it agrees with autograd, NumPy's least squares and the published figures."""

import warnings

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from rainfall_kit.errors import OptionError
from rainfall_kit.lesson import reference
from rainfall_kit.lesson.orchard import load_orchard
from rainfall_kit.quadratic.bowl import Bowl
from rainfall_kit.records.run import Quadratic


@pytest.fixture(scope="module")
def lesson():
    return Bowl.from_data(*load_orchard().tensors())


def case(seed):
    """Random data and a start; a third of them cannot decide every weight."""
    rng = np.random.default_rng(seed)
    n, d, k = rng.integers(1, 9), rng.integers(1, 5), rng.integers(1, 4)
    x = rng.normal(size=(n, d)) * 10 ** rng.uniform(-1, 2) + rng.normal(size=d)
    if seed % 3 == 0:
        x[:, -1] = x[:, 0]
    y = rng.normal(size=(n, k)) * 10 ** rng.uniform(-1, 2)
    return x, y, rng.normal(size=(k, d)), rng.normal(size=k), rng


def test_the_published_figures_come_out(lesson):
    np.testing.assert_allclose(lesson.eigenvalues, [17909, 633, 93.3, 0.00819], rtol=1e-3)
    assert lesson.condition_number == pytest.approx(2.19e6, abs=0.005e6)
    assert lesson.largest_stable_lr == pytest.approx(1.1167e-4, rel=1e-4)
    assert lesson.floor == pytest.approx(0.4831, abs=5e-5)
    np.testing.assert_allclose(lesson.half_lives(1e-5), [3.5, 109, 742, 8.46e6], rtol=5e-3)
    standardised = lesson.standardised()
    assert standardised.condition_number == pytest.approx(6.95, abs=5e-3)
    assert standardised.largest_stable_lr > 1


def test_the_published_losses_come_out(lesson):
    w, b = (each.detach() for each in reference.init_params(0, torch.float64))
    losses = lesson.losses(w, b, 1e-5, [0, 1, 100, 101])
    published = [33060.8052942, 23432.4894139, 1270.1236521, 1258.0215797]
    np.testing.assert_allclose(losses, published, rtol=1e-10)


@settings(max_examples=300, deadline=None)
@given(st.integers(0, 10**6), st.floats(0.02, 1.3), st.integers(0, 60))
def test_it_agrees_with_the_autograd_loop(seed, boldness, epochs):
    x, y, w, b, _ = case(seed)
    bowl = Bowl.from_data(x, y)
    lr = boldness * bowl.largest_stable_lr
    tensors = [torch.tensor(each, requires_grad=each is w or each is b) for each in (x, y, w, b)]
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
def test_gradient_and_loss_agree_with_autograd_anywhere(seed):
    x, y, w, b, _ = case(seed)
    bowl = Bowl.from_data(x, y)
    tensors = [torch.tensor(each, requires_grad=each is w or each is b) for each in (x, y, w, b)]
    expected = reference.mse(reference.model(tensors[0], *tensors[2:]), tensors[1]).item()
    assert bowl.loss(w, b) == pytest.approx(expected, rel=1e-9)
    for ours, theirs in zip(bowl.gradient(w, b), reference.gradients(*tensors), strict=True):
        scale = float(theirs.abs().max())
        np.testing.assert_allclose(ours, theirs, rtol=1e-9, atol=1e-9 * scale)


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_the_minimum_is_numpys_least_squares(seed):
    x, y, _, _, _ = case(seed)
    bowl = Bowl.from_data(x, y)
    a = np.column_stack([x, np.ones(len(x))])
    solution = np.linalg.lstsq(a, y, rcond=None)[0]
    w, b = bowl.minimum
    np.testing.assert_allclose(np.vstack([w.T, b]), solution, rtol=1e-6, atol=1e-7)
    floor = np.mean((a @ solution - y) ** 2)
    assert bowl.floor == pytest.approx(floor, rel=1e-7, abs=1e-18 * np.sum(y**2))


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_standardised_weights_predict_the_same_and_come_back(seed):
    x, y, w, b, _ = case(seed)
    bowl = Bowl.from_data(x, y)
    w2, b2 = bowl.to_standardised(w, b)
    z = (x - bowl.means) / bowl.stds
    np.testing.assert_allclose(z @ w2.T + b2, x @ w.T + b, rtol=1e-9, atol=1e-9)
    assert bowl.standardised().loss(w2, b2) == pytest.approx(bowl.loss(w, b), rel=1e-7)
    for ours, given_ in zip(bowl.from_standardised(w2, b2), (w, b), strict=True):
        np.testing.assert_allclose(ours, given_, rtol=1e-9, atol=1e-9)


def test_many_learning_rates_at_once_are_one_at_a_time(lesson):
    w, b = np.ones((2, 3)), np.zeros(2)
    rates, epochs = np.geomspace(1e-7, 1e-3, 5), np.array([0, 3, 50])
    losses = lesson.losses(w, b, rates, epochs)
    ws, _ = lesson.after(w, b, rates, epochs)
    assert losses.shape == (5, 3)
    assert ws.shape == (5, 3, 2, 3)
    for i, lr in enumerate(rates):
        for j, epoch in enumerate(epochs):
            assert losses[i, j] == lesson.losses(w, b, lr, epoch)
            np.testing.assert_array_equal(ws[i, j], lesson.after(w, b, lr, epoch)[0])


def test_a_run_that_diverges_ends_in_infinity_without_a_warning(lesson):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        losses = lesson.losses(np.ones((2, 3)), np.zeros(2), 1e-3, [0, 10, 10**6])
        w, b = lesson.after(np.ones((2, 3)), np.zeros(2), 1e-3, 10**6)
    assert np.isfinite(losses[:2]).all()
    assert losses[2] == np.inf
    assert np.isinf(w).any()
    assert not np.isnan(np.append(w, b)).any()


def test_a_start_at_the_lowest_point_stays_there_at_any_lr(lesson):
    w, b = lesson.minimum
    after = lesson.after(w, b, 1e-5, 10**6)
    np.testing.assert_allclose(after[0], w, atol=1e-6)


def test_what_the_data_do_not_decide_never_moves():
    bowl = Bowl.from_data([[1.0, 1.0], [2.0, 2.0]], [[1.0], [2.0]])
    assert bowl.condition_number == np.inf
    assert bowl.eigenvalues[-1] == 0
    w, _ = bowl.after([[5.0, -5.0]], [0.0], bowl.best_lr, 10**5)
    assert w[0, 0] - w[0, 1] == pytest.approx(10)


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


@pytest.mark.parametrize("lr", [0, -1e-5, float("nan"), float("inf"), "fast", [1e-5, 0]])
def test_a_bad_lr_is_refused(lesson, lr):
    with pytest.raises(OptionError, match="lr must be a number above 0"):
        lesson.losses(np.ones((2, 3)), np.zeros(2), lr, 10)


@pytest.mark.parametrize("epochs", [-1, 1.5, [3, -2]])
def test_bad_epochs_are_refused(lesson, epochs):
    with pytest.raises(OptionError, match="epochs must be whole numbers"):
        lesson.losses(np.ones((2, 3)), np.zeros(2), 1e-5, epochs)


@pytest.mark.parametrize("epochs", [-1, 1.5])
def test_a_path_of_bad_length_is_refused(lesson, epochs):
    with pytest.raises(OptionError, match="epochs must be whole numbers"):
        lesson.path(np.ones((2, 3)), np.zeros(2), 1e-5, epochs)


def test_parameters_of_another_shape_are_refused(lesson):
    with pytest.raises(OptionError, match=r"\(2, 3\)"):
        lesson.loss(np.ones((3, 2)), np.zeros(2))
    with pytest.raises(OptionError, match=r"\(2, 3\)"):
        lesson.loss("w", "b")
