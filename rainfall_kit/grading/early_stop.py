"""Early stop of a run whose first submissions all fail one and the same cell, in the same way.

The solution has passed the trial by then; but what it passes, such as a hidden test of a name that students were
never told, may be failed by everybody else. Wrong answers are wrong in different ways.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rainfall_kit.grading.record.journal import CellEntry, Graded

# After so many submissions that have failed a cell with one message, it is likelier the cell's fault than theirs.
MOST_FAILURES = 10
# What nbgrader's stub of an answer raises, and the kit's own.
_STUB = "NotImplementedError"


class EarlyStop:
    """Counts who has tried each cell, until somebody earns a point in it or fails it otherwise.

    Args:
        otherwise: what to type or to write for going on all the same.

    Attributes:
        problem: why the run is to stop, or the empty text.

    Example:
        >>> from rainfall_kit.grading.record.journal import CellEntry, Entry, Graded
        >>> cell = CellEntry(notebook="hw", name="t", points=0, most=1, outcome="wrong", how="by values")
        >>> entry = Entry(student="ash", submission="", assignment="", kit="", secret="", isolation="none",
        ...     score=0, max_score=1, needs_manual_grade=False, cells=(cell,))
        >>> stop = EarlyStop("rainfall grade hw --keep-going")
        >>> for _ in range(MOST_FAILURES):
        ...     stop.add(Graded(entry))
        >>> print(stop.problem)
        stopped: all 10 submissions of this run that tried cell t of hw have failed it in the same way. \
What was graded is kept. Try: look at what its tests ask for, and which files and packages they need; or, if \
the answers are wrong: rainfall grade hw --keep-going
    """

    def __init__(self, otherwise: str) -> None:
        self._otherwise = otherwise
        self._failed: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)  # by what was told
        self._passed: set[tuple[str, str]] = set()
        self.problem = ""

    def add(self, graded: Graded) -> None:
        """Count one more submission; a notebook that nobody has written in says nothing about its cells."""
        answered = [cell for cell in graded.entry.cells if cell.notebook not in graded.unanswered]
        for cell in answered:
            place = cell.notebook, cell.name
            if cell.points:
                self._passed.add(place)
            elif _is_failed(cell):
                self._failed[place][cell.message] += 1
            told = self._failed[place]
            if place not in self._passed and len(told) == 1 and told.total() >= MOST_FAILURES:
                self.problem = self.problem or self._told(cell)

    def _told(self, cell: CellEntry) -> str:
        return (
            f"stopped: all {MOST_FAILURES} submissions of this run that tried cell {cell.name} of {cell.notebook} "
            "have failed it in the same way. What was graded is kept. Try: look at what its tests ask for, and which "
            f"files and packages they need; or, if the answers are wrong: {self._otherwise}"
        )


def _is_failed(cell: CellEntry) -> bool:
    """True for a cell whose answer was tried."""
    return (
        cell.points is not None
        and cell.most > 0
        and cell.how != "by a person"
        and cell.outcome != "not tried"
        and not cell.message.startswith(_STUB)
    )
