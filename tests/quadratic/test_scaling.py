"""Other units for the inputs: the same predictions, and the way back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rainfall_kit.quadratic.bowl import Bowl


@settings(deadline=None)
@given(st.integers(0, 10**6))
def test_standardised_weights_predict_the_same_and_come_back(case, seed):
    x, y, w, b, _ = case(seed)
    bowl = Bowl.from_data(x, y)
    w2, b2 = bowl.to_standardised(w, b)
    z = (x - bowl.means) / bowl.stds
    np.testing.assert_allclose(z @ w2.T + b2, x @ w.T + b, rtol=1e-9, atol=1e-9)
    assert bowl.standardised().loss(w2, b2) == pytest.approx(bowl.loss(w, b), rel=1e-7)
    for ours, given_ in zip(bowl.from_standardised(w2, b2), (w, b), strict=True):
        np.testing.assert_allclose(ours, given_, rtol=1e-9, atol=1e-9)
