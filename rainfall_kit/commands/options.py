"""Options that several commands have."""

from __future__ import annotations

import os
from pathlib import Path

import click


def _processors() -> int:
    """The number that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


course_option = click.option(
    "--course",
    type=click.Path(path_type=Path),
    default=Path(),
    help="The folder of the course, where nbgrader is started. This one if left out.",
)

jobs_option = click.option(
    "--jobs",
    type=click.IntRange(1, 256),
    default=_processors(),
    show_default="one for each processor",
    help="How many submissions to run at a time.",
)

trial_option = click.option(
    "--trial/--no-trial",
    default=True,
    help="First run the solution and a blank copy, and stop where those fail.",
)
