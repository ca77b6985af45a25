"""Every prerequisite, of this machine and then of a course, one finding after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rainfall_kit.grading.prerequisites.cluster import look_at_cluster
from rainfall_kit.grading.prerequisites.jupyter import (
    look_at_formgrader,
    look_at_hub,
    look_at_kernel,
)
from rainfall_kit.grading.prerequisites.sandbox import look_at_cgroup, look_at_sandbox

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from rainfall_kit.grading.prerequisites.finding import Finding


def look_at_everything(course: Path | None, scheduler: str | None = None) -> Iterator[Finding]:
    """Look at one part after the other; each finding comes as soon as it is known.

    Args:
        course: the folder in which nbgrader is started; None looks at the machine alone.
        scheduler: of a Dask cluster; None asks none.
    """
    sandbox = look_at_sandbox()
    yield sandbox
    if sandbox.works:
        yield look_at_cgroup()
    if course is not None:
        from rainfall_kit.grading.prerequisites.course import look_at_course

        yield from look_at_course(course)
    yield look_at_kernel()
    yield look_at_formgrader()
    yield from look_at_hub()
    yield look_at_cluster(scheduler)
