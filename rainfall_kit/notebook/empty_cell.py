"""Lets a cell magic of the kit answer for itself when nothing stands below its line.

IPython refuses such a cell before the magic is asked, and would not even show its ``--help``. An
empty line below is a body, so one is added.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from IPython.core.magic import Magics


def empty_line_below(kinds: Iterable[type[Magics]]) -> Callable[[list[str]], list[str]]:
    """An input transformation for IPython, for the cell magics of these classes.

    Example:
        >>> from rainfall_kit.notebook.magics.gd_step import GDStepMagics
        >>> add_line = empty_line_below([GDStepMagics])
        >>> len(add_line(["%%gd_step --help"])), len(add_line(["%%time"]))
        (2, 1)
    """
    names = "|".join(name for kind in kinds for name in kind.magics["cell"])
    alone = re.compile(rf"%%(?:{names})(?:\s.*)?$")

    def add_line(lines: list[str]) -> list[str]:
        if len(lines) == 1 and alone.match(lines[0].rstrip()):
            return [lines[0].rstrip("\n") + "\n", "\n"]
        return lines

    # Tells IPython to leave it out when it asks whether a cell that is being typed is complete.
    add_line.has_side_effects = True  # type: ignore[attr-defined]
    return add_line
