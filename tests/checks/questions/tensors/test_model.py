"""model is judged by a sum over the inputs for each region and crop."""

import numpy as np
from expected import expected_in, near


def test_the_expected_predictions_are_weighted_sums_and_an_offset():
    for (x, w, b), wanted in expected_in("model", "x", "w", "b"):
        sums = [[sum(row * weights) + b[k] for k, weights in enumerate(w)] for row in x]
        near(wanted["preds"], np.array(sums))
