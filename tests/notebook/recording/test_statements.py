"""Looks between statements: where they stand, what they leave alone, and that they come and go."""

import ast
import builtins

import pytest

from rainfall_kit.notebook.recording.statements import LOOK, looking, with_looks


def lines(source):
    return ast.unparse(with_looks(ast.parse(source))).splitlines()


@pytest.mark.parametrize(
    ("source", "looks"),
    [
        ("x = 1\ny = 2", 2),
        ("for lr in rates:\n    x = 1", 3),
        ("while x:\n    x -= 1\n    break", 2),
        ("with y:\n    x = 1", 2),
        ("try:\n    x = 1\nexcept E:\n    x = 2\nfinally:\n    x = 3", 4),
        ("if x:\n    y = 1\nelse:\n    y = 2", 3),
        ("from __future__ import annotations\nx = 1", 1),
    ],
)
def test_every_statement_of_the_cell_is_looked_behind(source, looks):
    assert sum(LOOK in line for line in lines(source)) == looks


def test_a_function_keeps_its_lines_for_it_may_be_called_later():
    assert lines("def step():\n    x = 1\n    return x")[:3] == [
        "def step():",
        "    x = 1",
        "    return x",
    ]


@pytest.mark.parametrize(
    ("source", "deep"),
    [
        ("w.data -= lr * w.grad", True),
        ("gd_step(inputs)", True),
        ("w -= lr * w.grad", False),
        ("loss.backward()", False),
    ],
)
def test_values_are_compared_where_a_version_would_not_tell(source, deep):
    assert lines(source)[-1] == f"{LOOK}({deep})"


def test_the_looks_are_gone_when_the_cell_is_over_also_after_an_error():
    def run():
        with looking(None):
            assert hasattr(builtins, LOOK)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run()
    assert not hasattr(builtins, LOOK)


def test_a_cell_within_a_cell_gives_the_looks_back():
    seen = []
    with looking(lambda _: seen.append("outer")):
        with looking(lambda _: seen.append("inner")):
            getattr(builtins, LOOK)(False)
        getattr(builtins, LOOK)(False)
    assert seen == ["inner", "outer"]
