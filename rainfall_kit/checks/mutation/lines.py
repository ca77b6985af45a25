r"""Mutation operators on whole lines: left out, in another order, at another indentation, only sometimes.

>>> from rainfall_kit.checks.mutation.program import Program
>>> text = "def f(w, b):\n    w += 1  # the move of w\n    b += 1  # the move of b\n    return w, b\n"
>>> [edit.change.what for edit in on_lines(Program(text, "f"))][:2]
['the move of w has no effect', 'the move of b has no effect']
"""

from __future__ import annotations

import ast
import itertools
import textwrap
from dataclasses import replace
from typing import TYPE_CHECKING

from rainfall_kit.checks.mutation.edits import Change, Edit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.checks.mutation.program import Program

_EACH = "Go through your lines one by one: what is each of them there for?"
_ORDER = "Write down in which order your lines run. What does each need that another makes?"
_INSIDE = "Which lines run once for each epoch, and which run once?"
_SOMETIMES = "Go through three rounds of the loop by hand. Which lines run in each of them?"
_RETURNS = "What does your function hand back, and in which order?"


def on_lines(program: Program) -> Iterator[Edit]:
    """Every change of whole lines."""
    for body, loop in _bodies(program.function, None):
        for statement in body:
            yield from _one(program, statement, loop)
        for first, second in itertools.combinations(body, 2):
            yield from _exchanged(program, first, second, body)
        if loop is not None and body is loop.body:
            yield from _at_the_end_of(program, loop)
    for outer, _ in _bodies(program.function, None):
        for i, statement in enumerate(outer):
            if isinstance(statement, ast.For) and len(statement.body) > 1:
                yield from _across(program, outer, i, statement)
    for node in program.nodes():
        if isinstance(node, ast.Return) and isinstance(node.value, ast.Tuple):
            yield from _handed_back(program, node.value)
    yield from _copied(program)
    yield from _done_at_the_end(program)
    for body, loop in _bodies(program.function, None):
        if loop is not None:
            yield from _with_momentum(program, body, loop)


def _bodies(node: ast.AST, loop: ast.For | None) -> Iterator[tuple[list[ast.stmt], ast.For | None]]:
    """The blocks of a function, with the loop around each."""
    if isinstance(node, ast.For):
        loop = node
    for name in ("body", "orelse"):
        body = getattr(node, name, [])
        if isinstance(body, list) and body:
            yield body, loop
            for statement in body:
                yield from _bodies(statement, loop)


def _words(program: Program, statement: ast.stmt) -> str:
    """Purpose of a statement; of a block without a comment, that of its lines."""
    own = program.place_of(statement)
    if own or not hasattr(statement, "body"):
        return own
    parts = [*dict.fromkeys(filter(None, (_words(program, part) for part in statement.body)))]
    return " and ".join(parts)


def _is(words: str) -> str:
    return "are" if " and " in words else "is"


def _edit(
    what: str, place: str, look: str, *pieces: tuple[int, int, str], common: bool = False
) -> Edit:
    change = Change(does=what, place=place, look=look, says_place=True)
    return Edit(pieces=pieces, change=change, is_common=common)


def _one(program: Program, statement: ast.stmt, loop: ast.For | None) -> Iterator[Edit]:
    words = _words(program, statement)
    if not words or isinstance(statement, ast.Return | ast.For | ast.FunctionDef):
        return
    start, stop = program.lines(statement)
    text, indent = program.source[start:stop], " " * statement.col_offset
    if not _works_on_itself(statement):  # what is left out there has words of its own
        left_out = (start, stop, f"{indent}pass\n")
        # or is undone, or made on something else: what comes out does not tell
        has = "have" if _is(words) == "are" else "has"
        yield _edit(f"{words} {has} no effect", words, _EACH, left_out, common=True)
    if not isinstance(statement, ast.AugAssign):  # that is one of twice the size, as an insertion
        yield _made_twice(statement, words, (stop, stop, text))
    if loop is None or not isinstance(loop.target, ast.Name):
        return
    inner = textwrap.indent(text, "    ")
    for test, when in (
        ("{0} % 2 == 0", "only in every other round"),
        ("{0} % 2 == 1", "only in every other round"),
        ("{0} % 3 == 0", "only in every third round"),
        ("{0} % 3 == 2", "only in every third round"),
        ("{0} == 0", "only in the first round"),
        ("{0} > 0", "in all rounds but the first"),
        *(
            [("{0} < epochs - 1", "in all rounds but the last")]
            if "epochs" in program.arguments
            else []
        ),
    ):
        head = f"{indent}if {test.format(loop.target.id)}:\n"
        yield _edit(
            f"{words} {_is(words)} made {when}", words, _SOMETIMES, (start, stop, head + inner)
        )


def _made_twice(statement: ast.stmt, words: str, piece: tuple[int, int, str]) -> Edit:
    lines = getattr(statement, "body", [])
    if lines and all(isinstance(line, ast.AugAssign) for line in lines):
        twice = Change(does="{it} is twice as large", it="the result", place=words, look=_EACH)
        return Edit(pieces=(piece,), change=replace(twice, is_insertion=True))
    return _edit(f"{words} {_is(words)} made twice", words, _EACH, piece)


def _works_on_itself(statement: ast.stmt) -> bool:
    """True for ``t = t - 32``."""
    if not isinstance(statement, ast.Assign) or not isinstance(statement.targets[0], ast.Name):
        return False
    names = {node.id for node in ast.walk(statement.value) if isinstance(node, ast.Name)}
    return statement.targets[0].id in names and isinstance(statement.value, ast.BinOp)


def _exchanged(
    program: Program, first: ast.stmt, second: ast.stmt, body: list[ast.stmt]
) -> Iterator[Edit]:
    """A line moved behind a later one, and a later one before an earlier one."""
    one, other = _words(program, first), _words(program, second)
    if not one or not other or one == other or isinstance(second, ast.Return | ast.For):
        return
    (start, stop), (begin, end) = program.lines(first), program.lines(second)
    what = f"{other} {'come' if _is(other) == 'are' else 'comes'} before {one}"
    line, later = program.source[start:stop], program.source[begin:end]
    yield _edit(
        what, f"{one} and {other}", _ORDER, (start, stop, ""), (end, end, line), common=True
    )
    if body.index(second) - body.index(first) > 1:
        yield _edit(what, f"{one} and {other}", _ORDER, (start, start, later), (begin, end, ""))


def _across(program: Program, outer: list[ast.stmt], place: int, loop: ast.For) -> Iterator[Edit]:
    """Lines of a loop behind or before it, and lines before it inside."""
    end = program.lines(loop)[1]
    indent = " " * loop.col_offset
    parts = [(statement, _words(program, statement)) for statement in loop.body]
    for i in range(1, len(parts)):
        words = _joined([words for _, words in parts[i:]])
        start = program.lines(parts[i][0])[0]
        out = textwrap.indent(textwrap.dedent(program.source[start:end]), indent)
        yield _edit(
            f"{words} {'stand' if _is(words) == 'are' else 'stands'} behind the loop",
            words, _INSIDE, (start, end, out), common=True,
        )  # fmt: skip
    for statement, words in parts:
        if not words:
            continue
        start, stop = program.lines(statement)
        out = textwrap.indent(textwrap.dedent(program.source[start:stop]), indent)
        yield _edit(
            f"{words} {'stand' if _is(words) == 'are' else 'stands'} behind the loop",
            words, _INSIDE, (start, stop, ""), (end, end, out),
        )  # fmt: skip
        yield _edit(
            f"{words} {_is(words)} made once, before the loop",
            words, _INSIDE, (start, stop, ""), (program.lines(loop)[0],) * 2 + (out,),
        )  # fmt: skip
    for statement in outer[:place]:
        words = _words(program, statement)
        if words:
            start, stop = program.lines(statement)
            inner = textwrap.indent(program.source[start:stop], "    ")
            first = program.lines(loop.body[0])[0]
            yield _edit(
                f"{words} {_is(words)} made anew in each round",
                words, _INSIDE, (start, stop, ""), (first, first, inner), common=True,
            )  # fmt: skip


def _joined(words: list[str]) -> str:
    found = [*dict.fromkeys(filter(None, words))]
    return " and ".join(found) if len(found) < 3 else f"{', '.join(found[:-1])} and {found[-1]}"


def _at_the_end_of(program: Program, loop: ast.For) -> Iterator[Edit]:
    """An lr that changes, and a loop that ends early."""
    end = program.lines(loop)[1]
    indent = " " * loop.body[0].col_offset
    names = {node.id for node in program.nodes() if isinstance(node, ast.Name)}
    if "lr" in program.arguments:
        ways = [
            f"lr = lr * {share}" for share in ("0.9", "0.99", "0.95", "0.5", "0.999", "1.1", "2")
        ]
        if isinstance(loop.target, ast.Name):
            ways += [f"lr = lr / ({loop.target.id} + 1)", f"lr = lr / ({loop.target.id} + 2)"]
        for way in ways:
            yield _edit(
                "lr changes from round to round", "the loop", _SOMETIMES,
                (end, end, f"{indent}{way}\n"),
            )  # fmt: skip
    if "losses" in names:
        tests = [
            ("losses[-1] > losses[0]", "when a loss is above the first"),
            ("len(losses) > 1 and losses[-1] > losses[-2]", "when a loss is above the one before"),
        ]
        tests += [
            (
                f"len(losses) > 1 and abs(losses[-1] - losses[-2]) < {near}",
                "when a loss is close to the one before",
            )
            for near in ("1e-3", "1e-4", "1e-6", "0.01", "0.1", "1")
        ]
        tests += [
            (f"losses[-1] < {low}", "when a loss is low")
            for low in ("1e-3", "1e-6", "0.01", "0.1", "1")
        ]
        for test, when in tests:
            yield _edit(
                f"the loop ends {when}", "the loop", _SOMETIMES,
                (end, end, f"{indent}if {test}:\n{indent}    break\n"),
            )  # fmt: skip
    yield _edit(
        "the loop ends after one round", "the loop", _SOMETIMES, (end, end, f"{indent}break\n"),
        common=True,
    )  # fmt: skip


def _handed_back(program: Program, things: ast.Tuple) -> Iterator[Edit]:
    """Parts in another order, or one twice."""
    texts = [program.text(thing) for thing in things.elts]
    start, stop = program.span(things)
    for i, j in itertools.combinations(range(len(texts)), 2):
        swapped = [*texts]
        swapped[i], swapped[j] = swapped[j], swapped[i]
        yield _edit(
            "two things are handed back in the other order", "what is handed back",
            _RETURNS, (start, stop, ", ".join(swapped)), common=True,
        )  # fmt: skip
        for one, other in ((i, j), (j, i)):
            twice = [*texts]
            twice[one] = texts[other]
            yield _edit(
                f"{texts[other]} is handed back twice", "what is handed back",
                _RETURNS, (start, stop, ", ".join(twice)),
            )  # fmt: skip
    yield _edit(
        "what is handed back stands in a list", "what is handed back", _RETURNS,
        (start, stop, f"[{', '.join(texts)}]"),
    )  # fmt: skip


def _copied(program: Program) -> Iterator[Edit]:
    """The work done on copies of what was handed in, or handed back with them."""
    first = program.lines(program.function.body[0])[0]
    indent = " " * program.function.body[0].col_offset
    for way in ("{0} = {0}.detach().clone().requires_grad_()", "{0} = {0}.clone()"):
        for names in (("w",), ("b",), ("w", "b")):
            if {*names} <= {*program.arguments} and _are_moved(program, names):
                lines = "".join(f"{indent}{way.format(name)}\n" for name in names)
                yield _edit(
                    f"a copy of {' and of '.join(names)} is worked on, not what was handed in",
                    "the beginning", _EACH, (first, first, lines),
                )  # fmt: skip


def _done_at_the_end(program: Program) -> Iterator[Edit]:
    """Something done to the parameters that nobody has asked for."""
    last = program.function.body[-1]
    start, stop = program.lines(last)
    at, indent = (start if isinstance(last, ast.Return) else stop), " " * last.col_offset
    for way, does in (
        ("{0}.data.zero_()", "set to 0"),
        ("{0}.requires_grad_(False)", "no longer watched by autograd"),
        ("{0}.grad = None", "left without a gradient"),
    ):
        for names in (("w",), ("b",), ("w", "b")):
            if {*names} <= {*program.arguments} and _are_moved(program, names):
                lines = "".join(f"{indent}{way.format(name)}\n" for name in names)
                are = "are" if len(names) > 1 else "is"
                yield _edit(
                    f"at the end {' and '.join(names)} {are} {does}", "the end", _EACH,
                    (at, at, lines), common=does == "set to 0",
                )  # fmt: skip


def _with_momentum(program: Program, body: list[ast.stmt], loop: ast.For) -> Iterator[Edit]:
    """Moves along a sum of this gradient and earlier ones."""
    moves = [
        (statement, node)
        for statement in body
        if isinstance(statement, ast.AugAssign)
        for node in ast.walk(statement.value)
        if isinstance(node, ast.Attribute) and node.attr == "grad"
    ]
    for share in ("0.9", "0.5", "0.8", "0.99") if moves else ():
        pieces = []
        before = program.lines(loop)[0]
        zeros = ""
        for statement, node in moves:
            name, start = f"moved_{program.text(node.value)}", program.lines(statement)[0]
            indent = " " * statement.col_offset
            zeros += f"{' ' * loop.col_offset}{name} = 0\n"
            line = f"{indent}{name} = {share} * {name} + {program.text(node)}\n"
            pieces += [(start, start, line), (*program.span(node), name)]
        places = " and ".join(program.place_of(statement) for statement, _ in moves)
        yield _edit(
            "each move goes along earlier gradients, too", places, _SOMETIMES,
            (before, before, zeros), *pieces,
        )  # fmt: skip


def _are_moved(program: Program, names: tuple[str, ...]) -> bool:
    """True if the program changes them in place, or what their gradients hold."""
    return any(name in names for node in program.nodes() for name in _changed(node))


def _changed(node: ast.AST) -> Iterator[str]:
    if isinstance(node, ast.AugAssign) and isinstance(node.target, ast.Name):
        yield node.target.id
    if isinstance(node, ast.Attribute) and node.attr == "grad" and isinstance(node.value, ast.Name):
        yield node.value.id
