"""Makes of what a student handed in a job that needs nothing else of the course.

What was handed in is data: none of it is run, imported, unpickled or followed to another place.
"""

from __future__ import annotations

import base64
import copy
import hashlib
import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from nbformat import NotebookNode, v4
from nbgrader.utils import parse_utc

from rainfall_kit.checks.questions.question import Seed, seeds_of
from rainfall_kit.checks.questions.registry import find_question
from rainfall_kit.grading.prepare.notebook_reader import notes_of, read_text
from rainfall_kit.grading.prepare.repair import mend
from rainfall_kit.grading.safe_json import whole
from rainfall_kit.grading.sandbox.job import TIMESTAMP, Ask, File, Given, Job, JobCell, Limits

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from datetime import datetime

    from rainfall_kit.checks.observations import Case
    from rainfall_kit.grading.prepare.assignment_notebook import Sheet, SourceCell
    from rainfall_kit.grading.prepare.require_calls import Required
    from rainfall_kit.grading.prepare.secret import Secret

_MOST_BYTES = 32 << 20
# A student's code can remember what it was called with. Each submission gets one of so many sets of
# inputs, by what it holds, so that what one has seen is worth little to the next.
_LOTS = 8
_NEW_CELL = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell}


@dataclass(frozen=True)
class Submission:
    """The files of one submission.

    Attributes:
        student: whose they are.
        files: the contents by their path in the folder; of plain files only.
        left_out: why some were left out, for the instructor.
        stands_for: the submission that these files stand for, if that one could not be graded.
    """

    student: str
    files: Mapping[str, bytes]
    left_out: tuple[str, ...] = ()
    stands_for: Submission | None = None

    def emptied(self, problem: Exception) -> Submission:
        """What is graded in its place, when something about this submission cannot be dealt with."""
        reason = whole(
            f"could not be graded as handed in: {type(problem).__name__}: {problem}"[:300]
        )
        kept = {name: text for name, text in self.files.items() if name == TIMESTAMP}
        return Submission(self.student, kept, (reason,), stands_for=self)

    @classmethod
    def read(cls, student: str, folder: Path) -> Submission:
        """Read a submission's folder, following no link out of it."""
        files: dict[str, bytes] = {}
        left_out: list[str] = []
        size = 0
        for path in sorted(_files_below(folder)):
            place = path.relative_to(folder)
            name = place.as_posix()
            content = _read_plain(path, _MOST_BYTES - size)
            if name != whole(name) or any(each.suffix == ".ipynb" for each in place.parents):
                left_out.append(f"{whole(name)} was left out: its name stands in the way")
            elif content is None:
                left_out.append(f"{name} was left out: not a plain file, or too large")
            else:
                files[name] = content
                size += len(content)
        return cls(student, files, tuple(left_out))

    @property
    def digest(self) -> str:
        """Changes with any of the files."""
        if self.stands_for is not None:
            return self.stands_for.digest
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
            if len(names) - (len(there) - len(others)) == len(others) == 1:
                content = self.files[others[0]]
        if content is None:
            nb: NotebookNode = v4.new_notebook()
            notes_of(nb).append("no notebook")
            return nb
        nb = read_text(content.decode("utf-8", errors="replace"))
        if nb.cells:  # else the only note is ours
            nb.metadata.pop("rainfall_kit", None)
        return nb


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
        if not stat.S_ISREG(os.fstat(file).st_mode):
            return None
        content = stream.read(most + 1)
    return content if len(content) <= most else None


@dataclass(frozen=True)
class PreparedNotebook:
    """One notebook of a submission, ready to run.

    Attributes:
        sheet: what the instructor wrote.
        nb: the mended notebook, without outputs.
        job: what to run.
        cases: for each cell that asks, by its number, the cases of each ask.
    """

    sheet: Sheet
    nb: NotebookNode
    job: Job
    cases: Mapping[int, tuple[tuple[Case, ...], ...]]


class JobBuilder:
    """Makes papers of submissions to one assignment.

    Args:
        assignment: its name.
        sheets: its notebooks.
        released: what was given out, by the notebooks' names.
        secret: where hidden checks draw from.
        extra: files of the instructor's that lie beside every notebook, by their path.
        limits: what one notebook may use.
    """

    def __init__(
        self,
        assignment: str,
        sheets: tuple[Sheet, ...],
        released: Mapping[str, NotebookNode],
        secret: Secret,
        *,
        extra: Mapping[str, bytes],
        limits: Limits,
    ) -> None:
        self._assignment, self._sheets, self._secret = assignment, sheets, secret
        self._templates = {sheet.name: sheet.template(released.get(sheet.name)) for sheet in sheets}
        self._released, self._extra, self._limits = released, extra, limits
        self._drawn: dict[tuple[str, Seed], _Drawn] = {}

    def build(self, handed_in: Submission) -> tuple[PreparedNotebook, ...]:
        """One for each notebook of the assignment, whatever was handed in."""
        files = _as_files({**handed_in.files, **self._extra})
        names = tuple(sheet.name for sheet in self._sheets)
        return tuple(
            self._paper(sheet, handed_in.notebook(sheet.name, names), files, handed_in)
            for sheet in self._sheets
        )

    def setup_jobs(self) -> tuple[Job, ...]:
        """For each notebook that was given out, the code above all that students are to write."""
        files = _as_files(self._extra)
        jobs = (
            Job(
                id=sheet.name,
                folder=self._assignment,
                cells=tuple(self._given_cells(sheet, copy.deepcopy(self._released[sheet.name]))),
                files=files,
                limits=self._limits,
            )
            for sheet in self._sheets
            if sheet.name in self._released
        )
        return tuple(job for job in jobs if job.cells)

    def _given_cells(self, sheet: Sheet, nb: NotebookNode) -> Iterator[JobCell]:
        mend(nb, self._templates[sheet.name])
        _overwrite(nb, sheet)
        known = dict(_known_cells(nb, sheet))
        for number, cell in enumerate(nb.cells):
            if number in known and (known[number].solution or known[number].points is not None):
                return
            if cell.cell_type == "code":
                yield JobCell(number=number, source=cell.source)

    def _paper(
        self, sheet: Sheet, nb: NotebookNode, files: tuple[File, ...], handed_in: Submission
    ) -> PreparedNotebook:
        notes_of(nb).extend(handed_in.left_out)
        mend(nb, self._templates[sheet.name])
        _overwrite(nb, sheet)
        asks, cases, last = {}, {}, set()
        lot = self._secret.seed("lot", handed_in.student, handed_in.digest) % _LOTS
        for number, cell in _known_cells(nb, sheet):
            wanted = cell.required
            if wanted:
                drawn = [self._draw(sheet, cell, place, lot) for place in range(len(wanted))]
                cases[number] = tuple(each.cases for each in drawn)
                asks[number] = tuple(map(_ask, wanted, drawn))
                if cell.hidden or any(each.given for each in wanted):
                    last.add(number)
        cells = tuple(
            JobCell(number=number, asks=asks[number], last=number in last)
            if number in asks
            else JobCell(number=number, source=cell.source)
            for number, cell in enumerate(nb.cells)
            if cell.cell_type == "code"
        )
        job = Job(
            id=f"{handed_in.student}/{self._assignment}/{sheet.name}",
            folder=self._assignment,
            cells=cells,
            files=files,
            limits=self._limits,
        )
        return PreparedNotebook(sheet, nb, job, cases)

    def _draw(self, sheet: Sheet, cell: SourceCell, place: int, lot: int) -> _Drawn:
        """The cases of one ask: from the secret for a hidden cell, as written for one in sight."""
        wanted = cell.required[place]
        seed = wanted.seed
        if cell.hidden:
            parts = self._assignment, sheet.name, cell.name, str(place), str(lot)
            seed = tuple(
                self._secret.seed(*parts, str(number)) for number in range(len(seeds_of(seed)))
            )
        key = wanted.question, seed
        if key not in self._drawn:
            cases = find_question(wanted.question).cases(seed)
            self._drawn[key] = _Drawn(cases, tuple(case.to_json() for case in cases))
        return self._drawn[key]


def _as_files(contents: Mapping[str, bytes]) -> tuple[File, ...]:
    return tuple(
        File(path=path, content=base64.b64encode(content).decode())
        for path, content in contents.items()
        if not path.endswith(".ipynb")
    )


class _Drawn(NamedTuple):
    """What many submissions are asked with: the cases of one ask, and their JSON."""

    cases: tuple[Case, ...]
    texts: tuple[str, ...]


def _ask(wanted: Required, drawn: _Drawn) -> Ask:
    return Ask(
        question=wanted.question,
        name=wanted.name,
        given=tuple(Given(name=name, program=find_question(name).program) for name in wanted.given),
        cases=drawn.texts,
    )


def _overwrite(nb: NotebookNode, sheet: Sheet) -> None:
    """Put back what a student may not change: the text of locked cells, and what a cell is."""
    nb.metadata.kernelspec = NotebookNode(sheet.kernelspec)
    for number, cell in _known_cells(nb, sheet):
        given = nb.cells[number]
        if cell.locked:
            given.source = cell.source
        if given.cell_type != cell.cell_type:
            new: Callable[..., NotebookNode] = _NEW_CELL[cell.cell_type]
            nb.cells[number] = new(given.source, id=given.id, metadata=given.metadata)


def _known_cells(nb: NotebookNode, sheet: Sheet) -> Iterator[tuple[int, SourceCell]]:
    by_name = sheet.by_name
    for number, cell in enumerate(nb.cells):
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        if grade_id in by_name:
            yield number, by_name[grade_id]
