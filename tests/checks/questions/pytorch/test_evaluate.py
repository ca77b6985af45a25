"""The expected loss is one mean over all rows at once, whatever the batches are."""

from expected import expected_in, near

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.pytorch.evaluate import QUESTION


def test_what_is_expected_is_the_mean_over_the_whole_table():
    for (x, t, w, b), wanted in expected_in("evaluate", "inputs", "targets", "w", "b"):
        near(wanted["the result"], ((x @ w.T + b - t) ** 2).mean())
        near(wanted["weight afterwards"], w)


def test_models_come_in_both_modes_with_and_without_dropout():
    cases = QUESTION.draw(0)
    kinds = {(case.number("training"), case.number("dropout")) for case in cases}
    assert kinds == {(0, 0), (0, 1), (1, 0), (1, 1)}


def test_in_some_table_the_last_batch_is_smaller():
    def rest(case):
        return case.value("inputs").shape[0] % int(case.number("rows_in_a_batch"))

    assert any(map(rest, QUESTION.draw(0)))


def test_gradients_recorded_for_nothing_are_a_note_and_cost_nothing():
    source = QUESTION.program.replace("with torch.no_grad():", "if True:")
    result = check("evaluate", build(source, "evaluate"))
    assert (result.outcome, result.notes) == ("right", ("RK455",))
