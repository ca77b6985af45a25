"""The expected root mean squared error is the length of the error over the root of its count."""

import math

import numpy as np
import pytest

from rainfall_kit.checks.questions.loss.rmse import QUESTION


def test_the_first_case_is_easy_to_work_out_by_hand():
    assert QUESTION.expected(QUESTION.draw(0)[0]).values[0].numbers == (3.0,)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_expected_is_the_length_of_the_error_over_the_root_of_its_count(seed):
    for case in QUESTION.draw(seed):
        preds, targets = (np.array(case.value(name).numbers) for name in ("preds", "targets"))
        length = math.dist(preds, targets)
        got = QUESTION.expected(case).values[0].numbers[0]
        assert got == pytest.approx(length / math.sqrt(len(preds)), rel=1e-5)
