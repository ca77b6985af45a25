"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path

import click

course_option = click.option(
    "--course",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The folder of the course, where nbgrader is started. This one if left out.",
)
