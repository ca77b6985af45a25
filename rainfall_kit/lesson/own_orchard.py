"""Orchard of one's own: five regions for each student, drawn from a keyed hash of assignment and id.

A course that has it switched on gives out a file beside the notebook, with a key of the assignment. Without
that file everybody has the lesson's five regions.

>>> orchard_of(seed_of("the key of an assignment", "misty")).inputs.shape
(5, 3)
>>> orchard_of(None).regions[0]
'Kanto'
"""

from __future__ import annotations

import getpass
import hashlib
import hmac
import os
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np

from rainfall_kit.errors import CourseError, RecordError
from rainfall_kit.lesson.orchard import Orchard, load_orchard, make_orchard
from rainfall_kit.records.json_record import Record

# Beside the notebook.
FILE = "orchard.json"
# What says whose notebook it is, where the account does not.
VARIABLE = "RAINFALL_STUDENT"

_REGIONS = 5
# The account in Jupyter's containers, which is nobody's.
_NOBODY = "jovyan"
# nbgrader's folder of submissions that are being graded, and of what was given out.
_AUTOGRADED, _RELEASED = "autograded", "release"


@dataclass(frozen=True, kw_only=True)
class OrchardKey(Record):
    """The file beside a notebook.

    Attributes:
        key: of the assignment. Whoever has it can work out anybody's numbers, and nobody's answers.
        student: whose notebook it is, where a grader says so.
    """

    key: str
    student: str = ""


class _Owner(NamedTuple):
    key: str
    student: str


def own_orchard() -> Orchard:
    """Your own orchard, of five regions, where your course gives everybody one; else the lesson's five regions.

    Whose it is, is printed.

    Raises:
        CourseError: nothing says whose notebook this is, or the file beside it cannot be read.

    Example:
        >>> own_orchard().targets[0].tolist()
        [56.0, 70.0]
    """
    owner = _owner()
    if owner is None:
        return load_orchard()
    print(f"This is the orchard of {owner.student!r}.")  # noqa: T201  another's would be of no use
    return orchard_of(seed_of(*owner))


def own_seed() -> int | None:
    """The seed of one's own orchard; None where everybody has the lesson's five regions.

    Raises:
        CourseError: as of `own_orchard`.
    """
    owner = _owner()
    return None if owner is None else seed_of(*owner)


def seed_of(key: str, student: str) -> int:
    """The seed of a student's orchard.

    Args:
        key: of the assignment, as in `OrchardKey`.
        student: the id, any text.

    Example:
        >>> seed_of("key", "misty") == seed_of("key", "misty"), seed_of("key", "misty") == seed_of("key", "ash")
        (True, False)
    """
    text = student.encode("utf-8", errors="surrogatepass")
    return int.from_bytes(hmac.digest(key.encode(), text, hashlib.sha256)[:8])


def orchard_of(seed: int | None) -> Orchard:
    """Five made-up regions, in whole numbers as the lesson's are; for None the lesson's own."""
    if seed is None:
        return load_orchard()
    made = make_orchard(_REGIONS, seed=seed)
    return Orchard(
        inputs=np.round(made.inputs), targets=np.round(made.targets), regions=made.regions
    )


def _owner() -> _Owner | None:
    try:
        here = Path.cwd()
    except OSError:  # it was removed
        return None
    graded = here.parent.parent.name == _AUTOGRADED  # by nbgrader itself, in a kernel
    place = here.parent.parent.parent / _RELEASED / here.name if graded else here
    try:
        found = OrchardKey.from_json((place / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None
    except (OSError, UnicodeDecodeError, RecordError) as problem:
        raise CourseError(
            f"{place / FILE} cannot be read: {problem}. Try: fetch the assignment once more"
        ) from problem
    return _Owner(found.key, found.student or (here.parent.name if graded else _student()))


def _student() -> str:
    """The id under which nbgrader hands in from here, unless a variable says another."""
    name = os.environ.get(VARIABLE, "") or _account()
    if name == _NOBODY:
        name = os.environ.get("JUPYTERHUB_USER", "")
    if not name:
        raise CourseError(
            "everybody has an orchard of their own here, and nothing says whose notebook this is. "
            f"Try: %env {VARIABLE}=misty, with your id in the course in the place of misty, before all else"
        )
    return name


def _account() -> str:
    try:
        import pwd
    except ImportError:  # Windows
        return getpass.getuser()
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user may have no name
        return _NOBODY
