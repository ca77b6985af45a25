"""Protocol of the sandbox: what its processes say to each other, as records, one line of JSON each.

The trusted side sends a worker one `Command` at a time and reads the record that answers it. What a worker
sends is student code's word: `Record.from_json` refuses every field that is missing, unknown or of another
type. A supervisor runs no student code; it says once how its worker ended.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import ClassVar, Generic, Literal, TypeVar

from rainfall_kit.grading.sandbox.job import Ask, File, Kernel
from rainfall_kit.records.json_record import Record

# Where a sandbox has the files that all of its workers see, read-only.
SHARED_FILES = "/course"
# Where it keeps the machine's counters, as they stood when it was started.
COUNTERS = "/counters"

R_co = TypeVar("R_co", bound=Record, covariant=True)


# --- from a worker


@dataclass(frozen=True, kw_only=True)
class FolderEntered(Record):
    """The worker is in its folder.

    Attributes:
        problem: why the kernel that is to run the cells does not start; or empty.
    """

    problem: str = ""


@dataclass(frozen=True, kw_only=True)
class CellOutputs(Record):
    """Outputs of one cell.

    Attributes:
        outputs: nbformat's outputs, as a JSON text.
        count: the execution count; None where an interrupt came before the cell began.
        cpu_seconds: CPU time, by the worker's own word.
    """

    outputs: str = "[]"
    count: int | None = None
    cpu_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Observed(Record):
    """Results of calls of the student's functions.

    Attributes:
        seen: for each ask the JSON of an `Observation` for each case.
        cpu_seconds: CPU time, by the worker's own word.
    """

    seen: tuple[tuple[str, ...], ...] = ()
    cpu_seconds: float = 0.0


@dataclass(frozen=True, kw_only=True)
class SideEffects(Record):
    """Possessions of a process beside its memory: equal as long as nothing was added or taken away.

    Attributes:
        threads: how many.
        has_children: whether it has started a process that is not yet waited for.
        open_files: number and target of each.
        shared_mappings: memory that a fork would share and not copy.
        files: path, size and time of each in its folder and in shared memory.
        timers: whether each of the three kinds runs.
        at_an_interrupt: what handles SIGINT.
    """

    threads: int = 0
    has_children: bool = False
    open_files: tuple[str, ...] = ()
    shared_mappings: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    timers: tuple[bool, ...] = ()
    at_an_interrupt: str = ""


# --- to a worker


@dataclass(frozen=True, kw_only=True)
class Command(Record, Generic[R_co]):
    """One command to a worker.

    Attributes:
        reply: the record that answers it; an empty one where an interrupt came before it began.
        save: numbers under which to keep the notebook's state, before all else.
    """

    reply: ClassVar[type[Record]]

    save: tuple[int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class EnterFolder(Command[FolderEntered]):
    """Make a folder with these files in it, and work there, with a kernel where the cells need one."""

    reply = FolderEntered

    folder: str
    files: tuple[File, ...] = ()
    kernel: Kernel | None = None


@dataclass(frozen=True, kw_only=True)
class RunCell(Command[CellOutputs]):
    """Run one cell."""

    reply = CellOutputs

    source: str


@dataclass(frozen=True, kw_only=True)
class CallFunctions(Command[Observed]):
    """Call functions of the student's.

    Attributes:
        asks: which, and with what.
        seconds: for each ask.
        restore: number of the state to go back to first; None for the state as it is.
    """

    reply = Observed

    asks: tuple[Ask, ...]
    seconds: float
    restore: int | None = None


@dataclass(frozen=True, kw_only=True)
class ListSideEffects(Command[SideEffects]):
    """List what this process has beside its memory."""

    reply = SideEffects


_COMMANDS: dict[str, type[Command[Record]]] = {
    command.__name__: command for command in (EnterFolder, RunCell, CallFunctions, ListSideEffects)
}


def read_command(line: str) -> Command[Record]:
    """Read a line from the trusted side, whichever command it is.

    Example:
        >>> read_command(RunCell(source="6 * 7").to_json())
        RunCell(save=(), source='6 * 7')
    """
    return _COMMANDS[json.loads(line)["record"]].from_json(line)


# --- to and from a supervisor

INTERRUPT = b"i"
KILL = b"k"  # and so does anything else, the end of the connection included


@dataclass(frozen=True, kw_only=True)
class WorkerEnd(Record):
    """End of a worker, as its supervisor saw it.

    Attributes:
        reason: ``"ended"`` by itself, ``"killed"`` as ordered, or for its ``"memory"``; ``"unknown"``
            where there was no worker, or nobody who could say.
        refusal: what the system refused, where the worker never came to obey; or empty.
        cpu_seconds: of the worker and of all that it has waited for.
    """

    reason: Literal["unknown", "ended", "killed", "memory"] = "unknown"
    refusal: str = ""
    cpu_seconds: float = 0.0


# --- to and from the fork server

READY = b"ready"
NO_GRADIENTS = b"no gradients"  # torch follows none in a fork here
MOST_CGROUPS = 2  # of one worker: version 1 may have one for memory and one for processes


@dataclass(frozen=True, kw_only=True)
class ServerSettings(Record):
    """Settings of a fork server, the first message to it.

    Attributes:
        sandboxed: whether its forks get namespaces and limits of their own.
        is_root: whether it is the host's root.
        seccomp: the filter, in hex; empty for none.
        question_folders: of the course's own questions.
        has_loopback: whether each worker has a network of its own that reaches itself, for a kernel.
    """

    sandboxed: bool
    is_root: bool = False
    seccomp: str = ""
    question_folders: tuple[str, ...] = ()
    has_loopback: bool = False


@dataclass(frozen=True, kw_only=True)
class Preload(Record):
    """Modules that an assignment imports, to be imported before anything is forked."""

    modules: tuple[str, ...] = ()
