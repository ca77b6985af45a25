"""Both parts of a right split together are the table, row by row, whoever draws."""

import numpy as np
import pytest

from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.pytorch.split import QUESTION


@pytest.mark.parametrize("seed", range(5))
def test_the_parts_of_the_right_program_are_the_table_in_another_order(seed):
    split = build(QUESTION.program, "split")
    for case in QUESTION.draw(seed):
        x, t = case.tensors("inputs", "targets")
        held = int(case.number("held_out"))
        train_x, train_t, held_x, held_t = split(x, t, held, int(case.number("seed")))
        assert len(held_x) == len(held_t) == held
        parts = np.hstack([np.vstack([train_x, held_x]), np.vstack([train_t, held_t])])
        table = np.hstack([x, t])
        assert sorted(parts.tolist()) == sorted(table.tolist())


@pytest.mark.parametrize(
    ("rows", "faults"),
    [("[0, 1, 2], [3, 4]", 0), ("[0, 1, 2], [2, 4]", 1), ("[0, 1], [4]", 2)],
)
def test_rows_in_both_and_rows_in_neither_are_counted(rows, faults):
    program = (
        f"def split(x, t, held_out, seed):\n    a, b = {rows}\n    return x[a], t[a], x[b], t[b]\n"
    )
    seen = QUESTION.run(program, QUESTION.draw(0)[0])
    found = {value.name: value.numbers for value in seen.values}
    both, neither = (
        found["the number of rows in both parts"],
        found["the number of rows in neither part"],
    )
    assert max(both, neither) == (float(faults),)


def test_rows_that_no_table_has_are_counted():
    program = "def split(x, t, held_out, seed):\n    return x[:3], 10 * t[:3], x[3:], t[3:]\n"
    seen = QUESTION.run(program, QUESTION.draw(0)[0])
    found = {value.name: value.numbers for value in seen.values}
    assert found["the number of rows that the table has not"] == (3.0,)
