r"""Mutants of a program: every edit of the operators, alone, in twin lines, or two at once.

>>> text = "def half(x, y):\n    return x / y  # the half\n"
>>> mutants = {source: [change.what for change in changes] for source, changes in first_order(text, "half")}
>>> mutants["def half(x, y):\n    return (x)  # the half\n"]
['in the half, a division is left out']
"""

from __future__ import annotations

import ast
import functools
import itertools
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from rainfall_kit.checks.mutation.arithmetic import (
    in_arithmetic,
    in_comparisons,
    with_more_brackets,
    without_brackets,
)
from rainfall_kit.checks.mutation.calls import counted, in_calls, in_counts, on_both_sides
from rainfall_kit.checks.mutation.edits import Change, Edit, applied
from rainfall_kit.checks.mutation.insertions import added, decayed, kind_of, put_in, with_others
from rainfall_kit.checks.mutation.lines import on_lines
from rainfall_kit.checks.mutation.names import (
    in_gradients,
    in_lists,
    in_names,
    in_numbers,
    in_ranges,
)
from rainfall_kit.checks.mutation.program import parsed

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.checks.mutation.program import Program

# Each takes a program and one of its nodes, and gives what could stand there.
_OPERATORS = (
    in_arithmetic,
    without_brackets,
    with_more_brackets,
    in_comparisons,
    in_calls,
    on_both_sides,
    in_counts,
    in_names,
    in_gradients,
    in_ranges,
    in_numbers,
    in_lists,
    with_others,
    added,
    decayed,
    put_in,
)

_INSERTIONS = (in_names, with_others, added, decayed, put_in)
_ELEMENT = "another element is looked at, or all of them"
_KINDS = {in_lists: _ELEMENT, in_numbers: "a number is another one"}

Changes = tuple[Change, ...]

# A part that has no name that a student knows.
SOMETHING = "something"


@functools.lru_cache(maxsize=200)
def edits_of(source: str, name: str) -> tuple[Edit, ...]:
    """Every edit of a program, in an order that depends on the text alone.

    Args:
        source: an annotated right program.
        name: of the function that is asked for.
    """
    program = parsed(source, name)
    single = [*_on_nodes(program), *on_lines(program)]
    twins = [*_twins(program, single), *_twin_parts(program, single)]
    in_both = {piece for edit in twins for piece in edit.pieces}
    # who makes a mistake twice makes another one elsewhere; two halves of one are one
    single = [
        replace(edit, is_common=False) if in_both & {*edit.pieces} else edit for edit in single
    ]
    return (*single, *twins)


def first_order(source: str, name: str) -> Iterator[tuple[str, Changes]]:
    """The programs with one edit, and its words."""
    for edit in edits_of(source, name):
        text = applied(source, [edit])
        if text is not None:
            yield text, (edit.change,)


def pairs_of(source: str, name: str) -> Iterator[tuple[int, int]]:
    """The places of two common edits that can be made at once."""
    common = [i for i, edit in enumerate(edits_of(source, name)) if edit.is_common]
    yield from itertools.combinations(common, 2)


def _on_nodes(program: Program) -> Iterator[Edit]:
    for node in program.nodes():
        if not isinstance(node, ast.expr):
            if isinstance(node, ast.AugAssign):
                yield from _turned_round(program, node)
            continue
        if _is_inside_a_whole(program, node) or isinstance(node, ast.Slice):
            continue
        place, it = program.place_of(node), _it(program, node)
        start, stop = program.span(node)
        for operator in _OPERATORS:
            for text, does, look, common in operator(program, node):
                yield Edit(
                    pieces=((start, stop, text),),
                    change=Change(
                        does=does,
                        place=place,
                        look=look,
                        it=it,
                        kind=_KINDS.get(operator, "") or kind_of(does),
                        is_insertion=operator in _INSERTIONS,
                    ),
                    is_common=common,
                )


def _it(program: Program, node: ast.expr) -> str:
    """Words of a message for a part: its name, or the result of its line."""
    parent = program.parent(node)
    is_whole = isinstance(parent, ast.Assign | ast.AugAssign | ast.Return)
    return program.named(node) or ("the result" if is_whole else SOMETHING)


def _turned_round(program: Program, node: ast.AugAssign) -> Iterator[Edit]:
    """``-=`` for ``+=`` and ``*=`` for ``/=``, and the other way round."""
    signs = {ast.Sub: "+=", ast.Add: "-=", ast.Mult: "/=", ast.Div: "*="}
    sign = signs.get(type(node.op))
    if sign is None:
        return
    (_, start), (stop, _) = program.span(node.target), program.span(node.value)
    place = program.place_of(node)
    yield Edit(
        pieces=((start, stop, f" {sign} "),),
        change=Change(
            does="the sign is the other one",
            place=place,
            look="Which sign stands there, and what does it do?",
        ),
        is_common=True,
    )


def _is_inside_a_whole(program: Program, node: ast.AST) -> bool:
    """True for a part of what is changed as a whole: a count, or what stands between index brackets."""
    while not isinstance(node, ast.stmt):
        parent = program.parent(node)
        if counted(parent) is not None or isinstance(parent, ast.Slice):
            return True
        if isinstance(parent, ast.Subscript) and isinstance(node, ast.Tuple):
            return True
        node = parent
    return False


def _twins(program: Program, edits: list[Edit]) -> Iterator[Edit]:
    """The same edit made in two lines that differ in one name alone, as those that move w and b."""
    lines = _twin_lines(program)
    by_key: dict[tuple[str, int, int, str], Edit] = {}
    for edit in edits:
        if len(edit.pieces) == 1:
            by_key.setdefault(_key(edit), edit)
    for (one, other), renamed in lines.items():
        start, begin = program.lines(one)[0], program.lines(other)[0]
        stop = program.lines(one)[1]
        text = program.source[start:stop]
        shifted = functools.cache(
            lambda at, text=text, start=start, begin=begin, renamed=renamed: (
                begin + len(_renamed(text[: at - start], renamed))
            )
        )
        for edit in edits:
            if len(edit.pieces) > 1 or not (start <= edit.pieces[0][0] < stop):
                continue
            from_, to, new = edit.pieces[0]
            if to > stop:
                continue
            shift = shifted(from_), shifted(to)
            key = (edit.change.look, shift[0], shift[1], _renamed(new, renamed))
            twin = by_key.get(key)
            if twin is not None:
                yield Edit(
                    pieces=(*edit.pieces, *twin.pieces),
                    change=_both(edit.change, twin.change),
                    is_common=edit.is_common,
                )


def _twin_parts(program: Program, edits: list[Edit]) -> Iterator[Edit]:
    """The same edit of both things that are handed back."""
    for node in program.nodes():
        if not isinstance(node, ast.Return) or not isinstance(node.value, ast.Tuple):
            continue
        for one, other in itertools.combinations(node.value.elts, 2):
            renamed = _renaming(program.text(one), program.text(other))
            spans = program.span(one), program.span(other)
            twins = {edit.pieces[0][2]: edit for edit in edits if edit.pieces[0][:2] == spans[1]}
            for edit in edits if renamed else ():
                if edit.pieces[0][:2] != spans[0] or len(edit.pieces) > 1:
                    continue
                twin = twins.get(_renamed(edit.pieces[0][2], renamed or {}))
                if twin is not None:
                    names = [edit.change.it, twin.change.it]
                    it = "each of them" if SOMETHING in names else f"each of {' and '.join(names)}"
                    does = _joined(edit.change.does, twin.change.does)
                    yield Edit(
                        pieces=(*edit.pieces, *twin.pieces),
                        change=replace(edit.change, does=does, it=it),
                    )


def _key(edit: Edit) -> tuple[str, int, int, str]:
    ((start, stop, text),) = edit.pieces
    return (edit.change.look, start, stop, text)


def _both(one: Change, other: Change) -> Change:
    """The words of one change that is made in two places."""
    place = f"{one.place} and {other.place}"
    it = one.it if one.it == other.it else f"{one.it} or {other.it}"
    does = _joined(one.does.replace(one.place, "\0"), other.does.replace(other.place, "\0"))
    does = does.replace("\0", place).replace(f"{place} is ", f"{place} are ")
    does = does.replace(f"{place} has ", f"{place} have ")
    return replace(one, does=does, place=place, it=it)


def _joined(one: str, other: str) -> str:
    """Two clauses that differ in a name, as one: "the factor w.grad" and "b.grad" as "w.grad or b.grad"."""
    if one == other:
        return one
    words = [*zip(one.split(" "), other.split(" "), strict=False)]
    if len(one.split(" ")) != len(other.split(" ")):
        return f"{one}, and {other}"
    return " ".join(a if a == b else f"{a} or {b}" for a, b in words)


def _twin_lines(program: Program) -> dict[tuple[ast.stmt, ast.stmt], dict[str, str]]:
    """Pairs of simple statements that are one and the same, but for a name."""
    found = {}
    statements = [
        node for node in program.nodes() if isinstance(node, ast.stmt) and not hasattr(node, "body")
    ]
    for one, other in itertools.combinations(statements, 2):
        renamed = _renaming(program.text(one), program.text(other))
        if renamed and program.place_of(one) and program.place_of(other):
            found[one, other] = renamed
    return found


def _renaming(one: str, other: str) -> dict[str, str] | None:
    """The one name that stands for another in the second text; None where they differ in more."""
    tokens, others = re.findall(r"\w+|\W", one), re.findall(r"\w+|\W", other)
    if len(tokens) != len(others):
        return None
    renamed = {a: b for a, b in zip(tokens, others, strict=True) if a != b}
    is_one = all(a.isidentifier() and b.isidentifier() for a, b in renamed.items())
    return renamed if is_one and 0 < len(renamed) <= 3 and _renamed(one, renamed) == other else None


def _renamed(text: str, names: dict[str, str]) -> str:
    return re.sub(r"\w+", lambda found: names.get(found[0], found[0]), text)
