"""The late penalty: a tenth of the score for each day that has begun, unless the configuration says other."""

import pytest
from traitlets import TraitError
from traitlets.config import Config

from rainfall_kit.grading.plugins.late_penalty import DailyPenalty


@pytest.mark.parametrize(
    ("seconds", "share"), [(0, 0.0), (1, 0.1), (86_400, 0.1), (86_401, 0.2), (10**7, 1.0)]
)
def test_each_day_begun_costs_a_tenth(seconds, share):
    assert DailyPenalty().late_submission_penalty("ash", 15.0, seconds) == pytest.approx(15 * share)


HOUR, DAY = 3600, 86_400
POLICIES = {  # the configuration, the seconds, the share that is taken off
    "within the grace": ({"grace_minutes": 10}, 600, 0.0),
    "past the grace": ({"grace_minutes": 10}, 601, 0.1),
    "the grace is no day": ({"grace_minutes": 10}, DAY + 1, 0.2),
    "at most": ({"most_share": 0.3}, 9 * DAY, 0.3),
    "an extension": ({"extra_hours": {"ash": 48}}, 2 * DAY, 0.0),
    "past the extension": ({"extra_hours": {"ash": 48}}, 2 * DAY + 1, 0.1),
    "another's extension": ({"extra_hours": {"may": 48}}, HOUR, 0.1),
}


def test_hours_below_zero_are_refused():
    with pytest.raises(TraitError, match=r"extra_hours must be 0 or more, and is -5 for misty"):
        DailyPenalty(config=Config({"DailyPenalty": {"extra_hours": {"ash": 1, "misty": -5}}}))


@pytest.mark.parametrize("name", POLICIES)
def test_policies(name):
    config, seconds, share = POLICIES[name]
    penalty = DailyPenalty(config=Config({"DailyPenalty": config}))
    assert penalty.late_submission_penalty("ash", 10.0, seconds) == pytest.approx(10 * share)
