"""Mutation operators on names and numbers: one in the place of another, fixed values, off by one."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.checks.mutation.arithmetic import Made
    from rainfall_kit.checks.mutation.program import Program

_NUMBER = "Which numbers stand there, and where does each of them come from?"
_NAME = "Which names stand there, and is each the one that you mean?"
_WHICH = "Which of the elements is looked at there? Try it on a list of three different numbers."
_OFTEN = "For 1, 2 and 3, count by hand how often that is done."
_FIXED = "Which of the numbers there come from what your function is given, and which do not?"

# What students write in the place of what they are given: the lesson's own values.
_FIXED_VALUES = {
    "lr": ("1e-5", "1e-4", "1e-3", "0.01", "0.1"),
    "epochs": ("100", "10", "1", "2", "5"),
}
_ORDINALS = {0: "the first", -1: "the last"}


def in_numbers(program: Program, node: ast.AST) -> Iterator[Made]:
    """Another number in the place of one."""
    value = _value(node)
    if value is None:
        return
    parent = program.parent(node)
    if isinstance(parent, ast.UnaryOp) and isinstance(node, ast.Constant):
        return  # the sign belongs to the number
    if isinstance(parent, ast.Subscript):
        return  # an element is changed as a whole
    if isinstance(parent, ast.keyword | ast.Slice) or (
        isinstance(parent, ast.Call)
        and isinstance(parent.func, ast.Attribute)
        and not parent.func.attr.endswith("_")
    ):
        return  # a direction, or the like
    if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Pow) and parent.right is node:
        for power in (1, 3, 4, 0.5, 1.5):
            if power != value:
                yield f"{power}", f"the power is {power}", _NUMBER, power in (1, 3)
        return
    in_product = isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Mult | ast.Div)
    # left out, it would be as good as 1 or 0: that has words of its own
    seen = {value, *((1, 2 * value, value / 2, 1 / value) if in_product else (0,))}
    for other in _others(value):
        if other not in seen:
            seen.add(other)
            yield f"({other!r})", "a number is another one", _NUMBER, False


def _others(value: float) -> Iterator[float]:
    """Numbers that are written for one by mistake: a neighbour, a multiple, a part, one of another size."""
    yield from (value + 1, value - 1, 2 * value, value / 2, 1, 0)
    if isinstance(value, float):
        whole, part = divmod(value, 1)
        yield from (whole + part * size for size in (10, 5, 2, 0.5, 0.2, 0.1))
        yield from (value * 10, value / 10, whole, part, 1 / value)
    elif value == 0:
        yield from (0.5, 0.9, 0.1, 0.01, 1e-3)
    else:
        yield from (value + 2, 4 * value, value * value, value / 4)


def _value(node: ast.AST) -> float | None:
    sign, inner = 1, node
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        sign, inner = -1, node.operand
    if isinstance(inner, ast.Constant) and type(inner.value) in (int, float):
        return sign * inner.value  # type: ignore[operator,return-value]
    return None


def in_lists(program: Program, node: ast.AST) -> Iterator[Made]:
    """Another element of a list, and one that sums it up; where there are too few, the nearest."""
    if not isinstance(node, ast.Subscript) or not isinstance(node.value, ast.Name):
        return
    if _value(node.slice) is None or node.value.id not in program.arguments:
        return
    name = node.value.id
    value = _value(node.slice)
    others = [(f"{name}[{i}]", which) for i, which in _ORDINALS.items() if i != value]
    for text, which in (
        *others,
        (f"max({name})", "the largest"),
        (f"min({name})", "the smallest"),
        (f"(sum({name}) / len({name}))", "the mean of all"),
        (f"sorted({name})[len({name}) // 2]", "the median"),
        (f"{name}[-2:][0]", "the last but one"),
        (f"{name}[:2][-1]", "the second"),
        (f"{name}[len({name}) // 2]", "the middle one"),
        (f"len({name})", "the number of them"),
    ):
        yield text, f"{which} is looked at", _WHICH, True


def in_names(program: Program, node: ast.AST) -> Iterator[Made]:
    """Another of the program's names, or a fixed value in the place of what was handed in."""
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
        return
    parent = program.parent(node)
    if isinstance(parent, ast.Call) and parent.func is node:
        return
    names = dict.fromkeys([*program.arguments, *program.assigned])
    if node.id not in names:
        return
    for other in names:
        is_there = other in program.arguments or program.assigned[other] < node.lineno
        if other != node.id and is_there:
            known = program.named(ast.Name(other)) or "another name"
            yield other, f"{known} stands where another name belongs", _NAME, False
    loop = program.loop_around(node)
    if node.id == "lr" and loop is not None and isinstance(loop.target, ast.Name):
        i = loop.target.id
        for way in (f"(lr / ({i} + 1))", f"(lr * 0.9 ** {i})", f"(lr / ({i} + 1) ** 0.5)"):
            yield way, "lr changes from round to round", _FIXED, False
    for value in _FIXED_VALUES.get(node.id, ()):
        yield value, f"a fixed number stands for {node.id}", _FIXED, value in ("1e-5", "100")


def in_gradients(program: Program, node: ast.AST) -> Iterator[Made]:
    """The other's gradient, or what a gradient belongs to in its place."""
    if isinstance(node, ast.Attribute) and node.attr == "grad" and isinstance(node.ctx, ast.Load):
        owner = program.text(node.value)
        parent = program.parent(node)
        if not isinstance(parent, ast.Attribute):
            yield owner, f"{owner} itself stands in the place of a gradient", _NAME, True


def in_ranges(program: Program, node: ast.AST) -> Iterator[Made]:
    """A loop that runs once more or less."""
    if isinstance(node, ast.Call) and program.text(node.func) == "range" and len(node.args) == 1:
        end = program.text(node.args[0])
        for text, does in (
            (f"range({end} - 1)", "the loop runs once less than it should"),
            (f"range(1, {end})", "the loop runs once less than it should"),
            (f"range({end} + 1)", "the loop runs once more than it should"),
            (f"range({end} // 2)", "the loop runs half as often as it should"),
            (f"range(2 * {end})", "the loop runs twice as often as it should"),
        ):
            yield text, does, _OFTEN, True
