"""Command `rainfall roster`: students of a course, from the CSV of Canvas or Moodle."""

from __future__ import annotations

from pathlib import Path

import click

from rainfall_kit.commands.options import course_option


@click.command()
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--id-column", help="The column that has the ids of submissions. Found if left out.")
@course_option
def roster(file: Path, id_column: str | None, course: Path) -> None:
    """Put the students of FILE into the gradebook: a CSV that Canvas or Moodle has exported, or one with ids.

    Nobody is taken out of the gradebook.
    """
    from rainfall_kit.grading.lazy_import import import_lazily

    import_lazily()
    from rainfall_kit.checks.questions.drawing import count_of
    from rainfall_kit.grading.exports.roster import read_roster
    from rainfall_kit.grading.record.students import write_students
    from rainfall_kit.grading.results.markup import some_of

    read = read_roster(file, id_column)
    new, known, others = write_students(course, read.students)
    told = f"{count_of(new, 'student')} {'is' if new == 1 else 'are'} new, {known} {'was' if known == 1 else 'were'}"
    click.echo(f"{told} known ({file}, as {read.kind} writes it).")
    if others:
        click.echo(f"In the gradebook and not in the file: {some_of(others)}.")
