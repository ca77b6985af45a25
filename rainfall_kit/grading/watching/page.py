"""Page of a watch: one HTML file that a browser reads again by itself; it names nobody unless it is asked to."""

from __future__ import annotations

import datetime as dt
import functools
import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader

from rainfall_kit.grading.local_time import first_full_minute, in_words

if TYPE_CHECKING:
    from rainfall_kit.grading.watching.status import Status

# A browser reads the page again after so long.
REFRESH_SECONDS = 5


def page(status: Status, zone: dt.tzinfo | None, *, names: bool) -> str:
    """The whole file.

    Args:
        status: what the watch does now.
        zone: in which times are shown.
        names: whether students are named.
    """

    def time(seconds: float) -> str:
        return in_words(dt.datetime.fromtimestamp(seconds, dt.UTC), zone)

    def time_from(seconds: float) -> str:
        return in_words(first_full_minute(dt.datetime.fromtimestamp(seconds, dt.UTC)), zone)

    def of_day(seconds: float) -> str:
        return f"{dt.datetime.fromtimestamp(seconds, dt.UTC).astimezone(zone):%H:%M:%S}"

    return _templates().get_template("watch.html.j2").render(
        status=status, names=names, refresh=REFRESH_SECONDS, time=time,
        time_from=time_from, of_day=of_day,
    )  # fmt: skip


def write_page(path: Path, text: str) -> None:
    """Write it, all at once: a browser may read it at any moment."""
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=path.parent)
    try:
        with os.fdopen(number, "w", encoding="utf-8") as stream:
            stream.write(text)
        Path(name).chmod(0o644)
        Path(name).replace(path)
    finally:
        Path(name).unlink(missing_ok=True)


@functools.cache
def _templates() -> Environment:
    return Environment(
        loader=PackageLoader(__package__, "template"), autoescape=True, trim_blocks=True
    )
