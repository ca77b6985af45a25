"""A message says what was seen in a sentence or two, and no secret input."""

import dataclasses
import linecache
import re

import pytest
import torch

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.harness.call import call
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import (
    find_misconception,
    find_question,
    question_folder,
    wrong_programs,
)
from rainfall_kit.checks.verdict import conclude
from rainfall_kit.lesson import reference


def step(old, new):
    return find_question("gd_step").program.replace(old, new)


def changed(question, old, new):
    """The kit's right answer, spoilt in one place."""
    source = find_question(question).program.replace(old, new)
    assert source != find_question(question).program
    return build(source, question)


def test_secret_inputs_stay_secret():
    def mse(preds, targets):
        right = ((preds - targets) ** 2).mean()
        return right if preds.numel() < 5 else right + 1

    question = find_question("mse")
    numbers = [f"{x:.6g}" for case in question.draw(77)[3:] for x in case.given[0].numbers]
    shown = str(check("mse", mse, seed=77))
    assert not any(number in shown for number in numbers if len(number) > 4)


def raises_its_inputs(preds, targets):
    if preds.numel() < 5:
        return ((preds - targets) ** 2).mean()
    raise RuntimeError(str(preds.tolist()))


def raises_a_type_named_after_its_inputs(preds, targets):
    if preds.numel() < 5:
        return ((preds - targets) ** 2).mean()
    raise type(str(preds.tolist()), (Exception,), {})


def gives_a_type_named_after_its_inputs(preds, targets):
    if preds.numel() < 5:
        return ((preds - targets) ** 2).mean()
    return type(str(preds.tolist()), (), {})()


def calls(preds, targets, body, **code):
    """Call a function of a code of such a name, file or line, unless the inputs are public."""
    if preds.numel() < 5:
        return ((preds - targets) ** 2).mean()
    names = {}
    exec(f"def inner():\n    {body}", names)
    inner = names["inner"]
    inner.__code__ = inner.__code__.replace(**code)
    return inner()


def raises_in_a_function_named_after_its_inputs(preds, targets):
    return calls(preds, targets, "raise ValueError()", co_name=str(preds.tolist()))


def raises_in_a_line_of_its_inputs(preds, targets):
    linecache.cache["here"] = 1, None, ["\n", f"{preds.tolist()}\n"], "here"
    return calls(preds, targets, "raise ValueError()", co_filename="here")


def calls_a_stub_named_after_its_inputs(preds, targets):
    return calls(preds, targets, "raise NotImplementedError()", co_name=str(preds.tolist()))


def calls_the_kits_own_named_after_its_inputs(preds, targets):
    name = str(preds.tolist())
    return calls(preds, targets, "pass", co_name=name, co_filename=reference.__file__)


def told(answer, seed, **how):
    question = find_question("mse")
    cases = question.draw(seed)
    seen = tuple(call(question, answer, case) for case in cases)
    return conclude(question, cases, seen, **how)


@pytest.mark.parametrize(
    ("answer", "naively"),
    [
        (raises_its_inputs, True),
        (raises_a_type_named_after_its_inputs, True),
        (gives_a_type_named_after_its_inputs, False),
        (raises_in_a_function_named_after_its_inputs, True),
        (raises_in_a_line_of_its_inputs, True),
        (calls_a_stub_named_after_its_inputs, True),
        (calls_the_kits_own_named_after_its_inputs, True),
    ],
)
def test_an_answer_cannot_smuggle_secret_inputs_into_its_message(answer, naively):
    case = find_question("mse").draw(77)[3]
    secret = {f"{x:.4f}" for x in case.given[0].numbers if x % 1}
    assert not any(number in str(check("mse", answer, seed=77)) for number in secret)
    assert any(number in str(told(answer, 77, secret=False)) for number in secret) == naively


def gives_a_shape_made_of_its_inputs(preds, targets):
    if preds.numel() < 5 or preds.abs().max() > 100:
        return ((preds - targets) ** 2).mean()
    return torch.empty(0, int(1e4 * preds.abs().max()))


def test_an_answer_cannot_smuggle_secret_inputs_into_a_shape():
    naive = told(gives_a_shape_made_of_its_inputs, 77, secret=False).message
    assert re.search(r"has shape \(0, \d{4,}\)", naive)
    assert "has another shape, and should" in told(gives_a_shape_made_of_its_inputs, 77).message
    plain = told(lambda p, t: p - t, 77, examples=False).message
    assert "has shape (1, 1), and should have ()" in plain


def test_a_dtype_that_nobody_has_is_not_told():
    question = find_question("model")
    (case, *_), want = question.draw(0), question.expected(question.draw(0)[0])
    values = tuple(dataclasses.replace(value, dtype="0.12345") for value in want.values)
    seen = (dataclasses.replace(want, values=values),)
    assert "0.12345" not in conclude(question, (case,), seen).message


def test_inputs_that_everybody_can_draw_are_told():
    def mse(preds, targets):
        return ((preds - targets) ** 2).mean() + (len(preds) == 7)

    assert "should be 2.0557, and is 3.0557" in check("mse", mse, seed=0).message
    told = check("mse", mse, seed=5).message
    assert "is not what it should be, on a table that you have not seen" in told
    assert " tries" not in told
    assert "7 rows" not in told


@pytest.mark.parametrize(
    ("question", "source", "message"),
    [
        (
            "make_model",
            (
                "class Model(nn.Linear):\n    def forward(self, x):\n        return 1 / 0\n\n"
                "def make_model(w, b):\n    return Model(3, 2)\n"
            ),
            "Using what make_model gives back stopped with an error (line 3 of forward). Zero",
        ),
        (
            "make_batches",
            "def make_batches(*_):\n    return (1 / 0 for _ in range(2))\n",
            "Using what make_batches gives back stopped with an error (line 2 of <genexpr>). Zero",
        ),
        (
            "make_model",
            "def make_model(w, b):\n    return 1 / 0\n",
            "make_model stopped with an error (line 2 of make_model). Zero",
        ),
        (  # its own lines run when its result is taken apart
            "gd_step",
            "def gd_step(*_):\n    yield 1 / 0\n",
            "gd_step stopped with an error (line 2 of gd_step). Zero",
        ),
    ],
)
def test_an_error_of_what_an_answer_gave_back_is_not_told_as_its_own(question, source, message):
    assert check(question, build(source, question)).message.startswith(message)


@pytest.mark.parametrize(
    ("question", "old", "new", "message"),
    [
        ("gd_step", "return w, b", "return w", "it gives back a tensor. gd_step(inputs"),
        ("train", "return w, b, losses", "return w, b, 3", "it gives back a plain number. train("),
        ("mse", "return", "return [1] or", "the loss is a list, and should be a tensor."),
        ("mse", "return (", "return [1] + 0 * (", "stopped with an error"),
        (
            "model",
            "+ b",
            "+ 2 * b",
            "preds should be [[37]], and is [[42]]. This was for x = [[2, 3]]",
        ),
        ("init_params", "3, req", "5, req", "w has shape (2, 5), and should have (2, 3)"),
        (
            "choose_lr",
            "return 1 / steepest.item()",
            "return inputs.std().item() * 1e-3 + 1e-9",
            "This should be true, and is not: lr is ",
        ),
        (
            "choose_lr",
            "return 1 / steepest.item()",
            "return 0.3",
            "This should be true, and is not: lr changes with the units of the inputs.",
        ),
        (
            "is_gradient",
            "(grad_w, grad_b), slopes",
            "(grad_w[:1],), (slopes[0][:1],)",
            "What it gives stays the same when only grad_b changes.",
        ),
        (
            "mse",
            "diff = preds - targets",
            "diff = preds.sub_(targets)",
            "preds afterwards should be [[5]], and is [[3]].",
        ),
        (
            "mse",
            "(diff * diff).sum() / diff.numel()",
            "(diff * diff).mean",
            "the loss is a function, and should be a tensor.",
        ),
    ],
    ids=[
        "gd_step-w-alone",
        "train-number-for-losses",
        "mse-list",
        "mse-error",
        "model-b-twice",
        "init_params-five-inputs",
        "choose_lr-from-the-spread",
        "choose_lr-constant",
        "is_gradient-first-row-of-w-alone",
        "mse-changes-preds",
        "mse-function",
    ],
)
def test_a_mistake_that_is_not_known_is_shown_in_readable_numbers(question, old, new, message):
    assert message in check(question, changed(question, old, new)).message


def test_a_long_error_is_cut_between_words():
    twice = step("loss.backward()", "loss.backward(), loss.backward()")
    assert check("gd_step", build(twice, "gd_step")).message.endswith("a second time ...")


@pytest.mark.parametrize(
    ("question", "source", "shown", "unshown"),
    [
        (
            "evaluate",
            "def evaluate(model, batches):\n    return 3.0",
            "This was for 2 rows in one batch: inputs = [[1], [2]], targets = [[3], [8]], the model's weight",
            ("rows_in_a_batch", "dropout", "training"),
        ),
        (
            "gradients",
            "def gradients(inputs, targets, w, b):\n    return 0 * w, 0 * b",
            "w = [[1]], b = [0.5].",
            ("lr",),
        ),
        (
            "slope_by_nudging",
            "def slope_by_nudging(loss_of, w, i, j, nudge):\n    return 1.0",
            "loss_of = the sum of (w − lowest)², with lowest = [[3]]",
            ("bend",),
        ),
    ],
)
def test_an_example_shows_what_was_handed_over_and_nothing_else(question, source, shown, unshown):
    message = check(question, build(source, question)).message
    assert shown in message
    example = message[message.index("This was for") :].split(". ")[0]
    assert not any(f"{name} =" in example for name in unshown)


def test_an_error_that_speaks_of_shapes_stands_beside_those_that_were_handed_over():
    mine = build("def model(x, w, b):\n    return x @ w + b", "model")
    assert "It was called with x (1, 2), w (1, 2), b (1,)." in check("model", mine).message


def test_a_table_that_the_answer_did_not_get_is_not_said_to_have_been_handed_over():
    swapped = wrong_programs(find_misconception("RK380"))[0]
    message = check("make_model", build(swapped, "make_model")).message
    assert message.endswith("It was called with w (2, 3), b (2,).")


def test_a_function_that_hands_nothing_back_is_not_said_to_have_moved_wrongly():
    mine = build(step("    return w, b", "    pass"), "gd_step")
    message = check("gd_step", mine).message
    assert "it gives back None" in message
    assert "the first move is not" not in message


WORDS = """
from rainfall_kit.checks.questions.drawing import case_of
from rainfall_kit.checks.questions.question import Question

PROGRAM = "def words(text):\\n    return text.split()\\n"


def draw(seed):
    return case_of("2 words", "", public=True, text="rain sun"), case_of("one", "", text=f"wind {seed}")


def call(answer, case, trace):
    found = answer(case.text("text"))
    if not isinstance(found, list):
        trace.value("the result", found)
        return
    trace.value("the number of words", len(found))
    for place, word in enumerate(found, 1):
        trace.text(f"word {place}", word)


QUESTION = Question(
    name="words", asks="words(text) gives a list", program=PROGRAM, draw=draw, call=call
)
"""
TEXTS = {
    "capitals": (
        lambda text: text.upper().split(),
        "word 1 should be 'rain', and is 'RAIN'. This was for text = 'rain sun'.",
    ),
    "numbers": (lambda text: [*map(len, text.split())], "word 1 is a plain number, and should be a text."),
    "letters": (lambda text: [*text], "the number of words should be 2, and is 8. This was for"),
    "a text": (lambda text: text, "the number of words is missing."),
    "on no other": (
        lambda text: ["rain", "sun"] if "sun" in text else ["wind", "-1"],
        "word 2 is not what it should be, on an example that you have not seen.",
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TEXTS)
def test_a_text_is_told_as_a_text(tmp_path, name):
    answer, told = TEXTS[name]
    (tmp_path / "words.py").write_text(WORDS)
    with question_folder(tmp_path):
        assert check("words", str.split, seed=3).outcome == "right"
        assert told in check("words", answer, seed=3).message
