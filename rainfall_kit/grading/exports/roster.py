"""Roster of a course, read from the CSV of Canvas, of Moodle, or of nbgrader's own form."""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.record.grade_tables import StudentRow
from rainfall_kit.grading.safe_csv import read_csv, unguarded

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

Kind = Literal["canvas", "moodle", "csv"]

# The columns that identify a student, as each system writes them; the first that is filled is the id.
_IDS: dict[Kind, tuple[str, ...]] = {
    "canvas": ("SIS Login ID", "SIS User ID", "ID"),
    "moodle": ("Username", "ID number", "Email address"),
    "csv": ("id", "student_id"),
}
CANVAS_COLUMNS = "Student", "ID", "SIS User ID", "SIS Login ID", "Section"
# In the place of the first of them, where names are split.
NAME_COLUMNS = "LastName", "FirstName"
MOODLE_COLUMNS = "First name", "Last name", "ID number", "Email address"
# What each system calls the same thing; Moodle said Surname up to version 4.
_FIELDS = {
    "first_name": ("First name", "first_name"),
    "last_name": ("Last name", "Surname", "last_name"),
    "email": ("Email address", "email"),
    "lms_user_id": ("ID", "lms_user_id"),
}


@dataclass(frozen=True, kw_only=True)
class Roster:
    """Who is in a course.

    Attributes:
        kind: the system that wrote it.
        header: its columns.
        students: in its order.
        rows: by student, what the file says in each column, as it stands there.
    """

    kind: Kind
    header: tuple[str, ...]
    students: tuple[StudentRow, ...]
    rows: Mapping[str, Mapping[str, str]]


def read_roster(path: Path, id_column: str | None = None) -> Roster:
    """Read a roster, and see to it that each student is in it once.

    Args:
        path: a CSV file: Canvas's gradebook export, Moodle's list of participants or its grade export, or one
            with a column ``id``, as ``nbgrader db student import`` reads it.
        id_column: which column has the ids of the course's submissions; found by the system if left out.

    Raises:
        CourseError: it is none of these, or a student is in it twice or without an id.
        OSError: the file cannot be read.
    """
    try:
        rows = read_csv(path.read_text(encoding="utf-8-sig"))
    except csv.Error as problem:
        raise CourseError(f"{path} cannot be read as CSV: {problem}. Try: export it anew") from None
    except UnicodeDecodeError:
        raise CourseError(
            f"{path} is not text in UTF-8. Try: export it anew, as CSV in UTF-8"
        ) from None
    if not rows:
        raise CourseError(f"{path} is empty. Try: export it anew, as CSV in UTF-8")
    header = [name.strip() for name in rows[0]]
    kind = _kind(header)
    columns = (id_column,) if id_column else _IDS[kind] if kind else ()
    if kind is None or not set(columns) & set(header):
        wanted = id_column or "SIS Login ID (Canvas), Username or ID number (Moodle), or id"
        raise CourseError(
            f"{path} has no column {wanted}; it has {', '.join(header[:8])}. "
            "Try: --id-column with one of these"
        )
    found: dict[str, dict[str, str]] = {}
    ids = []
    for number, cells in enumerate(rows[1:], 2):
        row = dict(zip(header, cells, strict=False))
        if {*NAME_COLUMNS} <= row.keys():
            row["Student"] = ", ".join(row[name] for name in NAME_COLUMNS)
        if kind == "canvas" and _is_no_student(row):
            continue
        student = unguarded(
            next((row[name].strip() for name in columns if row.get(name, "").strip()), "")
        )
        if not student:
            raise CourseError(f"line {number} of {path} has no id in {' or '.join(columns)}")
        ids.append(student)
        found[student] = row
    twice = [student for student, count in Counter(ids).items() if count > 1]
    if twice:
        raise CourseError(f"{path} has {twice[0]} twice. Try: take one of the lines out")
    students = tuple(_student(student, row) for student, row in found.items())
    return Roster(kind=kind, header=tuple(header), students=students, rows=found)


def _kind(header: list[str]) -> Kind | None:
    names = set(header)
    if {"Student", "ID"} <= names or {*NAME_COLUMNS, "ID"} <= names:
        return "canvas"
    if names & {"First name", "Surname"} and names & {*_IDS["moodle"]}:
        return "moodle"
    return "csv" if header else None


def _is_no_student(row: Mapping[str, str]) -> bool:
    """True for the lines of Canvas that are about the columns, and for its test student."""
    named = row["Student"].strip()
    return not row.get("ID", "").strip() or named in ("Points Possible", "Student, Test")


def _student(student: str, row: Mapping[str, str]) -> StudentRow:
    fields = {
        name: unguarded(next((row[column].strip() for column in columns if row.get(column)), ""))
        for name, columns in _FIELDS.items()
    }
    if "Student" in row:  # Canvas: Lovelace, Ada
        last, comma, first = unguarded(row["Student"]).partition(",")
        fields["last_name"], fields["first_name"] = (last, first) if comma else ("", last)
    return StudentRow(id=student, **{name: value.strip() for name, value in fields.items()})
