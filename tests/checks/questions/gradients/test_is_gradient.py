"""is_gradient is judged by the formula that one derives on paper."""

import numpy as np
from expected import expected_in

GIVEN = ("inputs", "targets", "w", "b", "grad_w", "grad_b")


def test_yes_is_expected_where_every_slope_is_that_of_the_formula():
    answers = set()
    for (x, t, w, b, grad_w, grad_b), wanted in expected_in("is_gradient", *GIVEN):
        share = 2 / t.size * (x @ w.T + b - t)
        # what the cases hold is rounded to float32
        right = np.allclose(grad_w, share.T @ x, rtol=1e-5, atol=1e-6) and np.allclose(
            grad_b, share.sum(axis=0), rtol=1e-5, atol=1e-6
        )
        assert bool(wanted["the answer"]) == right
        answers.add(right)
    assert answers == {True, False}
