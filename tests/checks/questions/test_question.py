"""Cases and observations of every question are plain data."""

from rainfall_kit.checks.observations import Case, Observation
from rainfall_kit.checks.questions.registry import QUESTIONS


def test_cases_and_observations_travel_as_text():
    for question in QUESTIONS.values():
        case = question.draw(4)[-1]
        seen = question.expected(case)
        assert Case.from_json(case.to_json()) == case
        assert Observation.from_json(seen.to_json()) == seen
