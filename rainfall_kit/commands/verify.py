"""Command `rainfall verify`: what is wrong with an assignment, before it is released."""

from __future__ import annotations

import shutil
import sys
import textwrap
from typing import TYPE_CHECKING

import click

from rainfall_kit.commands.options import course_option, jobs_option

if TYPE_CHECKING:
    from pathlib import Path

    from rainfall_kit.grading.sandbox.isolation import Isolation

_SIGNS = {"wrong": "✗", "odd": "!", "tried": "-", "skipped": "-"}


@click.command()
@click.argument("assignment", required=False)
@course_option
@jobs_option
@click.option(
    "--isolation",
    type=click.Choice(["namespaces", "none"]),
    default="namespaces",
    show_default=True,
    help="What stands around the code that is run.",
)
def verify(assignment: str | None, course: Path, jobs: int, isolation: Isolation) -> None:
    """Look for what is wrong with ASSIGNMENT, or with all of a course, before students get it.

    Reads its notebooks (ids, points, metadata, outputs, answers left in the released version), and grades its
    solution five times, which must earn all points each time, a blank copy, which must earn none, and the known mistakes that
    fit, each of which must lose some. On asserts of your own it tries changes of the solution, and shows those
    that lose no point. Works on a copy.

    Exit status: 0 when nothing is wrong, 1 when something is.
    """
    from rainfall_kit.grading.lazy_import import import_lazily

    import_lazily()
    from rainfall_kit.grading.verification.verify import assignments_of

    names = [assignment] if assignment else assignments_of(course)
    are_wrong = [_tell(course, name, jobs, isolation) for name in names]
    sys.exit(any(are_wrong))


def _tell(course: Path, assignment: str, jobs: int, isolation: Isolation) -> bool:
    """Say what is found in an assignment; True where something is wrong."""
    from rich.console import Console

    from rainfall_kit.grading.report import as_text
    from rainfall_kit.grading.verification.verify import verify as look

    with Console(stderr=True).status(f"{assignment}: made as students get it ...") as status:

        def show(done: int, of: int) -> None:
            status.update(f"{assignment}: {done} of {of} attempts at it are graded ...")

        found = look(course, assignment, isolation=isolation, jobs=jobs, on_graded=show)
    wrong = sum(one.level == "wrong" for one in found)
    click.echo(f"{assignment}: {wrong or 'nothing'} wrong")
    for one in found:
        said = f"{'skipped: ' * (one.level == 'skipped')}{as_text(one.text)}"
        first, *others = said.splitlines()
        click.echo(_wrapped(first, f"  {_SIGNS[one.level]} ", "    "))
        for line in others:
            click.echo(_wrapped(line, " " * 6, " " * 10))
    return wrong > 0


def _wrapped(line: str, start: str, further: str) -> str:
    """A line within the terminal's width; a word that is longer stays whole, to be copied."""
    return textwrap.fill(
        line, shutil.get_terminal_size().columns, initial_indent=start, subsequent_indent=further,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip
