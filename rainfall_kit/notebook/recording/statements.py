"""Looks between statements: calls that are put into a cell's syntax tree, so that a recorder sees each.

What a line did can be told where it stands, not from what the cell left behind. Only the cell's own
statements are followed, loops and branches included; a function keeps its lines, because it may be
called when the cell is over.

>>> import ast
>>> print(ast.unparse(with_looks(ast.parse("w -= lr * w.grad"))))
w -= lr * w.grad
__rainfall_look__(False)
"""

from __future__ import annotations

import ast
import builtins
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

LOOK = "__rainfall_look__"

# Torch's own methods: they change a parameter only where its version says so, or not at all.
_HARMLESS = {
    "append", "backward", "detach", "item", "mean", "no_grad", "numel", "print", "size", "sum", "t",
    "zero_", "zero_grad",
}  # fmt: skip
_INNER = (ast.For, ast.While, ast.If, ast.With, ast.Try, ast.ExceptHandler)
_LEAF_NODES = (ast.expr_context, ast.operator, ast.Name, ast.Constant)
_LEAVES = (ast.Break, ast.Continue, ast.Return, ast.Raise)


def with_looks(tree: ast.Module) -> ast.Module:
    """The module with a call of `LOOK` behind each of its statements.

    The call is given True where the statement may change a tensor behind its version's back.
    """
    _add_looks(tree.body)
    return tree


@contextmanager
def looking(look: Callable[[bool], None] | None) -> Iterator[None]:
    """Let the calls reach that function for a while.

    It stands among the builtins, for the student's own names are the student's.

    Example:
        >>> with looking(lambda deep: print("deep" if deep else "shallow")):
        ...     eval(LOOK)(True)
        deep
    """
    missing = object()
    before = getattr(builtins, LOOK, missing)
    setattr(builtins, LOOK, look or _look_away)
    try:
        yield
    finally:
        if before is missing:
            delattr(builtins, LOOK)
        else:  # a cell within a cell
            setattr(builtins, LOOK, before)


def _look_away(_deep: bool) -> None:
    """Values that the calls reach where nobody looks."""


def _add_looks(body: list[ast.stmt]) -> None:
    statements, body[:] = body[:], []
    for statement in statements:
        body.append(statement)
        inner = isinstance(statement, _INNER)
        if inner:
            _add_inside(statement)
        is_future = isinstance(statement, ast.ImportFrom) and statement.module == "__future__"
        if not (is_future or isinstance(statement, _LEAVES)):
            body.append(_look(statement, deep=not inner and _goes_deep(statement)))


def _add_inside(statement: ast.AST) -> None:
    for part in ("body", "orelse", "finalbody"):
        inner = getattr(statement, part, None)
        if inner:
            first = inner[0]
            _add_looks(inner)
            if part == "body" and isinstance(statement, ast.For):
                inner.insert(0, _look(first, deep=False))  # the loop's own name, which may be lr
    for handler in getattr(statement, "handlers", ()):
        _add_inside(handler)


def _look(near: ast.stmt, *, deep: bool) -> ast.stmt:
    # Told outright: to copy a location, and to fix the missing ones, takes longer than all the rest.
    at: dict[str, Any] = {
        "lineno": near.lineno,
        "col_offset": near.col_offset,
        "end_lineno": near.end_lineno,
        "end_col_offset": near.end_col_offset,
    }
    name = ast.Name(id=LOOK, ctx=ast.Load(), **at)
    call = ast.Call(func=name, args=[ast.Constant(value=deep, **at)], keywords=[], **at)
    return ast.Expr(value=call, **at)


def _goes_deep(statement: ast.stmt) -> bool:
    """True for ``w.data -= ...``, which leaves w's version alone, and for calls of unknown functions."""
    todo: list[ast.AST] = [statement]
    while todo:  # `ast.walk` would take twice as long, and a step waits for it
        node = todo.pop()
        if isinstance(node, ast.Attribute) and node.attr == "data":
            return True
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", None) or getattr(node.func, "id", "")
            if name not in _HARMLESS:
                return True
        for part in node._fields:
            inner = getattr(node, part, None)
            if isinstance(inner, list):
                todo += [child for child in inner if isinstance(child, ast.AST)]
            elif isinstance(inner, ast.AST) and not isinstance(inner, _LEAF_NODES):
                todo.append(inner)
    return False
