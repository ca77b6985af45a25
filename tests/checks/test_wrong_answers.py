"""Wrong answers lose, whether the catalogue knows their kind or not, whatever the seed."""

from pathlib import Path

import pytest

from rainfall_kit.checks.harness.call import call
from rainfall_kit.checks.questions.gradient_descent.gd_step import GD_STEP
from rainfall_kit.checks.questions.loss.mse import MSE
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import QUESTIONS, find_question
from rainfall_kit.checks.questions.tensors.model import MODEL

FOLDER = Path(__file__).with_name("wrong_answers")
# Where the code does not say what is wrong with it, a comment does.
WRONG = {
    path.stem: path.read_text(encoding="utf-8").split("# next\n")
    for path in sorted(FOLDER.glob("*.txt"))
}


def loses(question, text, seed):
    """Whether a case shows that the answer is wrong; in this process, for these answers are calm."""
    asked = find_question(question)
    answer = build(f"{MODEL}\n{MSE}\n{GD_STEP}\n{text}", question)
    for case in asked.draw(seed):
        seen = call(asked, answer, case)
        if seen.failure is not None or asked.judge(case, seen) is not None:
            return True
    return False


@pytest.mark.parametrize("question", WRONG)
def test_wrong_answers_of_any_kind_lose(question):
    for text in WRONG[question]:
        for seed in (3, 4, 5):
            assert loses(question, text, seed), text


def test_there_are_wrong_answers_to_all_questions():
    assert WRONG.keys() == QUESTIONS.keys()
    assert sum(map(len, WRONG.values())) >= 200
