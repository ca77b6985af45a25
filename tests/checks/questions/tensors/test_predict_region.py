"""The expected prediction is one weighted sum and one offset for each crop, in a row."""

import pytest

from rainfall_kit.checks.questions.tensors.predict_region import QUESTION


def test_the_first_case_is_easy_to_work_out_by_hand():
    # apples 1*2 + 10*3 + 0*4 + 5, oranges 0*2 + 1*3 + 5*4 + 7
    assert QUESTION.expected(QUESTION.draw(0)[0]).values[0].numbers == (37.0, 30.0)


@pytest.mark.parametrize("seed", range(5))
def test_what_is_expected_is_a_weighted_sum_and_an_offset_for_each_crop(seed):
    for case in QUESTION.draw(seed):
        region, w, b = (case.value(name) for name in ("region", "w", "b"))
        d = len(region.numbers)
        rows = [w.numbers[start : start + d] for start in range(0, len(w.numbers), d)]
        sums = [
            sum(weight * number for weight, number in zip(row, region.numbers, strict=True))
            + offset
            for row, offset in zip(rows, b.numbers, strict=True)
        ]
        got = QUESTION.expected(case).values[0]
        assert got.shape == (1, len(b.numbers))
        assert got.numbers == pytest.approx(sums, rel=1e-4, abs=1e-4)
