"""Completing the options of the kit's magics; everything else is left to IPython."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from IPython.core.completer import SimpleCompletion, SimpleMatcherResult, context_matcher

from rainfall_kit.notebook.magics import GDStepMagics

if TYPE_CHECKING:
    from IPython.core.completer import CompletionContext

__all__ = ["complete_options"]

_OPTION_OF_A_MAGIC = re.compile(r"\s*%%?(gd_step|gd_reset)\s(?:.*\s)?(-\S*)$")


@context_matcher()  # type: ignore[untyped-decorator]  # IPython's has no annotations
def complete_options(context: CompletionContext) -> SimpleMatcherResult:
    """IPython's matcher for ``--…`` behind ``%%gd_step``, ``%gd_step`` or ``%gd_reset``.

    Args:
        context: what was typed, and where the cursor stands.
    """
    line = context.full_text.splitlines()[context.cursor_line][: context.cursor_position]
    found = _OPTION_OF_A_MAGIC.match(line)
    if found is None:
        return SimpleMatcherResult(completions=[])
    magic, typed = found.groups()
    parser = getattr(GDStepMagics, magic).parser
    options = [
        option
        for action in parser._actions  # noqa: SLF001  # argparse has no public list
        for option in action.option_strings
        if option.startswith("--") and option.startswith(typed)
    ]
    return SimpleMatcherResult(
        completions=[SimpleCompletion(option, type="option") for option in options],
        matched_fragment=typed,
        suppress=True,
    )
