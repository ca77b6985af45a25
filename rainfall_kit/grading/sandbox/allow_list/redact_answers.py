r"""Redaction of the kit's answers: the text that stands in their place where students' answers are called.

Student code can patch whatever runs beside it, and would let the kit answer. So what it must not
use is not there. A question file keeps what an answer is called with: its name, what it asks, and how
an answer is called. Its right program, how its cases are drawn, and the code of its mistakes are gone;
the names and hints of mistakes stay, for reports of runs. The lesson's reference keeps its names, and
says nothing.

>>> print(redact('def mse(p, t):\n    return ((p - t) ** 2).mean()'))
def mse(*_, **__):
    raise RuntimeError('the answers of the kit are not here while notebooks are graded')
"""

from __future__ import annotations

import ast
import importlib.util
import pkgutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from rainfall_kit.checks import questions
from rainfall_kit.checks.questions import registry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.checks.observations import Case
    from rainfall_kit.checks.questions.question import Question

_REFERENCE = "rainfall_kit.lesson.reference"  # importing it would load torch
# A start is no answer, but in its own question, and an instructor's own cells may make one.
_KEPT = frozenset({"init_params"})
SAYS = "the answers of the kit are not here while notebooks are graded"
_ADDED = Path("/etc/rainfall_questions")
# What of a question an answer is called with.
_PARTS_KEPT = ("name", "asks", "call", "order")
# What an instructor's own cells call that would run into the gap.
_CALLS = ("require(", "check(", "reference.", "import reference", "%gd_check", "%gd_hint")


def redacted_files() -> dict[str, bytes]:
    """The text of each module that has answers, without them; by its path."""
    spec = importlib.util.find_spec(_REFERENCE)
    assert spec is not None and spec.origin is not None
    reference = Path(spec.origin)
    return {
        str(reference): redact(reference.read_text(encoding="utf-8"), _KEPT).encode(),
        **{str(path): text.encode() for path, text in _redacted_questions().items()},
    }


def added_question_files() -> dict[str, bytes]:
    """The question files of a course's own folders as they are, for a sandbox that needs the answers."""
    return {str(_inside(path)): path.read_bytes() for path in registry.added_question_files()}


def question_folders_inside() -> list[Path]:
    """Where a sandbox finds the question files of a course's own folders, of which it sees nothing."""
    return [*map(_folder_inside, registry.question_folders())]


def _folder_inside(folder: Path) -> Path:
    # not where the folder is outside: the sandbox may have a scratch folder of its own in that place
    return _ADDED / str(registry.question_folders().index(folder))


def _inside(path: Path) -> Path:
    return _folder_inside(path.parent) / path.name


def redact(source: str, kept: frozenset[str] = frozenset()) -> str:
    """A module's text without its docstring, which may show the work, and with functions that only raise.

    Args:
        source: the text.
        kept: the functions that stay as they are.
    """
    tree = ast.parse(source)
    tree.body = [
        _raising(statement.name)
        if isinstance(statement, ast.FunctionDef) and statement.name not in kept
        else statement
        for statement in tree.body
        if not isinstance(statement, ast.Expr)
    ]
    return ast.unparse(tree)


def _raising(name: str) -> ast.stmt:
    return ast.parse(f"def {name}(*_, **__):\n    raise RuntimeError({SAYS!r})").body[0]


def _redacted_questions() -> dict[Path, str]:
    """The redacted text of every question file, and of what they only draw with."""
    added = registry.added_question_files()
    redacted = {
        _inside(path) if path in added else path: redact_question(
            path.read_text(encoding="utf-8"), question
        )
        for path, question in registry.question_files().items()
    }
    others = {name: path for name, path in _modules_of_package() if path not in redacted}
    used = {name for text in redacted.values() for name in imported_names(text)}
    used |= {
        *imported_names(Path(registry.__file__).read_text(encoding="utf-8")),
        registry.__name__,
    }
    unused = others.keys() - _reached(used, others)
    return redacted | {others[name]: f'"""{SAYS}"""\n' for name in unused}


def _modules_of_package() -> Iterator[tuple[str, Path]]:
    for found in pkgutil.walk_packages(questions.__path__, f"{questions.__name__}."):
        spec = importlib.util.find_spec(found.name)
        assert spec is not None and spec.origin is not None
        if not found.ispkg:
            yield found.name, Path(spec.origin)


def _reached(names: set[str], paths: dict[str, Path]) -> set[str]:
    """These modules and those that they import."""
    left, found = list(names), set()
    while left:
        name = left.pop()
        if name not in found:
            found.add(name)
            left += imported_names(paths[name].read_text(encoding="utf-8")) if name in paths else ()
    return found


def imported_names(source: str) -> set[str]:
    """The modules that a text imports from; of ``from a import b`` both a and a.b, as b may be one."""
    found: set[str] = set()
    for node in _statements(ast.parse(source)):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return found


def redact_question(source: str, question: Question) -> str:
    """A question file's text, with what an answer is called with and nothing else.

    Its cases are drawn elsewhere. One that everybody knows stands in their place, to try a call with.
    """
    tree = ast.parse(source)
    made = next(statement for statement in tree.body if "QUESTION" in _defined(statement))
    assert isinstance(made, ast.Assign) and isinstance(made.value, ast.Call)
    made.value.keywords = [word for word in made.value.keywords if word.arg in _PARTS_KEPT]
    made.value.keywords += ast.parse(
        "f(program='', draw=_draw, mistakes=_MISTAKES)", mode="eval"
    ).body.keywords  # type: ignore[attr-defined]
    parts = [(statement, _defined(statement)) for statement in tree.body]
    needed, left = set(), {"QUESTION"}
    while left:
        needed |= left
        users = [statement for statement, names in parts if left & names]
        left = {name for statement in users for name in _names_in(statement)} - needed
    tree.body = [
        _needed_part(statement, needed)
        for statement, names in parts
        if needed & names or _is_future(statement)
    ]
    first = next(case for case in question.draw(0) if case.public)
    futures = [statement for statement in tree.body if _is_future(statement)]
    others = [statement for statement in tree.body if not _is_future(statement)]
    tree.body = [*futures, *_draws_only(first), *_names_of_mistakes(question), *others]
    return ast.unparse(ast.fix_missing_locations(tree))


def _is_future(statement: ast.stmt) -> bool:
    return isinstance(statement, ast.ImportFrom) and statement.module == "__future__"


def names_only(source: str) -> str:
    r"""A module's text of nothing but its functions, which only raise.

    Example:
        >>> print(names_only("import os\nA = 1\ndef f():\n    return A"))
        def f(*_, **__):
            raise RuntimeError('the answers of the kit are not here while notebooks are graded')
    """
    tree = ast.parse(source)
    return "\n".join(
        ast.unparse(_raising(statement.name))
        for statement in tree.body
        if isinstance(statement, ast.FunctionDef)
    )


def redact_functions(source: str, names: tuple[str, ...]) -> str:
    r"""A module's text in which functions and methods of these names only raise.

    Example:
        >>> print(redact_functions("class A:\n    def f(self):\n        return 1", ("f",)))
        class A:
        <BLANKLINE>
            def f(*_, **__):
                raise RuntimeError('the answers of the kit are not here while notebooks are graded')
    """

    class Raise(ast.NodeTransformer):
        def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:  # ast's own name
            return _raising(node.name) if node.name in names else self.generic_visit(node)

    return ast.unparse(ast.fix_missing_locations(Raise().visit(ast.parse(source))))


def without_docstrings(source: str) -> str:
    r"""A module's text without comments and docstrings, which show how things are done.

    Example:
        >>> print(without_docstrings("def f():\n    'Adds.'\n    return 1  # one"))
        def f():
            return 1
    """
    tree = ast.parse(source)
    for node in (tree, *_statements(tree)):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and _is_text(
            node.body[:1]
        ):
            node.body = node.body[1:] or [ast.Pass()]
    return ast.unparse(tree)


def _statements(tree: ast.Module) -> Iterator[ast.stmt]:
    """Every statement, also inside others; expressions, most of a tree, are not gone into."""
    left: list[ast.AST] = [*tree.body]
    while left:
        node = left.pop()
        if isinstance(node, ast.stmt):
            yield node
        for part in ("body", "orelse", "finalbody", "handlers", "cases"):
            left += getattr(node, part, ())


def _is_text(statements: list[ast.stmt]) -> bool:
    """True if these begin with a string that stands by itself."""
    value = statements[0].value if statements and isinstance(statements[0], ast.Expr) else None
    return isinstance(value, ast.Constant) and isinstance(value.value, str)


def _draws_only(case: Case) -> list[ast.stmt]:
    return ast.parse(
        "from rainfall_kit.checks.observations import Case as _Case\n"
        f"def _draw(_):\n    return (_Case.from_json({case.to_json()!r}),)\n"
    ).body


def _names_of_mistakes(question: Question) -> list[ast.stmt]:
    """The mistakes without the programs that they edit: reports of runs have their names and hints."""
    entries = tuple(replace(entry, wrong=(), mild=()) for entry in question.mistakes)
    return ast.parse(
        "from rainfall_kit.checks.questions.misconception import Misconception\n"
        f"_MISTAKES = {entries!r}\n"
    ).body


def _defined(statement: ast.stmt) -> set[str]:
    """The names that a statement of a module binds."""
    if isinstance(statement, ast.FunctionDef | ast.ClassDef):
        return {statement.name}
    if isinstance(statement, ast.Import | ast.ImportFrom):
        return {alias.asname or alias.name.partition(".")[0] for alias in statement.names}
    # of an assignment the targets alone: what a comprehension on its right side binds is no name of the module
    bound = statement.targets if isinstance(statement, ast.Assign) else [statement]
    names = (node for part in bound for node in ast.walk(part) if isinstance(node, ast.Name))
    return {node.id for node in names if isinstance(node.ctx, ast.Store)}


def _names_in(statement: ast.stmt) -> set[str]:
    return {node.id for node in ast.walk(statement) if isinstance(node, ast.Name)}


def _needed_part(statement: ast.stmt, needed: set[str]) -> ast.stmt:
    """The statement; of an import only the names that are used."""
    if isinstance(statement, ast.Import | ast.ImportFrom) and not _is_future(statement):
        statement.names = [
            alias
            for alias in statement.names
            if (alias.asname or alias.name.partition(".")[0]) in needed
        ]
    return statement


def needs_answers(sources: list[str]) -> bool:
    """True if an instructor's own cells call on the kit's answers while they run.

    Example:
        >>> needs_answers(["from rainfall_kit import require"])
        False
        >>> needs_answers(["require('mse', mse)", "assert mse(a, b) == 2"])
        True
    """
    return any(word in source for source in sources for word in _CALLS)
