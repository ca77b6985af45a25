"""Submission: the files that one student handed in, read without following them to another place.

What was handed in is data: none of it is run, imported or unpickled.
"""

from __future__ import annotations

import errno
import hashlib
import itertools
import json
import os
import re
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from nbformat import NotebookNode, v4
from nbgrader.utils import parse_utc

from rainfall_kit.grading.prepare.notebook_reader import decoded, read_notebook_bytes
from rainfall_kit.grading.prepare.notes import note_missing
from rainfall_kit.grading.safe_json import replace_surrogates
from rainfall_kit.grading.sandbox.job import TIMESTAMP, Limits
from rainfall_kit.handing_in.limits import MOST_NOTEBOOK_BYTES
from rainfall_kit.handing_in.saved_outputs import without_outputs

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

_DEFAULT_LIMITS = Limits()
# nbgrader takes +0100 behind a blank for 100 seconds, and +01:00 for none.
_OFFSET = re.compile(r" ([+-]\d\d):?(\d\d)$")
_MOST_NAME_BYTES = 1000  # with its folders: what writes the file has folders of its own above it
# Quotes, brackets and commas of a notebook without its outputs: each may be a value to read and to check.
_MOST_MARKS = 2_000_000


def read_time(text: str) -> datetime:
    """The time that nbgrader's exchange, or somebody else, has noted, in UTC.

    Raises:
        ValueError, OverflowError: it is none.

    Example:
        >>> print(read_time("2027-01-31 19:00:00 +0100"), read_time("2027-01-31 18:00:00 UTC"))
        2027-01-31 18:00:00 2027-01-31 18:00:00
    """
    time: datetime = parse_utc(_OFFSET.sub(r"\1:\2", text))
    return time


@dataclass(frozen=True)
class Submission:
    """The files that one student handed in for an assignment.

    Attributes:
        student: whose it is.
        files: the contents by their path in the folder; of plain files only.
        left_out: why some were left out, for the instructor.
        replaces: the submission that this one is graded in the place of, if that one could not be.
    """

    student: str
    files: Mapping[str, bytes]
    left_out: tuple[str, ...] = ()
    replaces: Submission | None = None

    def empty_replacement(self, problem: Exception) -> Submission:
        """An empty submission, to be graded where this one breaks the grader."""
        reason = replace_surrogates(
            f"could not be graded as handed in: {type(problem).__name__}: {problem}"[:300]
        )
        kept = {name: text for name, text in self.files.items() if name == TIMESTAMP}
        return Submission(self.student, kept, (reason,), replaces=self)

    @classmethod
    def read(
        cls,
        student: str,
        folder: Path,
        instructors: Collection[str] = (),
        limits: Limits = _DEFAULT_LIMITS,
    ) -> Submission:
        """Read a submission's folder, following no link out of it.

        Args:
            student: whose it is.
            folder: where it lies.
            instructors: the paths of the files that the instructor lays beside every notebook.
            limits: on what may be handed in.
        """
        most_files, most_bytes = limits.submission_files, limits.submission_mib << 20
        files: dict[str, bytes] = {}
        left_out: list[str] = []
        size = 0
        taken = _Taken(instructors)
        if folder.is_symlink() or _is_anothers(folder.parent):
            left_out.append("nothing was read: the folder is a link to another place")
            return cls(student, files, tuple(left_out))
        refused: list[OSError] = []
        found = itertools.islice(_files_below(folder, refused), most_files + 1)
        paths = sorted(found, key=lambda path: (_rank(path.name), len(path.parts), path))
        left_out += [f"a folder was left out: {_why_refused(problem)}" for problem in refused[:5]]
        if len(paths) > most_files:
            paths = [path for path in paths if path.parent == folder][:most_files]
            left_out.append(
                f"more than {most_files} files: some were left out, those in folders first"
            )
        for path in paths:
            place = path.relative_to(folder)
            name = place.as_posix()
            content = (
                _read_notebook(path, most_bytes - size)
                if _is_notebook(path)
                else _read_plain(path, most_bytes - size)
            )
            text = replace_surrogates(name)
            if len(os.fsencode(name)) > _MOST_NAME_BYTES:
                left_out.append(f"{text[:60]}... was left out: its name is too long")
            elif name != text or taken.is_in_the_way(place):
                left_out.append(f"{text} was left out: its name stands in the way")
            elif content is None:
                left_out.append(f"{name} was left out: not a plain file, or too large")
            else:
                files[name] = content
                size += len(content)
        deeper = _folder_of_notebooks(files)
        if deeper:
            left_out.append(f"everything was handed in one folder deeper, in {deeper}")
            inside = {name for name in files if name.startswith(f"{deeper}/")}
            moved = {name.removeprefix(f"{deeper}/"): files[name] for name in sorted(inside)}
            files = {**moved, **{name: files[name] for name in files if name not in inside}}
        return cls(student, dict(sorted(files.items())), tuple(left_out))

    @property
    def digest(self) -> str:
        """Changes with any of the files."""
        if self.replaces is not None:
            return self.replaces.digest
        parts = [(name, hashlib.sha256(text).hexdigest()) for name, text in self.files.items()]
        return hashlib.sha256(json.dumps([parts, self.left_out]).encode()).hexdigest()

    @property
    def timestamp(self) -> datetime | None:
        """When it was handed in, as nbgrader's exchange noted it."""
        text = self._timestamp_text
        try:
            return read_time(text) if text else None
        except (ValueError, OverflowError):
            return None

    @property
    def _timestamp_text(self) -> str:
        return decoded(self.files.get(TIMESTAMP, b"")).strip()

    @property
    def notes(self) -> tuple[str, ...]:
        """Notes on the files, for student and instructor."""
        text = self._timestamp_text
        if not text or self.timestamp is not None:
            return self.left_out
        shown = replace_surrogates(text.splitlines()[0][:60])
        late = (
            f"{TIMESTAMP} cannot be read as a time ({shown}), so nothing was taken off for lateness"
        )
        return (*self.left_out, late)

    @property
    def misses_a_notebook(self) -> bool:
        """True if a notebook was handed in that could not be read."""
        return any(".ipynb was left out" in told for told in self.left_out)

    def notebook(self, name: str, names: tuple[str, ...]) -> NotebookNode:
        """One of the assignment's notebooks, or an empty one with a note.

        Args:
            name: which, without ``.ipynb``.
            names: of all the assignment's notebooks.
        """
        content = self.files.get(f"{name}.ipynb")
        if content is None:
            there = [path for path in self.files if "/" not in path and _is_notebook(Path(path))]
            others = [path for path in there if path.removesuffix(".ipynb") not in names]
            # One is missing and one has another name: it was renamed.
            if len(names) - (len(there) - len(others)) == len(others) == 1:
                content = self.files[others[0]]
        if content is None:
            nb: NotebookNode = v4.new_notebook()
            if not self.misses_a_notebook:  # else a person has to look, and the other notes say why
                note_missing(nb, name, names)
            return nb
        return read_notebook_bytes(content, with_notes=False)


class _Taken:
    """Names that a submission's files may not have: where the instructor's file needs a folder, or the other way."""

    def __init__(self, instructors: Collection[str]) -> None:
        self._files = {*instructors}
        parents = (PurePosixPath(name).parents for name in instructors)
        self._folders = {str(parent) for above in parents for parent in above}

    def is_in_the_way(self, place: Path) -> bool:
        # of a folder that has the name of a notebook, a notebook would have to be made
        return place.as_posix() in self._folders or any(
            parent.suffix == ".ipynb" or parent.as_posix() in self._files
            for parent in place.parents
        )


def _files_below(folder: Path, refused: list[OSError]) -> Iterator[Path]:
    # without onerror, os.walk passes by what it cannot list, and nobody hears of it
    for root, _, names in os.walk(folder, onerror=refused.append, followlinks=False):
        for name in sorted(names, key=_rank):
            yield Path(root, name)


def _rank(name: str) -> int:
    """Lowest for what is read first, as no data beside it may take its room: the time, then notebooks."""
    return 0 if name == TIMESTAMP else 1 if _is_notebook(Path(name)) else 2


def _is_anothers(place: Path) -> bool:
    """True if a student's folder is a link to one that lies beside it; where all are kept is the instructor's choice."""
    return place.is_symlink() and place.resolve().is_relative_to(place.parent.resolve())


def _why_refused(problem: OSError) -> str:
    return "its name is too long" if problem.errno == errno.ENAMETOOLONG else "it cannot be read"


def _is_notebook(path: Path) -> bool:
    """True for a notebook's name; not for a copy that an editor or an archive put into a hidden place."""
    return path.suffix == ".ipynb" and not path.name.startswith(".")


def _folder_of_notebooks(files: Mapping[str, bytes]) -> str:
    """The one folder that holds the notebooks, where none stands above it; else the empty text."""
    found = [Path(name) for name in files if _is_notebook(Path(name))]
    parents = {
        path.parent
        for path in found
        if not any(part.startswith((".", "__")) for part in path.parts)
    }
    fewest = min((len(parent.parts) for parent in parents), default=0)
    highest = [parent for parent in parents if len(parent.parts) == fewest]
    return highest[0].as_posix() if fewest and len(highest) == 1 else ""


def _read_notebook(path: Path, most: int) -> bytes | None:
    """A notebook without its outputs, which are dropped anyway and count for nothing."""
    content = _read_plain(path, MOST_NOTEBOOK_BYTES)
    if content is None:
        return None
    if not content.startswith(b"{"):  # UTF-16, perhaps: as bytes its strings are not to be told
        content = decoded(content).encode()
    content = without_outputs(content)
    if _marks(content) > _MOST_MARKS:
        content = without_outputs(content, least=0)
    return content if len(content) <= most and _marks(content) <= _MOST_MARKS else None


def _marks(content: bytes) -> int:
    return sum(map(content.count, (b'"', b"[", b"{", b",")))


def _read_plain(path: Path, most: int) -> bytes | None:
    try:
        # not a link, and not a pipe that would never end
        file = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK)
    except OSError:
        return None
    with os.fdopen(file, "rb") as stream:
        status = os.fstat(file)
        # the size comes first: a file of holes holds nothing, and takes as long to read as a full one
        if not stat.S_ISREG(status.st_mode) or status.st_size > most:
            return None
        try:
            content = stream.read(most + 1)
        except OSError:
            return None
    return content if len(content) <= most else None
