"""Watch of an assignment: what has arrived and is due is graded, and its feedback goes out, one after another.

Every step is written down when it is done: the grade in the engine's journal, then the try, then that its
feedback went out. A watch that was killed does what remains, and nothing twice.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import time
from collections import deque
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple, Self

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.feedback.page import load_what_pages_need
from rainfall_kit.grading.local_time import course_zone, first_full_minute, in_words
from rainfall_kit.grading.prepare.course import open_course
from rainfall_kit.grading.record.course_lock import course_lock
from rainfall_kit.grading.record.tries import KeptBack, Tries, Try, WatchLimits
from rainfall_kit.grading.watching.arrivals import find_source
from rainfall_kit.grading.watching.feedback import Feedback

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from rainfall_kit.grading.engine import Grading
    from rainfall_kit.grading.record.journal import Graded
    from rainfall_kit.grading.record.tries import StudentTries
    from rainfall_kit.grading.watching.arrivals import Arrival
    from rainfall_kit.grading.watching.warm_engine import WarmEngine

# What has failed for one student is tried again after so long.
_REST_SECONDS = 30.0
# A session ends after so long, to see what has become of the assignment; but not while something takes long,
# for then others would wait for it.
_SESSION_SECONDS, _LONG_SECONDS = 60.0, 5.0
_EVENTS = 30


class Event(NamedTuple):
    """Something that happened to a student's submission.

    Attributes:
        at: when, in seconds since 1970.
        student: whose.
        kind: what, without a name in it.
        words: what, for the instructor.
        seconds: from when it was handed in, or allowed, until its feedback went out; None for all else.
    """

    at: float
    student: str
    kind: Literal["feedback", "kept back", "to look at"]
    words: str
    seconds: float | None = None


@dataclass
class _Trouble:
    words: str
    until: float


class Watch:
    """The watch of one assignment; a context manager, which keeps out any other watch of it.

    Args:
        course: the folder in which nbgrader is started.
        assignment: its name.
        engine: grades it.
        exchange: whether submissions arrive in nbgrader's exchange; found out if None.
        most: how many tries a student has, 0 for any number; as configured if None.
        waiting_minutes: from one grade until the next submission is graded; as configured if None.
        on_event: called with everything that happens.
        on_look: called with the watch after each look at what has arrived.
        clock: seconds since 1970.

    Raises:
        CourseError: the course cannot be read, or this assignment is being watched already.
    """

    def __init__(
        self,
        course: Path,
        assignment: str,
        *,
        engine: WarmEngine,
        exchange: bool | None = None,
        most: int | None = None,
        waiting_minutes: float | None = None,
        on_event: Callable[[Event], None] = lambda _: None,
        on_look: Callable[[Watch], None] = lambda _: None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        folders = open_course(course)
        self.assignment, self.root = assignment, Path(folders.root)
        self.zone = course_zone(folders.config)
        self.source = find_source(folders, assignment, exchange=exchange)
        self._feedback = Feedback(folders, assignment, releases=self.source.is_exchange)
        self._engine = engine
        self._shared = folders.groupshared
        limits = WatchLimits(config=folders.config)
        self._limits = (
            limits.tries if most is None else most,
            limits.waiting_minutes if waiting_minutes is None else waiting_minutes,
        )
        self._clock, self._on_event, self._on_look = clock, on_event, on_look
        self._stack = contextlib.ExitStack()
        self._troubles: dict[str, _Trouble] = {}
        self.under_way: dict[str, tuple[Arrival, float]] = {}
        self.arrived: list[Arrival] = []
        self.events: deque[Event] = deque(maxlen=_EVENTS)

    def __enter__(self) -> Self:
        """Start the engine and warm up the feedback, so that the first submission waits for neither.

        Raises:
            CourseError: the assignment is being watched or graded already, cannot be read, or its trial fails.
        """
        with contextlib.ExitStack() as stack:
            name = f"{self.assignment}.watch"
            stack.enter_context(
                course_lock(self.root, group_shared=self._shared, name=name, what="watched")
            )
            self.tries = Tries(self.root, self.assignment, group_shared=self._shared)
            self.tries.set_limits(*self._limits)
            with self._engine.session():
                pass
            load_what_pages_need()
            self._stack = stack.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    @property
    def troubles(self) -> dict[str, str]:
        """Failures, by student."""
        return {student: trouble.words for student, trouble in sorted(self._troubles.items())}

    def look(self) -> bool:
        """Do what is due; true if there was anything.

        Raises:
            CourseError: the course is being graded, or cannot be for another reason.
        """
        graded_before = [  # by a watch that was stopped before the feedback went out
            known.student
            for known in self.tries.students
            if known.tries and not known.tries[-1].released and not self._is_resting(known.student)
        ]
        for student in graded_before:
            self._send(student)
        if not self._due():
            return bool(graded_before)
        try:
            with self._engine.session() as (grading, runner):
                for graded in grading.run(self._submissions(grading), runner):
                    student = graded.entry.student
                    self._finish(self.under_way.pop(student)[0], graded)
        finally:
            self.under_way.clear()
        return True

    def _due(self) -> list[Arrival]:
        """Submissions to grade now, the earliest first; students are told of what is kept back."""
        now = self._clock()
        due = []
        self.arrived = self.source.look()
        for arrival in self.arrived:
            student = arrival.student
            if student in self.under_way or self._is_resting(student) or self.is_done(arrival):
                continue
            until = self.tries.allowed_from(student)
            if until is None or until > now:
                self._keep_back(arrival, until)
            else:
                due.append(arrival)
        self._on_look(self)
        return sorted(due, key=lambda arrival: (arrival.handed_in, arrival.student))

    def is_done(self, arrival: Arrival) -> bool:
        """True if a submission is graded, or is older than one that is."""
        tries = self.tries.of(arrival.student).tries
        if not tries:
            return False
        last = tries[-1]
        # A folder has no older ones: what lies there is the latest, whatever its files' times are.
        is_older = self.source.is_exchange and arrival.handed_in < last.handed_in
        return arrival.submission == last.submission or is_older

    def _submissions(self, grading: Grading) -> Iterator[tuple[str, Path] | None]:
        """Submissions that are due, collected, also those that become so while others run; None for none."""
        began = self._clock()
        while True:
            now = self._clock()
            is_long = any(now - since > _LONG_SECONDS for _, since in self.under_way.values())
            is_over = now - began > _SESSION_SECONDS and not is_long
            due = [] if is_over else self._due()
            if not due:
                if is_over or not self.under_way:
                    return
                yield None
                continue
            arrival = due[0]
            folder = self._collected(arrival)
            if folder is None:
                continue
            known = grading.find_grade(arrival.student, folder)
            if known is not None:  # graded when an earlier watch was stopped, or by another command
                self._finish(arrival, known)
            else:
                self.under_way[arrival.student] = arrival, now
                yield arrival.student, folder

    def _collected(self, arrival: Arrival) -> Path | None:
        with self._noted(arrival.student):
            folder = self.source.collect(arrival)
            if folder is None:
                raise CourseError("nbgrader's collect takes another submission")
            return folder
        return None

    def _finish(self, arrival: Arrival, graded: Graded) -> None:
        """Write down the try, and send its feedback."""
        entry = graded.entry
        self.tries.add(
            entry.student,
            Try(
                submission=arrival.submission,
                handed_in=arrival.handed_in,
                allowed=max(arrival.handed_in, self.tries.allowed_from(entry.student) or 0.0),
                graded=self._clock(),
            ),
        )
        self._send(entry.student, f"{entry.score:g} of {entry.max_score:g} points, ")

    def _send(self, student: str, words: str = "") -> None:
        with self._noted(student):
            self._feedback.send(student)
            now = self._clock()
            self.tries.release(student, now)
            tries = self.tries.of(student).tries
            of = f" of {self.tries.most}" if self.tries.most else ""
            words = f"{words}try {len(tries)}{of}"
            self._tell(Event(now, student, "feedback", words, now - tries[-1].allowed))

    def _keep_back(self, arrival: Arrival, until: float | None) -> None:
        kept = KeptBack(submission=arrival.submission, handed_in=arrival.handed_in, until=until)
        if self.tries.of(arrival.student).kept == kept:
            return
        with self._noted(arrival.student):
            self._feedback.tell_kept_back(
                arrival, self._notice(kept, self.tries.of(arrival.student))
            )
            self.tries.keep_back(arrival.student, kept)
            words = (
                "all tries are used" if until is None else f"kept until {self._time_from(until)}"
            )
            self._tell(Event(self._clock(), arrival.student, "kept back", words))

    def _notice(self, kept: KeptBack, known: StudentTries) -> str:
        handed_in = f"What you handed in on {self._time(kept.handed_in)} is kept"
        last = self._time(known.tries[-1].handed_in)
        if kept.until is None:
            return (
                f"{handed_in}, and it is not graded by itself: all {self.tries.most} tries are used. What counts "
                f"is what you handed in on {last}, unless your teacher decides otherwise."
            )
        return (
            f"{handed_in}. It is graded from {self._time_from(kept.until)} on, unless you hand in again before that: "
            "then only your latest counts."
        )

    def _time(self, seconds: float) -> str:
        return in_words(dt.datetime.fromtimestamp(seconds, dt.UTC), self.zone)

    def _time_from(self, seconds: float) -> str:
        return in_words(first_full_minute(dt.datetime.fromtimestamp(seconds, dt.UTC)), self.zone)

    def _tell(self, event: Event) -> None:
        self.events.append(event)
        self._on_event(event)

    def _is_resting(self, student: str) -> bool:
        trouble = self._troubles.get(student)
        return trouble is not None and self._clock() < trouble.until

    @contextlib.contextmanager
    def _noted(self, student: str) -> Iterator[None]:
        """Note what cannot be done for a student, and let the others go on."""
        try:
            yield
        except (CourseError, OSError) as problem:
            words = str(problem)
            if self._troubles.get(student, _Trouble("", 0)).words != words:
                self._tell(Event(self._clock(), student, "to look at", words))
            self._troubles[student] = _Trouble(words, self._clock() + _REST_SECONDS)
        else:
            self._troubles.pop(student, None)
