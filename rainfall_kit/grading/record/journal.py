"""Journal of grades, one line of JSON each: a run that was stopped goes on where it was.

A line is added after the gradebook has the grade; one that was torn by a sudden end is ignored.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from rainfall_kit.errors import RecordError
from rainfall_kit.grading.prepare.assignment import PARTS, GradeKey
from rainfall_kit.grading.prepare.private_folder import PrivateFolder, not_written
from rainfall_kit.records.json_record import Record, added_later
from rainfall_kit.records.outcomes import Outcome

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

How = Literal["by values", "inside the student's process", "by a person"]


@dataclass(frozen=True, kw_only=True, slots=True)
class CellEntry(Record):
    """The points of one graded cell.

    Attributes:
        notebook: its name.
        name: the cell's grade id.
        points: None where a person has to give them.
        most: what it could earn.
        outcome: as of a check; ``"not tried"`` where nothing was written.
        how: who decided.
        misconceptions: the ids of the known mistakes that explain the answer.
        message: what the student is told of an answer that is not right; it may quote student code. Empty
            in journals of version 0.1.
        given: what counts in the place of the points where a person has given some, or extra credit.
    """

    notebook: str
    name: str
    points: float | None
    most: float
    outcome: Outcome
    how: How
    misconceptions: tuple[str, ...] = ()
    message: str = added_later("")
    given: float | None = added_later(None)

    @property
    def earned(self) -> float | None:
        """Score that counts: a person's before the automatic one; None where a person has still to give it."""
        return self.points if self.given is None else self.given


@dataclass(frozen=True, kw_only=True)
class Entry(Record):
    """One grade.

    Attributes:
        student: whose it is.
        submission: changes with what was handed in.
        assignment: changes with the instructor's cells, files and dates.
        kit: the version of the kit.
        secret: tells which secret the hidden checks drew from.
        isolation: what stood around the student's code.
        score: with late penalties taken off.
        max_score: what the assignment is worth.
        needs_manual_grade: whether a person has still to read something.
        note: what is special, for the instructor.
        cells: every graded cell.
        cpu_seconds: CPU time that the student's code used, but for that of another language's kernel.
        content: changes with the instructor's cells and files alone; empty in journals of version 0.1.
        parts: changes, one by one, with what `PARTS` names; empty in journals of version 0.1.
    """

    student: str
    submission: str
    assignment: str
    kit: str
    secret: str
    isolation: str
    score: float
    max_score: float
    needs_manual_grade: bool
    note: str = ""
    cells: tuple[CellEntry, ...] = ()
    cpu_seconds: float = 0.0
    content: str = ""
    parts: tuple[str, ...] = added_later(())

    @property
    def key(self) -> GradeKey:
        """Everything that the grade depended on."""
        return GradeKey(self.submission, self.assignment, self.kit, self.secret)

    def changed(self, now: Entry) -> tuple[str, ...]:
        """Reasons, in words: of all that the grade depends on, what is not the same any more."""
        words = "submission", "assignment", "kit", "secret seed"
        found = [
            word for word, one, two in zip(words, self.key, now.key, strict=True) if one != two
        ]
        if "assignment" in found:
            place = found.index("assignment")
            found[place : place + 1] = self._changed_parts(now) or ["assignment"]
        if self.parts and self._given.items() != now._given.items():
            found.append("scores by a person")
        return tuple(found)

    @property
    def _given(self) -> dict[tuple[str, str], float]:
        return {
            (cell.notebook, cell.name): cell.given for cell in self.cells if cell.given is not None
        }

    def _changed_parts(self, now: Entry) -> list[str]:
        was = {(cell.notebook, cell.name): cell.most for cell in self.cells}
        same = [cell for cell in now.cells if (cell.notebook, cell.name) in was]
        points = any(was[cell.notebook, cell.name] != cell.most for cell in same)
        if not self.parts:  # an old journal has none
            return ["due date or late policy"] if self.content == now.content else []
        parts = zip(PARTS, self.parts, now.parts, strict=True)
        return ["points"] * points + [word for word, one, two in parts if one != two]


@dataclass(frozen=True)
class Graded:
    """One submission of a run, graded or found unchanged.

    Attributes:
        entry: its grade.
        before: its grade of an earlier run, or None.
        why: what had changed since then, in words.
        skipped: whether nothing had, so that it was left as it was.
        unanswered: the notebooks of which every answer is as it had been given out.
        slowest: CPU time of the code cells that took most, by notebook and by the cell's grade id, or its id.
        errors: the errors of cells that are no tests, by notebook and by the cell's id.
    """

    entry: Entry
    before: Entry | None = None
    why: tuple[str, ...] = ()
    skipped: bool = False
    unanswered: tuple[str, ...] = ()
    slowest: Mapping[tuple[str, str], float] = field(default_factory=dict)
    errors: Mapping[tuple[str, str], str] = field(default_factory=dict)


class Journal:
    """The journal of one assignment.

    Args:
        root: the course's folder.
        assignment: its name.
        group_shared: whether the course's group may write to it.
    """

    def __init__(self, root: Path, assignment: str, *, group_shared: bool = False) -> None:
        folder = PrivateFolder(root, group_shared=group_shared)
        path = folder.path / f"{assignment}.jsonl"
        self._path = path
        self._file = path.open("a+b", buffering=0)
        folder.protect(path)
        self._file.seek(0)
        text = self._file.read()
        self.entries = _read_entries(text)
        if text and not text.endswith(b"\n"):
            self._file.write(b"\n")

    def add(self, entry: Entry) -> None:
        """Add a grade that the gradebook has: its whole line, or nothing.

        Raises:
            CourseError: the system refuses it, for want of room perhaps.
        """
        line = entry.to_json().encode() + b"\n"
        size = self._file.seek(0, os.SEEK_END)
        problem = OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        try:
            written = self._file.write(line)
        except OSError as refused:
            written, problem = 0, refused
        if written != len(line):
            self._file.truncate(size)
            raise not_written(self._path, problem) from problem
        self.entries[entry.student] = entry

    def close(self) -> None:
        """Write nothing more."""
        self._file.close()


class UnwrittenJournal:
    """The journal for a dry run: read, and never written.

    Args:
        root: the course's folder.
        assignment: its name.
    """

    def __init__(self, root: Path, assignment: str) -> None:
        path = PrivateFolder(root).path / f"{assignment}.jsonl"
        self.entries = _read_entries(path.read_bytes() if path.exists() else b"")

    def add(self, entry: Entry) -> None:
        """Leave it out: a dry run grades nobody twice."""

    def close(self) -> None:
        """Nothing is open."""


def _read_entries(text: bytes) -> dict[str, Entry]:
    """The last entry of each student."""
    entries: dict[str, Entry] = {}
    for line in text.splitlines():
        with contextlib.suppress(RecordError, UnicodeDecodeError):
            entry = _read_entry(line.decode())
            entries[entry.student] = entry
    return entries


def _read_entry(line: str) -> Entry:
    """An entry, written by this version or by an earlier one.

    Example:
        >>> entry = Entry(student="ash", submission="", assignment="", kit="", secret="",
        ...     isolation="none", score=0, max_score=0, needs_manual_grade=False)
        >>> _read_entry(entry.to_json().replace("isolation", "tier")) == entry
        True
    """
    if '"tier"' in line:  # the field's name up to version 0.1.0
        with contextlib.suppress(ValueError, AttributeError):
            fields = json.loads(line)
            fields["isolation"] = fields.pop("tier")
            line = json.dumps(fields)
    return Entry.from_json(line)
