"""All entries together, found by id or by question.

>>> find_misconception("RK016").name
'sum instead of mean'
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.checks.misconceptions import (
    autograd,
    data,
    loss,
    model,
    results,
    update,
    zeroing,
)
from rainfall_kit.errors import OptionError

if TYPE_CHECKING:
    from rainfall_kit.checks.misconceptions.entry import Misconception

CATALOGUE: tuple[Misconception, ...] = tuple(
    sorted(
        (
            *model.ENTRIES,
            *loss.ENTRIES,
            *autograd.ENTRIES,
            *update.ENTRIES,
            *zeroing.ENTRIES,
            *data.ENTRIES,
            *results.ENTRIES,
        ),
        key=lambda entry: entry.id,
    )
)


def find_misconception(id: str) -> Misconception:  # noqa: A002  it is the entry's own word
    """The entry of that id.

    Raises:
        OptionError: there is none.

    Example:
        >>> find_misconception("rk064").question
        'update'
    """
    for entry in CATALOGUE:
        if entry.id == id.upper():
            return entry
    raise OptionError(f"there is no misconception {id!r}. Try: %gd_hint {CATALOGUE[0].id}")
