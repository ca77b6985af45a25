"""Mutation operators on calls: another reduction, another direction, a call left out, counts."""

from __future__ import annotations

import ast
import itertools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.checks.mutation.arithmetic import Made
    from rainfall_kit.checks.mutation.program import Program

_REDUCTIONS = {
    "sum": "the sum is taken",
    "mean": "the mean is taken",
    "amax": "the largest is taken",
    "amin": "the smallest is taken",
    "median": "the median is taken",
    "prod": "the product of all is taken",
    "std": "the standard deviation is taken",
    "var": "the variance is taken",
    "norm": "the length (norm) is taken",
}
# One of these in the place of another is no other kind of thing.
_BY_SIZE = ("max", "min")
_REDUCE = "What do you take of all those numbers together?"
_WAY = "Over what do you take it: over rows, over columns, over everything?"
_COUNT = "What do you count there, and is it right for a table of any size?"
_CALLS = "Is each call there, and with brackets?"
_ORDER = "Is each thing where it belongs, in its order?"

# The counts of the lesson's table, beside those that are small.
_LESSON = {"10": "of elements", "5": "of regions", "3": "of inputs", "2": "of crops"}


def in_calls(program: Program, node: ast.AST) -> Iterator[Made]:
    """Another reduction or direction, or the call left out."""
    if not isinstance(node, ast.Call):
        return
    text, rest = program.text(node), _arguments(program, node)
    if isinstance(node.func, ast.Attribute):
        owner, name = program.text(node.func.value), node.func.attr
        is_module = owner in ("torch", "F", "math", "np", "torch.linalg")
        if not is_module:
            owner = f"({owner})"
            if name.endswith("_") and isinstance(program.parent(node), ast.Expr):
                pass  # the line is left out as a whole
            elif name not in _REDUCTIONS:
                yield owner, f"the call of {name} is left out", _CALLS, False
        if name in _REDUCTIONS:
            for other, does in _REDUCTIONS.items():
                if other != name:
                    values = ".values" if other == "median" and rest else ""
                    made = f"{owner}.{other}({', '.join(rest)}){values}"
                    yield made, does, _REDUCE, other in ("sum", "mean", "amin")
            if not rest:
                for other in ("max", "min"):
                    yield f"{owner}.{other}()", f"the {_word(other)} is taken", _REDUCE, False
            inside = ", ".join(rest)
            yield (
                f"({owner}.amax({inside}) - {owner}.amin({inside}))",
                "the distance from the smallest to the largest is taken",
                _REDUCE,
                True,
            )
            yield from _other_ways(owner, name, rest)
        if name in ("all", "any"):
            other = "any" if name == "all" else "all"
            yield f"{owner}.{other}({', '.join(rest)})", _FITS[other], _REDUCE, True
        if name in _BY_SIZE and len(rest) == 1 and is_module:
            other = next(one for one in _BY_SIZE if one != name)
            yield f"{owner}.{other}({rest[0]})", f"the {_word(other)} is taken", _REDUCE, True
    elif isinstance(node.func, ast.Name) and node.func.id in ("max", "min", "all", "any", "sum"):
        other = {"max": "min", "min": "max", "all": "any", "any": "all", "sum": "max"}[node.func.id]
        yield f"{other}({', '.join(rest)})", f"the {_word(other)} is taken", _REDUCE, True
    called = text[: program.span(node.func)[1] - program.span(node)[0]]
    for i, word in enumerate(node.keywords):
        at = len(node.args) + i
        if word.arg not in ("dim", "keepdim"):
            others = ", ".join(rest[:at] + rest[at + 1 :])
            yield f"{called}({others})", f"{word.arg} is left out", _CALLS, True
    for i, j in itertools.combinations(range(len(node.args)), 2):
        swapped = [*rest]
        swapped[i], swapped[j] = swapped[j], swapped[i]
        names = [program.named(node.args[k]) for k in (i, j)]
        what = f"{names[0]} and {names[1]}" if all(names) else "two arguments"
        yield f"{called}({', '.join(swapped)})", f"{what} are exchanged", _ORDER, False


_FITS = {"any": "one number that fits is enough", "all": "all numbers must fit"}


def on_both_sides(program: Program, node: ast.AST) -> Iterator[Made]:
    """Both sides of a comparison of numbers made less than they are."""
    if isinstance(node, ast.BinOp) and isinstance(node.op, ast.Sub):
        sides, join = [node.left, node.right], "({} - {})"
    elif isinstance(node, ast.Call) and len(node.args) == 2 and node.keywords:
        called = program.source[program.span(node)[0] : program.span(node.func)[1]]
        words = ", ".join(_arguments(program, node)[2:])
        sides, join = node.args, f"{called}({{}}, {{}}, {words})"
    else:
        return
    for way, does in _LESS:
        left, right = (way.format(f"({program.text(side)})") for side in sides)
        yield join.format(left, right), does, _BOTH, False


_BOTH = "What is compared there: every number with its own, or something that sums them up?"
_LESS = (
    ("{}.abs()", "nothing but the sizes of both sides are compared"),
    ("{}.sign()", "nothing but the signs of both sides are compared"),
    ("{}.sum()", "nothing but the sums of both sides are compared"),
    ("{}.mean()", "nothing but the means of both sides are compared"),
    ("{}.norm()", "nothing but the lengths of both sides are compared"),
    ("{}.abs().max()", "nothing but the largest of both sides are compared"),
    ("{}.flatten()[0]", "nothing but the first numbers of both sides are compared"),
    ("{}.flatten()[-1]", "nothing but the last numbers of both sides are compared"),
    ("{}.sort().values", "both sides are sorted before they are compared"),
    ("{}.square()", "both sides are squared before they are compared"),
    ("({0} / {0}.norm())", "nothing but the directions of both sides are compared"),
)


def _word(name: str) -> str:
    return {
        "max": "largest",
        "min": "smallest",
        "all": "answer that holds for all",
        "any": "answer that holds for one",
        "sum": "sum",
    }[name]


def _arguments(program: Program, node: ast.Call) -> list[str]:
    words = [f"{word.arg}={program.text(word.value)}" for word in node.keywords]
    return [*map(program.text, node.args), *words]


_COLUMNS, _ROWS = "down each column alone", "along each row alone"


def _other_ways(owner: str, name: str, rest: list[str]) -> Iterator[Made]:
    """The same reduction along other directions."""
    plain = [
        text for text in rest if not text.startswith(("dim", "keepdim")) and not text.isdigit()
    ]
    has_dim = len(plain) < len(rest)
    for dim, does in (("0", _COLUMNS), ("1", _ROWS)):
        inside = ", ".join([*plain, f"dim={dim}"])
        if inside != ", ".join(rest):
            yield f"{owner}.{name}({inside})", f"it is taken {does}", _WAY, True
            inside = f"{inside}, keepdim=True"
            yield f"{owner}.{name}({inside})", f"it is taken {does}", _WAY, False
    if has_dim:
        yield (
            f"{owner}.{name}({', '.join(plain)})",
            "it is taken over the whole table at once",
            _WAY,
            True,
        )
    elif name in ("mean", "sum"):
        for dim, counted_alone in (("0", "columns"), ("1", "rows")):
            inside = ", ".join([*plain, f"dim={dim}"])
            yield (
                f"{owner}.sum({inside}).mean()",
                f"nothing but the {counted_alone} are counted",
                _WAY,
                True,
            )


def in_counts(program: Program, node: ast.AST) -> Iterator[Made]:
    """Another count, or a number that is right for one table."""
    thing = counted(node)
    if thing is None:
        return
    whole, text = program.text(thing), program.text(node)
    for other, does in (
        (f"{whole}.numel()", "all elements are counted"),
        (f"len({whole})", "nothing but the rows are counted"),
        (f"{whole}.shape[-1]", "nothing but the columns are counted"),
        (f"{whole}.dim()", "the dimensions are counted"),
    ):
        if other != text:
            yield other, does, _COUNT, other.startswith("len")
    for number, of in _LESSON.items():
        yield number, f"a fixed number, {number}, stands for the number {of}", _COUNT, False
    yield f"({text} - 1)", "one less is counted", _COUNT, False
    yield f"({text} + 1)", "one more is counted", _COUNT, False


def counted(node: ast.AST) -> ast.expr | None:
    """The tensor that numel, len or shape counts; None for anything else."""
    if isinstance(node, ast.Call) and not node.keywords:
        if isinstance(node.func, ast.Name) and node.func.id == "len" and len(node.args) == 1:
            return node.args[0]
        if isinstance(node.func, ast.Attribute) and node.func.attr == "numel":
            return node.func.value
    if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute):
        return node.value.value if node.value.attr == "shape" else None
    return None
