"""Convergence along each direction: any lr and epoch, within what is allowed."""

import warnings

import numpy as np
import pytest

from rainfall_kit.errors import OptionError


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
