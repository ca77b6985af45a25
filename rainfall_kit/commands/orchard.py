"""Command `rainfall orchard`: anybody's own orchard, as a table, CSV or JSON."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from rainfall_kit.commands.options import course_option

if TYPE_CHECKING:
    from pathlib import Path

    from rainfall_kit.lesson.orchard import Orchard


@click.command()
@click.argument("assignment")
@click.option("--student", required=True, help="Whose, by the id in the course.")
@click.option(
    "--to",
    type=click.Choice(["table", "csv", "json"]),
    default="table",
    show_default=True,
    help="How to write it.",
)
@course_option
def orchard(assignment: str, student: str, to: str, course: Path) -> None:
    """Print the orchard that a student has in ASSIGNMENT, where c.OwnOrchards.key gives everybody their own."""
    from rainfall_kit.grading.prepare.course import open_course
    from rainfall_kit.grading.prepare.own_orchards import orchard_of_student

    found = orchard_of_student(open_course(course), assignment, student)
    click.echo({"table": _table, "csv": _csv, "json": _json}[to](found).rstrip("\n"))


def _rows(orchard: Orchard) -> list[list[object]]:
    """The names of the columns, then a row for each region."""
    from rainfall_kit.lesson.orchard import CROPS, INPUT_NAMES

    numbers = zip(orchard.regions, orchard.inputs.tolist(), orchard.targets.tolist(), strict=True)
    rows = [[name, *map(int, (*inputs, *targets))] for name, inputs, targets in numbers]
    return [["region", *INPUT_NAMES, *CROPS], *rows]


def _table(orchard: Orchard) -> str:
    return "\n".join("".join(f"{cell!s:<10}" for cell in row).rstrip() for row in _rows(orchard))


def _csv(orchard: Orchard) -> str:
    from rainfall_kit.grading.safe_csv import write_csv

    return write_csv(_rows(orchard))


def _json(orchard: Orchard) -> str:
    names, *rows = _rows(orchard)
    return json.dumps([dict(zip(map(str, names), row, strict=True)) for row in rows])
