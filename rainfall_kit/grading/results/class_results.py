"""Results of a class: for every student, what came of each question, from the gradebook and the journal."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rainfall_kit.grading.prepare.course import open_course, released_notebooks, submission_folders
from rainfall_kit.grading.prepare.secret import Secret
from rainfall_kit.grading.record.grade_tables import read_class
from rainfall_kit.grading.record.journal import Journal
from rainfall_kit.grading.results.notebook_questions import NotebookQuestion, questions_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbgrader.coursedir import CourseDirectory

    from rainfall_kit.grading.record.grade_tables import (
        CellRow,
        ClassTables,
        StudentRow,
        SubmissionRow,
    )
    from rainfall_kit.grading.record.journal import CellEntry, Entry

State = Literal["right", "partly right", "wrong", "could not run", "not tried", "to read"]
STATES: tuple[State, ...] = (
    "right", "partly right", "wrong", "could not run", "not tried", "to read",
)  # fmt: skip

_WORST_FIRST: tuple[State, ...] = ("could not run", "wrong", "not tried")


@dataclass(frozen=True, kw_only=True)
class Answer:
    """Result of one question for one student.

    Attributes:
        state: how it came out; ``"to read"`` where a person has still to give points.
        points: so far.
        mistakes: the ids of the known mistakes.
        message: what the student was told of what is not right, or the empty text.
    """

    state: State
    points: float
    mistakes: tuple[str, ...] = ()
    message: str = ""


@dataclass(frozen=True, kw_only=True)
class Result:
    """One student's submission.

    Attributes:
        grades: from the gradebook.
        answers: one for each question of the class.
        note: what is special about it, as `rainfall grade` tells it.
    """

    grades: SubmissionRow
    answers: tuple[Answer, ...]
    note: str


@dataclass(frozen=True, kw_only=True)
class ClassResults:
    """An assignment, as a class did it.

    Attributes:
        folders: the course.
        assignment: its name.
        questions: those that earn points, in the notebooks' order.
        most: what each question can earn.
        students: everybody whom the gradebook knows or who has handed in, sorted by id.
        results: by student, of those who are graded.
        ungraded: the ids of those who have handed in and are not graded.
        aliases: a name for each student that tells nothing of who it is, the same from run to run.
    """

    folders: CourseDirectory
    assignment: str
    questions: tuple[NotebookQuestion, ...]
    most: tuple[float, ...]
    students: tuple[StudentRow, ...]
    results: Mapping[str, Result]
    ungraded: tuple[str, ...]
    aliases: Mapping[str, str]


def read_results(course: Path, assignment: str) -> ClassResults:
    """Read what a class has done so far.

    Args:
        course: the folder in which nbgrader is started.
        assignment: the assignment's name.

    Raises:
        CourseError: the course or its gradebook is not there, or does not know the assignment.
    """
    folders = open_course(course)
    tables = read_class(folders, assignment)
    root, shared = Path(folders.root), folders.groupshared
    journal = Journal(root, assignment, group_shared=shared)
    journal.close()
    secret = Secret(root, group_shared=shared)
    questions = _questions(folders, assignment, tables)
    in_order = sorted(
        (student.id for student in tables.students),
        key=lambda student: secret.seed("alias", assignment, student),
    )
    width = len(str(len(in_order)))
    handed_in = submission_folders(folders, assignment)
    return ClassResults(
        folders=folders,
        assignment=assignment,
        questions=questions,
        most=tuple(
            sum(tables.cells[question.notebook, name] for name in question.graded)
            for question in questions
        ),
        students=tables.students,
        results={
            student: _result(grades, questions, journal.entries.get(student))
            for student, grades in tables.submissions.items()
        },
        ungraded=tuple(student for student in handed_in if student not in tables.submissions),
        aliases={student: f"student {place:0{width}}" for place, student in enumerate(in_order, 1)},
    )


def _questions(
    folders: CourseDirectory, assignment: str, tables: ClassTables
) -> tuple[NotebookQuestion, ...]:
    """The questions of all notebooks; a graded cell that stands in none of them is one of its own."""
    found: list[NotebookQuestion] = []
    for notebook, nb in sorted(released_notebooks(folders, assignment).items()):
        sources = {name: text for (one, name), text in tables.sources.items() if one == notebook}
        for question in questions_of(nb, notebook, sources):
            question.graded = [name for name in question.graded if (notebook, name) in tables.cells]
            if question.graded:
                found.append(question)
    told = {(question.notebook, name) for question in found for name in question.graded}
    left = [
        NotebookQuestion(title=name, notebook=notebook, graded=[name])
        for notebook, name in tables.cells
        if (notebook, name) not in told
    ]
    return (*found, *left)


def _result(
    grades: SubmissionRow, questions: tuple[NotebookQuestion, ...], entry: Entry | None
) -> Result:
    cells = {(cell.notebook, cell.name): cell for cell in entry.cells} if entry else {}
    return Result(
        grades=grades,
        answers=tuple(_answer(question, grades, cells) for question in questions),
        note=entry.note if entry else "",
    )


def _answer(
    question: NotebookQuestion,
    grades: SubmissionRow,
    entries: Mapping[tuple[str, str], CellEntry],
) -> Answer:
    rows = [
        grades.cells[question.notebook, name]
        for name in question.graded
        if (question.notebook, name) in grades.cells
    ]
    points = sum(row.points for row in rows)
    if any(row.lacks_points for row in rows):
        return Answer(state="to read", points=points)
    if rows and all(row.points >= row.most for row in rows):
        return Answer(state="right", points=points)
    # a person's points say more than what the journal has of the cell
    told = [
        entries[row.notebook, row.name]
        for row in rows
        if (row.notebook, row.name) in entries and row.manual is None and row.points < row.most
    ]
    return Answer(
        state=_state(question, rows, {cell.outcome for cell in told}),
        points=points,
        mistakes=tuple(dict.fromkeys(id_ for cell in told for id_ in cell.misconceptions)),
        message=next((cell.message for cell in told if cell.message), ""),
    )


def _state(question: NotebookQuestion, rows: list[CellRow], outcomes: set[str]) -> State:
    """How a question came out that has not all of its points."""
    for state in _WORST_FIRST:
        if state in outcomes:
            return state
    if any(row.points > 0 for row in rows):
        return "partly right"
    # nbgrader gives 0 to an answer in words only where it is as it was given out
    written = all(row.name in question.answers and row.manual is None for row in rows)
    return "not tried" if written else "wrong"
