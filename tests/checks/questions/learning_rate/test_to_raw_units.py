"""to_raw_units is judged by predictions: raw rows with the new weights, standardised ones with the old."""

import numpy as np
from expected import expected_in, near


def test_the_expected_weights_predict_what_the_standardised_ones_do():
    rng = np.random.default_rng(0)
    for (w, b, mean, std), wanted in expected_in("to_raw_units", "w", "b", "mean", "std"):
        rows = rng.normal(size=(20, len(mean)))
        with_old = (rows - mean) / std @ w.T + b
        near(rows @ wanted["the raw w"].T + wanted["the raw b"], with_old)
