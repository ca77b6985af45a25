"""distance_after is judged by taking the steps one by one."""

import pytest
from expected import expected_in


def test_the_expected_distance_is_that_of_a_run():
    names = ("distance", "lr", "curvature", "epochs")
    for (distance, lr, curvature, epochs), wanted in expected_in("distance_after", *names):
        for _ in range(int(epochs)):
            distance = distance - lr * (curvature * distance)
        assert wanted["the distance"] == pytest.approx(distance, rel=1e-9)
