"""Sandbox limits of a course, from its configuration: what one notebook of a submission may use."""

from __future__ import annotations

from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from traitlets import Float, Integer
from traitlets.config import Configurable

from rainfall_kit.grading.prepare.course import cell_seconds
from rainfall_kit.grading.sandbox.job import Limits

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from traitlets.config import Config

_MIB = 1 << 20
_KERNELS_OPEN_FILES = 512  # R starts with no fewer than 167


class SandboxLimits(Configurable):
    """Configured as nbgrader's own classes are: ``c.SandboxLimits.memory_mib = 2048``.

    The seconds that one cell may take are nbgrader's own setting, ``c.Execute.timeout``.
    """

    ask_seconds = Float(Limits.ask_seconds, help="Seconds that one question of the kit may take.")
    wall_seconds = Float(
        None,
        allow_none=True,
        help="Seconds that all cells together may take; without, those of four cells, at least 120.",
    )
    cpu_seconds = Integer(
        None,
        allow_none=True,
        help="CPU seconds of one process; without, twice those of a cell, at least 60.",
    )
    memory_mib = Integer(Limits.memory_mib, help="Memory on top of what an empty notebook has.")
    scratch_mib = Integer(
        Limits.scratch_mib, help="Size of what a notebook writes, on top of the course's own files."
    )
    scratch_files = Integer(
        Limits.scratch_files,
        help="Files and folders that a notebook may make, on top of the course's own.",
    )
    processes = Integer(Limits.processes, help="Processes and threads at a time.")
    open_files = Integer(
        None,
        allow_none=True,
        help=f"Open files at a time in one process; without, {Limits.open_files}, and with a kernel of another "
        f"language {_KERNELS_OPEN_FILES}.",
    )
    output_kib = Integer(
        Limits.output_kib, help="What one cell may print and show; all together at most 8192."
    )
    submission_mib = Integer(
        Limits.submission_mib, help="Size of all files that one student may hand in."
    )
    submission_files = Integer(
        Limits.submission_files, help="How many files one student may hand in."
    )
    judging_seconds = Float(
        Limits.judging_seconds,
        help="CPU seconds in which the grader judges what all questions of a submission gave.",
    )

    for _trait in (
        *(ask_seconds, wall_seconds, cpu_seconds, memory_mib, scratch_mib, scratch_files),
        *(processes, open_files, output_kib, submission_mib, submission_files),
        judging_seconds,
    ):
        _trait.tag(config=True)
    del _trait


def read_limits(
    config: Config, files: Mapping[str, bytes], *, other_languages: bool = False
) -> Limits:
    """The limits that a course's configuration sets.

    Args:
        config: the configuration.
        files: the course's own, that lie beside each notebook.
        other_languages: whether a notebook is run by a kernel of another language than Python.

    Example:
        >>> from traitlets.config import Config
        >>> read_limits(Config(), {}) == Limits()
        True
    """
    limits = SandboxLimits(config=config)
    seconds = cell_seconds(config)
    fixed = {
        name: getattr(limits, name)
        for name in (
            *("ask_seconds", "memory_mib", "processes", "output_kib"),
            *("submission_mib", "submission_files", "judging_seconds"),
        )
    }
    # What may be handed in has room there, too.
    more_mib = max(limits.submission_mib - Limits.submission_mib, 0)
    more_files = max(limits.submission_files - Limits.submission_files, 0)
    return Limits(
        cell_seconds=seconds,
        wall_seconds=limits.wall_seconds or max(Limits.wall_seconds, 4 * seconds),
        cpu_seconds=limits.cpu_seconds or max(Limits.cpu_seconds, round(2 * seconds)),
        open_files=limits.open_files
        or (_KERNELS_OPEN_FILES if other_languages else Limits.open_files),
        scratch_mib=limits.scratch_mib + sum(map(len, files.values())) // _MIB + more_mib,
        scratch_files=limits.scratch_files + len(_with_folders(files)) + more_files,
        **fixed,
    )


def _with_folders(paths: Iterable[str]) -> set[PurePosixPath]:
    """Files, and the folders that they are in.

    Example:
        >>> sorted(map(str, _with_folders(["a/b/c.csv", "a/d.csv"])))
        ['a', 'a/b', 'a/b/c.csv', 'a/d.csv']
    """
    files = [PurePosixPath(path) for path in paths]
    return {place for file in files for place in (file, *file.parents[:-1])}
