"""Views: all that an explorer shows at one moment, as a record that draws itself and can ask first."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rainfall_kit.records.json_record import Record

if TYPE_CHECKING:
    from rainfall_kit.figures.document import Table


@dataclass(frozen=True, kw_only=True)
class PredictionPrompt:
    """A question about what will be seen, with answers to choose from.

    Attributes:
        text: the question.
        choices: the answers to choose from.
        right: which one is right, counted from 0.
        because: why, in a sentence.
    """

    text: str
    choices: tuple[str, ...]
    right: int
    because: str


@dataclass(frozen=True, kw_only=True)
class View(Record):
    """Data and state; the methods are pure functions of them, and need neither widget nor browser."""

    def figure(self) -> str:
        """The picture, as SVG."""
        raise NotImplementedError

    def says(self) -> str:
        """The picture in a sentence or two."""
        raise NotImplementedError

    def table(self) -> Table:
        """The numbers."""
        raise NotImplementedError

    def prompt(self) -> PredictionPrompt:
        """The question to ask before the picture is shown."""
        raise NotImplementedError
