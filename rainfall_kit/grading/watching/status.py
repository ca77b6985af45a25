"""Status of a watch: what it does now, as a record that its page is made from."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rainfall_kit.grading.watching.watch import Event, Watch


@dataclass(frozen=True, kw_only=True)
class Kept:
    """A student's submission that is not graded yet; until None where the tries are used up."""

    student: str
    handed_in: float
    until: float | None


@dataclass(frozen=True, kw_only=True)
class Status:
    """State of a watch. Times are seconds since 1970.

    Attributes:
        assignment: its name.
        at: now.
        since: when the watch was started.
        state: what it does, in words.
        place: where submissions arrive.
        most: how many tries a student has; 0 for any number.
        waiting_minutes: from one grade until the next submission is graded.
        students: how many have handed in.
        tries: how many submissions were graded, and have their feedback.
        queue: how many are graded now, or wait for others.
        kept: what is kept back, the next to be graded first.
        seconds: from handing in, or from when it was allowed, to feedback; the median and the longest since the
            start, None where there is none.
        events: what happened last, the latest first.
        troubles: what has failed, by student.
    """

    assignment: str
    at: float
    since: float
    state: str
    place: str
    most: int
    waiting_minutes: float
    students: int
    tries: int
    queue: int
    kept: tuple[Kept, ...]
    seconds: tuple[float, float] | None
    events: tuple[Event, ...]
    troubles: tuple[tuple[str, str], ...]


def read_status(watch: Watch, *, at: float, since: float, state: str) -> Status:
    """State of a watch at a moment.

    Args:
        watch: it.
        at: now.
        since: when it was started.
        state: what it does, in words.
    """
    released = [one for known in watch.tries.students for one in known.tries if one.released]
    # What was there before the start has waited for the watch, not for the engine.
    seconds = [one.released - one.allowed for one in released if one.allowed >= since]
    kept = [
        Kept(student=known.student, handed_in=known.kept.handed_in, until=known.kept.until)
        for known in watch.tries.students
        if known.kept is not None
    ]
    waiting = {one.student for one in kept}
    return Status(
        assignment=watch.assignment,
        at=at,
        since=since,
        state=state,
        place=watch.source.words,
        most=watch.tries.most,
        waiting_minutes=watch.tries.waiting_minutes,
        students=len(watch.arrived),
        tries=len(released),
        queue=sum(not watch.is_done(one) and one.student not in waiting for one in watch.arrived),
        kept=tuple(sorted(kept, key=lambda one: (one.until or float("inf"), one.handed_in))),
        seconds=(statistics.median(seconds), max(seconds)) if seconds else None,
        events=tuple(reversed(watch.events)),
        troubles=tuple(watch.troubles.items()),
    )
