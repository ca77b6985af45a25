"""Grade export for Canvas, Moodle, CSV and JSON: one row for each student of a roster."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.class_report.report import mistake_name
from rainfall_kit.grading.exports.roster import CANVAS_COLUMNS, MOODLE_COLUMNS
from rainfall_kit.grading.results.markup import some_of
from rainfall_kit.grading.safe_csv import is_changed, write_csv

if TYPE_CHECKING:
    from collections.abc import Mapping

    from rainfall_kit.grading.exports.roster import Roster
    from rainfall_kit.grading.record.grade_tables import StudentRow
    from rainfall_kit.grading.results.class_results import ClassResults, Result

# The columns by which Canvas, Moodle or whoever reads a table knows a student again.
_IDS = (
    *("ID", "SIS User ID", "SIS Login ID"),
    *("Username", "ID number", "Email address"),
    *("id", "email"),
)
# What Canvas writes behind an assignment's name, and Moodle in the place of a grade that there is not: an empty
# grade of a new column is 0 to it.
_NUMBER, _NO_GRADE = re.compile(r" \(\d+\)$"), "-"


@dataclass(frozen=True, kw_only=True)
class Export:
    """Grades in the form of one system.

    Attributes:
        text: of the file.
        written: how many rows have a grade.
        without: the ids of those in the roster who have none.
        unfinished: the ids of those whose grade lacks points that a person has still to give.
        unsettled: the ids of those whose grade has a person's points that may no longer hold.
        guarded: what identifies a student and begins as a formula: it has an apostrophe, and is not found by it.
    """

    text: str
    written: int
    without: tuple[str, ...]
    unfinished: tuple[str, ...]
    unsettled: tuple[str, ...] = ()
    guarded: tuple[str, ...] = ()


def export_grades(
    results: ClassResults, to: str, roster: Roster | None = None, *, partial: bool = False
) -> Export:
    """Write the grades of a class for another system.

    Args:
        results: the class.
        to: ``"canvas"``, ``"moodle"``, ``"csv"`` or ``"json"``.
        roster: who is to be in it, in what order; the gradebook's students if left out.
        partial: whether students are left out who are not in the roster.

    Raises:
        CourseError: somebody with a grade is not in the roster, and `partial` was not asked for.
    """
    students = roster.students if roster is not None else results.students
    ids = {student.id for student in students}
    strangers = sorted(results.results.keys() - ids)
    if strangers and not partial:
        raise CourseError(
            f"{len(strangers)} with a grade {'is' if len(strangers) == 1 else 'are'} not in the roster: "
            f"{some_of(strangers)}. Nothing was written. Try: --partial, which leaves them out"
        )
    guarded: tuple[str, ...] = ()
    if to == "json":
        plain = [_plain(results, student) for student in students]
        text = json.dumps(plain, indent=1, ensure_ascii=False) + "\n"
    else:
        rows = _ROWS[to](results, students, roster)
        text = write_csv(rows, _IDS)
        places = [place for place, name in enumerate(rows[0]) if name in _IDS]
        known_by = [str(row[place]) for row in rows[1:] for place in places]
        guarded = tuple(one for one in known_by if is_changed(one, is_id=True))
    graded = [student.id for student in students if student.id in results.results]
    unread = [student for student in graded if results.results[student].grades.unread]
    unfinished = [student for student in unread if results.results[student].grades.lacks_points]
    return Export(
        text=text,
        written=len(graded),
        without=tuple(student.id for student in students if student.id not in results.results),
        unfinished=tuple(unfinished),
        unsettled=tuple(student for student in unread if student not in unfinished),
        guarded=guarded,
    )


def message(results: ClassResults, result: Result) -> str:
    """The grade in a few sentences: points, what is taken off, and what came of each question."""
    grades = result.grades
    said = [f"{grades.score:g} of {sum(results.most):g} points."]
    if grades.penalty:
        said.append(
            f"{grades.penalty:g} {'is' if grades.penalty == 1 else 'are'} taken off for lateness."
        )
    for question, most, answer in zip(results.questions, results.most, result.answers, strict=True):
        named = ", ".join(map(mistake_name, answer.mistakes))
        title = question.title.replace("`", "")
        said.append(
            f"{title}: {answer.state}, {answer.points:g} of {most:g}{f' ({named})' if named else ''}."
        )
    return " ".join(said)


def _score(results: ClassResults, student: str) -> float | None:
    result = results.results.get(student)
    return None if result is None else result.grades.score


def _canvas(
    results: ClassResults, students: tuple[StudentRow, ...], roster: Roster | None
) -> list[list[object]]:
    """Canvas's gradebook import: five columns about the student, then the assignment.

    A column of its own export, as "hw1 (1234)", is used again, or Canvas would make a second assignment.
    """
    theirs = roster is not None and roster.kind == "canvas"
    title = results.assignment
    if theirs and roster is not None:
        known = [name for name in roster.header if _NUMBER.sub("", name) == title]
        title = known[0] if known else title
    rows: list[list[object]] = [[*CANVAS_COLUMNS, title]]
    rows.append(["Points Possible", None, None, None, None, float(sum(results.most))])
    for student in students:
        about: Mapping[str, str] = roster.rows[student.id] if theirs and roster else {
            "Student": ", ".join(filter(None, (student.last_name, student.first_name))) or student.id,
            "ID": student.lms_user_id,
            "SIS Login ID": student.id,
        }  # fmt: skip
        rows.append(
            [*(about.get(name, "") for name in CANVAS_COLUMNS), _score(results, student.id)]
        )
    return rows


def _moodle(
    results: ClassResults, students: tuple[StudentRow, ...], roster: Roster | None
) -> list[list[object]]:
    """Moodle's grade import: whoever imports it maps the columns; grade and feedback come together."""
    theirs = roster is not None and roster.kind == "moodle"
    wanted = (*MOODLE_COLUMNS, "Surname", "Username")
    columns = (
        [name for name in roster.header if name in wanted]
        if theirs and roster is not None
        else list(MOODLE_COLUMNS)
    )
    name = results.assignment
    rows: list[list[object]] = [[*columns, name, f"{name} (feedback)"]]
    for student in students:
        about: Mapping[str, str] = roster.rows[student.id] if theirs and roster else {
            "First name": student.first_name,
            "Last name": student.last_name,
            "ID number": student.id,
            "Email address": student.email,
        }  # fmt: skip
        result = results.results.get(student.id)
        said = message(results, result) if result is not None else None
        score = _NO_GRADE if result is None else result.grades.score
        rows.append([*(about.get(one, "") for one in columns), score, said])
    return rows


def _csv(
    results: ClassResults, students: tuple[StudentRow, ...], _: Roster | None
) -> list[list[object]]:
    """A table of everything, with a header that says what is in it."""
    header: list[object] = ["id", "first_name", "last_name", "email", "score", "max_score"]
    header += ["late_penalty", "to_read"]
    for question in results.questions:
        header += [question.title, f"{question.title} (points)"]
    rows: list[list[object]] = [[*header, "mistakes", "message"]]
    for student in students:
        plain = _plain(results, student)
        row = [plain[name] for name in header[:8] if isinstance(name, str)]
        for one in plain["questions"] or [{}] * len(results.questions):
            row += [one.get("outcome"), one.get("points")]
        mistakes = [id_ for one in plain["questions"] for id_ in one["mistakes"]]
        rows.append([*row, " ".join(dict.fromkeys(mistakes)), plain["message"]])
    return rows


_ROWS = {"canvas": _canvas, "moodle": _moodle, "csv": _csv}


def _plain(results: ClassResults, student: StudentRow) -> dict[str, Any]:
    """One student as plain data."""
    result = results.results.get(student.id)
    about = {
        "id": student.id,
        "first_name": student.first_name,
        "last_name": student.last_name,
        "email": student.email,
        "max_score": float(sum(results.most)),
    }
    if result is None:
        nothing = {"score": None, "late_penalty": None, "to_read": None, "message": None}
        return {**about, **nothing, "questions": []}
    questions = [
        {
            "question": question.title,
            "outcome": answer.state,
            "points": answer.points,
            "most": most,
            "mistakes": list(answer.mistakes),
            "message": answer.message,
        }
        for question, most, answer in zip(
            results.questions, results.most, result.answers, strict=True
        )
    ]
    return {
        **about,
        "score": result.grades.score,
        "late_penalty": result.grades.penalty,
        "to_read": result.grades.unread,
        "message": message(results, result),
        "questions": questions,
    }
