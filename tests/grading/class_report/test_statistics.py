"""Statistics of questions agree with NumPy's, and say nothing where nothing can be said."""

import numpy as np
import pytest

from rainfall_kit.grading.class_report.statistics import discrimination, pairs_together


def test_discrimination_is_numpys_correlation_with_the_other_questions():
    points = np.random.default_rng(0).integers(0, 4, size=(40, 3)).astype(float)
    totals = points.sum(axis=1)
    for own in points.T:
        expected = np.corrcoef(own, totals - own)[0, 1]
        assert discrimination(own.tolist(), totals.tolist()) == pytest.approx(expected)


@pytest.mark.parametrize("points", [[1.0] * 12, [0.0, 1.0] * 4])
def test_nothing_is_said_of_equal_points_or_of_few_students(points):
    assert discrimination(points, list(range(len(points)))) is None


def test_mistakes_that_come_together_by_chance_are_no_pair():
    chance = [["a", "b"]] * 9 + [["a"]] * 1 + [["b"]] * 1
    assert pairs_together(chance) == []
    assert pairs_together([["a", "b"]] * 2 + [[]] * 50) == []  # too few
    assert pairs_together([["b", "a", "b"]] * 4 + [[]] * 16) == [("a", "b", 4, pytest.approx(0.8))]


def test_what_rounding_leaves_over_tells_nobody_apart():
    own = [0.1, 0.2, 0.3] * 4
    rest = [0.1 + 0.2 if number % 2 else 0.3 for number in range(12)]
    assert len(set(rest)) == 2
    totals = [one + other for one, other in zip(own, rest, strict=True)]
    assert discrimination(own, totals) is None
