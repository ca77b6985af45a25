"""Command `rainfall export`: grades for Canvas, Moodle, CSV and JSON."""

from __future__ import annotations

from pathlib import Path

import click

from rainfall_kit.commands.options import course_option


@click.command()
@click.argument("assignment")
@click.option(
    "--to",
    type=click.Choice(["canvas", "moodle", "csv", "json"]),
    default="csv",
    show_default=True,
    help="Who is to read it.",
)
@click.option(
    "--roster",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="Who is to be in it: the CSV that Canvas or Moodle exports. The gradebook's students if left out.",
)
@click.option("--id-column", help="The roster's column that has the ids of submissions.")
@click.option("--partial", is_flag=True, help="Leave out who has a grade and is not in the roster.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    help="The file. ASSIGNMENT-canvas.csv and the like if left out.",
)
@course_option
def export(
    assignment: str,
    to: str,
    roster: Path | None,
    id_column: str | None,
    *,
    partial: bool,
    output: Path | None,
    course: Path,
) -> None:
    """Write the grades of ASSIGNMENT for another system, a row for each student of the roster.

    Nobody is missing and nobody is in it twice, or nothing is written. What looks like a spreadsheet's formula
    in a name stays text.
    """
    from rainfall_kit.grading.lazy_import import import_lazily

    import_lazily()
    from rainfall_kit.checks.questions.drawing import count_of
    from rainfall_kit.grading.exports.export import export_grades
    from rainfall_kit.grading.exports.roster import read_roster
    from rainfall_kit.grading.results.class_results import read_results
    from rainfall_kit.grading.results.markup import some_of

    listed = read_roster(roster, id_column) if roster is not None else None
    made = export_grades(read_results(course, assignment), to, listed, partial=partial)
    ending = "json" if to == "json" else "csv"
    path = output or Path(
        f"{assignment}.{ending}" if to == ending else f"{assignment}-{to}.{ending}"
    )
    path.write_text(made.text, encoding="utf-8")
    click.echo(
        f"{count_of(made.written, 'grade')} {'is' if made.written == 1 else 'are'} in {path}."
    )
    if made.without:
        click.echo(f"Without a grade: {some_of(made.without)}.")
    if made.unfinished:
        click.echo(
            f"Not final: {count_of(len(made.unfinished), 'grade')} {'lacks' if len(made.unfinished) == 1 else 'lack'} "
            f"points that a person has still to give: {some_of(made.unfinished)}."
        )
    if made.unsettled:
        click.echo(
            f"Points that a person gave before something changed: {some_of(made.unsettled)}.\n"
            f"Try: look again, and press Resolve in formgrader or type the points anew."
        )
    if made.guarded:
        click.echo(
            f"Perhaps not found by {to}, for what begins as a formula has an apostrophe before it: "
            f"{some_of(made.guarded)}."
        )
