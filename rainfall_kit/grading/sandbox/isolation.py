"""Isolation: which sandbox can stand on this machine."""

from __future__ import annotations

import shutil
import subprocess
import sys
from typing import Literal

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.sandbox import bubblewrap

Isolation = Literal["namespaces", "none"]
# What a grade is told of nbgrader's own way of running a notebook.
ORDINARY_KERNELS = "none: ordinary kernels"


def choose_isolation(wanted: Isolation | None) -> Isolation | None:
    """The isolation to work with: what was asked for, or the strongest that there is.

    Args:
        wanted: None for the strongest.

    Returns:
        None where nothing was asked for and none is ever to be had, as there is no Linux.

    Raises:
        CourseError: Linux does not allow it, and nobody asked for none.

    Example:
        >>> choose_isolation("none")
        'none'
    """
    if wanted == "none":
        return wanted
    if wanted is None and not sys.platform.startswith("linux"):
        return None
    # Never weaker than asked for, and never "none" by itself: that is the instructor's decision.
    if missing := _missing():
        raise no_sandbox(missing)
    return "namespaces"


def no_sandbox(why: str) -> CourseError:
    """The error where students' code cannot be sandboxed.

    Args:
        why: what the system said, of which the last line counts; or empty.

    Example:
        >>> print(no_sandbox(""))
        students' code cannot be sandboxed here: no word. Try: --isolation=none, for submissions that you trust
    """
    lines = why.strip().splitlines()
    return CourseError(
        f"students' code cannot be sandboxed here: {lines[-1] if lines else 'no word'}. "
        "Try: --isolation=none, for submissions that you trust"
    )


def _missing() -> str:
    if not sys.platform.startswith("linux"):
        return "that needs Linux"
    if shutil.which("bwrap") is None:
        return "bubblewrap is not installed"
    done = subprocess.run(  # noqa: S603  # every word of it is the kit's own
        bubblewrap.bwrap_command([sys.executable, "-c", ""], (), {}),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stderr.strip().splitlines()[-1] if done.returncode else ""
