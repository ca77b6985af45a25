"""Command `rainfall report`: what a class understood of an assignment."""

from __future__ import annotations

from pathlib import Path

import click

from rainfall_kit.commands.options import course_option


@click.command()
@click.argument("assignment")
@course_option
@click.option(
    "--names", is_flag=True, help="Call students by their ids and names. Hidden if left out."
)
@click.option(
    "--folder",
    type=click.Path(path_type=Path),
    help="Where the files go. The course's folder report if left out.",
)
def report(assignment: str, course: Path, *, names: bool, folder: Path | None) -> None:
    """Say what the class understood of ASSIGNMENT: a page with pictures, CSV and JSON.

    Of each question how it came out and how well it tells students apart; the mistakes by count, with an answer
    and its explanation; what has no name yet; who needs a look; what changed since the last report.
    """
    from rainfall_kit.grading.lazy_import import import_lazily

    import_lazily()
    from rich.console import Console

    from rainfall_kit.grading.class_report.files import write_report
    from rainfall_kit.grading.class_report.tables import terminal_tables

    made, page = write_report(course, assignment, folder=folder, names=names)
    console = Console()
    for part in terminal_tables(made):
        console.print(part)
    click.echo(f"The page, with CSV and JSON beside it: {page}")
