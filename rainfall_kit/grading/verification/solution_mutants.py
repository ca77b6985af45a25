r"""Mutants of an instructor's solution: its text with one change, and what the change is.

>>> for mutant in mutants_of("def half(x):\n    return x / 2\n")[:2]:
...     print(mutant.change)
line 2: `return x` instead of `return x / 2`
line 2: `return x * 2` instead of `return x / 2`
"""

from __future__ import annotations

import ast
import difflib
import itertools
import random
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rainfall_kit.checks.mutation.edits import applied
from rainfall_kit.checks.mutation.operators import edits_of
from rainfall_kit.checks.mutation.program import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.checks.mutation.edits import Edit

MOST = 30
_NAME = "answer"  # of the function that the whole text is put into, as the operators work on one


@dataclass(frozen=True, kw_only=True)
class Mutant:
    """One change of an answer's text.

    Attributes:
        source: the changed text, without comments.
        change: in words, with lines as the instructor's cell has them.
    """

    source: str
    change: str


def mutants_of(source: str, *, with_torch: bool = True) -> list[Mutant]:
    """At most `MOST` changes of an answer, in the order of its lines; none if Python cannot read it.

    Nothing in a ``while`` loop is changed: most of what could be would never end.

    Args:
        source: the answer's whole cell.
        with_torch: whether it works on tensors; if not, what only a tensor has is put nowhere.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    _leave_out_docstrings(tree)
    text = _as_one_function(tree)
    if not tree.body or text is None:
        return []
    original = ast.unparse(tree)
    numbers = _line_numbers(original, tree)
    made: dict[str, tuple[int, Mutant]] = {}
    for edit in _spread(_edits(text)):
        changed = _out_of_the_function(applied(text, [edit]))
        if not with_torch and _attributes(changed) - _attributes(original):
            continue  # it would raise, whatever the tests are
        if changed and changed not in made and _in_any_order(changed) != _in_any_order(original):
            change = "; ".join(_in_words(original, changed, numbers))
            made[changed] = edit.pieces[0][0], Mutant(source=changed, change=change)
        if len(made) == MOST:
            break
    return [mutant for _, mutant in sorted(made.values(), key=lambda one: one[0])]


def _leave_out_docstrings(tree: ast.Module) -> None:
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            body = [one for one in node.body if not _is_text(one)]
            node.body = body or ([] if isinstance(node, ast.Module) else [ast.Pass()])


def _is_text(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant)


def _as_one_function(tree: ast.Module) -> str | None:
    """The text as an annotated program; None where it cannot be written in ASCII."""
    whole = ast.parse(f"def {_NAME}(): pass")
    assert isinstance(whole.body[0], ast.FunctionDef)
    whole.body[0].body = tree.body or whole.body[0].body
    text = ast.unparse(whole).encode("ascii", "backslashreplace").decode()
    try:
        again = ast.parse(text)
    except SyntaxError:  # a name with other letters
        return None
    lines = text.splitlines()
    for node in ast.walk(again):
        # the operators on lines only change those that a comment tells about
        if isinstance(node, ast.stmt) and not isinstance(node, ast.Import | ast.ImportFrom):
            lines[node.lineno - 1] += f"  # line {node.lineno}"
    text = "\n".join(lines) + "\n"
    return text if _dumped(text) == ast.dump(whole) else None


def _dumped(text: str) -> str:
    try:
        return ast.dump(ast.parse(text))
    except SyntaxError:
        return ""


def _out_of_the_function(text: str | None) -> str:
    """The changed answer; empty where the change makes no program."""
    try:
        (function,) = ast.parse(text or "").body
    except (SyntaxError, ValueError):
        return ""
    return ast.unparse(ast.Module(getattr(function, "body", []), []))


def _in_any_order(text: str) -> str:
    """A program, whatever the order of its functions and of each class's methods."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef):
            node.body.sort(
                key=lambda one: ast.dump(one) if isinstance(one, ast.FunctionDef) else ""
            )
    return ast.dump(tree)


def _attributes(text: str) -> set[str]:
    """The names of attributes, methods and keyword arguments."""
    nodes = [*ast.walk(ast.parse(text))]
    words = {str(node.arg) for node in nodes if isinstance(node, ast.keyword)}
    return words | {node.attr for node in nodes if isinstance(node, ast.Attribute)}


def _edits(text: str) -> list[Edit]:
    program = parsed(text, _NAME)
    loops = [program.span(node) for node in program.nodes() if isinstance(node, ast.While)]
    return [
        edit
        for edit in edits_of(text, _NAME)
        if not edit.change.is_insertion
        and not any(
            start < loop[1] and stop > loop[0] for start, stop, _ in edit.pieces for loop in loops
        )
        # a line made twice does most often the same
        and not any(
            start == stop and text[:start].endswith(new) for start, stop, new in edit.pieces
        )
    ]


def _spread(edits: list[Edit]) -> Iterator[Edit]:
    """One of each kind, then another of each, from anywhere in the text."""
    kinds: dict[str, list[Edit]] = {}
    for edit in edits:
        kinds.setdefault(edit.change.look, []).append(edit)
    for kind in kinds.values():
        random.Random(0).shuffle(kind)  # noqa: S311  the same ones each time
    for row in itertools.zip_longest(*kinds.values()):
        yield from filter(None, row)


def _line_numbers(original: str, tree: ast.Module) -> dict[int, int]:
    """The instructor's line of each line of the text that is written anew."""
    pairs = zip(ast.walk(ast.parse("\n".join(_lines(original)))), ast.walk(tree), strict=True)
    return {
        new.lineno: old.lineno
        for new, old in pairs
        if isinstance(new, ast.stmt) and hasattr(old, "lineno")
    }


def _in_words(original: str, changed: str, numbers: dict[int, int]) -> Iterator[str]:
    old, new = _lines(original), _lines(changed)
    matcher = difflib.SequenceMatcher(a=old, b=new, autojunk=False)
    for kind, start, stop, begin, end in matcher.get_opcodes():
        before, after = _quoted(old[start:stop]), _quoted(new[begin:end])
        where = f"line {numbers[start + 1]}" if start + 1 in numbers else "a line"
        if kind == "replace" and before == after:
            yield f"{where}: {before} indented otherwise"
        elif kind == "replace":
            yield f"{where}: {after} instead of {before}"
        elif kind == "delete":
            yield f"{where}: without {before}"
        elif kind == "insert":
            below = f"below line {numbers[start]}" if start in numbers else f"above {where}"
            yield f"{below}: {after} put in"


def _lines(text: str) -> list[str]:
    """The lines of a text that was written anew, but for those that it has around functions and classes."""
    return [line for line in text.splitlines() if line]


def _quoted(lines: list[str]) -> str:
    """Up to two lines as they are; of more, the first."""
    if len(lines) > 2:
        return f"`{lines[0].strip()}` and {len(lines) - 1} more lines"
    return " and ".join(f"`{line.strip()}`" for line in lines)
