"""Edit: one change of a program's text, with the words that tell of it.

>>> change = Change(does="{it} is left out", it="lr", place="the move", look="What is in it?")
>>> change.what
'in the move, lr is left out'
>>> edit = Edit(pieces=((7, 12, ""),), change=change)
>>> applied("w -= g * lr", [Edit(pieces=((6, 11, ""),), change=change)])
'w -= g'
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

Piece = tuple[int, int, str]  # from, to, and what stands there instead


@dataclass(frozen=True, kw_only=True)
class Change:
    """An edit in words.

    Attributes:
        does: a clause, such as ``"the sign is the other one"``; ``{it}`` stands for the thing.
        place: the part of the program, such as ``"the move of w"``; empty where it has no name.
        look: what to look for there, never the fix.
        it: the thing, where the clause has one.
        says_place: whether the clause is about the place itself, and names it.
        kind: a wider clause, which is true of others of the same kind, too; empty where there is none.
        is_insertion: whether something is put in or one name for another, which few do by mistake.
    """

    does: str
    place: str
    look: str
    it: str = ""
    says_place: bool = False
    kind: str = ""
    is_insertion: bool = False

    @property
    def what(self) -> str:
        """The clause with its place."""
        does = self.does.replace("{it}", self.it)
        return does if self.says_place or not self.place else f"in {self.place}, {does}"


@dataclass(frozen=True, kw_only=True)
class Edit:
    """Pieces of a text that are replaced at once.

    Attributes:
        pieces: from, to, and the new text; none overlaps another.
        change: the words.
        is_common: whether it is frequent enough to be tried together with a second one.
    """

    pieces: tuple[Piece, ...]
    change: Change
    is_common: bool = False


def applied(source: str, edits: Sequence[Edit]) -> str | None:
    """The text with all edits made; None where two of them are about the same place."""
    pieces = sorted((piece for edit in edits for piece in edit.pieces), reverse=True)
    behind = len(source) + 1
    for start, stop, text in pieces:
        # two insertions at one point have no order
        if stop > behind or start == behind:
            return None
        source, behind = source[:start] + text + source[stop:], start
    return source
