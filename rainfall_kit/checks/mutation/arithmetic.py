"""Mutation operators on arithmetic and comparisons: signs, factors, terms, powers, branches."""

from __future__ import annotations

import ast
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.checks.mutation.program import Program

# What stands in the place of a node, what that does, what to look for, and whether it is common.
Made = tuple[str, str, str, bool]

_WRITTEN: dict[type[ast.operator], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.Pow: "**",
}  # fmt: skip

_SIGNS = "Which signs stand there, and what does each of them do?"
_PARTS = "Which parts does it have, and is each of them there?"
_ORDER = "Which of the two comes first, and does the order matter?"
_DECIDES = "Try each kind of run by hand: what does your comparison say, and what should it?"


def in_arithmetic(program: Program, node: ast.AST) -> Iterator[Made]:
    """Other signs, and operands left out or exchanged."""
    if not isinstance(node, ast.BinOp):
        return
    left, right = f"({program.text(node.left)})", f"({program.text(node.right)})"
    name, left_name = program.named(node.right), program.named(node.left)
    if isinstance(node.op, ast.Add | ast.Sub):
        other, does = ("-", "taken off") if isinstance(node.op, ast.Add) else ("+", "added")
        yield f"({left} {other} {right})", f"{name or 'a term'} is {does}", _SIGNS, True
        yield left, f"{name or 'a term'} is left out", _PARTS, True
        yield (
            right if isinstance(node.op, ast.Add) else f"(-{right})",
            f"{left_name or 'a term'} is left out",
            _PARTS,
            True,
        )
        yield f"({left} * {right})", "two terms are multiplied", _SIGNS, False
        if isinstance(node.op, ast.Sub):
            yield f"({right} - {left})", "the two sides of a difference are exchanged", _ORDER, True
            yield f"({left} / {right})", "a quotient is taken", _SIGNS, False
    elif isinstance(node.op, ast.Mult):
        yield (
            left,
            f"the factor {name} is left out" if name else "a factor is left out",
            _PARTS,
            True,
        )
        yield (
            right,
            f"the factor {left_name} is left out" if left_name else "a factor is left out",
            _PARTS,
            True,
        )
        yield f"({left} + {right})", "two factors are added", _SIGNS, False
        yield f"({left} / {right})", f"{name or 'a factor'} divides", _SIGNS, False
        yield f"({right} / {left})", f"{left_name or 'a factor'} divides", _SIGNS, False
    elif isinstance(node.op, ast.Div):
        yield left, "a division is left out", _PARTS, True
        yield f"({left} * {right})", "a divisor multiplies", _SIGNS, True
        yield f"({right} / {left})", "a division is upside down", _ORDER, False
    elif isinstance(node.op, ast.MatMult):
        yield f"({right} @ {left})", "the two sides of a product are exchanged", _ORDER, False
    elif isinstance(node.op, ast.Pow):
        yield left, "a power is left out", _PARTS, True
        yield f"({left} * 2)", "a number is doubled where it has a power", _SIGNS, False


def without_brackets(program: Program, node: ast.AST) -> Iterator[Made]:
    """A product or quotient of a sum whose brackets are missing."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult | ast.Div | ast.Pow):
        return
    start, stop = program.span(node)
    for part in ast.walk(node):
        if isinstance(part, ast.BinOp) and isinstance(part.op, ast.Add | ast.Sub):
            begin, end = program.span(part)
            before, behind = program.source[begin - 1], program.source[end]
            if start < begin and end <= stop and (before, behind) == ("(", ")"):
                source = program.source
                text = f"{source[start : begin - 1]}{source[begin:end]}{source[end + 1 : stop]}"
                yield f"({text})", "brackets around a sum or difference are missing", _ORDER, True
                return


def with_more_brackets(program: Program, node: ast.AST) -> Iterator[Made]:
    """A power of a whole product, or a product of a whole sum, where only its last part was meant."""
    if not isinstance(node, ast.BinOp) or not isinstance(node.right, ast.BinOp):
        return
    left, inner = f"({program.text(node.left)})", node.right
    first, last = f"({program.text(inner.left)})", f"({program.text(inner.right)})"
    of_power = isinstance(node.op, ast.Mult | ast.Div) and isinstance(inner.op, ast.Pow)
    of_product = isinstance(node.op, ast.Add | ast.Sub) and isinstance(inner.op, ast.Mult | ast.Div)
    if of_power or of_product:
        made = f"(({left} {_WRITTEN[type(node.op)]} {first}) {_WRITTEN[type(inner.op)]} {last})"
        power = "a power is taken of more than it should be"
        yield (
            made,
            power if of_power else "a sum or difference is taken before a product",
            _ORDER,
            True,
        )


def in_comparisons(program: Program, node: ast.AST) -> Iterator[Made]:
    """Another comparison, a condition left out, yes and no exchanged."""
    if isinstance(node, ast.Compare) and len(node.ops) == 1:
        left, right = f"({program.text(node.left)})", f"({program.text(node.comparators[0])})"
        is_strict = isinstance(node.ops[0], ast.Lt | ast.Gt)
        is_less = isinstance(node.ops[0], ast.Lt | ast.LtE)
        if isinstance(node.ops[0], ast.Lt | ast.LtE | ast.Gt | ast.GtE):
            sign = "<" if is_less else ">"
            edge = "counts" if is_strict else "does not count"
            yield (
                f"({left} {sign}{'=' if is_strict else ''} {right})",
                f"a value right at the limit {edge}",
                _DECIDES,
                True,
            )
            for equal in ("=", ""):
                back = ">" if is_less else "<"
                yield (
                    f"({left} {back}{equal} {right})",
                    "smaller and larger are exchanged",
                    _DECIDES,
                    True,
                )
            yield f"({left} == {right})", "it is asked for equality", _DECIDES, False
            yield f"({left} != {right})", "it is asked for any difference", _DECIDES, False
    parent = program.parent(node)
    if isinstance(parent, ast.Return) and isinstance(node, ast.BoolOp):
        yield f"(not ({program.text(node)}))", "yes and no are exchanged", _DECIDES, False
    if isinstance(node, ast.BoolOp):
        parts = [f"({program.text(part)})" for part in node.values]
        is_and = isinstance(node.op, ast.And)
        yield (
            f"({(' or ' if is_and else ' and ').join(parts)})",
            "one of the conditions is enough" if is_and else "all conditions must hold at once",
            _DECIDES,
            True,
        )
        for i in range(len(parts)):
            rest = (" and " if is_and else " or ").join(parts[:i] + parts[i + 1 :])
            yield f"({rest})", _left_out(node.values[i]), _DECIDES, True
    if isinstance(node, ast.UnaryOp):
        yield (
            f"({program.text(node.operand)})",
            "a minus is left out" if isinstance(node.op, ast.USub) else "a `not` is left out",
            _SIGNS,
            True,
        )
    if isinstance(node, ast.IfExp):
        yes, no = f"({program.text(node.body)})", f"({program.text(node.orelse)})"
        yield yes, "only one branch is ever taken", _DECIDES, False
        yield no, "only one branch is ever taken", _DECIDES, False


def _left_out(condition: ast.expr) -> str:
    asks_for_nan = "isnan" in ast.unparse(condition) or "isfinite" in ast.unparse(condition)
    return "nan is not asked for" if asks_for_nan else "a condition is left out"
