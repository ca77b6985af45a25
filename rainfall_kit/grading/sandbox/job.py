"""Job and result: what goes into the sandbox for one notebook, and what comes out of it.

A job holds all that one submission's notebook needs, and nothing else of the course. A result holds what
was seen when it ran: it is student code's word, so reading one checks every field and size.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from rainfall_kit.handing_in.limits import MOST_BYTES, MOST_FILES
from rainfall_kit.records.json_record import Record

# The file in which nbgrader notes when something was handed in.
TIMESTAMP = "timestamp.txt"

# What the error of a cell that did not run to its end is called, and what people read about it.
FAILURES = {
    "DeadKernelError": "ended Python",
    "CellTimeoutError": "ran too long",
    "MemoryLimitError": "used too much memory",
    "KernelEndedError": "ended the kernel",
    # once an answer has seen secret inputs, no other process of the same student's is started
    "NotAskedError": "was not asked, as an answer that was asked before it had ended Python",
    # it has run, and its values are left to a person
    "JudgingLimitError": "gave what takes too long to judge, or too much memory: a person has to look",
    "JudgingEndedError": "was not judged, as something ended what judges: a person has to look",
}


@dataclass(frozen=True, kw_only=True)
class Limits(Record):
    """Limits on what one submission may use.

    Attributes:
        cell_seconds: wall time of one cell.
        ask_seconds: CPU time of one question's calls; see `checks.harness.observing`.
        wall_seconds: wall time of the cells that run, together. Questions have as much of their own; and
            where a cell never ended, the cells above it may take as much once more.
        cpu_seconds: CPU time of any one process.
        memory_mib: memory on top of what a fresh worker has.
        scratch_mib: size of the scratch folder, and of any one file.
        scratch_files: how many files and folders may be in it.
        processes: how many at a time, threads included.
        open_files: how many at a time in one process.
        output_kib: what one cell may print and show.
        submission_mib: size of all files that were handed in; more are left out, with a note.
        submission_files: how many files may be handed in.
        judging_seconds: CPU time in which the grader judges what all asks of a submission gave.
    """

    cell_seconds: float = 30.0
    ask_seconds: float = 2.0  # as live: `checks.tracing.failures.CPU_SECONDS`
    wall_seconds: float = 120.0
    cpu_seconds: int = 60
    memory_mib: int = 768
    scratch_mib: int = 64
    scratch_files: int = 4096
    processes: int = 48
    open_files: int = 128
    output_kib: int = 1024
    submission_mib: int = MOST_BYTES >> 20
    submission_files: int = MOST_FILES
    judging_seconds: float = 5.0


@dataclass(frozen=True, kw_only=True)
class Given(Record):
    """A right function that stands in for the student's own.

    It is code, which student code can read; so what it would help to answer is asked before (`run_job`). A call
    over the channel could not stand in its place: the function gives modules and loaders as well as tensors, and
    these hang in the caller's graph; it moves the caller's w and b in place, and fills their .grad; and a
    loop of epochs calls it a thousand times, each of which would wait for another process. It would hide little:
    whatever can be called can answer its own question.

    Attributes:
        name: of the function.
        program: the text that defines it.
    """

    name: str
    program: str


@dataclass(frozen=True, kw_only=True)
class Ask(Record):
    """Calls of one function of the student's, whose values are judged outside.

    Attributes:
        question: the question's name.
        name: of the student's function, in the notebook.
        given: what stands in for other functions of the student's meanwhile.
        cases: each the JSON of a `Case`; only the worker reads them.
        own_orchard: whether it is about the student's own orchard: the function then takes nothing.
    """

    question: str
    name: str
    given: tuple[Given, ...] = ()
    cases: tuple[str, ...] = ()
    own_orchard: bool = False


@dataclass(frozen=True, kw_only=True)
class JobCell(Record):
    """One code cell.

    Attributes:
        number: its place among all the cells of the notebook.
        source: what to run; empty for a cell that only asks.
        asks: what to ask instead of running anything.
        last: whether to ask when every cell has run, by the names as they were in this cell's turn: no
            cell then finds what was secret about it.
    """

    number: int
    source: str = ""
    asks: tuple[Ask, ...] = ()
    last: bool = False


@dataclass(frozen=True, kw_only=True)
class File(Record):
    """A file beside the notebook.

    Attributes:
        path: relative to the notebook's folder.
        content: in base64; empty for a shared one.
        shared: whether the fork server has it, read-only, for all of its workers.
    """

    path: str
    content: str = ""
    shared: bool = False


@dataclass(frozen=True, kw_only=True)
class Kernel(Record):
    """A Jupyter kernel of another language than Python.

    Attributes:
        name: as Jupyter knows it.
        argv: its command; ``{connection_file}`` in it stands for that file.
        environment: what it finds in its environment, each as ``NAME=value``.
        interrupted_by_message: whether a message interrupts it, and no signal.
        folders: what its command needs of this machine beside the system's own folders.
    """

    name: str
    argv: tuple[str, ...]
    environment: tuple[str, ...] = ()
    interrupted_by_message: bool = False
    folders: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Job(Record):
    """One notebook to run.

    Attributes:
        id: tells this job from every other; no secret.
        folder: the name of the folder that the notebook runs in.
        cells: its code cells, in order.
        files: what lies beside the notebook.
        limits: what it may use.
        kernel: runs the cells; None for Python, which the worker itself runs.
    """

    id: str
    folder: str
    cells: tuple[JobCell, ...]
    files: tuple[File, ...] = ()
    limits: Limits = field(default_factory=Limits)
    kernel: Kernel | None = None


@dataclass(frozen=True, kw_only=True)
class ResultCell(Record):
    """Outputs and observations of one code cell.

    Attributes:
        number: of the cell, as in the job.
        count: the execution count; None for a cell that did not run to its end.
        outputs: nbformat's outputs, as a JSON text.
        seen: for each of the cell's asks, the JSON of an `Observation` for each case.
        problem: one of `FAILURES` where the cell was left out; ``"interrupted"`` where it was stopped
            and the notebook went on; or empty.
        cpu_seconds: CPU time, by the worker's own word: what a student's code says of it is worth nothing.
    """

    number: int
    count: int | None = None
    outputs: str = "[]"
    seen: tuple[tuple[str, ...], ...] = ()
    problem: str = ""
    cpu_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Result(Record):
    """Everything that came of a job.

    Attributes:
        id: of the job.
        cells: one for each cell of the job, in its order.
        isolation: what stood around the student's code.
        cpu_seconds: CPU time, of every process but a kernel's.
    """

    id: str
    cells: tuple[ResultCell, ...] = ()
    isolation: str = ""
    cpu_seconds: float = 0.0
