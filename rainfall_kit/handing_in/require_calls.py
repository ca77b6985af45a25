"""Require calls of graded cells: those that only ask a question of the kit, so that values are judged.

>>> required('require("mse", mse, seed=3)')
(Required(question='mse', name='mse', seed=3, given=None, own_orchard=False),)
>>> required('require("mse", mse, seed=(1, 2))')[0].seed
(1, 2)
>>> required("assert abs(mse(preds, targets) - 2) < 1e-6")
()
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rainfall_kit.checks.questions.registry import QUESTIONS

if TYPE_CHECKING:
    from rainfall_kit.checks.questions.question import Seed


@dataclass(frozen=True)
class Required:
    """One ``require(question, name, seed=seed, given=given)``, or one with ``own_orchard=True``."""

    question: str
    name: str
    seed: Seed = 0
    given: tuple[str, ...] | None = None
    own_orchard: bool = False


def required(source: str) -> tuple[Required, ...]:
    """The calls of ``require`` in a cell; none if it does anything else, too.

    Args:
        source: the instructor's own text of a graded cell.

    Returns:
        One entry for each ``require``. Imports of the kit may stand beside them.
    """
    try:
        body = ast.parse(source).body
    except (SyntaxError, ValueError):
        return ()
    found = [_read(statement) for statement in body if not _imports_the_kit(statement)]
    return () if None in found else tuple(call for call in found if call is not None)


def _imports_the_kit(statement: ast.stmt) -> bool:
    if isinstance(statement, ast.ImportFrom):
        return statement.module == "rainfall_kit" and all(
            alias.name == "require" and alias.asname is None for alias in statement.names
        )
    return isinstance(statement, ast.Import) and all(
        alias.name == "rainfall_kit" and alias.asname is None for alias in statement.names
    )


def _read(statement: ast.stmt) -> Required | None:
    call = statement.value if isinstance(statement, ast.Expr) else None
    if not isinstance(call, ast.Call) or ast.unparse(call.func) not in (
        "require",
        "rainfall_kit.require",
    ):
        return None
    try:
        question = ast.literal_eval(call.args[0])
        options = {word.arg: ast.literal_eval(word.value) for word in call.keywords}
    except (ValueError, IndexError):
        return None
    answer = call.args[1] if len(call.args) == 2 else None
    seed, given = options.pop("seed", 0), options.pop("given", None)
    own_orchard = options.pop("own_orchard", False)
    if options or not isinstance(answer, ast.Name) or question not in QUESTIONS:
        return None
    seeds = seed if type(seed) is tuple and seed else (seed,)
    if any(type(one) is not int for one in seeds) or any(
        name not in QUESTIONS for name in given or ()
    ):
        return None
    if type(own_orchard) is not bool:
        return None
    names = given if given is None else tuple(given)
    return Required(question, answer.id, seed, names, own_orchard)
