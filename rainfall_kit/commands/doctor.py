"""Command `rainfall doctor`: what works on this machine and in a course, and what to try where it does not."""

from __future__ import annotations

import dataclasses
import json
import shutil
import sys
import textwrap
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from rainfall_kit.grading.prerequisites.finding import Finding

_PART_WIDTH = 11


@click.command()
@click.option(
    "--course",
    type=click.Path(path_type=Path),
    help="The folder of a course. This one if left out, where it has an nbgrader_config.py.",
)
@click.option("--scheduler", metavar="ADDRESS", help="A Dask cluster to look at, too.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def doctor(course: Path | None, scheduler: str | None, *, as_json: bool) -> None:
    """Look at what grading needs, on this machine and in a course, and say what to try for what is missing.

    The sandbox and the kernel's Python are tried; nothing is changed. ✓ works, ✗ is missing and needed for grading,
    - is missing and needed only for what it says.

    Exit status: 0 when what grading needs is there, 1 when something is missing.
    """
    from rainfall_kit.grading.prerequisites.every_part import look_at_everything

    if course is None and Path("nbgrader_config.py").is_file():
        course = Path()
    found = []
    for finding in look_at_everything(course, scheduler):
        found.append(finding)
        if not as_json:
            click.echo(_shown(finding))
    works = all(finding.works or not finding.needed for finding in found)
    if as_json:
        findings = [dataclasses.asdict(finding) for finding in found]
        click.echo(json.dumps({"works": works, "findings": findings}, indent=1))
    elif course is None:
        click.echo("No course was looked at. Try: rainfall doctor --course FOLDER")
    sys.exit(not works)


def _shown(finding: Finding) -> str:
    """A finding's lines: what was seen, wrapped; what to try, never wrapped, so that it can be copied."""
    sign = "✓" if finding.works else "✗" if finding.needed else "-"
    indent = " " * (_PART_WIDTH + 3)
    lines = textwrap.wrap(
        finding.text,
        width=min(shutil.get_terminal_size().columns, 120),
        initial_indent=f"{sign} {finding.part:{_PART_WIDTH}} ",
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
    return "\n".join([*lines, *([f"{indent}Try: {finding.act}"] if finding.act else [])])
