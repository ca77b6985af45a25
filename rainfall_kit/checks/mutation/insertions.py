"""Mutation operators that put something in: functions, scales, a cut in the record, penalties, clips."""

from __future__ import annotations

import ast
import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.checks.mutation.arithmetic import Made
    from rainfall_kit.checks.mutation.program import Program

_THROUGH = "Print it before and after each function that it goes through. What becomes of negative numbers, of large ones?"
_SIZE = "Follow one number through it by hand: by what is it multiplied, and what is added?"
_RECORD = "Print it there. Do its brackets still say grad_fn or requires_grad?"
_EACH = "What is each number compared with or divided by there?"
_MORE = "Which parts does it have, and which of them does the question ask for?"
_DTYPE = "Print its dtype after each of your lines. Where does it change?"
_FORM = "Print its shape and its first row. Is it what the next line takes it for?"

# What a value is put through, with {} for it.
_FUNCTIONS = (
    ("{}.abs()", "the sign of {it} is dropped (abs)"),
    ("{}.relu()", "what is negative in {it} becomes 0"),
    ("{}.sigmoid()", "{it} is squeezed between 0 and 1 (sigmoid)"),
    ("{}.tanh()", "{it} is squeezed between -1 and 1 (tanh)"),
    ("torch.nn.functional.leaky_relu({})", "what is negative in {it} shrinks (leaky relu)"),
    ("torch.nn.functional.softplus({})", "what is negative in {it} comes close to 0 (softplus)"),
    ("{}.softmax(dim=-1)", "each row of {it} is made to add up to 1 (softmax)"),
    ("{}.sign()", "nothing but the sign of {it} is kept"),
    ("{}.sqrt()", "a root of {it} is taken"),
    ("({} + 1e-12).sqrt()", "a root of {it} is taken"),
    ("{}.abs().sqrt()", "a root of {it} is taken"),
    ("{}.square()", "{it} is squared"),
    ("({} ** 3)", "the third power of {it} is taken"),
    ("{}.exp()", "the exponential of {it} is taken"),
    ("{}.log()", "a logarithm of {it} is taken"),
    ("{}.abs().log1p()", "a logarithm of {it} is taken"),
    ("{}.round()", "{it} is rounded to whole numbers"),
    ("{}.round(decimals=1)", "{it} is rounded to one decimal"),
    ("{}.round(decimals=2)", "{it} is rounded to two decimals"),
    ("{}.round(decimals=3)", "{it} is rounded to three decimals"),
    ("{}.floor()", "{it} is rounded down"),
    ("{}.trunc()", "the decimals of {it} are cut off"),
    ("{}.int().float()", "the decimals of {it} are cut off"),
    ("{}.clamp(min=0)", "what is negative in {it} becomes 0"),
    ("{}.clamp(max=0)", "what is positive in {it} becomes 0"),
    ("{}.clamp(max=1)", "what is above 1 in {it} becomes 1"),
    ("{}.clamp(-1, 1)", "{it} is clipped to -1 and 1"),
    ("{}.clamp(0, 1)", "{it} is clipped to 0 and 1"),
    ("{}.clamp(-5, 5)", "{it} is clipped to -5 and 5"),
    ("{}.clamp(-10, 10)", "{it} is clipped to -10 and 10"),
    ("{}.clamp(max=100)", "what is above 100 in {it} becomes 100"),
    ("{}.clamp(0, 100)", "{it} is clipped to 0 and 100"),
    ("{}.clamp(-0.5, 0.5)", "{it} is clipped to -0.5 and 0.5"),
    ("{}.clamp(-0.1, 0.1)", "{it} is clipped to -0.1 and 0.1"),
)
_OVER_ALL = (
    ("({0} / {0}.norm())", "{it} is divided by its own length"),
    ("({0} / {0}.max())", "{it} is divided by its largest number"),
    ("({0} / {0}.abs().max())", "{it} is divided by its largest size"),
    ("({0} / {0}.sum())", "{it} is divided by its own sum"),
    ("({0} / {0}.std())", "{it} is divided by its own standard deviation"),
    ("({0} / {0}.sum(dim=-1, keepdim=True))", "each row of {it} is divided by its own sum"),
    ("({0} / {0}.norm(dim=-1, keepdim=True))", "each row of {it} is divided by its own length"),
    ("({0} - {0}.mean(dim=-1, keepdim=True))", "the mean of each row of {it} is taken off it"),
    ("(({0} - {0}.mean(dim=0)) / {0}.std(dim=0))", "{it} is standardised, column by column"),
    ("(({0} - {0}.mean()) / {0}.std())", "{it} is standardised"),
    ("({0} / {0}.amax(dim=0))", "each column of {it} is divided by its largest number"),
    ("({0} - {0}.mean())", "the mean of {it} is taken off it"),
    ("({0} - {0}.mean(dim=0))", "the mean of each column of {it} is taken off it"),
    ("({0} / {0}.norm().clamp(min=1))", "{it} is shortened to a length of 1 where it is longer"),
    ("({0} / {0}.norm().clamp(min=5) * 5)", "{it} is shortened to a length of 5 where it is longer"),
    ("({0} / {0}.norm().clamp(min=10) * 10)", "{it} is shortened to a length of 10 where it is longer"),
    ("({0} / ({0}.norm() + 1e-8))", "{it} is divided by its own length"),
    ("{}.mean()", "a mean of {it} stands for all of it"),
    ("{}.mean(dim=0)", "a mean of {it} stands for all of it"),
    ("{}.sum(dim=0)", "a sum of {it} stands for all of it"),
    ("{}.sum()", "a sum of {it} stands for all of it"),
    ("{}.max()", "the largest number of {it} stands for all of it"),
)  # fmt: skip
_SCALES = (
    ("({} * 2)", "{it} is twice as large"),
    ("({} / 2)", "{it} is half as large"),
    ("({} * 10)", "{it} is ten times as large"),
    ("({} / 10)", "{it} is a tenth as large"),
    ("({} * 100)", "{it} is a hundred times as large"),
    ("({} / 100)", "{it} is a hundredth as large"),
    ("({} * 0.9)", "{it} is nine tenths as large"),
    ("(-{})", "the sign of {it} is the other one"),
    ("({} + 1)", "1 is added to {it}"),
    ("({} - 1)", "1 is taken off {it}"),
)
_FORMS = (
    ("{}.flip(0)", "the rows of {it} stand in reverse order"),
    ("{}.flip(-1)", "the columns of {it} stand in reverse order"),
    ("{}.t()", "rows and columns of {it} are exchanged"),
    ("{}[:1]", "nothing but the first row of {it} is used"),
    ("{}[1:]", "the first row of {it} is left out"),
    ("{}[:-1]", "the last row of {it} is left out"),
    ("{}[:, :1]", "nothing but the first column of {it} is used"),
    ("{}[:, 0]", "nothing but the first column of {it} is used"),
    ("{}[:, -1]", "nothing but the last column of {it} is used"),
    ("{}[:, -1:]", "nothing but the last column of {it} is used"),
    ("{}[0, :]", "nothing but the first row of {it} is used"),
    ("{}[..., :-1]", "the last column of {it} is left out"),
    ("{}[..., 1:]", "the first column of {it} is left out"),
    ("{}.sort(dim=0).values", "the numbers of {it} are sorted"),
    ("{}[0]", "nothing but the first row of {it} is used"),
    ("{}[-1]", "nothing but the last row of {it} is used"),
    ("{}.reshape(-1)", "{it} is made flat"),
    ("{}.squeeze()", "{it} loses its dimensions of length 1"),
    ("{}.unsqueeze(0)", "{it} gets one dimension more"),
)
_RECORDS = (
    ("{}.detach()", "{it} is cut off from what it was computed from"),
    ("{}.detach().requires_grad_()", "{it} is cut off from what it was computed from"),
    ("{}.item()", "{it} is made a plain number"),
    ("{}.tolist()", "{it} is made a list"),
    ("{}.numpy()", "{it} is made a NumPy array"),
    ("{}.detach().numpy()", "{it} is made a NumPy array"),
    ("{}.detach().clone()", "{it} is cut off from what it was computed from"),
)
_DTYPES = (
    ("{}.double()", "{it} is made float64"),
    ("{}.float()", "{it} is made float32"),
    ("{}.half().float()", "{it} is rounded to float16"),
    ("{}.int()", "{it} is made whole numbers"),
    ("{}.long()", "{it} is made whole numbers"),
    ("{}.half()", "{it} is made float16"),
)
# Those that are tried together with another change.
_COMMON = ("({} * 2)", "({} / 2)", "{}.sqrt()", "{}.abs()", "{}.detach()")
_SMALL = ("1e-8", "1e-6", "1e-3", "0.01", "0.1", "1")


# What several of them have in common.
_KINDS = (
    ("numbers past a limit are replaced", ("becomes", "is clipped", "shrinks", "comes close")),
    ("{it} is rounded", ("is rounded", "the decimals of")),
    ("the record of {it} or its dtype is another one", ("is cut off", "is made float")),
)


@functools.lru_cache(maxsize=1_000)
def kind_of(does: str) -> str:
    """A wider clause than one of these; empty where there is none."""
    return next((kind for kind, words in _KINDS if any(word in does for word in words)), "")


# The same of a plain number.
_OF_NUMBERS = (
    ("round({})", "{it} is rounded to whole numbers"),
    ("round({}, 1)", "{it} is rounded to one decimal"),
    ("round({}, 2)", "{it} is rounded to two decimals"),
    ("round({}, 3)", "{it} is rounded to three decimals"),
    ("round({}, 4)", "{it} is rounded to four decimals"),
    ("int({})", "the decimals of {it} are cut off"),
    ("({} ** 0.5)", "a root of {it} is taken"),
    ("math.log({})", "a logarithm of {it} is taken"),
    ("({} * 2)", "{it} is twice as large"),
    ("({} / 2)", "{it} is half as large"),
    ("({} ** 2)", "{it} is squared"),
)


def put_in(program: Program, node: ast.AST) -> Iterator[Made]:
    """A function around a value, or another size, form or record of it."""
    if not isinstance(node, ast.expr) or isinstance(getattr(node, "ctx", None), ast.Store):
        return
    text = f"({program.text(node)})"
    for ways, look in _ways(program, node):
        is_part = isinstance(program.parent(node), ast.BinOp)
        for way, does in ways:
            if way == "(-{})" and is_part:
                continue  # the sign of a term is the business of arithmetic
            if way.endswith(".sqrt()") and "abs" not in way and _is_square(program, node):
                does = "a root of each square is taken, which leaves its size"
            yield way.format(text), does, look, way in _COMMON


def _is_square(program: Program, node: ast.expr) -> bool:
    """True for ``x ** 2`` and ``x * x``."""
    if not isinstance(node, ast.BinOp):
        return False
    right = program.text(node.right)
    is_power = isinstance(node.op, ast.Pow) and right == "2"
    return is_power or (isinstance(node.op, ast.Mult) and right == program.text(node.left))


_Ways = tuple[tuple[str, str], ...]


def _ways(program: Program, node: ast.expr) -> Iterator[tuple[_Ways, str]]:
    """Calls that can be put around a node: more around what is computed as a whole than around a factor."""
    if _is_noted(program, node):
        yield _OF_NUMBERS, _SIZE
    elif _is_whole(program, node):
        yield _FUNCTIONS, _THROUGH
        yield _OVER_ALL, _EACH
        yield _SCALES, _SIZE
        yield _FORMS, _FORM
        yield _RECORDS, _RECORD
        yield _DTYPES, _DTYPE
    elif _is_factor(program, node):  # twice a factor is twice the whole
        yield _FUNCTIONS, _THROUGH
        yield _OVER_ALL, _EACH


def _is_noted(program: Program, node: ast.expr) -> bool:
    """True for what is put into a list."""
    parent = program.parent(node)
    return (
        isinstance(parent, ast.Call)
        and isinstance(parent.func, ast.Attribute)
        and parent.func.attr == "append"
        and node in parent.args
    )


def _is_factor(program: Program, node: ast.expr) -> bool:
    """True for a part of a product that has a name, or a gradient."""
    parent = program.parent(node)
    if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Mult):
        return isinstance(node, ast.Attribute | ast.Name)
    return isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Pow) and parent.left is node


def _is_whole(program: Program, node: ast.expr) -> bool:
    """True for what is computed as a whole, and for each name that was handed in, where it is used."""
    parent = program.parent(node)
    if isinstance(node, ast.Constant | ast.Tuple | ast.List | ast.Compare | ast.BoolOp):
        return False
    if isinstance(node, ast.Name) and node.id not in program.arguments:
        return False
    if isinstance(parent, ast.Assign | ast.AugAssign):
        return parent.value is node and not isinstance(node, ast.Name)
    if isinstance(parent, ast.Return | ast.Tuple):
        return not isinstance(node, ast.Name)
    if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Add | ast.Sub | ast.MatMult):
        return True
    if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Mult):
        return not isinstance(node, ast.Name | ast.Attribute)
    if isinstance(parent, ast.Attribute):  # the owner of a method
        call = program.parent(parent)
        is_owner = isinstance(call, ast.Call) and call.func is parent
        is_grad = isinstance(node, ast.Attribute) and node.attr == "grad"
        return is_owner and (is_grad or isinstance(node, ast.BinOp | ast.Name))
    if isinstance(parent, ast.Call):
        return node in parent.args and isinstance(node, ast.Name) and node.id != "epochs"
    return False


def with_others(program: Program, node: ast.AST) -> Iterator[Made]:
    """Another of the arguments, or a count, as one more factor, divisor or term of a whole."""
    parent = program.parent(node)
    if not isinstance(node, ast.expr) or not (
        _is_noted(program, node)
        or (isinstance(parent, ast.Assign | ast.AugAssign | ast.Return) and parent.value is node)
    ):
        return
    if isinstance(node, ast.Name | ast.Tuple | ast.List | ast.Compare | ast.BoolOp | ast.Constant):
        return
    text = f"({program.text(node)})"
    for name in program.arguments:
        if name != "epochs":
            yield f"({text} * {name})", f"{{it}} is multiplied by {name}", _MORE, False
            yield f"({text} / {name})", f"{{it}} is divided by {name}", _MORE, False
    for name in ("inputs", "targets", "preds", "x"):
        if name in program.arguments:
            for count, of in (
                (f"len({name})", "rows"),
                (f"{name}.shape[-1]", "columns"),
                (f"{name}.numel()", "elements"),
            ):
                yield (
                    f"({text} * {count})",
                    f"{{it}} is multiplied by the number of {of}",
                    _MORE,
                    False,
                )
                yield (
                    f"({text} / {count})",
                    f"{{it}} is divided by the number of {of}",
                    _MORE,
                    False,
                )
    for small in _SMALL[:-1]:
        yield f"({text} + {small})", "a small number is added to {it}", _SIZE, False
        yield f"({text} - {small})", "a small number is taken off {it}", _SIZE, False


def added(program: Program, node: ast.AST) -> Iterator[Made]:
    """Something small beside a divisor, and a penalty beside a loss."""
    parent = program.parent(node)
    if isinstance(parent, ast.BinOp) and isinstance(parent.op, ast.Div) and parent.right is node:
        for small in _SMALL:
            yield (
                f"({program.text(node)} + {small})",
                "a small number is added to {it}",
                _SIZE,
                False,
            )
    if (
        isinstance(parent, ast.Assign)
        and parent.value is node
        and {"w", "b"} <= {*program.arguments}
        and ast.unparse(parent.targets[0]) == "loss"
    ):
        text = program.text(node)
        for share in ("", "0.5 * ", "0.1 * ", "0.01 * ", "1e-3 * ", "1e-4 * "):
            for of, name in (("w", "w"), ("b", "b")):
                for kind in (f"({of} ** 2).sum()", f"({of} ** 2).mean()", f"{of}.norm()"):
                    yield (
                        f"({text} + {share}{kind})",
                        f"the size of {name} is added as a penalty",
                        _MORE,
                        False,
                    )
                yield (
                    f"({text} + {share}{of}.abs().sum())",
                    f"the size of {name} is added as a penalty",
                    _MORE,
                    False,
                )
            yield (
                f"({text} + {share}((w ** 2).sum() + (b ** 2).sum()))",
                "the sizes of w and b are added as a penalty",
                _MORE,
                False,
            )


def decayed(program: Program, node: ast.AST) -> Iterator[Made]:
    """A share of the parameter itself beside its gradient, or a part of it kept."""
    if not (
        isinstance(node, ast.Attribute) and node.attr == "grad" and isinstance(node.ctx, ast.Load)
    ):
        return
    if isinstance(program.parent(node), ast.Attribute | ast.Return | ast.Tuple):
        return
    owner, text = program.text(node.value), program.text(node)
    for share in ("1", "0.5", "0.1", "0.01", "1e-3", "1e-4"):
        yield (
            f"({text} + {share} * {owner})",
            f"a share of {owner} itself is added to its gradient",
            _MORE,
            False,
        )
        yield (
            f"({text} + {share} * {owner}.sign())",
            f"a share of the sign of {owner} is added to its gradient",
            _MORE,
            False,
        )
