"""Best weights predict, over their own table, as much as was harvested; elsewhere it is a weighted sum."""

import numpy as np
from expected import expected_in

WEIGHTS = np.array([-0.387574, 0.847757, 0.698178])  # as the assignment gives them


def test_what_is_expected_is_a_weighted_sum_of_the_columns_sums():
    for (inputs,), wanted in expected_in("predicted_apples", "inputs"):
        sums = inputs.sum(axis=0)
        np.testing.assert_allclose(
            wanted["the harvest of apples"], sums @ WEIGHTS - 1.637613 * len(inputs), rtol=2e-6
        )
