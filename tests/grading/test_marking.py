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


def asked(answer, seed=1, *, examples=True):
    cases = QUESTION.cases(seed)
    ask = Ask(question="mse", name="mse", cases=tuple(case.to_json() for case in cases))
    texts = tuple(each.to_json() for each in observe(QUESTION, answer, cases, seconds=5))
    judged = scoring._judge_once(ask, cases, texts, examples=examples)
    assert judged == scoring.judge(ask, cases, texts, examples=examples)
    return judged


@pytest.fixture(autouse=True)
def judged(monkeypatch):
    """How often something was really judged, counting the comparison in `asked`."""
    real, calls = scoring.judge, []
    monkeypatch.setattr(scoring, "_JUDGED", {})
    monkeypatch.setattr(scoring, "judge", lambda *a, **k: calls.append(a) or real(*a, **k))
    return calls


def test_the_same_values_are_judged_once(judged):
    assert asked(right) is asked(right)
    assert len(judged) == 1 + 2


def test_other_values_cases_and_circumstances_are_judged_anew(judged):
    assert asked(right).outcome == "right"
    assert asked(wrong).outcome == "wrong"
    asked(right, seed=2)
    asked(wrong, seed=2)
    asked(wrong, seed=2, examples=False)
    assert len(judged) == 5 * 2


def test_texts_that_only_together_are_the_same_are_not(judged):
    ask = Ask(question="mse", name="mse")
    for texts in (("ab", "c"), ("a", "bc")):
        scoring._judge_once(ask, QUESTION.cases(1), texts, examples=True)
    assert len(judged) == 2


def test_no_more_than_so_many_are_remembered(monkeypatch):
    monkeypatch.setattr(scoring, "_MOST_JUDGED", 2)
    for seed in range(5):
        asked(right, seed)
        assert len(scoring._JUDGED) <= 2
