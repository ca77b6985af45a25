"""The same values are judged once, and nothing else is taken for the same."""

import pytest

from rainfall_kit.checks.harness.observing import observe
from rainfall_kit.checks.questions.registry import find_question
from rainfall_kit.grading.record import scoring
from rainfall_kit.grading.sandbox.job import Ask

QUESTION = find_question("mse")


def right(preds, targets):
    return ((preds - targets) ** 2).mean()


def wrong(preds, targets):
    return ((preds - targets) ** 2).sum()


def asked(judge, answer, seed=1, *, examples=True):
    cases = QUESTION.cases(seed)
    ask = Ask(question="mse", name="mse", cases=tuple(case.to_json() for case in cases))
    texts = tuple(one.to_json() for one in observe(QUESTION, answer, cases, seconds=5))
    judged = judge(ask, cases, texts, examples=examples)
    assert judged == scoring.judge_values(ask, cases, texts, examples=examples)
    return judged


@pytest.fixture
def judge():
    return scoring.Judge()


@pytest.fixture(autouse=True)
def judged(monkeypatch):
    """The calls that really judged something, with those of the comparison in `asked`."""
    real, calls = scoring.judge_values, []
    monkeypatch.setattr(scoring, "judge_values", lambda *a, **k: calls.append(a) or real(*a, **k))
    return calls


def test_the_same_values_are_judged_once(judge, judged):
    assert asked(judge, right) is asked(judge, right)
    assert len(judged) == 1 + 2


def test_other_values_cases_and_circumstances_are_judged_anew(judge, judged):
    assert asked(judge, right).outcome == "right"
    assert asked(judge, wrong).outcome == "wrong"
    asked(judge, right, seed=2)
    asked(judge, wrong, seed=2)
    asked(judge, wrong, seed=2, examples=False)
    assert len(judged) == 5 * 2


def test_texts_that_only_together_are_the_same_are_not(judge, judged):
    ask = Ask(question="mse", name="mse")
    for texts in (("ab", "c"), ("a", "bc")):
        judge(ask, QUESTION.cases(1), texts, examples=True)
    assert len(judged) == 2


def test_no_more_than_so_many_are_remembered():
    judge = scoring.Judge(most_remembered=2)
    for seed in range(5):
        asked(judge, right, seed)
        assert len(judge._results) <= 2
