"""standardise is judged by the means and deviations of the columns, whichever rule divides them."""

import numpy as np
from expected import expected_in, near

from rainfall_kit.checks.questions.registry import find_question


def test_the_expected_columns_have_mean_0_and_deviation_1_and_the_inputs_shape():
    for (inputs,), wanted in expected_in("standardise", "inputs"):
        z = wanted["the result"]
        assert z.shape == inputs.shape
        near(z.mean(axis=0), np.zeros(inputs.shape[1]))
        near(z.std(axis=0, ddof=1), np.ones(inputs.shape[1]))
        for column, other in zip(
            z.T, inputs.T, strict=True
        ):  # a straight line leads from one to the other
            assert np.corrcoef(column, other)[0, 1] > 1 - 1e-9


def test_dividing_by_n_is_as_good_as_by_one_less():
    question = find_question("standardise")
    for rule in ("unbiased=True", "unbiased=False", "correction=0", "correction=1"):
        other = question.program.replace("std(dim=0)", f"std(dim=0, {rule})")
        for case in question.draw(5):
            assert question.judge(case, question.run(other, case)) is None
