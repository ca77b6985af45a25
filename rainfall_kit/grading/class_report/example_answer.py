r"""Example of an answer that tells nothing of who wrote it: comments and texts are out, names of people too.

>>> source = 'def mse(p, t):\n    "By Ash Ketchum"  # mine\n    ash = p - t\n    return ash.sum()'
>>> print(anonymous(source, People(["ash"])))
def mse(p, t):
    name = p - t
    return name.sum()
"""

from __future__ import annotations

import ast
import builtins
import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_SHORTEST_NAME = 3  # a student called "w" would take the weights away
_SHORTEST_INSIDE = 5  # "ian" is inside "median"
_PART = re.compile(r"[^\W\d_a-z]?[^\W\d_A-Z]+|[^\W\d_]+")  # of an identifier: snake or camel case


class People:
    """The ids and names of a class, to be found in what a student wrote.

    Args:
        names: of everybody.
    """

    def __init__(self, names: Iterable[str]) -> None:
        words = {word.casefold() for name in names for word in (name, *re.split(r"[\W_]+", name))}
        self._words = {word for word in words if len(word) >= _SHORTEST_NAME}
        lengths = {len(word) for word in self._words}
        self._lengths = sorted(length for length in lengths if length >= _SHORTEST_INSIDE)

    def are_in(self, word: str) -> bool:
        """True where a word is somebody's name, has one as a part, or a long one anywhere.

        Example:
            >>> ian = People(["ian", "Ketchum"])
            >>> [word for word in ("median", "ian_2", "lossIan", "ashketchum") if ian.are_in(word)]
            ['ian_2', 'lossIan', 'ashketchum']
        """
        whole = word.casefold()
        return (
            whole in self._words
            or any(part.casefold() in self._words for part in _PART.findall(word))
            # thousands of names: a set is asked for each piece, where a pattern would try each name
            or any(
                whole[start : start + length] in self._words
                for length in self._lengths
                for start in range(len(whole) - length + 1)
            )
        )

    def hidden_in(self, text: str) -> str:
        """A sentence, with an ellipsis in the place of each name.

        Example:
            >>> People(["Ash Ketchum"]).hidden_in("ValueError: Ash was here")
            'ValueError: … was here'
        """
        return re.sub(r"\w+", lambda word: "…" if self.are_in(word[0]) else word[0], text)


def read_answer(path: Path, grade_ids: Sequence[str]) -> str:
    """The code of some cells of a graded notebook; empty where it cannot be read."""
    try:
        # as JSON: nbformat takes ten times as long
        cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
        return "\n\n".join(
            "".join(cell["source"])
            for cell in cells
            if cell["cell_type"] == "code"
            and cell["metadata"].get("nbgrader", {}).get("grade_id") in grade_ids
        )
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def anonymous(source: str, people: People) -> str:
    """The same code without comments, docstrings, texts and names; empty where it is not Python.

    A variable with somebody's name becomes ``name``, the next one ``name2``: the code means the same.

    Args:
        source: what a student wrote.
        people: who must not stand in it.
    """
    try:
        tree = _WithoutTexts().visit(ast.parse(source))
        return ast.unparse(ast.fix_missing_locations(_Renamed(tree, people).visit(tree)))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""


class _WithoutTexts(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant("…") if isinstance(node.value, str | bytes) else node

    def visit_JoinedStr(self, _: ast.JoinedStr) -> ast.Constant:
        return ast.Constant("…")

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        return self.generic_visit(node)


class _Renamed(ast.NodeTransformer):
    """Other words for what has somebody's name and is no part of Python or of a library."""

    def __init__(self, tree: ast.AST, people: People) -> None:
        self._people = people
        self._words: dict[str, str] = {}
        # what is only read of a library's object is the library's
        self._set = {
            node.attr
            for node in ast.walk(tree)
            if isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store)
        }

    def generic_visit(self, node: ast.AST) -> ast.AST:
        for field in ("id", "arg", "name", "asname", "attr", "rest"):
            word = getattr(node, field, None)
            if not isinstance(word, str) or (isinstance(node, ast.alias) and field == "name"):
                continue
            if field != "attr" or word in self._set:
                setattr(node, field, self._other(word))
        if isinstance(node, ast.Global | ast.Nonlocal):
            node.names = [self._other(word) for word in node.names]
        return super().generic_visit(node)

    def _other(self, word: str) -> str:
        if hasattr(builtins, word) or not self._people.are_in(word):
            return word
        count = len(self._words) + 1
        return self._words.setdefault(word, f"name{count if count > 1 else ''}")
