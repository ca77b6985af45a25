"""The expected predictions are NumPy's, before and after a step worked out by hand."""

import numpy as np
from expected import expected_in, near


def test_what_is_expected_is_a_product_and_a_sum():
    for (w, b, inputs), wanted in expected_in("make_model", "w", "b", "inputs"):
        near(wanted["preds"], np.einsum("nd,kd->nk", inputs, w) + b)
        assert wanted["how many numbers can be learned"] == w.size + b.size


def test_a_step_goes_against_the_slopes_of_a_weighted_sum():
    for (w, b, inputs), wanted in expected_in("make_model", "w", "b", "inputs"):
        weights = np.arange(1, len(inputs) * len(b) + 1).reshape(len(inputs), len(b))
        moved_w, moved_b = w - 0.125 * weights.T @ inputs, b - 0.125 * weights.sum(axis=0)
        near(wanted["preds after one step"], inputs @ moved_w.T + moved_b)
