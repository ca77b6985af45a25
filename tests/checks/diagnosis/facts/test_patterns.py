"""Of a mistake that is not known, what all tries have in common is told."""

import pytest

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.questions.loss.mse import MSE
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import find_question
from rainfall_kit.checks.questions.tensors.model import MODEL


def changed(question, old, new):
    """The kit's right answer, spoilt in one place."""
    source = find_question(question).program.replace(old, new)
    assert source != find_question(question).program
    return build(source, question)


@pytest.mark.parametrize(
    ("question", "old", "new", "said"),
    [
        ("mse", "return (", "return 3 * (", "In every try the loss is 3 times what it should be."),
        (
            "mse",
            "return (",
            "return 0.25 * (",
            "In every try the loss is 1/4 of what it should be.",
        ),
        ("mse", "return (", "return 0.5 + (", "In every try the loss is too large by 0.5."),
        ("mse", "return (", "return 3 + (", "In every try the loss is too large by 3."),
        ("update", "lr *", "0 *", "In every try w stays what it was."),
        ("update", "lr *", "0.5 * lr *", "In every try w moves by 1/2 of what it should."),
        ("gd_step", "lr * w", "3 * lr * w", "In every try w moves by 3 times what it should."),
        ("gradients", "return w", "return -w", "In every try the slope for w has the other sign."),
        ("model", "+ b", "+ b.mean()", "It works with 1 crop, and not with more."),
        ("model", "x @", "x.float() @", "It works in float32, and not in float64."),
        ("is_gradient", "all(", "len(slopes) > 3 and all(", "In every try the answer is False."),
        ("mse", "return (", "return (len(diff) > 3) + (", "Where predictions equal targets"),
        (
            "has_diverged",
            "losses[0]",
            "7 * losses[0]",
            "Where it is wrong, it says False: whenever it says True, that is so.",
        ),
    ],
    ids=[
        "mse-times-3",
        "mse-a-quarter",
        "mse-plus-0.5",
        "mse-plus-3",
        "update-w-stays",
        "update-w-half-as-far",
        "gd_step-w-3-times-as-far",
        "gradients-other-sign",
        "model-one-crop-alone",
        "model-float32-alone",
        "is_gradient-always-False",
        "mse-long-inputs-wrong",
        "has_diverged-wrong-on-one-side",
    ],
)
def test_what_all_tries_together_say_of_an_unknown_mistake_is_told(question, old, new, said):
    assert said in check(question, changed(question, old, new)).message


def test_nothing_is_said_of_what_an_answer_that_stops_would_say():
    message = check("is_gradient", changed("is_gradient", "all(", "1 / 0 and all(")).message
    assert message.endswith("division by zero")
    two_tables = (
        "def is_gradient(inputs, targets, w, b, grad_w, grad_b):\n    return bool(grad_w == w)"
    )
    stopped = check("is_gradient", build(two_tables, "is_gradient")).message
    assert "In every try" not in stopped


def test_right_numbers_of_another_dtype_are_no_multiple_and_not_shifted():
    source = "def in_celsius(temps):\n    return torch.from_numpy((temps - 32) / 1.8)\n"
    message = check("in_celsius", build(source, "in_celsius")).message
    assert message.endswith("should have float32. It works in float32, and not in float64.")


def test_an_error_and_what_all_tries_say_are_two_sentences():
    message = check("model", changed("model", "w.t()", "torch.stack([w[0], w[1]]).t()")).message
    assert message.endswith(
        "size 1. It was called with x (1, 2), w (1, 2), b (1,). It works on 5 of 12 tries."
    )


def test_of_one_size_alone_it_is_not_said_what_it_works_by():
    source = """\
def gradients(inputs, targets, w, b):
    slopes, others = torch.autograd.grad(mse(model(inputs, w, b), targets), (w, b))
    return torch.full_like(slopes, slopes.mean().item()), others
"""
    source = f"{MODEL}\n{MSE}\n{source}"
    assert "It works with" not in check("gradients", build(source, "gradients")).message
