"""The late penalty: a tenth of the score for each day that has begun."""

import pytest

from rainfall_kit.grading.plugins.late_penalty import DailyPenalty


@pytest.mark.parametrize(
    ("seconds", "share"), [(0, 0.0), (1, 0.1), (86_400, 0.1), (86_401, 0.2), (10**7, 1.0)]
)
def test_each_day_begun_costs_a_tenth(seconds, share):
    assert DailyPenalty().late_submission_penalty("ash", 15.0, seconds) == pytest.approx(15 * share)
