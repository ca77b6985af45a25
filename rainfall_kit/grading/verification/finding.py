"""Finding of a verification: what is wrong with an assignment, what looks odd, and what was not looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Level = Literal["wrong", "odd", "skipped"]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that was found.

    Attributes:
        level: ``"wrong"`` where it should not be released so; ``"odd"`` where one should look; ``"skipped"``
            where something could not be looked at.
        text: in a sentence, with the place.
    """

    level: Level
    text: str
