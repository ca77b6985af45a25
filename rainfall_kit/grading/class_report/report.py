"""Class report as a record: counts of outcomes and mistakes, statistics of questions, who needs a look."""

from __future__ import annotations

import statistics
from collections import Counter, defaultdict
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rainfall_kit.checks.questions.registry import find_misconception
from rainfall_kit.errors import OptionError
from rainfall_kit.grading.class_report.example_answer import People, anonymous, read_answer
from rainfall_kit.grading.class_report.statistics import discrimination, pairs_together
from rainfall_kit.grading.results.class_results import STATES
from rainfall_kit.records.json_record import Record

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rainfall_kit.grading.results.class_results import ClassResults, Result

_NOT_RIGHT = ("wrong", "could not run", "partly right")
_MOST_READ = 5  # answers, to find a short example of a mistake
_LATE = "late"


@dataclass(frozen=True, kw_only=True)
class QuestionRow(Record):
    """One question.

    Attributes:
        title: the notebook's own heading.
        most: the points that it can earn.
        counts: students by outcome, in the order of `STATES`.
        mean: of the points; None where some are still to be given.
        discrimination: see `statistics.discrimination`; None where it cannot be told.
    """

    title: str
    most: float
    counts: tuple[int, ...]
    mean: float | None
    discrimination: float | None


@dataclass(frozen=True, kw_only=True)
class MistakeRow(Record):
    """A known mistake: its id, how many made it, where, its name, its explanation, and an answer with it."""

    id: str
    count: int
    question: str
    name: str
    why: str
    example: str


@dataclass(frozen=True, kw_only=True)
class PairRow(Record):
    """Two mistakes that go together: their ids, how often, and how often by chance."""

    one: str
    other: str
    count: int
    expected: float


@dataclass(frozen=True, kw_only=True)
class UnnamedRow(Record):
    """Answers that are not right and have no name: how many were told the same of which question."""

    question: str
    count: int
    message: str


@dataclass(frozen=True, kw_only=True)
class StudentLine(Record):
    """One student.

    Attributes:
        student: the id, or a name that tells nothing of who it is.
        name: the full name, or the empty text.
        handed_in: whether something was.
        seconds_late: 0 in time.
        score: late penalty taken off; None where nothing is graded.
        states: of each question.
        points: of each question.
        mistakes: the ids of the known mistakes.
        look: why a person should have a look, or the empty text.
    """

    student: str
    name: str = ""
    handed_in: bool
    seconds_late: float = 0.0
    score: float | None = None
    states: tuple[str, ...] = ()
    points: tuple[float, ...] = ()
    mistakes: tuple[str, ...] = ()
    look: str = ""


@dataclass(frozen=True, kw_only=True)
class ClassReport(Record):
    """Report of a class on an assignment.

    Attributes:
        assignment: its name.
        max_score: what it is worth.
        questions: in the notebooks' order.
        mistakes: the most frequent first.
        pairs: mistakes that go together.
        unnamed: what nobody got a name for, the most frequent first.
        students: everybody, sorted by what they are called here.
        changes: what is not as in the report before, in words.
    """

    assignment: str
    max_score: float
    questions: tuple[QuestionRow, ...]
    mistakes: tuple[MistakeRow, ...]
    pairs: tuple[PairRow, ...]
    unnamed: tuple[UnnamedRow, ...]
    students: tuple[StudentLine, ...]
    changes: tuple[str, ...] = ()

    @property
    def scores(self) -> list[float]:
        """Of everybody who is graded."""
        return [line.score for line in self.students if line.score is not None]

    @property
    def headline(self) -> str:
        """How many have handed in, how many late, and the median, in a sentence.

        Example:
            >>> ClassReport(assignment="hw", max_score=10, questions=(), mistakes=(), pairs=(), unnamed=(),
            ...     students=(StudentLine(student="1", handed_in=True, score=7),)).headline
            '1 of 1 handed in. The median is 7 of 10 points.'
        """
        there = [line for line in self.students if line.handed_in]
        late = sum(line.seconds_late > 0 for line in there)
        told = f"{len(there)} of {len(self.students)} handed in{f', {late} of them late' if late else ''}."
        if self.scores:
            median = statistics.median(self.scores)
            so_far = " so far" if any("to read" in line.states for line in there) else ""
            told += f" The median{so_far} is {median:g} of {self.max_score:g} points."
        return told


def make_report(
    results: ClassResults, *, names: bool = False, changes: Sequence[str] = ()
) -> ClassReport:
    """Count and compare what a class has done.

    Args:
        results: what it has done.
        names: whether students are called by their ids and names.
        changes: what is not as in the report before.
    """
    titles = [question.title for question in results.questions]
    graded = list(results.results.items())
    totals = _totals([result for _, result in graded])
    questions = tuple(
        _question(titles[place], results.most[place], place, [one for _, one in graded], totals)
        for place in range(len(titles))
    )
    people = People(
        part for row in results.students for part in (row.id, row.first_name, row.last_name)
    )
    return ClassReport(
        assignment=results.assignment,
        max_score=sum(results.most),
        questions=questions,
        mistakes=_mistakes(results, titles, people),
        pairs=tuple(
            PairRow(one=one, other=other, count=count, expected=expected)
            for one, other, count, expected in pairs_together(_ids(one) for _, one in graded)
        ),
        unnamed=_unnamed([one for _, one in graded], titles, None if names else people),
        students=_students(results, None if names else people),
        changes=tuple(changes),
    )


def mistake_name(id_: str) -> str:
    """The name of a known mistake with its id; the id alone where the kit has it no more."""
    try:
        return f"{find_misconception(id_).name} ({id_})"
    except OptionError:
        return id_


def _ids(result: Result) -> tuple[str, ...]:
    return tuple(dict.fromkeys(id_ for answer in result.answers for id_ in answer.mistakes))


def _totals(results: list[Result]) -> list[float]:
    """The points of each student in the questions that nobody has still to read."""
    read = [
        place
        for place, answers in enumerate(zip(*(one.answers for one in results), strict=True))
        if all(answer.state != "to read" for answer in answers)
    ]
    return [sum(result.answers[place].points for place in read) for result in results]


def _question(
    title: str, most: float, place: int, results: list[Result], totals: list[float]
) -> QuestionRow:
    answers = [result.answers[place] for result in results]
    counts = Counter(answer.state for answer in answers)
    read = [
        (answer.points, total)
        for answer, total in zip(answers, totals, strict=True)
        if answer.state != "to read"
    ]
    points, of_all = [one for one, _ in read], [total for _, total in read]
    if len(read) < len(answers):  # then it is not among the totals
        of_all = [own + total for own, total in read]
    return QuestionRow(
        title=title,
        most=most,
        counts=tuple(counts[state] for state in STATES),
        mean=statistics.fmean(points) if points and len(read) == len(answers) else None,
        discrimination=discrimination(points, of_all),
    )


def _mistakes(results: ClassResults, titles: list[str], people: People) -> tuple[MistakeRow, ...]:
    made: dict[tuple[str, int], list[str]] = defaultdict(list)
    for student, result in results.results.items():
        for place, answer in enumerate(result.answers):
            for id_ in answer.mistakes:
                made[id_, place].append(student)
    # of equally frequent ones, those of the first question
    in_order = sorted(made.items(), key=lambda item: (-len(item[1]), item[0][1], item[0][0]))
    return tuple(
        MistakeRow(
            id=id_,
            count=len(students),
            question=titles[place],
            name=mistake_name(id_),
            why=_why(id_),
            example=_example(results, place, students, people),
        )
        for (id_, place), students in in_order
    )


def _why(id_: str) -> str:
    try:
        return find_misconception(id_).why
    except OptionError:
        return ""


def _example(results: ClassResults, place: int, students: list[str], people: People) -> str:
    """The shortest of some answers with a mistake."""
    question, folders = results.questions[place], results.folders
    # an answer with nothing else wrong with it shows the mistake best
    alone = [one for one in students if len(results.results[one].answers[place].mistakes) == 1]
    found = []
    for student in (alone or students)[:_MOST_READ]:
        folder = folders.format_path(folders.autograded_directory, student, results.assignment)
        source = read_answer(Path(folder, f"{question.notebook}.ipynb"), question.answers)
        found.append(anonymous(source, people))
    return min(filter(None, found), key=len, default="")


def _unnamed(
    results: list[Result], titles: list[str], people: People | None
) -> tuple[UnnamedRow, ...]:
    told = Counter(
        # an error's own words may be anything that a student wrote
        (place, people.hidden_in(answer.message) if people else answer.message)
        for result in results
        for place, answer in enumerate(result.answers)
        if answer.state in _NOT_RIGHT and answer.message and not answer.mistakes
    )
    return tuple(
        UnnamedRow(question=titles[place], count=count, message=message)
        for (place, message), count in sorted(told.items(), key=lambda item: (-item[1], item[0]))
    )


def _students(results: ClassResults, hidden: People | None) -> tuple[StudentLine, ...]:
    names = hidden is None
    known = {row.id: row for row in results.students}
    lines = []
    for student in sorted({*known, *results.ungraded}):
        shown = student if names else results.aliases.get(student, "a student")
        name = known[student].name if names and student in known else ""
        result = results.results.get(student)
        if result is None:
            waits = student in results.ungraded
            look = "handed in, and not graded" if waits else ""
            lines.append(StudentLine(student=shown, name=name, handed_in=waits, look=look))
            continue
        lines.append(
            StudentLine(
                student=shown,
                name=name,
                handed_in=True,
                seconds_late=result.grades.seconds_late,
                score=result.grades.score,
                states=tuple(answer.state for answer in result.answers),
                points=tuple(answer.points for answer in result.answers),
                mistakes=_ids(result),
                look=hidden.hidden_in(_look(result)) if hidden else _look(result),
            )
        )
    return tuple(sorted(lines, key=lambda line: line.student))


def _look(result: Result) -> str:
    reasons = [note for note in result.note.split("; ") if note and note != _LATE]
    if any(answer.state == "to read" for answer in result.answers):
        reasons.append("an answer to read")
    elif result.grades.unread:
        reasons.append("points of a person's to look at again")
    return "; ".join(reasons)
