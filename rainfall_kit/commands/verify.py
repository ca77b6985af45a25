"""Command `rainfall verify`: what is wrong with an assignment, before it is released."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import click

from rainfall_kit.commands.options import course_option, jobs_option

if TYPE_CHECKING:
    from pathlib import Path

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
def verify(assignment: str | None, course: Path, jobs: int, isolation: str) -> None:
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
    from rainfall_kit.grading.verification.verify import verify as look

    wrong = False
    for name in [assignment] if assignment else assignments_of(course):
        found = look(course, name, isolation=isolation, jobs=jobs)  # type: ignore[arg-type]
        bad = [one for one in found if one.level == "wrong"]
        wrong = wrong or bool(bad)
        click.echo(f"{name}: {len(bad) or 'nothing'} wrong")
        for one in found:
            click.echo(f"  {_SIGNS[one.level]} {'skipped: ' * (one.level == 'skipped')}{one.text}")
    sys.exit(wrong)
