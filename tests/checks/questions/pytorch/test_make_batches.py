"""An epoch of a right answer's batches is the table, row by row, in as few batches as there can be."""

import math

import numpy as np
import pytest

from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.pytorch.make_batches import QUESTION


@pytest.mark.parametrize("seed", range(5))
def test_an_epoch_of_the_right_program_is_the_table_in_another_order(seed):
    make_batches = build(QUESTION.program, "make_batches")
    for case in QUESTION.draw(seed):
        x, t = case.tensors("inputs", "targets")
        size = int(case.number("batch_size"))
        batches = make_batches(x, t, size, int(case.number("seed")))
        table = np.hstack([x, t]).tolist()
        for _ in range(2):
            epoch = [np.hstack(pair) for pair in batches]
            assert sorted(np.vstack(epoch).tolist()) == sorted(table)
            assert len(epoch) == math.ceil(len(table) / size)
            assert all(len(batch) == size for batch in epoch[:-1])


def test_a_row_that_is_missing_is_counted():
    program = "def make_batches(x, t, batch_size, seed):\n    return [(x[i], t[i]) for i in ([0, 1], [2, 3])]\n"
    seen = QUESTION.run(program, QUESTION.draw(0)[0])
    found = {value.name: value.numbers for value in seen.values}
    assert found["the number of rows that are missing in the first epoch"] == (1.0,)
