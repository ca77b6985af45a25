r"""Annotated program: a right answer whose lines say in a comment what they are for.

>>> text = "def move(w, lr):\n    w -= lr * w.grad  # the move of w\n    return w\n"
>>> program = Program(text, "move")
>>> program.place_of(program.function.body[0]), program.arguments
('the move of w', ('w', 'lr'))
"""

from __future__ import annotations

import ast
import functools
import io
import itertools
import tokenize
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# The lesson's own words, which a message may say whatever a student calls his or hers.
_WORDS = ("preds", "loss", "losses", "w.grad", "b.grad")


class Program:
    """A right answer as a tree, with the text and the words of each of its parts.

    Args:
        source: the text; ASCII, as columns are counted in bytes.
        name: of the function that is asked for.

    Attributes:
        source: the text.
        function: the asked function's node.
        arguments: the names of what it is given.
        assigned: the names that it assigns, and the line of the first time.
    """

    def __init__(self, source: str, name: str) -> None:
        self.source = source
        tree = ast.parse(source)
        self.function = next(
            node for node in tree.body if isinstance(node, ast.FunctionDef) and node.name == name
        )
        self.arguments = tuple(arg.arg for arg in self.function.args.args)
        self._starts = [0, *itertools.accumulate(map(len, source.splitlines(keepends=True)))]
        self._parents = {
            child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)
        }
        self._places = dict(_comments(source))
        self._nodes = tuple(node for part in self.function.body for node in ast.walk(part))
        stored = (node for node in self._nodes if isinstance(node, ast.Name))
        self.assigned = {
            node.id: node.lineno for node in reversed([*stored]) if isinstance(node.ctx, ast.Store)
        }

    def nodes(self) -> tuple[ast.AST, ...]:
        """Every node of the function's body."""
        return self._nodes

    def span(self, node: ast.AST) -> tuple[int, int]:
        """From where to where a node stands in the text."""
        assert isinstance(node, ast.expr | ast.stmt)
        assert node.end_lineno is not None and node.end_col_offset is not None
        return (
            self._starts[node.lineno - 1] + node.col_offset,
            self._starts[node.end_lineno - 1] + node.end_col_offset,
        )

    def lines(self, node: ast.stmt) -> tuple[int, int]:
        """From where to where the lines of a statement go, with their comments."""
        assert node.end_lineno is not None
        return self._starts[node.lineno - 1], self._starts[node.end_lineno]

    def text(self, node: ast.AST) -> str:
        """A node as it is written."""
        start, stop = self.span(node)
        return self.source[start:stop]

    def parent(self, node: ast.AST) -> ast.AST:
        """The node that one is a part of."""
        return self._parents[node]

    def statement(self, node: ast.AST) -> ast.stmt:
        """The statement that a node is a part of, or is."""
        while not isinstance(node, ast.stmt):
            node = self._parents[node]
        return node

    def loop_around(self, node: ast.AST) -> ast.For | None:
        """The innermost loop that a node stands in."""
        while node is not self.function:
            node = self._parents[node]
            if isinstance(node, ast.For):
                return node
        return None

    def place_of(self, node: ast.AST) -> str:
        """Purpose of the statement of a node, as its comment says; empty where there is none."""
        return self._places.get(self.statement(node).lineno, "")

    def named(self, node: ast.AST) -> str:
        """A part by a name that a student knows; empty where it has none."""
        text = ast.unparse(node)
        return text if text in (*self.arguments, *_WORDS) else ""


@functools.lru_cache(maxsize=200)
def parsed(source: str, name: str) -> Program:
    """The program of a text; made once."""
    return Program(source, name)


def _comments(source: str) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string.lstrip("# ")
