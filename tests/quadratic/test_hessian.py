"""The Hessian: its published eigenvalues, and the directions that the data do not decide."""

import numpy as np
import pytest

from rainfall_kit.quadratic.bowl import Bowl


def test_the_published_figures_come_out(lesson):
    np.testing.assert_allclose(lesson.eigenvalues, [17909, 633, 93.3, 0.00819], rtol=1e-3)
    assert lesson.condition_number == pytest.approx(2.19e6, abs=0.005e6)
    assert lesson.largest_stable_lr == pytest.approx(1.1167e-4, rel=1e-4)
    assert lesson.floor == pytest.approx(0.4831, abs=5e-5)
    np.testing.assert_allclose(lesson.half_lives(1e-5), [3.5, 109, 742, 8.46e6], rtol=5e-3)
    standardised = lesson.standardised()
    assert standardised.condition_number == pytest.approx(6.95, abs=5e-3)
    assert standardised.largest_stable_lr > 1


def test_what_the_data_do_not_decide_never_moves():
    bowl = Bowl.from_data([[1.0, 1.0], [2.0, 2.0]], [[1.0], [2.0]])
    assert bowl.condition_number == np.inf
    assert bowl.eigenvalues[-1] == 0
    w, _ = bowl.after([[5.0, -5.0]], [0.0], bowl.best_lr, 10**5)
    assert w[0, 0] - w[0, 1] == pytest.approx(10)
