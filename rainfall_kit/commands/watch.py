"""Command `rainfall watch`: grades submissions as they arrive, and gives feedback back."""

from __future__ import annotations

import datetime as dt
import signal
from typing import TYPE_CHECKING

import click

from rainfall_kit.commands.options import course_option, jobs_option, trial_option
from rainfall_kit.errors import CourseError

if TYPE_CHECKING:
    from pathlib import Path

    from rainfall_kit.grading.sandbox.isolation import Isolation
    from rainfall_kit.grading.watching.watch import Event, Watch


@click.command()
@click.argument("assignment")
@course_option
@click.option(
    "--exchange/--no-exchange",
    default=None,
    help="Where submissions arrive: nbgrader's exchange, or the course's folder submitted. The exchange where this "
    "course has released something to it, if left out.",
)
@click.option(
    "--tries",
    type=click.IntRange(0),
    help="How many submissions of each student are graded, 0 for any number. "
    "c.WatchLimits.tries, or 5, if left out.",
)
@click.option(
    "--wait",
    type=click.FloatRange(0),
    metavar="MINUTES",
    help="From one grade until the same student's next submission is graded. "
    "c.WatchLimits.waiting_minutes, or 10, if left out.",
)
@jobs_option
@click.option("--once", is_flag=True, help="Do what is due now, and end.")
@click.option("--names", is_flag=True, help="Name students on the page. Hidden if left out.")
@trial_option
@click.option(
    "--isolation",
    type=click.Choice(["namespaces", "none"]),
    help="What stands around students' code: a sandbox, or nothing. A sandbox if left out.",
)
def watch(
    assignment: str,
    course: Path,
    *,
    exchange: bool | None,
    tries: int | None,
    wait: float | None,
    jobs: int,
    once: bool,
    names: bool,
    trial: bool,
    isolation: Isolation | None,
) -> None:
    """Grade what is handed in for ASSIGNMENT as it arrives, and give feedback back at once.

    A student's latest submission counts. What comes before the waiting time is over, or after the last try, is
    kept, and its student is told so. Ctrl-C ends it, at any moment: the next watch goes on where it was.

    Exit status: 0 when it was stopped, or nothing was due any more; 1 when it cannot begin.
    """
    from rainfall_kit.grading.backend import LocalBackend
    from rainfall_kit.grading.report import as_text
    from rainfall_kit.grading.sandbox.isolation import choose_isolation
    from rainfall_kit.grading.watching.loop import StatusFile, keep_watching
    from rainfall_kit.grading.watching.warm_engine import WarmEngine
    from rainfall_kit.grading.watching.watch import Watch

    chosen = choose_isolation(isolation)
    if chosen is None:
        raise CourseError("ordinary kernels cannot be watched. Try: --isolation=none")

    def say(event: Event) -> None:
        time = f"{dt.datetime.fromtimestamp(event.at, dt.UTC).astimezone(watching.zone):%H:%M:%S}"
        after = "" if event.seconds is None else f", feedback after {event.seconds:.1f} s"
        click.echo(as_text(f"{time} {event.student}: {event.words}{after}").plain)

    def show(watching: Watch) -> None:
        file.update(watching)

    engine = WarmEngine(
        course, assignment, backend=LocalBackend(isolation=chosen), jobs=jobs, trial=trial
    )
    watching = Watch(
        course, assignment, engine=engine, exchange=exchange,
        most=tries, waiting_minutes=wait, on_event=say, on_look=show,
    )  # fmt: skip
    path = watching.root / "report" / f"{assignment}-watch.html"
    file = StatusFile(path, names=names)
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)  # as Ctrl-C
    try:
        with engine, watching:
            click.echo(f"Watching {watching.source.words}")
            click.echo(f"What it does now: {path}")
            keep_watching(
                watching, file, once=once, on_problem=lambda words: click.echo(words, err=True)
            )
    except KeyboardInterrupt:
        click.echo("Stopped. The next watch goes on from here.")
    finally:
        signal.signal(signal.SIGTERM, before)
