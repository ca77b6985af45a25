"""Finding of a verification: what is wrong with an assignment, what looks odd, what was tried, and what was not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["wrong", "odd", "tried", "skipped"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was found.

    Attributes:
        level: ``"wrong"`` where it should not be released so; ``"odd"`` where one should look; ``"tried"``
            where all was well; ``"skipped"`` where something could not be looked at.
        text: in a sentence, with the place; lines below the first say it one by one.
    """

    level: Level
    text: str
