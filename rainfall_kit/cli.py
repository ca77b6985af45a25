"""Command line: the group `rainfall`, with `course`, `demo`, `grade` and `lab`."""

from __future__ import annotations

import functools
import gc
import io
import os
import shlex
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import click

from rainfall_kit import installation
from rainfall_kit.commands.doctor import doctor
from rainfall_kit.commands.export import export
from rainfall_kit.commands.options import course_option, jobs_option, trial_option
from rainfall_kit.commands.orchard import orchard
from rainfall_kit.commands.report import report
from rainfall_kit.commands.roster import roster
from rainfall_kit.commands.verify import verify
from rainfall_kit.commands.watch import watch
from rainfall_kit.errors import CourseError, RainfallError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rainfall_kit.grading.backend import Backend
    from rainfall_kit.grading.record.journal import Graded
    from rainfall_kit.grading.sandbox.isolation import Isolation

_FOLDER = click.Path(path_type=Path)


class _AssignmentName(click.Choice[str]):
    """Name of a bundled assignment. The names are looked up when one is typed, completed or explained."""

    def __init__(self) -> None:
        super().__init__(())

    @property
    def choices(self) -> tuple[str, ...]:
        from rainfall_kit.course.assignments import assignment_names

        return assignment_names()

    @choices.setter
    def choices(self, _: tuple[str, ...]) -> None:
        """Click sets what it was made with."""


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command and leave with its exit status.

    0 when all went well, 2 when the command was typed wrong, 130 when it was stopped with Ctrl-C, 1
    when something that it needs is missing, taken or full. Then stderr has one line about it.

    Args:
        args: what was typed after ``rainfall``; None means the process's own arguments.

    Example:
        >>> try:
        ...     main(["--version"])
        ... except SystemExit as end:
        ...     print(end.code)
        rainfall, version 0.1.0
        0
    """
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may know few characters
            stream.reconfigure(errors="replace")
    try:
        sys.exit(rainfall(args, prog_name="rainfall", standalone_mode=False))
    except click.UsageError as problem:
        command = problem.ctx.command_path if problem.ctx else "rainfall"
        _fail(f"{problem.format_message()} Try: {command} --help", status=problem.exit_code)
    except click.Abort:
        _fail("stopped", status=130)
    except RainfallError as problem:
        _fail(str(problem))
    except OSError as problem:
        reason = problem.strerror or str(problem)
        _fail(f"{problem.filename}: {reason}" if problem.filename else reason)
    except Exception as problem:
        from traitlets import TraitError  # here, as --help loads nothing heavy

        if not isinstance(problem, TraitError):
            raise
        told = str(problem).rstrip(".")
        _fail(f"a setting cannot be used: {told}. Try: another value in nbgrader_config.py")


def _fail(message: str, status: int = 1) -> NoReturn:
    click.echo(f"Error: {message}", err=True)
    try:
        sys.stdout.flush()
    except OSError:
        # Python flushes again on its way out, and would add a second complaint to ours.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    sys.exit(status)


# What a command needs is imported inside it, so that --help loads nothing heavy.
@click.group(no_args_is_help=False, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(installation.VERSION)
def rainfall() -> None:
    """Linear regression and gradient descent from scratch, in notebooks."""


for command in (doctor, export, orchard, report, roster, verify, watch):
    rainfall.add_command(command)


@rainfall.command()
@click.argument("folder", type=_FOLDER)
def course(folder: Path) -> None:
    """Copy the assignments to FOLDER, as a course for nbgrader."""
    from rainfall_kit.course.assignments import bundled_assignments
    from rainfall_kit.course.bundled_course import copy_course

    copy_course(folder)
    first = bundled_assignments()[0].name
    click.echo(f"The course is in {folder}; GUIDE.md there goes from here to the marks.")
    click.echo("To see an assignment as students get it, type:")
    click.echo(f"  cd {shlex.quote(str(folder))}")
    click.echo(f"  nbgrader generate_assignment {first}")


@rainfall.command()
@click.option(
    "--folder", type=_FOLDER, help="Where to work: a new folder. A temporary one if left out."
)
@click.option(
    "--assignment",
    type=_AssignmentName(),
    default="gradient_descent",
    show_default=True,
    help="What the class hands in.",
)
@click.option(
    "--students",
    type=click.IntRange(1, 500),
    default=12,
    show_default=True,
    help="How large the class is.",
)
@jobs_option
def demo(folder: Path | None, assignment: str, students: int, jobs: int) -> None:
    """Grade a made-up class with nbgrader, and show the grades."""
    from rich.console import Console

    from rainfall_kit.course.demo import feedback_page, grade_simulated_class, grades_table
    from rainfall_kit.course.simulated_class import make_class
    from rainfall_kit.grading.class_report.files import write_report

    console = Console()
    classroom = make_class(students, assignment)
    temporary = folder is None
    folder = Path(folder or tempfile.mkdtemp(prefix="rainfall-demo-")).absolute()
    try:
        click.echo(f"A course for a made-up class: {folder}")
        grades = grade_simulated_class(folder, classroom, jobs=jobs, console=console)
    except (KeyboardInterrupt, OSError):
        if temporary:
            shutil.rmtree(folder, ignore_errors=True)
        raise
    console.print(grades_table(classroom, grades))
    click.echo(f"The feedback pages are in {folder / 'feedback'}. The first one:")
    click.echo(f"  {feedback_page(folder, classroom[0])}")
    click.echo("What the class understood:")
    click.echo(f"  {write_report(folder, assignment)[1]}")


@rainfall.command()
@click.argument("assignment")
@course_option
@jobs_option
@click.option("--student", multiple=True, help="Only this one's. May be given more than once.")
@click.option("--force", is_flag=True, help="Grade again what has not changed.")
@click.option(
    "--dry-run",
    is_flag=True,
    help="Show what would change for whom and why; write no grade, no notebook, no journal.",
)
@trial_option
@click.option(
    "--keep-going",
    is_flag=True,
    help="Go on where the first submissions all fail the same cell in the same way.",
)
@click.option(
    "--isolation",
    type=click.Choice(["namespaces", "none"]),
    help="What stands around students' code: a sandbox, or nothing. A sandbox if left out; where there is "
    "no Linux, --kernels.",
)
@click.option(
    "--kernels",
    is_flag=True,
    help="Grade with nbgrader's own kernels: slowly, and without a sandbox.",
)
@click.option(
    "--scheduler",
    metavar="ADDRESS",
    help="A Dask cluster that runs students' code, such as tcp://10.0.0.1:8786. This machine if "
    "left out.",
)
@click.option("--progress/--no-progress", default=True, help="Show a bar.")
def grade(
    assignment: str,
    course: Path,
    jobs: int,
    student: tuple[str, ...],
    force: bool,
    dry_run: bool,
    trial: bool,
    keep_going: bool,
    isolation: Isolation | None,
    kernels: bool,
    scheduler: str | None,
    progress: bool,
) -> None:
    """Grade what was handed in for ASSIGNMENT, in an nbgrader course.

    Students' code runs in a sandbox, without network, files or the gradebook. Scores go into the
    gradebook, and what was seen into the notebooks in autograded. Stop it at any moment: the next
    run goes on where it was.

    Exit status: 0 when everything was graded, 1 when something could not be, 130 when stopped.
    """
    from rich.console import Console

    from rainfall_kit.grading.lazy_import import import_lazily

    began = time.monotonic()
    with ExitStack() as stack:
        # What is imported stays: to look through it for garbage takes a fifth of the time.
        gc.disable()
        stack.callback(gc.enable)
        if kernels and scheduler:
            raise CourseError("a cluster has no ordinary kernels. Try: --isolation=none")
        if kernels and isolation == "namespaces":
            raise CourseError("ordinary kernels have no sandbox. Try: one of the two options")
        backend = None if kernels else _start_backend(course, isolation, scheduler, stack)
        if dry_run and backend is None:
            raise CourseError("ordinary kernels have no dry run. Try: --isolation=none")
        import_lazily()
        from rainfall_kit.grading.dry_run import open_dry_run
        from rainfall_kit.grading.engine import grade_assignment
        from rainfall_kit.grading.prepare.course import name_warnings, open_course
        from rainfall_kit.grading.report import (
            GradingProgress,
            as_text,
            changes,
            notes,
            summary,
            tables,
        )
        from rainfall_kit.grading.stock_grading import grade_with_kernels

        for warning in name_warnings(open_course(course), assignment):
            click.echo(f"Warning: {warning}", err=True)
        console = Console()
        shown = stack.enter_context(GradingProgress(console, quiet=not progress))

        def show(one: Graded) -> None:
            if not gc.isenabled():  # everything is imported now
                gc.freeze()
                gc.enable()
            shown.add(one)

        engine = (
            grade_with_kernels
            if backend is None
            else functools.partial(
                grade_assignment,
                backend=backend,
                students=student,
                force=force,
                trial=trial,
                keep_going=keep_going or dry_run,
                opened=open_dry_run if dry_run else None,
            )
        )
        graded = engine(course, assignment, jobs=jobs, on_start=shown.start, on_graded=show)
    for shown_table in tables(graded):
        console.print(shown_table)
    for line in (*notes(graded), *changes(graded), *summary(graded, time.monotonic() - began)):
        console.print(as_text(line))
    if dry_run:
        console.print("A dry run: no grade was written.")


def _start_backend(
    course: Path,
    isolation: Isolation | None,
    scheduler: str | None,
    stack: ExitStack,
) -> Backend | None:
    """The backend that was asked for, or the best there is; None where there are only ordinary kernels.

    Its fork server gets ready while this process imports nbgrader; the stack ends it.
    """
    from rainfall_kit.checks.questions.registry import open_course_questions
    from rainfall_kit.grading.backend import DaskBackend, LocalBackend
    from rainfall_kit.grading.sandbox.fork_server import ForkServer
    from rainfall_kit.grading.sandbox.isolation import choose_isolation

    if scheduler:
        return DaskBackend(address=scheduler, isolation=isolation)
    chosen = choose_isolation(isolation)
    if chosen is None:  # no sandbox can stand here
        return None
    if not course.is_dir():  # the engine says so
        return LocalBackend(isolation=chosen)
    open_course_questions(course)  # they are what it is made for, too
    early = stack.enter_context(ForkServer(chosen, hidden=(course.resolve(),)))
    return LocalBackend(isolation=chosen, fork_server=early)


@rainfall.command()
@click.argument("folder", type=_FOLDER, default=Path("rainfall-tour"))
@click.option("--no-browser", is_flag=True, help="Only start the server, and print its address.")
@click.option(
    "--port",
    type=click.IntRange(1, 65535),
    help="Where the server listens. A free port if left out.",
)
def lab(folder: Path, no_browser: bool, port: int | None) -> None:
    """Open JupyterLab on the tour and the assignments, your own copies in FOLDER (rainfall-tour if left out)."""
    from rainfall_kit.course.lab import lab_command
    from rainfall_kit.course.personal_folder import prepare_folder

    command = lab_command(folder, port=port, browser=not no_browser)
    prepared = prepare_folder(folder)
    if prepared.fresh:
        click.echo(f"Put into {folder}: {', '.join(prepared.fresh)}")
    else:
        click.echo(f"{folder} is as you left it.")
    if prepared.newer:
        click.echo(f"Newer now, for you had not changed them: {', '.join(prepared.newer)}")
    if prepared.kept:
        click.echo(
            f"Kept as you have them, though the kit has newer ones: {', '.join(prepared.kept)}"
        )
    os.chdir(folder)  # nbgrader complains where it is started outside of what the server shows
    # The same process, so that Ctrl-C, signals and the exit status are JupyterLab's own.
    os.execv(command[0], command)  # noqa: S606  # every word of it is the kit's own
