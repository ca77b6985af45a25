"""The expected share is what the cases were drawn for: they leave a known part of the baseline."""

import pytest

from rainfall_kit.checks.questions.loss.share_explained import QUESTION


def shares(cases):
    return [QUESTION.expected(case).values[0].numbers[0] for case in cases]


def test_the_public_cases_are_a_half_and_a_model_worse_than_none():
    public = [case for case in QUESTION.draw(0) if case.public]
    assert shares(public) == [0.5, -2.25]


@pytest.mark.parametrize("seed", range(5))
def test_what_is_expected_is_what_errors_of_that_size_leave(seed):
    drawn = [case for case in QUESTION.draw(seed) if not case.public]
    left = [0.3, 0.3, 4.0, 4.0, 0.1, 0.1, 25.0, 25.0, 0.0]
    assert shares(drawn) == pytest.approx([1 - part for part in left], rel=1e-4)
