"""A right answer is never called wrong, whatever its style."""

import pytest
from answer_corpus import corpus

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.harness.call import call
from rainfall_kit.checks.harness.observing import observe
from rainfall_kit.checks.questions.loss.mse import MSE
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import QUESTIONS, find_question
from rainfall_kit.checks.questions.tensors.model import MODEL
from rainfall_kit.checks.verdict import conclude

RIGHT = corpus("right_answers")


def built(question, text):
    """The function of an answer, below its model and its mse, as in a notebook."""
    return build(f"{MODEL}\n{MSE}\n{text}", question)


def right_answer(question, name):
    (answer,) = (answer for answer in RIGHT if (answer.question, answer.name) == (question, name))
    return answer.source


@pytest.mark.parametrize("answer", RIGHT, ids=lambda answer: answer.test_id)
def test_right_answers_in_any_style_are_right(answer):
    question, function = find_question(answer.question), built(answer.question, answer.source)
    result = check(answer.question, function)
    assert result.outcome == "right", result
    assert (result.misconceptions, result.hint) == ((), "")
    cases = question.cases((1, 2))
    seen = observe(question, function, cases)  # in this process, where a call is quicker
    assert conclude(question, cases, seen).outcome == "right"


@pytest.mark.parametrize(
    ("question", "text", "seeds"),
    [
        pytest.param(
            "in_celsius",
            "def in_celsius(temps):\n    return torch.tensor(temps).float() * 5 / 9 - 160 / 9\n",
            range(500, 800),
            id="in_celsius-cancelling-numbers",
        ),
        pytest.param(
            "is_gradient",
            (
                "def is_gradient(x, y, w, b, *slopes):\n"
                "    right = torch.autograd.grad(mse(model(x, w, b), y), (w, b))\n"
                "    return all(torch.allclose(one, other) for one, other in zip(slopes, right))\n"
            ),
            range(500, 560),
            id="is_gradient-allclose",
        ),
        pytest.param(
            "is_gradient",
            right_answer("is_gradient", "central differences"),
            (10_000_711,),
            id="is_gradient-central-differences",
        ),
        pytest.param(
            "standardise",
            (
                "def standardise(x):\n"
                "    return (x - x.mean(0)) / ((x**2).mean(0) - x.mean(0) ** 2).sqrt()\n"
            ),
            range(700, 800),
            id="standardise-mean-of-squares-less-square-of-the-mean",
        ),
        pytest.param(
            "train",
            (
                "def train(x, y, w, b, lr, epochs):\n"
                "    losses, opt = [], torch.optim.SGD([w, b], lr=lr)\n"
                "    for _ in range(epochs):\n"
                "        loss = F.mse_loss(F.linear(x, w, b), y)\n"
                "        losses.append(loss.item())\n"
                "        opt.zero_grad()\n"
                "        loss.backward()\n"
                "        opt.step()\n"
                "    return w, b, losses\n"
            ),
            range(695, 710),
            id="train-SGD-optimiser",
        ),
    ],
)
def test_on_no_draw_does_rounding_make_a_right_answer_wrong(question, text, seeds):
    asked, answer = find_question(question), built(question, text)
    for seed in seeds:
        for case in asked.draw(seed):
            assert asked.judge(case, call(asked, answer, case)) is None, (seed, case.label)


def test_there_are_three_hundred_right_answers_to_all_questions():
    assert {answer.question for answer in RIGHT} == QUESTIONS.keys()
    assert len({answer.source for answer in RIGHT}) >= 300


@pytest.mark.parametrize("question", QUESTIONS)
def test_the_reference_of_a_question_is_right_on_many_draws(question):
    asked = find_question(question)
    for seed in range(300, 308):
        cases = asked.draw(seed)
        answer = build(find_question(question).program, question)
        seen = tuple(call(asked, answer, case) for case in cases)
        assert conclude(asked, cases, seen).outcome == "right"
