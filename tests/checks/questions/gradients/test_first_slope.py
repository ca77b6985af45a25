"""A loss of squares is a parabola in each weight, so a difference to both sides is its slope."""

import numpy as np
from expected import expected_in


def test_what_is_expected_is_the_difference_of_losses_to_both_sides():
    for (inputs, targets), wanted in expected_in("first_slope", "inputs", "targets"):
        up, down = (mse(by * inputs[:, 0], targets) for by in (0.5, -0.5))
        np.testing.assert_allclose(wanted["the slope"], up - down, rtol=2e-6)


def mse(apples, targets):
    preds = np.zeros_like(targets)
    preds[:, 0] = apples
    return ((preds - targets) ** 2).mean()
