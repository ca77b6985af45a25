"""slope_by_nudging is judged by the derivative of the loss that is handed over."""

import pytest
from expected import expected_in

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.questions.registry import find_question


def test_the_expected_slope_is_the_derivative():
    for seed in (0, 7, 91):
        question = find_question("slope_by_nudging")
        for case in question.draw(seed):
            given = {value.name: value for value in case.given}
            (w, lowest), i, j = case.arrays("w", "lowest"), *map(case.number, "ij")
            bend = case.number("bend") if "bend" in given else 0
            apart = (w - lowest)[int(i), int(j)]
            slope = question.expected(case).values[0].numbers[0]
            assert slope == pytest.approx(2 * apart + 3 * bend * apart**2, rel=1e-6)


def test_w_is_expected_to_be_as_it_was():
    for (w,), wanted in expected_in("slope_by_nudging", "w"):
        assert (wanted["w afterwards"] == w).all()


@pytest.mark.parametrize("nudge", [1e-4, 1e-3, 0.5])
def test_a_nudge_of_the_answers_own_is_as_good_for_a_parabola(nudge):
    question = find_question("slope_by_nudging")
    own = question.program.replace("nudge):", f"nudge):\n    nudge = {nudge}")
    for case in question.draw(3):
        if case.dtype == "float64" and not case.number("bend"):
            assert question.judge(case, question.run(own, case)) is None


def test_a_weight_that_is_not_put_back_costs_the_points():
    def forgetful(loss_of, w, i, j, nudge):
        w.data[i, j] += nudge
        up = loss_of(w).item()
        w.data[i, j] -= 2 * nudge
        return (up - loss_of(w).item()) / (2 * nudge)

    result = check("slope_by_nudging", forgetful)
    assert (result.outcome, result.misconceptions) == ("wrong", ("RK287",))
