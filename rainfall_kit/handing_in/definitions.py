r"""Definitions: the names that the text of a cell binds, and which of them are still to be written.

>>> definitions("def mse(preds, targets):\n    raise NotImplementedError()")
{'mse': 'stub'}
>>> definitions("%%time\nmodel = lambda x, w, b: x @ w.t() + b\nlr = 1e-5")
{'model': 'function', 'lr': 'value'}
>>> definitions("Dear teacher, def is a word.")
{}
"""

from __future__ import annotations

import ast
import functools
import re
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["stub", "function", "value"]

_UNREADABLE = (SyntaxError, ValueError, RecursionError, MemoryError)
# Of a longer cell the names are found without Python's parser, whose time grows faster than the text.
_MOST_PARSED = 20_000
# Cell magics that run their cell in the notebook's own names; any other may do whatever with the text.
_RUNS_HERE = ("%%time", "%%capture", "%%gd_step", "%%prun")
_FUNCTION = ast.FunctionDef | ast.AsyncFunctionDef
_LINE_MAGIC = re.compile(r"^[ \t]*[%!?].*$", re.MULTILINE)
# For a text that Python does not read, such as one with a line half written.
_DEFINES = re.compile(r"^(?:async +)?def +(\w+) *\(|^(\w+) *=(?!=)", re.MULTILINE)


def definitions(source: str, given_out: frozenset[str] = frozenset()) -> dict[str, Kind]:
    """The names that a cell binds when it is run, each as its last binding makes it.

    Args:
        source: of a cell, in whatever state a student has left it.
        given_out: the bodies of functions, as `stub_bodies` gives them, that are still to be written.
    """
    return dict(_definitions(source, given_out))


# In a class most cells are as they were given out.
@functools.lru_cache(maxsize=1024)
def _definitions(source: str, given_out: frozenset[str]) -> dict[str, Kind]:
    lines = source.lstrip("\ufeff \t\r\n").splitlines()
    if lines and lines[0].startswith("%%"):
        if lines[0].split()[0] not in _RUNS_HERE:
            return {}
        lines = lines[1:]
    text = "\n".join(lines)
    try:
        body = _parsed(text).body
    except _UNREADABLE:
        try:
            body = _parsed(_LINE_MAGIC.sub(_no_operation, text)).body
        except _UNREADABLE:
            return {one or other: "function" if one else "value" for one, other in _found(text)}
    return dict(_bound(body, given_out))


@functools.lru_cache(maxsize=1024)  # the same cells are given out to all
def stub_bodies(source: str) -> frozenset[str]:
    """The bodies of the functions that are still to be written in what was given out.

    A first line above the ``raise`` and a ``return`` below it may belong to such a body.
    """
    try:
        body = ast.parse(source).body
    except _UNREADABLE:
        return frozenset()
    functions = [one for one in body if isinstance(one, _FUNCTION)]
    return frozenset(
        _body(function)
        for function in functions
        if any(map(_raises_not_implemented, function.body))
    )


def is_stub_only(source: str, given_out: frozenset[str] = frozenset()) -> bool:
    r"""True if a cell defines functions that are still to be written, and does nothing else.

    Example:
        >>> is_stub_only("# mine\ndef mse(preds, targets):\n    ..."), is_stub_only("x = 1")
        (True, False)
    """
    try:
        body = _parsed(source).body
    except _UNREADABLE:
        return False
    return bool(body) and all(
        isinstance(one, _FUNCTION) and _is_stub(one, given_out) for one in body
    )


def unfinished(source: str) -> list[str]:
    r"""The functions of a cell in whose own lines ``raise NotImplementedError`` still stands.

    Example:
        >>> unfinished("def mse(preds, targets):\n    raise NotImplementedError()\n    return 1")
        ['mse']
    """
    try:
        body = ast.parse(source).body
    except _UNREADABLE:
        return []
    functions = [one for one in body if isinstance(one, _FUNCTION)]
    return [one.name for one in functions if any(map(_raises_not_implemented, one.body))]


def in_any_letters(name: str) -> str:
    """A name as it is compared with one in other letters.

    Example:
        >>> in_any_letters("GD_Step") == in_any_letters("gdstep")
        True
    """
    return name.casefold().replace("_", "")


@functools.lru_cache(maxsize=1024)
def names_used(source: str) -> frozenset[str]:
    r"""The names that the text of a cell reads.

    Example:
        >>> sorted(names_used("def twice(x):\n    return double(x)"))
        ['double', 'x']
    """
    try:
        tree = _parsed(source)
    except _UNREADABLE:
        return frozenset(re.findall(r"\w+", source))
    return frozenset(
        node.id
        for node in ast.walk(tree)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    )


def _parsed(text: str) -> ast.Module:
    if len(text) > _MOST_PARSED:
        raise MemoryError
    return ast.parse(text)


def _no_operation(line: re.Match[str]) -> str:
    return f"{re.match(r' *', line[0])[0]}pass"  # type: ignore[index]  # it matches any text


def _found(text: str) -> Iterator[tuple[str, str]]:
    for found in _DEFINES.finditer(text):
        yield found[1] or "", found[2] or ""


def _bound(body: list[ast.stmt], given_out: frozenset[str]) -> Iterator[tuple[str, Kind]]:
    for statement in body:
        if isinstance(statement, _FUNCTION):
            yield statement.name, "stub" if _is_stub(statement, given_out) else "function"
        elif isinstance(statement, ast.ClassDef):
            yield statement.name, "value"
        elif isinstance(statement, ast.Assign | ast.AnnAssign):
            yield from _assigned(statement)
        elif isinstance(statement, ast.Import | ast.ImportFrom):
            yield from ((alias.asname or alias.name, "function") for alias in statement.names)
        else:  # if, try, with, for: what stands inside them is bound, too
            for part in ("body", "orelse", "finalbody"):
                inside = getattr(statement, part, None)
                yield from _bound(inside if isinstance(inside, list) else [], given_out)
            for handler in getattr(statement, "handlers", []):
                yield from _bound(handler.body, given_out)


def _assigned(statement: ast.Assign | ast.AnnAssign) -> Iterator[tuple[str, Kind]]:
    if statement.value is None:  # an annotation alone binds nothing
        return
    targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
    kind: Kind = "function" if isinstance(statement.value, ast.Lambda) else "value"
    if isinstance(statement.value, ast.Constant) and statement.value.value in (None, ...):
        kind = "stub"
    for target in targets:
        yield from (
            (node.id, kind)
            for node in ast.walk(target)
            if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
        )


def _is_stub(function: ast.FunctionDef | ast.AsyncFunctionDef, given_out: frozenset[str]) -> bool:
    """True if its body is a docstring, `pass`, `...`, or ``raise NotImplementedError``, or as given out."""
    rest = [one for one in function.body if not _says_nothing(one)]
    alone = len(rest) == 1 and _raises_not_implemented(rest[0])
    return not rest or alone or _body(function) in given_out


def _body(function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    """The body but for docstrings and comments, which students add and take out."""
    return "\n".join(ast.dump(one) for one in function.body if not _says_nothing(one))


def _says_nothing(statement: ast.stmt) -> bool:
    constant = isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)
    return constant or isinstance(statement, ast.Pass)


def _raises_not_implemented(statement: ast.stmt) -> bool:
    if not isinstance(statement, ast.Raise) or statement.exc is None:
        return False
    raised = statement.exc.func if isinstance(statement.exc, ast.Call) else statement.exc
    return isinstance(raised, ast.Name) and raised.id == "NotImplementedError"
