r"""The kit without its own answers: what stands in their place where students' answers are called.

Student code can patch whatever runs beside it, and would let the kit answer. So what it must not
use is not there: the modules that hold right answers keep their names and lose what they say.

>>> print(redact('def mse(p, t):\n    return ((p - t) ** 2).mean()'))
def mse(*_, **__):
    raise RuntimeError('the answers of the kit are not here while notebooks are graded')
"""

from __future__ import annotations

import ast

from rainfall_kit import installation

_KIT = installation.FOLDER
# Where right answers stand, and what of it is none.
_KEPT = {
    "lesson/reference.py": {"init_params"},
    "checks/questions/programs.py": {"build", "edited", "_compiled"},
}
_SAYS = "the answers of the kit are not here while notebooks are graded"
_GONE = f"""
class _Gone(dict):
    def __missing__(self, name):
        raise RuntimeError({_SAYS!r})
"""
# What an instructor's own cells call that would run into the gap.
_CALLS = ("require(", "check(", "reference.", "import reference", "%gd_check", "%gd_hint")


def redacted_files() -> dict[str, bytes]:
    """The text of each module that has answers, without them; by its path."""
    return {
        str(_KIT / name): redact((_KIT / name).read_text(encoding="utf-8"), kept).encode()
        for name, kept in _KEPT.items()
    }


def redact(source: str, kept: set[str] | frozenset[str] = frozenset()) -> str:
    """A module's text with empty texts, empty tables, and functions that only raise.

    Args:
        source: the text.
        kept: the functions that stay as they are.
    """
    tree = ast.parse(source)
    tree.body = [_without(statement, kept) for statement in tree.body]
    after_futures = sum(isinstance(each, ast.ImportFrom | ast.Expr) for each in tree.body[:2])
    if any(isinstance(each, ast.Assign) for each in tree.body):
        tree.body[after_futures:after_futures] = ast.parse(_GONE).body
    return ast.unparse(ast.fix_missing_locations(tree))


def _without(statement: ast.stmt, kept: set[str] | frozenset[str]) -> ast.stmt:
    if isinstance(statement, ast.FunctionDef) and statement.name not in kept:
        return ast.parse(
            f"def {statement.name}(*_, **__):\n    raise RuntimeError({_SAYS!r})"
        ).body[0]
    if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) != "__all__":
        if isinstance(statement.value, ast.Dict):
            statement.value = ast.parse("_Gone()", mode="eval").body
        elif isinstance(statement.value, ast.Constant | ast.JoinedStr):
            statement.value = ast.Constant("")
    return statement


def needs_answers(sources: list[str]) -> bool:
    """Whether an instructor's own cells call on the kit's answers while they run.

    Example:
        >>> needs_answers(["from rainfall_kit import require"])
        False
        >>> needs_answers(["require('mse', mse)", "assert mse(a, b) == 2"])
        True
    """
    return any(word in source for source in sources for word in _CALLS)
