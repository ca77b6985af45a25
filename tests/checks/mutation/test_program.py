"""An annotated program knows what each of its lines is for, and how a student would call its parts."""

import ast

from rainfall_kit.checks.mutation.program import Program

TEXT = """\
def helper(x):
    return x


def step(w, lr):
    for epoch in range(3):  # the loop
        move = helper(lr)  # the length of the step
        w -= (
            move * w.grad
        )  # the move of w
    return w
"""


def test_places_are_those_of_the_comments():
    program = Program(TEXT, "step")
    loop = program.function.body[0]
    assert [program.place_of(node) for node in (loop, *loop.body)] == [
        "the loop",
        "the length of the step",
        "",
    ]


def test_a_part_has_a_name_if_a_student_knows_one():
    program = Program(TEXT, "step")
    names = {program.named(node) for node in program.nodes() if isinstance(node, ast.expr)}
    assert names == {"", "w", "lr", "w.grad"}


def test_the_text_of_a_part_is_as_it_is_written():
    program = Program(TEXT, "step")
    move = program.function.body[0].body[1]
    assert program.text(move.value) == "move * w.grad"
    start, stop = program.lines(move)
    assert TEXT[start:stop].startswith("        w -= (\n") and TEXT[stop:] == "    return w\n"
