"""Completion matcher for the first line of the kit's magics; the rest is left to IPython."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from IPython.core.completer import SimpleCompletion, SimpleMatcherResult, context_matcher

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from IPython.core.completer import CompletionContext
    from IPython.core.magic import Magics

_ID = "rainfall_kit.options"
_LINE_OF_A_MAGIC = re.compile(r"\s*%%?(\w+)\s(?:.*\s)?(\S*)$")


def option_matcher(
    classes: Iterable[type[Magics]], names: Callable[[], Iterable[str]] = tuple
) -> Callable[..., Any]:
    """A matcher for IPython: it completes what stands behind the magics of these classes.

    Args:
        classes: of magics.
        names: gives the student's names, for options whose value may be one.
    """
    by_magic = {
        name: magics for magics in classes for names in magics.magics.values() for name in names
    }

    @context_matcher(identifier=_ID)  # IPython's has no annotations
    def complete_options(context: CompletionContext) -> SimpleMatcherResult:
        line = context.full_text.split("\n")[context.cursor_line][: context.cursor_position]
        found = _LINE_OF_A_MAGIC.match(line)
        if found is None or found[1] not in by_magic:
            return SimpleMatcherResult(completions=[])
        magic, typed = found.groups()
        offered = completions(by_magic[magic], magic, typed)
        if not offered and _is_a_value(by_magic[magic], magic, line[: found.start(2)].split()):
            offered = sorted(
                name for name in names() if name.startswith(typed) and not name.startswith("_")
            )
        return SimpleMatcherResult(
            completions=[SimpleCompletion(word, type="option") for word in offered],
            matched_fragment=typed,
            suppress=typed.startswith("-") or bool(offered),
        )

    complete: Callable[..., Any] = complete_options
    return complete


def is_ours(matcher: Any) -> bool:
    """True for what `option_matcher` made."""
    return getattr(matcher, "matcher_identifier", "") == _ID


def completions(magics: type[Magics], magic: str, typed: str) -> list[str]:
    """The options of a magic, or the words that its class lists in ``words``, that begin as typed.

    Example:
        >>> from rainfall_kit.notebook.magics.gd_step import GDStepMagics
        >>> completions(GDStepMagics, "gd_reset", "--se")
        ['--seed']
    """
    if typed.startswith("-"):
        offered = [option for action in _actions(magics, magic) for option in action.option_strings]
        return [
            option for option in offered if option.startswith("--") and option.startswith(typed)
        ]
    words = getattr(magics, "words", {}).get(magic, tuple)
    return [word for word in words() if word.lower().startswith(typed.lower())]


def _is_a_value(magics: type[Magics], magic: str, words: list[str]) -> bool:
    """True if what stands behind these words is the value of an option."""
    values = {
        option: 1 if action.nargs is None else action.nargs
        for action in _actions(magics, magic)
        for option in action.option_strings
    }
    behind = next((i for i, word in enumerate(reversed(words)) if word in values), None)
    return behind is not None and behind < values[words[-1 - behind]]


def _actions(magics: type[Magics], magic: str) -> list[Any]:
    actions: list[Any] = getattr(magics, magic).parser._actions  # noqa: SLF001  # argparse has no public list
    return actions
