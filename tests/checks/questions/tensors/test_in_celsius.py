"""in_celsius is judged by the two temperatures that everybody knows, and by a straight line through them."""

import numpy as np
from expected import expected_in, near


def test_the_expected_degrees_lie_on_the_line_through_freezing_and_boiling():
    for (temps,), wanted in expected_in("in_celsius", "temps"):
        near(wanted["the result"], np.array([100 * (t - 32) / (212 - 32) for t in temps]))
        assert (wanted["temps afterwards"] == temps).all()
