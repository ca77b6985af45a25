"""largest_stable_lr is judged by runs: a little below the limit the loss falls, a little above it grows."""

import numpy as np
import pytest
from expected import expected_in


def grows(x, t, lr, epochs=300):
    a = np.column_stack([x, np.ones(len(x))])
    best = np.linalg.lstsq(a, t, rcond=None)[0]
    p = best + 1.0
    for _ in range(epochs):
        p = p - lr * 2 / t.size * a.T @ (a @ p - t)
    return np.abs(p - best).max() > 1.5 * np.sqrt(a.shape[1])


def test_the_limit_lies_between_runs_that_stay_and_runs_that_grow():
    for (x, t), wanted in expected_in("largest_stable_lr", "inputs", "targets", seeds=(0, 7)):
        lr = float(wanted["the largest stable lr"])
        assert not grows(x, t, 0.98 * lr)
        assert grows(x, t, 1.02 * lr)


def test_the_lessons_limit_is_the_published_one():
    limits = [
        float(wanted["the largest stable lr"])
        for (x, _), wanted in expected_in("largest_stable_lr", "inputs", "targets", seeds=(0,))
        if x.shape == (5, 3)
    ]
    assert limits == [pytest.approx(1.116728e-4, rel=1e-6)]
