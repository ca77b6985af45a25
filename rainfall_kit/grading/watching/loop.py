"""Loop of a watch: it looks again and again, and keeps its page as it is now."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.watching.page import REFRESH_SECONDS, page, write_page
from rainfall_kit.grading.watching.status import read_status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from rainfall_kit.grading.watching.watch import Watch

LOOK_SECONDS = 1.0
# Another grader has the course, or somebody mends it: it is not tried every second.
_TROUBLE_SECONDS = 5.0


class StatusFile:
    """The page of a watch, as a file.

    Args:
        path: where it is.
        names: whether students are named.
        clock: seconds since 1970.

    Attributes:
        problem: why nothing is graded now, or the empty text.
    """

    def __init__(self, path: Path, *, names: bool, clock: Callable[[], float] = time.time) -> None:
        self._path, self._names, self._clock = path, names, clock
        self._since, self._written = clock(), 0.0
        self.problem = ""

    def update(self, watch: Watch) -> None:
        """Write it, unless that was a moment ago."""
        if self._clock() - self._written >= REFRESH_SECONDS / 2:
            state = "Grading." if watch.under_way else "Waiting for submissions."
            self.write(watch, f"Nobody is graded now: {self.problem}" if self.problem else state)

    def write(self, watch: Watch, state: str) -> None:
        """Write it, with what the watch does now in words."""
        self._written = self._clock()
        status = read_status(watch, at=self._written, since=self._since, state=state)
        write_page(self._path, page(status, watch.zone, names=self._names))


def keep_watching(
    watch: Watch,
    file: StatusFile,
    *,
    once: bool = False,
    on_problem: Callable[[str], None] = lambda _: None,
    sleep: Callable[[float], None] = time.sleep,
) -> None:
    """Look until somebody stops it.

    Args:
        watch: it, entered.
        file: its page.
        once: whether to end when nothing is due any more.
        on_problem: called with why nobody can be graded now, when that begins.
        sleep: waits so many seconds.

    Raises:
        CourseError: where it is to end, what keeps it from grading.
    """
    idle = 0
    try:
        # What lies in a folder is whole when it has not changed from one look to the next.
        while not once or idle < 2:
            pause = LOOK_SECONDS
            try:
                idle = 0 if watch.look() else idle + 1
            except CourseError as problem:
                if once:
                    raise
                if str(problem) != file.problem:
                    on_problem(str(problem))
                file.problem, pause = str(problem), _TROUBLE_SECONDS
            else:
                file.problem = ""
            file.update(watch)
            if idle or file.problem:
                sleep(pause)
    finally:
        file.write(watch, "Stopped.")
