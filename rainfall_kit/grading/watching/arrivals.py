"""Arrivals: what each student has handed in last, in nbgrader's exchange or in the course's own folder."""

from __future__ import annotations

import contextlib
import datetime as dt
import glob
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from nbgrader.exchange import ExchangeError, ExchangeFactory
from nbgrader.exchange.default import ExchangeCollect
from nbgrader.utils import capture_log, temp_attrs

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.course import submission_folders
from rainfall_kit.grading.prepare.folder_names import is_text
from rainfall_kit.grading.prepare.submission import Submission, read_time

if TYPE_CHECKING:
    from nbgrader.coursedir import CourseDirectory

LAST_FILE = "submission_secret.txt"  # nbgrader's submit writes it last


@dataclass(frozen=True, kw_only=True)
class Arrival:
    """A student's latest submission.

    Attributes:
        student: whose it is.
        submission: names it: its folder in the exchange, or a digest of its files.
        handed_in: when, in seconds since 1970.
        folder: where it lies.
    """

    student: str
    submission: str
    handed_in: float
    folder: Path


class Source(Protocol):
    """A place where students' submissions arrive."""

    @property
    def words(self) -> str:
        """The place, as an instructor knows it."""
        ...

    @property
    def is_exchange(self) -> bool:
        """True where each submission stays as it was, with its time, and feedback is fetched there, too."""
        ...

    def look(self) -> list[Arrival]:
        """Each student's latest submission, whole; one that is still being written comes next time."""
        ...

    def collect(self, arrival: Arrival) -> Path | None:
        """Bring a submission into the course: its folder there, or None where another has taken its place.

        Raises:
            CourseError: it cannot be brought there.
        """
        ...


def find_source(
    folders: CourseDirectory, assignment: str, *, exchange: bool | None = None
) -> Source:
    """Where an assignment's submissions arrive.

    Args:
        folders: the course.
        assignment: its name.
        exchange: whether it is nbgrader's exchange; whether the course has an inbound folder there if left out.

    Raises:
        CourseError: it is to be the exchange, and this course is not in it.
    """
    if exchange is False:
        return FolderSource(folders, assignment)
    collect = ExchangeFactory(config=folders.config).Collect(
        coursedir=folders, config=folders.config
    )
    if isinstance(collect, ExchangeCollect):
        inbound = Path(collect.root, folders.course_id, "inbound")
        if folders.course_id and inbound.is_dir():
            return ExchangeSource(folders, assignment, collect, inbound)
        problem = f"there is no {inbound}"
        act = f"nbgrader release_assignment {assignment}, which makes it"
    else:
        problem = f"{type(collect).__name__} is not the exchange that comes with nbgrader"
        act = "--no-exchange, and let something else collect"
    if exchange:
        raise CourseError(f"submissions cannot be watched in the exchange: {problem}. Try: {act}")
    return FolderSource(folders, assignment)


class ExchangeSource:
    """Nbgrader's exchange: each submission is a folder of its own there, and stays.

    Args:
        folders: the course.
        assignment: its name.
        collect: nbgrader's own, for this course.
        inbound: the folder that students' submissions arrive in.
    """

    is_exchange = True

    def __init__(
        self, folders: CourseDirectory, assignment: str, collect: Any, inbound: Path
    ) -> None:
        self._folders, self._assignment = folders, assignment
        self._collect, self._inbound = collect, inbound
        self._collect.update = True
        # As nbgrader's submit names them: a student, the assignment, a time, and mostly some random letters. None
        # begins with a dot, such as "..", which would be another folder.
        self._name = re.compile(rf"([^.].*)\+{re.escape(assignment)}\+([^+]+?)(?:\+[^+]*)?")
        self._read: dict[str, Arrival | None] = {}
        self._seen: dict[Path, list[tuple[str, int, int]]] = {}

    @property
    def words(self) -> str:
        """The folder that submissions arrive in."""
        return f"the exchange, {self._inbound}"

    def look(self) -> list[Arrival]:
        """Each student's latest submission that is whole."""
        latest: dict[str, Arrival] = {}
        for name in os.listdir(self._inbound):  # noqa: PTH208  names are all that is needed
            if name not in self._read:  # a time takes a while to read, and there are thousands
                self._read[name] = self._named(name)
            one = self._read[name]
            before = one and latest.get(one.student)
            if one and (before is None or _order(before) < _order(one)):
                latest[one.student] = one
        excluded = self._folders.student_id_exclude.split(",")
        return [
            one
            for student, one in sorted(latest.items())
            if student not in excluded and self._is_whole(one.folder)
        ]

    def _named(self, name: str) -> Arrival | None:
        found = self._name.fullmatch(name) if is_text(name) else None
        time = _time_of(found[2]) if found else None
        if found is None or time is None:
            return None
        return Arrival(
            student=found[1], submission=name, handed_in=time, folder=self._inbound / name
        )

    def _is_whole(self, folder: Path) -> bool:
        """True once nbgrader's submit has ended, or, of another program's, once nothing changes any more."""
        if size_of(folder / LAST_FILE):
            return True
        now = _signature(folder)
        before, self._seen[folder] = self._seen.get(folder), now
        return now == before

    def collect(self, arrival: Arrival) -> Path | None:
        """Run nbgrader's collect for this one submission."""
        place = self._folders.submitted_directory
        folder = Path(self._folders.format_path(place, arrival.student, self._assignment))
        # Out of the way, so that nbgrader copies whatever it makes of the times; what a run that was killed has
        # left half copied goes with it.
        old = folder.with_name(f".{folder.name}.before")
        if folder.is_dir():
            shutil.rmtree(old, ignore_errors=True)
            folder.rename(old)
        try:
            self._copy(arrival)
        except BaseException:
            if old.is_dir():
                shutil.rmtree(folder, ignore_errors=True)
                old.rename(folder)
            raise
        if not folder.is_dir():
            if old.is_dir():
                old.rename(folder)
            return None
        shutil.rmtree(old, ignore_errors=True)
        return folder

    def _copy(self, arrival: Arrival) -> None:
        student = glob.escape(arrival.student)  # nbgrader takes it for a pattern
        with temp_attrs(self._folders, assignment_id=self._assignment, student_id=student):
            try:
                self._collect.init_src()
            except (
                ExchangeError,
                ValueError,
                OverflowError,
            ) as problem:  # of another folder's name
                raise CourseError(f"nbgrader cannot collect: {problem}") from problem
            # What has come since may not be whole yet.
            self._collect.src_records = [
                record
                for record in self._collect.src_records
                if record["filename"] == arrival.submission
            ]
            done = capture_log(_Starts(self._collect))
        raise_problem(done, f"nbgrader cannot collect {arrival.submission}")


class _Starts:
    """The part of nbgrader's collect that copies, as a thing that starts: its start would look again."""

    def __init__(self, collect: Any) -> None:
        self.log, self.start = collect.log, collect.copy_files


class FolderSource:
    """The course's own folder of submissions, into which something else puts them.

    Args:
        folders: the course.
        assignment: its name.
    """

    is_exchange = False

    def __init__(self, folders: CourseDirectory, assignment: str) -> None:
        self._folders, self._assignment = folders, assignment
        self._seen: dict[str, list[tuple[str, int, int]]] = {}
        self._known: dict[str, Arrival] = {}

    @property
    def words(self) -> str:
        """The folder, with a star in the place of the students."""
        place = self._folders.submitted_directory
        return str(self._folders.format_path(place, "*", self._assignment))

    def look(self) -> list[Arrival]:
        """Submissions that lie there and have not changed since the last look."""
        arrivals = []
        excluded = self._folders.student_id_exclude.split(",")
        for student, folder in submission_folders(self._folders, self._assignment).items():
            now = _signature(folder)
            if student in excluded or not now:
                continue
            if self._seen.get(student) != now:
                self._seen[student] = now
                self._known.pop(student, None)
                continue
            if student not in self._known:
                read = Submission.read(student, folder)
                time = read.timestamp
                changed = max(nanoseconds for _, _, nanoseconds in now) / 1e9
                self._known[student] = Arrival(
                    student=student,
                    submission=read.digest,
                    handed_in=changed if time is None else _seconds(time),
                    folder=folder,
                )
            arrivals.append(self._known[student])
        return arrivals

    def collect(self, arrival: Arrival) -> Path | None:
        """It is there already."""
        return arrival.folder if arrival.folder.is_dir() else None


def raise_problem(done: dict[str, Any], words: str) -> None:
    """Raise what one of nbgrader's converters has caught.

    Args:
        done: as nbgrader's `capture_log` tells it.
        words: what could not be done.

    Raises:
        CourseError: it failed.
        KeyboardInterrupt: somebody has stopped it; nbgrader catches that, too.
    """
    if done["success"]:
        return
    error = done.get("error", "").strip().splitlines() or [""]
    if error[-1].startswith("KeyboardInterrupt"):
        raise KeyboardInterrupt
    logged = [line for line in done.get("log", "").splitlines() if "[ERROR]" in line]
    said = [line for line in logged if "Error: " in line] or [error[-1]]
    raise CourseError(f"{words}: {said[-1].strip()[:300]}")


def _order(one: Arrival) -> tuple[float, str]:
    return one.handed_in, one.submission


def _time_of(text: str) -> float | None:
    try:
        return _seconds(read_time(text))
    except (ValueError, OverflowError):
        return None


def _seconds(time: dt.datetime) -> float:
    """Seconds since 1970 of a time that nbgrader has read: in UTC, without a zone."""
    return time.replace(tzinfo=dt.UTC).timestamp()


def size_of(path: Path) -> int:
    """The size of a plain file; 0 of anything else."""
    return path.stat().st_size if path.is_file() and not path.is_symlink() else 0


def _signature(folder: Path) -> list[tuple[str, int, int]]:
    """Changes when any file in it does: each one's path, size and time."""
    found = []
    for place, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):  # it has gone meanwhile
                status = os.lstat(os.path.join(place, name))  # noqa: PTH118  there may be thousands
                found.append((f"{place}/{name}", status.st_size, status.st_mtime_ns))
    return sorted(found)
