"""Trial of an assignment before a class is graded: its solution earns all points, and a blank copy runs.

What fails then would fail for everybody: a test that is wrong, a package that is not there, a limit that the
course's own data exceed. Nothing of a trial is recorded but that it was passed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import nbformat

from rainfall_kit import installation
from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.course import source_folder
from rainfall_kit.grading.prepare.private_folder import PrivateFolder
from rainfall_kit.grading.prepare.submission import Submission
from rainfall_kit.grading.record.scoring import errors_elsewhere, said_of, score_notebook
from rainfall_kit.grading.sandbox.job import Result

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.grading.judging.judge import Judge
    from rainfall_kit.grading.prepare.assignment import Assignment
    from rainfall_kit.grading.prepare.job_builder import JobBuilder, PreparedNotebook
    from rainfall_kit.grading.sandbox.local_runner import Runner

_SOLUTION, _BLANK = "the solution", "a blank copy"


def has_passed(assignment: Assignment) -> bool:
    """True if an assignment's solution and a blank copy have passed as they are now."""
    passed = _folder(assignment).path / f"{assignment.name}.tried"
    return passed.is_file() and passed.read_bytes() == _version(assignment).encode()


def try_out(
    assignment: Assignment, builder: JobBuilder, runner: Runner, judge: Judge, otherwise: str
) -> None:
    """Run an assignment's solution and a blank copy, unless both have passed as they are now.

    Args:
        assignment: what is to be graded.
        builder: prepares its notebooks.
        runner: runs the jobs.
        judge: judges what comes back.
        otherwise: what to type or to write for grading without a trial.

    Raises:
        CourseError: the solution loses points, or one of the two does not run to its end.
    """
    if has_passed(assignment):
        return
    attempts = [
        (submission.student, prepared, runner.submit(prepared.job.to_json().encode()))
        for submission in _attempts(assignment)
        for prepared in builder.build(submission)
        if submission.student == _BLANK or _is_written(prepared)
    ]
    for who, prepared, future in attempts:
        trouble = _trouble(who, prepared, Result.from_json(future.result().decode()), judge)
        if trouble:
            raise CourseError(
                f"{who} of {prepared.source.name} {trouble}. Nobody was graded. Try: mend it in "
                f"{source_folder(assignment.folders, assignment.name)}, then nbgrader generate_assignment {assignment.name}; "
                f"or: {otherwise}"
            )
    folder = _folder(assignment)
    passed = folder.path / f"{assignment.name}.tried"
    folder.write(passed, _version(assignment).encode())


def _folder(assignment: Assignment) -> PrivateFolder:
    return PrivateFolder(assignment.root, group_shared=assignment.folders.groupshared)


def _version(assignment: Assignment) -> str:
    return f"{assignment.content} {installation.VERSION}\n"


def _attempts(assignment: Assignment) -> Iterator[Submission]:
    names = [f"{notebook.name}.ipynb" for notebook in assignment.notebooks]
    source = source_folder(assignment.folders, assignment.name)
    if all((source / name).is_file() for name in names):
        yield Submission(_SOLUTION, {name: (source / name).read_bytes() for name in names})
    released = {f"{name}.ipynb": nb for name, nb in assignment.released.items()}
    if set(names) <= released.keys():
        yield Submission(_BLANK, {name: nbformat.writes(released[name]).encode() for name in names})


def _is_written(prepared: PreparedNotebook) -> bool:
    """True if the instructor's notebook has an answer of its own: some courses keep none."""
    return any(
        source.solution and not source.task and prepared.nb.cells[number].source != source.source
        for number, source in prepared.source.cells_in(prepared.nb)
    )


def _trouble(who: str, prepared: PreparedNotebook, result: Result, judge: Judge) -> str:
    """Problem in words, or the empty text."""
    stopped = next((cell for cell in result.cells if cell.problem), None)
    judge.begin_submission()
    entries, _ = score_notebook(prepared, result, judge)
    if who == _SOLUTION:
        for entry in entries:
            points = entry.points or 0.0  # None where it could not be judged
            if entry.how != "by a person" and points < entry.most:
                earned = f"earns {points:g} of {entry.most:g} points in cell {entry.name}"
                return f"{earned}{_said(prepared, entry.name)}{_cause(prepared)}"
    if stopped is not None:
        place = _place(prepared, stopped.number)
        return f"does not run to its end: {place} ended with {stopped.problem}"
    return ""


def _cause(prepared: PreparedNotebook) -> str:
    """The first error of a cell that is no test: what a test says may come of it."""
    errors = errors_elsewhere(prepared)
    for number, cell in enumerate(prepared.nb.cells):
        if cell.id in errors:
            return f", and {_place(prepared, number)} raises {errors[cell.id]}"
    return ""


def _place(prepared: PreparedNotebook, number: int) -> str:
    name = prepared.nb.cells[number].metadata.get("nbgrader", {}).get("grade_id")
    return f"cell {name}" if name else f"its cell {number + 1}"


def _said(prepared: PreparedNotebook, name: str) -> str:
    numbers = {source.name: number for number, source in prepared.source.cells_in(prepared.nb)}
    outputs = prepared.nb.cells[numbers[name]].get("outputs", ())
    errors = [output for output in outputs if output.output_type == "error"]
    if not errors:
        return ""
    return f" ({said_of(errors[-1]).removesuffix('.')})"
