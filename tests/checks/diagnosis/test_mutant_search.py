"""An answer that no known mistake explains is told what it does, where one change of a right one does the same."""

import pytest
from added_question import SQUARE

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.diagnosis.mutant_search import fact_of_mutants
from rainfall_kit.checks.questions.loss.mse import MSE
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import find_question, question_folder
from rainfall_kit.checks.questions.tensors.model import MODEL

# Written as students write, and in no words of the programs that are mutated.
TOLD = {
    "median": (
        "mse",
        "def mse(p, t): return torch.median((t - p).square())",
        "in the mean of the squares, the median is taken",
    ),
    "ten elements": (
        "mse",
        "def mse(p, t): return sum(sum((p - t) ** 2)) / 10",
        "in the division, a fixed number, 10, stands for the number of elements",
    ),
    "rounded": (
        "mse",
        "def mse(p, t): return torch.round(((p - t) ** 2).mean())",
        "the result is rounded to whole numbers",
    ),
    "a fixed lr": (
        "gd_step",
        (
            "def gd_step(x, y, w, b, lr):\n"
            "    slopes = torch.autograd.grad(mse(model(x, w, b), y), (w, b))\n"
            "    for p, slope in zip((w, b), slopes): p.data -= 0.01 * slope\n"
            "    return w, b\n"
        ),
        "in the move of w and the move of b, a fixed number stands for lr",
    ),
    "every other reset": (
        "train",
        (
            "def train(x, y, w, b, lr, epochs):\n"
            "    losses = []\n"
            "    for i in range(epochs):\n"
            "        loss = mse(model(x, w, b), y)\n"
            "        losses += [float(loss)]\n"
            "        loss.backward()\n"
            "        for p in (w, b):\n"
            "            p.data -= lr * p.grad\n"
            "            if i % 2 == 0: p.grad = None\n"
            "    return w, b, losses\n"
        ),
        "the reset for w and the reset for b are made only in every other round",
    ),
}


def result_of(question, text):
    return check(question, build(f"{MODEL}\n{MSE}\n{text}", question))


@pytest.mark.parametrize("name", TOLD)
def test_an_unknown_mistake_is_told_in_words(name):
    question, text, what = TOLD[name]
    result = result_of(question, text)
    assert result.misconceptions == ()
    assert f"On every try it does what a right {question} would do with one change: {what}." in str(
        result
    )
    assert result.hint


def test_two_changes_at_once_are_told_one_after_the_other():
    text = (
        "def gd_step(x, y, w, b, lr):\n"
        "    e = (model(x, w, b) - y).detach() / len(x)\n"
        "    w.data -= lr * e.T @ x\n"
        "    b.data -= lr * e.sum(0)\n"
        "    return w, b\n"
    )
    assert (
        "with two changes: in the slope for each prediction, a factor is left out; and in the slope for "
        "each prediction, nothing but the rows are counted."
    ) in str(result_of("gd_step", text))


def test_moves_that_come_too_late_are_not_said_to_be_missing():
    """Left out, undone or behind the reset: what comes out is the same."""
    text = (
        "def gd_step(x, y, w, b, lr):\n"
        "    mse(model(x, w, b), y).backward()\n"
        "    for p in (w, b):\n"
        "        p.grad.zero_()\n"
        "        p.data -= lr * p.grad\n"
        "    return w, b\n"
    )
    assert "left out" not in str(result_of("gd_step", text))


def test_a_known_mistake_goes_first():
    result = result_of("mse", "def mse(p, t): return ((p - t) ** 2).sum()")
    assert result.misconceptions == ("RK016",)
    assert "On every try" not in str(result)


def test_what_torch_was_asked_for_rules_a_mutant_out():
    """Half the step is no half of the loss where backward began at the right loss."""
    text = (
        "def gd_step(x, y, w, b, lr):\n"
        "    mse(model(x, w, b), y).backward()\n"
        "    for p in (w, b):\n"
        "        p.data -= lr / 2 * p.grad\n"
        "        p.grad = None\n"
        "    return w, b\n"
    )
    assert "in the move of w and the move of b, the result is half as large" in str(
        result_of("gd_step", text)
    )
    halved = text.replace("mse(model(x, w, b), y)", "(mse(model(x, w, b), y) / 2)").replace(
        "lr / 2", "lr"
    )
    assert "in the move" not in str(result_of("gd_step", halved))


def test_a_right_answer_and_one_that_always_says_the_same_are_told_nothing():
    for name, text in (
        ("has_diverged", find_question("has_diverged").program),
        ("has_diverged", "def has_diverged(losses): return False"),
    ):
        question = find_question(name)
        cases = question.draw(0)
        seen = tuple(question.run(text, case) for case in cases)
        assert fact_of_mutants(question, cases, seen) is None


def test_the_sentence_is_never_the_fix():
    """What stands in a message is what the answer does; the right line stands in none."""
    for question, text, _ in TOLD.values():
        result = result_of(question, text)
        for line in find_question(question).program.splitlines()[1:]:
            assert not line.strip() or line.strip() not in f"{result} {result.hint}"


def test_a_hidden_test_says_no_number_of_its_inputs():
    text = "def mse(p, t): return torch.median((t - p).square())"
    open_, hidden = (check("mse", build(text, "mse"), seed=seed) for seed in (0, (4_242, 77)))
    assert "the median is taken" in str(hidden)
    assert hidden.hint == open_.hint


def test_a_courses_own_question_is_told_in_the_words_of_operators(tmp_path):
    """It has no table: the mutants of its programs are run, one change each."""
    (tmp_path / "square.py").write_text(SQUARE)
    with question_folder(tmp_path):
        result = check("square", lambda x: x + x)
    assert (
        "On every try it does what a right square would do with one change: two factors are added."
        in str(result)
    )
