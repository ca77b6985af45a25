"""Folder names that the gradebook cannot hold, or that nbgrader reads as glob patterns."""

from __future__ import annotations

import glob
import os
import re
import sys
from typing import TYPE_CHECKING, Any

from rainfall_kit.errors import CourseError

if TYPE_CHECKING:
    from pathlib import Path


def is_text(name: str) -> bool:
    r"""True if a database can hold the name: all of it was decoded.

    Example:
        >>> is_text("kürs"), is_text("k\udcff")
        (True, False)
    """
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def check_course_name(course: Path) -> None:
    """Refuse a course folder whose path cannot be decoded.

    Raises:
        CourseError: with the reason: the path itself, or this process's encoding.
    """
    path = os.path.abspath(course)  # noqa: PTH100  its links may have any names
    if is_text(path):
        return
    encoded = os.fsencode(path)
    try:
        shown = encoded.decode()
    except UnicodeDecodeError:
        shown = encoded.decode(errors="replace")
        reason, act = "is not UTF-8", "another name for the folder"
    else:
        encoding = sys.getfilesystemencoding()
        reason, act = f"cannot be read as {encoding}, which Python uses here", "export PYTHONUTF8=1"
    raise CourseError(
        f"the path of the course, {shown}, {reason}, and the gradebook's database takes no such path. "
        f"Try: {act}"
    )


def course_warning(course: Path) -> str:
    r"""Words for what nbgrader cannot do with the course's path; empty for nothing.

    Example:
        >>> from pathlib import Path
        >>> course_warning(Path("/srv/autumn"))
        ''
        >>> print(course_warning(Path("/srv/autumn [2026]")))
        nbgrader reads the course's path, /srv/autumn [2026], as a pattern: its own commands find no notebooks there. Try: another name for the folder
    """
    if glob.escape(str(course)) == str(course):
        return ""
    return (
        f"nbgrader reads the course's path, {course}, as a pattern: its own commands find no notebooks "
        "there. Try: another name for the folder"
    )


def name_warning(folder: Path, student: str) -> str:
    r"""Words for what nbgrader or the gradebook cannot do with a student's folder; empty for nothing.

    Args:
        folder: of what they handed in.
        student: their id, which is part of its path.

    Example:
        >>> from pathlib import Path
        >>> name_warning(Path("submitted/ann/hw"), "ann")
        ''
        >>> print(name_warning(Path("submitted/[b]/hw"), "[b]"))
        nbgrader reads the student id '[b]' as a pattern: asked for this student alone, it finds nothing. Try: another name for submitted/[b]/hw
    """
    path = os.fsencode(folder).decode(errors="replace")
    shown = "".join(c if c.isprintable() else "?" for c in path)
    act = f"Try: another name for {shown}"
    if not is_text(student):
        return f"{shown} was left out: the gradebook cannot hold this student id. {act}"
    if not re.fullmatch(".*", student):  # as nbgrader's own
        return f"nbgrader cannot read the student id {student!r}, and makes no feedback page. {act}"
    if glob.escape(student) != student:
        return (
            f"nbgrader reads the student id {student!r} as a pattern: asked for this student alone, it finds "
            f"nothing. {act}"
        )
    return ""


def match_by_name(kind: type) -> None:
    """Let one kind of nbgrader's converters look for notebooks by the names of folders.

    Its own way is by patterns: a folder's ``[b]`` finds what is in ``b``, and one name with a line break
    ends it for all. It still says in its own words that there is nothing.

    Args:
        kind: of nbgrader's converters; changed for this process, as it looks before it makes an exporter.
    """
    own: Any = kind.init_notebooks  # type: ignore[attr-defined]

    def init_notebooks(converter: Any) -> None:
        converter.notebooks = []
        converter.assignments = _found_by_name(converter)
        if not converter.assignments:
            own(converter)

    kind.init_notebooks = init_notebooks  # type: ignore[attr-defined]


def _found_by_name(converter: Any) -> dict[str, list[str]]:
    """The notebooks in each folder that a converter is to read."""
    course = converter.coursedir
    look = converter._format_source  # noqa: SLF001  there is no other way in
    known = re.compile(look("(?P<assignment_id>.*)", "(?P<student_id>.*)", escape=True))
    assignments = {}
    pattern, root = look(course.assignment_id, course.student_id), str(course.root)
    if pattern.startswith(root):
        pattern = glob.escape(root) + pattern.removeprefix(root)
    for folder in glob.glob(pattern):  # noqa: PTH207
        place = os.path.join(glob.escape(folder), f"{course.notebook_id}.ipynb")  # noqa: PTH118
        notebooks = glob.glob(place)  # noqa: PTH207
        if notebooks and known.fullmatch(folder) and is_text(folder):
            assignments[folder] = notebooks
    return assignments
