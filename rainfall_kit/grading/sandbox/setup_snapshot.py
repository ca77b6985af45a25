"""The first cells of a notebook, run once for all submissions that have left them as they were given out.

They run in a branch: a child of the warm process that goes on to fork as that one does. What a fork takes
along is memory; so cells that leave anything else behind, such as a thread or a file, are run for each.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from rainfall_kit.grading.sandbox.job import TIMESTAMP
from rainfall_kit.grading.sandbox.worker_client import START_SECONDS, Ended, Talk

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rainfall_kit.grading.sandbox.isolation import Branch, ForkServer
    from rainfall_kit.grading.sandbox.job import Job, ResultCell


@dataclass(frozen=True, kw_only=True)
class SetupSnapshot:
    """Cells that have run.

    Attributes:
        job: the cells, and what lies beside them.
        done: what was seen of each.
        branch: where they have run.
    """

    job: Job
    done: tuple[ResultCell, ...]
    branch: Branch

    def fits(self, job: Job) -> bool:
        """Whether this job begins in the same way."""
        cells = job.cells[: len(self.done)]
        same = [(cell.source, cell.asks) for cell in self.job.cells]
        return (
            [(cell.source, cell.asks) for cell in cells] == same
            and (job.folder, job.limits) == (self.job.folder, self.job.limits)
            and _files(job) == _files(self.job)
        )

    def done_in(self, job: Job) -> list[ResultCell]:
        """What was seen, as of a job that begins in the same way."""
        pairs = zip(self.done, job.cells, strict=False)
        return [replace(done, number=cell.number) for done, cell in pairs]


def _files(job: Job) -> dict[str, str]:
    """What an instructor's cells may be about: not when something was handed in."""
    return {file.path: file.content for file in job.files if file.path != TIMESTAMP}


def take_snapshots(jobs: Sequence[Job], warm: ForkServer) -> tuple[SetupSnapshot, ...]:
    """Run the first cells of each notebook.

    Args:
        jobs: one for each notebook, with nothing but those cells.
        warm: forks the branches.

    Returns:
        One for each job, those of most cells first, up to one whose cells did not end in time or left
        more behind than memory. None without walls, where all submissions write to one folder.

    Example:
        >>> from rainfall_kit.grading.sandbox.isolation import ForkServer
        >>> with ForkServer("none") as warm:
        ...     take_snapshots([], warm)
        ()
    """
    begun: list[SetupSnapshot] = []
    if not warm.walls:
        return ()
    for job in jobs:
        branch = warm.branch(job.limits)
        try:
            done = _run(job, branch)
        except Ended:
            branch.child.end()
            break  # what was left may be in the way of the next one
        branch.child.channel.close()  # from here on it forks
        begun.append(SetupSnapshot(job=job, done=done, branch=branch))
    return tuple(sorted(begun, key=lambda each: -len(each.done)))


def _run(job: Job, branch: Branch) -> tuple[ResultCell, ...]:
    talk = Talk(branch.child)
    talk.settle_in(job)
    before = talk.say({"traces": True}, START_SECONDS)
    done = tuple(talk.run(cell, job.limits.cell_seconds) for cell in job.cells)
    after = talk.say({"traces": True}, START_SECONDS)
    if after != before or any(cell.problem for cell in done):
        raise Ended("more than memory, or stopped")
    return done
