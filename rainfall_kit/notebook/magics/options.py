"""Option parsing of the magics: numbers and the names of numbers, names for results, help."""

from __future__ import annotations

import functools
import keyword
import re
from numbers import Real
from typing import TYPE_CHECKING, Any, TypeVar

from IPython.core.error import UsageError
from IPython.core.magic_arguments import construct_parser, parse_argstring

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping


class _LateParser:
    """The parser of a magic's options, made when something of it is asked for."""

    def __init__(self, magic: Any) -> None:
        self._magic = magic

    def __getattr__(self, name: str) -> Any:
        return getattr(self._made, name)

    @functools.cached_property
    def _made(self) -> argparse.ArgumentParser:
        parser: argparse.ArgumentParser = construct_parser(self._magic)
        return parser


_Magic = TypeVar("_Magic", bound="Callable[..., Any]")


def late_magic_arguments(magic: _Magic) -> _Magic:
    """As IPython's ``magic_arguments()``, but the parser and its help are made when they are asked for.

    To make those of all magics takes as long as all else that loading the extension does.
    """
    with_options: Any = magic
    with_options.parser = parser = _LateParser(magic)
    with_options.getdoc = lambda: parser.format_help()  # what IPython shows for a question mark
    return magic


def single_number(given: Any, namespace: Mapping[str, Any]) -> float | None:
    """The number that an option's text writes or names; None when there is none.

    Args:
        given: a text such as ``"1e-5"`` or ``"my_lr"``, a number, or a tensor of one element.
        namespace: where a name is looked up.

    Example:
        >>> single_number("1e-5", {}), single_number("rate", {"rate": 2}), single_number("x", {})
        (1e-05, 2.0, None)
    """
    if isinstance(given, str):
        try:
            return float(given)
        except ValueError:
            given = namespace.get(given)
    if hasattr(given, "numel") and given.numel() == 1:
        given = given.item()
    is_number = isinstance(given, Real) and not isinstance(given, bool)
    return float(given) if is_number else None


def whole_seed(given: Any, namespace: Mapping[str, Any]) -> int:
    """The seed that ``--seed`` writes or names.

    Raises:
        UsageError: it is no whole number from 0 on.

    Example:
        >>> whole_seed("7", {})
        7
    """
    seed = single_number(given, namespace)
    if seed is None or not (0 <= seed < 2**63 and seed == int(seed)):
        raise UsageError(
            f"--seed must be a whole number from 0, or the name of one, got {given}. Try: --seed 0"
        )
    return int(seed)


def is_name(text: str) -> bool:
    """True if a variable can be called that.

    Example:
        >>> is_name("run"), is_name("1st"), is_name("lambda")
        (True, False, False)
    """
    return text.isidentifier() and not keyword.iskeyword(text)


def check_name(option: str, name: str) -> None:
    """Let a name pass.

    Raises:
        UsageError: it is no name.
    """
    if not is_name(name):
        raise UsageError(f"{option} must be a name, got {name!r}. Try: {option} result")


def check_place(option: str, name: str, example: str) -> None:
    """Let a name pass, or a part of what a name stands for, such as ``model.weight`` or ``net[0].bias``.

    Raises:
        UsageError: it is neither.
    """
    first, *parts = re.sub(r"\[\d+\]", "", name).split(".")
    if not (is_name(first) and all(part.isidentifier() for part in parts)):
        raise UsageError(f"{option} must be a name, got {name!r}. Try: {option} {example}")


_ABOUT_PARAMS = (
    "--params takes two names, what you call the weights and then the offsets, with a space between. "
    "Try: --params weights bias, or of a module --params model.weight model.bias"
)


def parse_options(magic: Any, line: str) -> argparse.Namespace:
    """The options of a magic that has `late_magic_arguments`, read from its line.

    Raises:
        UsageError: the line is not made of the magic's options.

    Example:
        >>> from rainfall_kit.notebook.magics.gd_step import GDStepMagics
        >>> parse_options(GDStepMagics.gd_reset, "--seed 3").seed
        '3'
    """
    try:
        options: argparse.Namespace = parse_argstring(magic, line)
    except UsageError as problem:
        if "--params" in str(problem):
            raise UsageError(_ABOUT_PARAMS) from None
        raise
    except ValueError:  # what splits the line knows nothing of magics
        raise UsageError(f"a quotation is not closed in {line.strip()}. Try: --help") from None
    return options


def show_help(magic: Any) -> None:
    """Print the help of a magic that has `late_magic_arguments`.

    Example:
        >>> from rainfall_kit.notebook.magics.gd_step import GDStepMagics
        >>> show_help(GDStepMagics.gd_reset)  # doctest: +ELLIPSIS
          %gd_reset [-h] ...
    """
    print(magic.parser.format_help().removeprefix("::").strip("\n"))  # noqa: T201  # asked for
