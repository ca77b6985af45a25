"""Tries of an assignment that is watched: what was graded, when its feedback went out, and what is kept back."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from typing import TYPE_CHECKING

from traitlets import Float, Integer
from traitlets.config import Configurable

from rainfall_kit.errors import CourseError, RecordError
from rainfall_kit.grading.prepare.private_folder import PrivateFolder
from rainfall_kit.records.json_record import Record

if TYPE_CHECKING:
    from pathlib import Path


_ENDING = ".tries.json"


class WatchLimits(Configurable):
    """Configured as nbgrader's own classes are: ``c.WatchLimits.tries = 3``."""

    tries = Integer(
        5,
        min=0,
        help="How many submissions of a student `rainfall watch` grades for an assignment; 0 for any number.",
    ).tag(config=True)
    waiting_minutes = Float(
        10.0,
        min=0.0,
        help="Minutes from one grade until `rainfall watch` grades the same student's next submission.",
    ).tag(config=True)


@dataclass(frozen=True, kw_only=True)
class Try(Record):
    """One submission that was graded. Times are seconds since 1970, in UTC.

    Attributes:
        submission: names it: its folder in the exchange, or a digest of its files.
        handed_in: when.
        allowed: from when on it might be graded: as soon as it was there, or after the waiting time.
        graded: when its grade was written.
        released: when its feedback went out; 0 while it has not.
    """

    submission: str
    handed_in: float
    allowed: float
    graded: float
    released: float = 0.0


@dataclass(frozen=True, kw_only=True)
class KeptBack(Record):
    """A submission that is not graded yet, and of which its student has been told so.

    Attributes:
        submission: names it, as in `Try`.
        handed_in: when, in seconds since 1970.
        until: from when on it is graded; None where the tries are used up.
    """

    submission: str
    handed_in: float
    until: float | None


@dataclass(frozen=True, kw_only=True)
class StudentTries(Record):
    """Tries of one student, the earliest first, and what is kept back."""

    student: str
    tries: tuple[Try, ...] = ()
    kept: KeptBack | None = None


@dataclass(frozen=True, kw_only=True)
class _File(Record):
    most: int
    waiting_minutes: float
    students: tuple[StudentTries, ...]


class Tries:
    """The tries of an assignment, in a file of the course's private folder that is written whole.

    Args:
        root: the course's folder.
        assignment: its name.
        group_shared: whether the course's group may write to it.

    Attributes:
        most: how many tries a student has; 0 for any number.
        waiting_minutes: from one grade until the next submission is graded.

    Raises:
        CourseError: what stands there is something else.
    """

    def __init__(self, root: Path, assignment: str, *, group_shared: bool = False) -> None:
        self._folder = PrivateFolder(root, group_shared=group_shared)
        self._path = self._folder.path / f"{assignment}{_ENDING}"
        self.most, self.waiting_minutes = 0, 0.0
        self._students: dict[str, StudentTries] = {}
        if not self._path.exists():
            return
        try:
            file = _File.from_json(self._path.read_text(encoding="utf-8"))
        except (RecordError, ValueError) as problem:
            raise CourseError(
                f"{self._path} must hold the tries that rainfall watch has graded, and holds something else. "
                f"Try: the file from a backup, or rm {self._path}, after which everybody begins anew"
            ) from problem
        self.most, self.waiting_minutes = file.most, file.waiting_minutes
        self._students = {one.student: one for one in file.students}

    def set_limits(self, most: int, waiting_minutes: float) -> None:
        """Set what is allowed from now on, and write it down: feedback pages tell it."""
        self.most, self.waiting_minutes = most, waiting_minutes
        self._write()

    @staticmethod
    def are_known(root: Path, assignment: str) -> bool:
        """True where an assignment has been watched; nothing is made where it has not."""
        return (root / ".rainfall" / f"{assignment}{_ENDING}").is_file()

    @property
    def students(self) -> tuple[StudentTries, ...]:
        """Everybody of whom something is known, sorted by id."""
        return tuple(self._students[name] for name in sorted(self._students))

    def of(self, student: str) -> StudentTries:
        """Tries of a student."""
        return self._students.get(student) or StudentTries(student=student)

    def allowed_from(self, student: str) -> float | None:
        """From when on a student's next submission may be graded; None where the tries are used up."""
        tries = self.of(student).tries
        if self.most and len(tries) >= self.most:
            return None
        return tries[-1].graded + 60 * self.waiting_minutes if tries else 0.0

    def add(self, student: str, one: Try) -> None:
        """Write down that a submission was graded, before its feedback goes out."""
        before = self.of(student)
        self._put(dataclasses.replace(before, tries=(*before.tries, one), kept=None))

    def release(self, student: str, at: float) -> None:
        """Write down that the feedback on a student's last try has gone out."""
        before = self.of(student)
        last = dataclasses.replace(before.tries[-1], released=at)
        self._put(dataclasses.replace(before, tries=(*before.tries[:-1], last)))

    def keep_back(self, student: str, kept: KeptBack) -> None:
        """Write down that a student has been told of a submission that is not graded yet."""
        self._put(dataclasses.replace(self.of(student), kept=kept))

    def _put(self, one: StudentTries) -> None:
        self._students[one.student] = one
        self._write()

    def _write(self) -> None:
        file = _File(most=self.most, waiting_minutes=self.waiting_minutes, students=self.students)
        self._folder.write(self._path, file.to_json().encode())
