"""Stock grading: a class graded on this machine by nbgrader and its kernels, a process for each submission.

A process of its own keeps a submission that takes nbgrader down, or hangs it, away from the rest
of the class.
"""

from __future__ import annotations

import dataclasses
import functools
import os
import re
import shutil
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor, as_completed
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbformat import v4

from rainfall_kit import installation
from rainfall_kit.grading.prepare.course import open_course, submission_folders
from rainfall_kit.grading.prepare.notes import note_missing
from rainfall_kit.grading.record.gradebook import notebook_names, read_grades
from rainfall_kit.grading.record.journal import Entry, Graded
from rainfall_kit.grading.sandbox.isolation import ORDINARY_KERNELS
from rainfall_kit.records.outcomes import Grade

if TYPE_CHECKING:
    from collections.abc import Callable

    from nbgrader.coursedir import CourseDirectory

_TOO_LONG = "not graded: it took more than"


def grade_class(
    course: Path,
    assignment: str,
    *,
    jobs: int = 2,
    limit_seconds: float = 900.0,
    on_graded: Callable[[str], None] = lambda student: None,  # noqa: ARG005  # the name tells what comes
) -> tuple[Grade, ...]:
    """Autograde whatever stands in the course's folder of submissions.

    A submission that cannot be graded gets a grade with a note that says why; no submission stops
    the others. The folder itself is left as it was handed in.

    Args:
        course: the folder in which nbgrader is started.
        assignment: the assignment's name.
        jobs: how many submissions to grade at a time.
        limit_seconds: what one submission may take in all.
        on_graded: called with each student's id, when that submission is done.

    Returns:
        One grade for each submission, sorted by student.

    Raises:
        CourseError: the course cannot be read, or ``nbgrader generate_assignment`` has not been run.
    """
    folders = open_course(course)
    autograde = functools.partial(
        _autograde,
        folders,
        assignment,
        names=notebook_names(course, assignment),
        limit_seconds=limit_seconds,
    )
    submitted = list(submission_folders(folders, assignment))
    problems = _autograde_all(autograde, submitted, jobs, on_graded)
    grades = {grade.student: grade for grade in read_grades(course, assignment)}
    highest = max((grade.max_score for grade in grades.values()), default=0.0)
    for student in submitted:
        # One that failed early is not in the gradebook.
        grade = grades.get(student) or Grade(
            student=student, assignment=assignment, score=0.0, max_score=highest
        )
        if problems[student]:
            grade = dataclasses.replace(grade, note=problems[student])
        grades[student] = grade
    return tuple(grades[student] for student in submitted)


def _autograde_all(
    autograde: Callable[[str], str],
    students: list[str],
    jobs: int,
    on_graded: Callable[[str], None],
) -> dict[str, str]:
    """For each student the reason why grading failed, or the empty text."""
    problems: dict[str, str] = {}
    with ThreadPoolExecutor(jobs) as pool:
        running = {pool.submit(autograde, student): student for student in students}
        try:
            for done in as_completed(running):
                problems[running[done]] = done.result()
                if not problems[running[done]]:
                    on_graded(running[done])
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise
    # SQLite refuses one of two writers that both began by reading, whatever its timeout:
    # what failed beside others is tried once more alone.
    for student in [student for student in students if problems[student]]:
        if not problems[student].startswith(_TOO_LONG):
            problems[student] = autograde(student)
        on_graded(student)
    return problems


def grade_with_kernels(
    course: Path,
    assignment: str,
    *,
    jobs: int = 2,
    on_start: Callable[[int], None] = lambda _: None,
    on_graded: Callable[[Graded], None] = lambda _: None,
) -> tuple[Graded, ...]:
    """Grade with ordinary kernels, one nbgrader for each submission: slower, everywhere, no sandbox.

    An engine of its own, called as `grade_assignment` is.

    Args:
        course: the folder in which nbgrader is started.
        assignment: the assignment's name.
        jobs: how many submissions to run at a time.
        on_start: called with how many submissions there are.
        on_graded: called with each grade, all at the end.

    Returns:
        One entry for each submission, sorted by student; without the single cells.

    Raises:
        CourseError: the course cannot be read.
    """
    on_start(len(submission_folders(open_course(course), assignment)))
    graded = tuple(
        Graded(
            Entry(
                student=grade.student,
                submission="",
                assignment="",
                kit=installation.VERSION,
                secret="",
                isolation=ORDINARY_KERNELS,
                score=grade.score,
                max_score=grade.max_score,
                needs_manual_grade=grade.needs_manual_grade,
                note=grade.note,
            )
        )
        for grade in grade_class(course, assignment, jobs=jobs)
    )
    for one in graded:
        on_graded(one)
    return graded


def _autograde(
    folders: CourseDirectory,
    assignment: str,
    student: str,
    *,
    names: tuple[str, ...],
    limit_seconds: float,
) -> str:
    """Grade one submission: why that failed, or the empty text."""
    try:
        with tempfile.TemporaryDirectory() as temporary:
            place = _staged(folders, assignment, student, names, Path(temporary))
            # Not a pipe: a kernel that outlives its nbgrader would keep it open.
            log = Path(temporary, "log")
            with log.open("wb") as stream:
                code = subprocess.run(  # noqa: S603  # no shell reads it
                    _command(folders, assignment, student, place),
                    cwd=folders.root,
                    env=nbgrader_environment(),
                    stdin=subprocess.DEVNULL,
                    stdout=stream,
                    stderr=subprocess.STDOUT,
                    timeout=limit_seconds,
                    check=False,
                ).returncode
            if code:
                told = _reason(log.read_text(encoding="utf-8", errors="replace"))
                return f"not graded: {told or f'nbgrader ended with exit code {code}'}"
    except subprocess.TimeoutExpired:
        return f"{_TOO_LONG} {limit_seconds:g} seconds"
    except OSError as problem:
        return f"not graded: {problem}"
    return ""


def _staged(
    folders: CourseDirectory,
    assignment: str,
    student: str,
    names: tuple[str, ...],
    temporary: Path,
) -> str:
    """The folder of submissions for nbgrader: the course's own, or a copy with what is missing.

    nbgrader leaves out a submission without the assignment's notebooks. The copy has an empty
    notebook in the place of each, or the one notebook that was handed in under another name.
    """
    submitted = Path(folders.format_path(folders.submitted_directory, student, assignment))
    missing = [name for name in names if not (submitted / f"{name}.ipynb").is_file()]
    if not missing:
        return str(folders.submitted_directory)
    place = temporary / "submitted"
    copy = Path(folders.format_path(str(place), student, assignment))
    shutil.copytree(submitted, copy)
    others = [path for path in copy.glob("*.ipynb") if path.is_file() and path.stem not in names]
    if len(missing) == len(others) == 1:
        others[0].rename(copy / f"{missing[0]}.ipynb")
        return str(place)
    for name in missing:
        nb = v4.new_notebook()
        note_missing(nb, name, names)
        nbformat.write(nb, copy / f"{name}.ipynb")
    return str(place)


def _command(
    folders: CourseDirectory, assignment: str, student: str, submitted_directory: str
) -> list[str]:
    database = folders.db_url
    if database.startswith("sqlite") and "?" not in database:
        database += "?timeout=60"  # seconds to wait while another process writes
    return [
        *(sys.executable, "-m", "nbgrader", "autograde", assignment, "--force"),
        f"--student={student}",
        f"--db={database}",
        f"--CourseDirectory.submitted_directory={submitted_directory}",
        "--EngineExporter.kernels=True",
    ]


def nbgrader_environment() -> dict[str, str]:
    """This process's environment, with a PATH on which nbgrader finds its parts.

    Example:
        >>> nbgrader_environment()["PATH"].split(os.pathsep)[0] == str(Path(sys.executable).parent)
        True
    """
    # nbgrader calls alembic by its name, which an environment that is not activated has no path to.
    here = str(Path(sys.executable).parent)
    return {**os.environ, "PATH": os.pathsep.join([here, os.environ.get("PATH", os.defpath)])}


def _reason(log: str) -> str:
    """The error in nbgrader's log: the last line of a traceback, or its first complaint."""
    raised = re.findall(r"^ *((?:\w+\.)*\w*(?:Error|Exception): .+)$", log, re.MULTILINE)
    told = re.findall(r"\| ERROR\] (.+)$", log, re.MULTILINE)
    return str(raised[-1] if raised else told[0] if told else "")
