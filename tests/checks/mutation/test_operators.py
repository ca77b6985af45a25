"""The operators make programs that run, from programs that are right, and say what they do in words."""

import ast

import pytest

from rainfall_kit.checks.mutation.edits import applied
from rainfall_kit.checks.mutation.operators import edits_of, first_order
from rainfall_kit.checks.mutation.program import parsed
from rainfall_kit.checks.questions.registry import QUESTIONS, find_question

PROGRAMS = [
    pytest.param(name, program, id=f"{name}-{number}")
    for name, question in QUESTIONS.items()
    for number, program in enumerate(question.other_programs)
]
MOVES = """\
def update(w, b, lr):
    with torch.no_grad():
        w -= lr * w.grad  # the move of w
        b -= lr * b.grad  # the move of b
    return w, b  # what is handed back
"""


def told(source, name):
    return {text: changes[0].what for text, changes in first_order(source, name)}


@pytest.mark.parametrize(("name", "program"), PROGRAMS)
def test_every_other_program_is_right(name, program):
    question = find_question(name)
    for seed in (3, 4):
        for case in question.draw(seed):
            assert question.judge(case, question.run(program, case)) is None, case.label


@pytest.mark.parametrize(("name", "program"), PROGRAMS)
def test_every_line_of_another_program_says_what_it_is_for(name, program):
    found = parsed(program, name)
    lines = [node for node in found.nodes() if isinstance(node, ast.stmt)]
    for line in lines:
        if not isinstance(line, ast.With):
            returns = isinstance(line, ast.Return) and isinstance(line.value, ast.Name)
            assert found.place_of(line) or returns, ast.unparse(line)


@pytest.mark.parametrize(("name", "program"), PROGRAMS)
def test_every_mutant_can_be_read_by_python(name, program):
    for edit in edits_of(program, name):
        text = applied(program, [edit])
        ast.parse(text)
        assert text != program, edit


@pytest.mark.parametrize(("name", "program"), PROGRAMS)
def test_no_sentence_has_a_gap(name, program):
    for edit in edits_of(program, name):
        for word in ("{", "}", "in ,", "  ", "\0"):
            assert word not in edit.change.what
        assert edit.change.look.endswith(("?", "."))


def test_a_mistake_in_twin_lines_is_one_change():
    text = MOVES.replace("w -= lr * w.grad", "w += lr * w.grad").replace("b -= lr", "b += lr")
    assert (
        told(MOVES, "update")[text]
        == "in the move of w and the move of b, the sign is the other one"
    )


def test_brackets_may_hold_too_much():
    told_of = told("def f(a, b, n):\n    return a * b**n  # the product\n", "f")
    text = "def f(a, b, n):\n    return (((a) * (b)) ** (n))  # the product\n"
    assert told_of[text] == "in the product, a power is taken of more than it should be"


def test_a_twin_says_both_names():
    text = MOVES.replace("lr * w.grad", "(lr)").replace("lr * b.grad", "(lr)")
    assert "w.grad or b.grad is left out" in told(MOVES, "update")[text]


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("lr * w.grad", "(w.grad)", "in the move of w, the factor lr is left out"),
        (
            "        b -= lr * b.grad  # the move of b\n",
            "        pass\n",
            "the move of b has no effect",
        ),
        ("lr * w.grad", "1e-5 * w.grad", "in the move of w, a fixed number stands for lr"),
        ("lr * w.grad", "lr * w", "in the move of w, w itself stands in the place of a gradient"),
        ("w, b  #", "b, w  #", "two things are handed back in the other order"),
    ],
)
def test_a_change_has_its_words(old, new, what):
    assert told(MOVES, "update")[MOVES.replace(old, new)] == what
