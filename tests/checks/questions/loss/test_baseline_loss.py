"""The expected baseline is the mean of the squares less the square of the mean, crop by crop."""

import numpy as np
import pytest

from rainfall_kit.checks.questions.loss.baseline_loss import QUESTION


@pytest.mark.parametrize("seed", range(5))
def test_what_is_expected_is_the_mean_square_less_the_squared_mean(seed):
    for case in QUESTION.draw(seed):
        given = case.value("targets")
        columns = np.array(given.numbers).reshape(given.shape).T
        by_crop = [np.mean(column**2) - np.mean(column) ** 2 for column in columns]
        got = QUESTION.expected(case).values[0].numbers[0]
        assert got == pytest.approx(sum(by_crop) / len(by_crop), rel=1e-4)


@pytest.mark.parametrize("seed", range(5))
def test_no_other_guess_for_a_crop_has_a_smaller_loss(seed):
    for case in QUESTION.draw(seed):
        given = case.value("targets")
        targets = np.array(given.numbers).reshape(given.shape)
        guess = targets.mean(axis=0)
        for moved in (guess * 1.001, guess * 0.999, targets[0]):
            baseline = QUESTION.expected(case).values[0].numbers[0]
            assert ((targets - moved) ** 2).mean() >= baseline * (1 - 1e-6)
