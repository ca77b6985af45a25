"""What a question's right program gives, as arrays: for tests that hold it against another way."""

import numpy as np

from rainfall_kit.checks.questions.registry import find_question


def expected_in(name, *given, seeds=(0, 7, 91)):
    """For each case of a question: what it is given under these names, and what is expected, by name."""
    question = find_question(name)
    for seed in seeds:
        for case in question.draw(seed):
            double = {value.name: np.reshape(value.numbers, value.shape) for value in case.given}
            seen = question.expected(case)
            assert seen.failure is None, case.label
            wanted = {value.name: np.reshape(value.numbers, value.shape) for value in seen.values}
            yield [double[one] for one in given], wanted


def near(got, want):
    """Equal up to what float32 rounds, measured by the largest element, or by 1."""
    np.testing.assert_allclose(got, want, rtol=0, atol=2e-5 * max(1, np.abs(want).max()))
