"""has_converged is judged by a rule written another way."""

from expected import expected_in


def test_yes_is_expected_where_at_most_a_hundredth_of_the_floor_is_left():
    answers = set()
    for (losses, floor), wanted in expected_in("has_converged", "losses", "floor"):
        left = (losses[-1] - floor) / floor
        assert abs(left - 0.01) > 1e-3, "too near the limit for rounding"
        assert bool(wanted["the answer"]) == (left < 0.01)
        answers.add(bool(left < 0.01))
    assert answers == {True, False}
