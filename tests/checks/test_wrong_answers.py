"""Wrong answers lose, whether the catalogue knows their kind or not, whatever the seed."""

import pytest
from answer_corpus import corpus

from rainfall_kit.checks.harness.call import call
from rainfall_kit.checks.questions.gradient_descent.gd_step import GD_STEP
from rainfall_kit.checks.questions.loss.mse import MSE
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import QUESTIONS, find_question
from rainfall_kit.checks.questions.tensors.model import MODEL

WRONG = corpus("wrong_answers")


def loses(question, text, seed):
    """A case shows that the answer is wrong; in this process, for these answers are calm."""
    asked = find_question(question)
    answer = build(f"{MODEL}\n{MSE}\n{GD_STEP}\n{text}", question)
    for case in asked.cases(seed):
        seen = call(asked, answer, case)
        if seen.failure is not None or asked.judge(case, seen) is not None:
            return True
    return False


@pytest.mark.parametrize("answer", WRONG, ids=lambda answer: answer.test_id)
def test_wrong_answers_of_any_kind_lose(answer):
    for seed in (3, 4, 5):
        assert loses(answer.question, answer.source, seed), seed


def test_there_are_wrong_answers_to_all_questions():
    assert {answer.question for answer in WRONG} == QUESTIONS.keys()
    assert len(WRONG) >= 200
