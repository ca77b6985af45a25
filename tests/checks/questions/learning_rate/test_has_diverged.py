"""has_diverged is judged by a rule written another way."""

from expected import expected_in


def test_yes_is_expected_unless_the_last_loss_is_at_most_the_first():
    answers = set()
    for (losses,), wanted in expected_in("has_diverged", "losses"):
        fallen = losses[-1] <= losses[0]  # False for nan
        assert bool(wanted["the answer"]) != fallen
        answers.add(bool(fallen))
    assert answers == {True, False}
