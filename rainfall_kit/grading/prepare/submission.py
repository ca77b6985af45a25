"""Submission: the files that one student handed in, read without following them to another place.

What was handed in is data: none of it is run, imported or unpickled.
"""

from __future__ import annotations

import hashlib
import itertools
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from nbformat import NotebookNode, v4
from nbgrader.utils import parse_utc

from rainfall_kit.grading.prepare.notebook_reader import read_notebook_text
from rainfall_kit.grading.prepare.notes import NO_NOTEBOOK, notes_of
from rainfall_kit.grading.safe_json import replace_surrogates
from rainfall_kit.grading.sandbox.job import TIMESTAMP

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from datetime import datetime

_MOST_BYTES = 32 << 20  # of all files together; the rest is left out, with a note
_MOST_FILES = 1000
_MOST_NAME_BYTES = 1000  # with its folders: what writes the file has folders of its own above it


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
    def read(cls, student: str, folder: Path, instructors: Collection[str] = ()) -> Submission:
        """Read a submission's folder, following no link out of it.

        Args:
            student: whose it is.
            folder: where it lies.
            instructors: the paths of the files that the instructor lays beside every notebook.
        """
        files: dict[str, bytes] = {}
        left_out: list[str] = []
        size = 0
        taken = _Taken(instructors)
        if folder.is_symlink():
            left_out.append("nothing was read: the folder is a link to another place")
            return cls(student, files, tuple(left_out))
        paths = sorted(itertools.islice(_files_below(folder), _MOST_FILES + 1))
        if len(paths) > _MOST_FILES:
            paths = [path for path in paths if path.parent == folder][:_MOST_FILES]
            left_out.append(f"more than {_MOST_FILES} files: those in its folders were left out")
        for path in paths:
            place = path.relative_to(folder)
            name = place.as_posix()
            content = _read_plain(path, _MOST_BYTES - size)
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
        return cls(student, files, tuple(left_out))

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
        text = self.files.get(TIMESTAMP, b"").decode("utf-8", errors="replace").strip()
        try:
            return parse_utc(text) if text else None
        except (ValueError, OverflowError):
            return None

    def notebook(self, name: str, names: tuple[str, ...]) -> NotebookNode:
        """One of the assignment's notebooks, or an empty one with a note.

        Args:
            name: which, without ``.ipynb``.
            names: of all the assignment's notebooks.
        """
        content = self.files.get(f"{name}.ipynb")
        if content is None:
            there = [path for path in self.files if "/" not in path and path.endswith(".ipynb")]
            others = [path for path in there if path.removesuffix(".ipynb") not in names]
            # One is missing and one has another name: it was renamed.
            if len(names) - (len(there) - len(others)) == len(others) == 1:
                content = self.files[others[0]]
        if content is None:
            nb: NotebookNode = v4.new_notebook()
            notes_of(nb).append(NO_NOTEBOOK)
            return nb
        return read_notebook_text(content.decode("utf-8", errors="replace"), with_notes=False)


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


def _files_below(folder: Path) -> Iterator[Path]:
    for root, _, names in os.walk(folder, followlinks=False):
        for name in names:
            yield Path(root, name)


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
