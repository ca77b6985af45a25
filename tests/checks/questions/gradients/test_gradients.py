"""gradients is judged by the formula that one derives on paper."""

from expected import expected_in, near


def test_the_expected_slopes_are_those_of_the_formula():
    for (x, t, w, b), wanted in expected_in("gradients", "inputs", "targets", "w", "b"):
        share = 2 / t.size * (x @ w.T + b - t)
        near(wanted["the slope for w"], share.T @ x)
        near(wanted["the slope for b"], share.sum(axis=0))
