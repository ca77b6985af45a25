"""What has been graded, and from what: so that a run that was stopped goes on where it was.

One line of JSON for each grade, added after the gradebook has it; a line that was torn by a sudden end
is ignored. A lock keeps a second run out of the same course.
"""

from __future__ import annotations

import contextlib
import os
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING

from rainfall_kit.errors import CourseError, RecordError
from rainfall_kit.records.json_record import Record

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_FOLDER = ".rainfall"


@dataclass(frozen=True, kw_only=True)
class CellEntry(Record):
    """What one graded cell earned; as `Mark`, without the message."""

    notebook: str
    name: str
    points: float | None
    most: float
    outcome: str
    how: str
    misconceptions: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Entry(Record):
    """One grade.

    Attributes:
        student: whose it is.
        submission: changes with what was handed in.
        assignment: changes with the instructor's cells, files and dates.
        kit: the version of the kit.
        secret: tells which secret the hidden checks drew from.
        tier: what stood around the student's code.
        score: with late penalties taken off.
        max_score: what the assignment is worth.
        needs_manual_grade: whether a person has still to read something.
        note: what is special, for the instructor.
        cells: every graded cell.
        cpu_seconds: CPU time that the student's code used.
    """

    student: str
    submission: str
    assignment: str
    kit: str
    secret: str
    tier: str
    score: float
    max_score: float
    needs_manual_grade: bool
    note: str = ""
    cells: tuple[CellEntry, ...] = ()
    cpu_seconds: float = 0.0

    @property
    def key(self) -> tuple[str, ...]:
        """While this is the same, the grade would be the same."""
        return self.submission, self.assignment, self.kit, self.secret

    def changed(self, key: tuple[str, ...]) -> tuple[str, ...]:
        """What is not the same any more, in words."""
        words = "submission", "assignment", "version of the kit", "secret seed"
        return tuple(
            word for word, was, now in zip(words, self.key, key, strict=True) if was != now
        )


class Journal:
    """The journal of one assignment.

    Args:
        root: the course's folder.
        assignment: its name.
    """

    def __init__(self, root: Path, assignment: str) -> None:
        path = root / _FOLDER / f"{assignment}.jsonl"
        path.parent.mkdir(mode=0o700, exist_ok=True)
        self._file = path.open("a+b")
        path.chmod(0o600)
        self._file.seek(0)
        text = self._file.read()
        self.entries: dict[str, Entry] = {}
        for line in text.splitlines():
            with contextlib.suppress(RecordError, UnicodeDecodeError):
                entry = Entry.from_json(line.decode())
                self.entries[entry.student] = entry
        if text and not text.endswith(b"\n"):
            self._file.write(b"\n")

    def add(self, entry: Entry) -> None:
        """Note a grade that the gradebook has."""
        self._file.write(entry.to_json().encode() + b"\n")
        self._file.flush()
        self.entries[entry.student] = entry

    def close(self) -> None:
        """Write nothing more."""
        self._file.close()


@contextlib.contextmanager
def course_lock(root: Path) -> Iterator[None]:
    """Hold the course's lock; the kernel lets it go when this process ends, however it ends.

    Raises:
        CourseError: another run holds it.

    Example:
        >>> import tempfile
        >>> from pathlib import Path
        >>> with tempfile.TemporaryDirectory() as course, course_lock(Path(course)):
        ...     Path(course, ".rainfall", "lock").is_file()
        True
    """
    path = root / _FOLDER / "lock"
    path.parent.mkdir(mode=0o700, exist_ok=True)
    with path.open("a+") as file:
        if not _lock(file):
            file.seek(0)
            raise CourseError(
                f"{root} is being graded already, by process {file.read().strip() or 'unknown'}. "
                "Try again when that is done"
            )
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def _lock(file: IO[str]) -> bool:
    try:
        import fcntl
    except ImportError:  # Windows
        return True
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
