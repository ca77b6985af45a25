"""mse is judged by a loop over the elements, and its slope by the formula."""

import numpy as np
from expected import expected_in, near


def test_the_expected_loss_is_the_mean_of_the_squares():
    for (preds, targets), wanted in expected_in("mse", "preds", "targets"):
        errors = [p - t for p, t in zip(preds.flat, targets.flat, strict=True)]
        near(wanted["the loss"], np.array(sum(error * error for error in errors) / len(errors)))
        near(wanted["the slope for preds"], 2 / len(errors) * (preds - targets))
