r"""Example of an answer that tells nothing of who wrote it: comments and texts are out, names of people too.

>>> source = 'def mse(p, t):\n    "By Ash Ketchum"  # mine\n    ash = p - t\n    return ash.sum()'
>>> print(anonymous(source, pattern_of_names(["ash"])))
def mse(p, t):
    name = p - t
    return name.sum()
"""

from __future__ import annotations

import ast
import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

_SHORTEST_NAME = 3  # a student called "w" would take the weights away


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


def pattern_of_names(people: Iterable[str]) -> re.Pattern[str]:
    """What finds any of these ids and names, and each word of them, in small or in capital letters."""
    words = {word for name in people for word in (name, *name.split())}
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    told = [re.escape(word) for word in longest_first if len(word) >= _SHORTEST_NAME]
    return re.compile("|".join(told) or "(?!)", re.IGNORECASE)  # the last one finds nothing


def anonymous(source: str, names: re.Pattern[str]) -> str:
    """The same code without comments, docstrings, texts and names; empty where it is not Python.

    Args:
        source: what a student wrote.
        names: what must not stand in it.
    """
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return ""
    text = ast.unparse(ast.fix_missing_locations(_WithoutTexts().visit(tree)))
    return names.sub("name", text)


class _WithoutTexts(ast.NodeTransformer):
    def visit_Constant(self, node: ast.Constant) -> ast.Constant:
        return ast.Constant("…") if isinstance(node.value, str | bytes) else node

    def visit_JoinedStr(self, _: ast.JoinedStr) -> ast.Constant:
        return ast.Constant("…")

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        if ast.get_docstring(node) is not None:
            node.body = node.body[1:] or [ast.Pass()]
        return self.generic_visit(node)
