"""Checks of grades: findings in those of an assignment's solution, of a blank copy, of mistakes and of changes."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from rainfall_kit.checks.questions.registry import added_question_files
from rainfall_kit.grading.class_report.report import mistake_name
from rainfall_kit.grading.verification.finding import Finding
from rainfall_kit.handing_in.require_calls import required

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from nbformat import NotebookNode

    from rainfall_kit.grading.record.journal import CellEntry, Entry, Graded
    from rainfall_kit.grading.verification.attempts import Attempt

_INSIDE = "inside the student's process"
_WRITTEN = "by a person"
_MAY_RAISE = "raises-exception"  # Jupyter's tag of a cell
_LONG_SECONDS = 5.0  # a cell may take 30
_FEW = 3  # changes that are shown where no test minds any


def check_solution(graded: Graded, released: Mapping[str, NotebookNode]) -> Iterator[Finding]:
    """The errors of its cells, from which others may come, and the points that it loses."""
    for name, nb in released.items():
        for number, cell in enumerate(nb.cells, 1):
            error = graded.errors.get((name, cell.id))
            if error and _MAY_RAISE not in cell.metadata.get("tags", ()):
                place = cell.metadata.get("nbgrader", {}).get("grade_id") or f"number {number}"
                text = f"the solution raises {error} (cell {place} of {name}). Where that is meant, give the cell the tag"
                yield Finding(level="wrong", text=f"{text} {_MAY_RAISE}")
    for cell in graded.entry.cells:
        if cell.how != _WRITTEN and cell.points is not None and cell.points < cell.most:
            said = f": {cell.message}" if cell.message else ""
            yield Finding(
                level="wrong",
                text=f"the solution earns {cell.points:g} of {cell.most:g} points in {_place(cell)}{said}",
            )
    yield from _notes("the solution", graded.entry)


def check_time(graded: Graded) -> Iterator[Finding]:
    """A solution that takes long, with the cells that take most of it, the slowest first."""
    in_all = graded.entry.cpu_seconds
    if in_all <= _LONG_SECONDS:
        return
    told = [
        f"{seconds:.1f} s in cell {name} of {notebook}"
        for (notebook, name), seconds in graded.slowest.items()
        if seconds > in_all / 10
    ]
    text = f"the solution takes {in_all:.0f} s of CPU time in all: {', '.join(told) or 'no cell stands out'}"
    yield Finding(level="odd", text=text)


def check_steadiness(first: Entry, others: Sequence[Entry]) -> Iterator[Finding]:
    """The cells that do not score the same solution alike each time."""
    for cells in zip(first.cells, *(other.cells for other in others), strict=True):
        earned = Counter(
            f"{cell.points or 0:g} of {cell.most:g} points ({cell.outcome})" for cell in cells
        )
        if len(earned) > 1:
            told = ", ".join(f"{what} {_times(count)}" for what, count in earned.items())
            text = (
                f"{_place(cells[0])} is unstable: of {len(cells)} times, the solution earns {told}"
            )
            yield Finding(level="wrong", text=text)


def _times(count: int) -> str:
    return "once" if count == 1 else f"{count} times"


def check_blank(entry: Entry) -> Iterator[Finding]:
    """The points that a blank copy earns, and cells of it that do not count as not tried."""
    for cell in entry.cells:
        if cell.points:
            told = f"a blank copy earns {cell.points:g} of {cell.most:g} points in {_place(cell)}"
            yield Finding(level="wrong", text=told)
        elif cell.how == "by values" and cell.outcome != "not tried":
            told = f"a blank copy counts as {cell.outcome}, not as not tried, in {_place(cell)}"
            yield Finding(level="odd", text=told)
    yield from _notes("a blank copy", entry)


def _notes(who: str, entry: Entry) -> Iterator[Finding]:
    for note in filter(None, entry.note.split("; ")):
        yield Finding(level="wrong", text=f"{who}: {note}")


def asking_cells(notebooks: Mapping[str, NotebookNode]) -> dict[str, set[tuple[str, str]]]:
    """By question, the notebook and the grade id of each cell that asks it."""
    tests: dict[str, set[tuple[str, str]]] = {}
    for name, nb in notebooks.items():
        for cell in nb.cells:
            about = cell.metadata.get("nbgrader", {})
            if about.get("grade") and cell.cell_type == "code":
                for call in required(cell.source):
                    if not call.own_orchard:  # a mistake in the function costs nothing there
                        tests.setdefault(call.question, set()).add((name, about.grade_id))
    return tests


def check_mistakes(
    attempts: list[Attempt], entries: Mapping[str, Entry], tests: Mapping[str, set[tuple[str, str]]]
) -> Iterator[Finding]:
    """The mistakes that lose no point, and those of a course's own question that get no name."""
    own = {question.name for question in added_question_files().values()}
    for attempt in attempts:
        cells = {(cell.notebook, cell.name): cell for cell in entries[attempt.student].cells}
        for question, id_ in attempt.mistakes.items():
            asked = [cells[key] for key in tests.get(question, ()) if key in cells]
            if asked and all(cell.points == cell.most for cell in asked):
                named = ", ".join(sorted(cell.name for cell in asked))
                told = (
                    f"{question} with the mistake {mistake_name(id_)} keeps all points of {named}"
                )
                yield Finding(level="wrong", text=told)
            elif asked and question in own and not any(id_ in one.misconceptions for one in asked):
                told = f"{question} with the mistake {mistake_name(id_)} loses its points and is not named so"
                yield Finding(level="odd", text=told)


def steady_points(first: Entry, others: Sequence[Entry]) -> dict[tuple[str, str], float]:
    """Points that the solution earned each time, where it earned some: by notebook and grade id."""
    return {
        (cell.notebook, cell.name): cell.points
        for cell, *again in zip(first.cells, *(other.cells for other in others), strict=True)
        if cell.points and {other.points for other in again} == {cell.points}
    }


def has_judges(attempt: Attempt, steady: Mapping[tuple[str, str], float]) -> bool:
    """True for a change of an answer that has points to lose in tests that can be relied on."""
    changed = attempt.changed
    return changed is not None and any((changed.notebook, name) in steady for name in changed.tests)


def check_changes(
    attempts: list[Attempt],
    entries: Mapping[str, Entry],
    steady: Mapping[tuple[str, str], float],
) -> Iterator[Finding]:
    """By answer, the changes of the solution that lose no point of its tests."""
    tried: dict[tuple[str, str, tuple[str, ...]], list[tuple[str, str]]] = {}
    for attempt in attempts:
        if attempt.changed:
            key = attempt.changed.notebook, attempt.changed.cell, attempt.changed.tests
            tried.setdefault(key, []).append((attempt.student, attempt.changed.change))
    for (notebook, answer, names), changes in tried.items():
        tests = [(notebook, name) for name in names if (notebook, name) in steady]
        lossless = []
        for student, change in changes:
            points = {(cell.notebook, cell.name): cell.points for cell in entries[student].cells}
            if all((points[test] or 0) >= steady[test] for test in tests):
                lossless.append(change)
        told = (
            f"{len(changes)} change{'s' * (len(changes) > 1)} of the solution in cell {answer} of {notebook}, "
            f"tried on {', '.join(name for _, name in tests)}: "
        )
        if len(lossless) == len(changes) > _FEW:
            text = (
                f"{told}none lost a point, so look whether the tests call it. Some of the changes:"
            )
            yield Finding(level="odd", text="\n".join([text, *lossless[:_FEW]]))
        elif lossless:
            text = f"{told}{len(lossless)} lost no point (not every change is a mistake):"
            yield Finding(level="odd", text="\n".join([text, *lossless]))
        else:
            yield Finding(level="tried", text=f"{told}each lost points")


def left_unchecked(
    entry: Entry,
    notebooks: Mapping[str, NotebookNode],
    attempts: list[Attempt],
    steady: Mapping[tuple[str, str], float],
) -> Iterator[Finding]:
    """The tests whose asserts judged nothing but the solution, and what a person grades."""
    tried = {
        (attempt.changed.notebook, name)
        for attempt in attempts
        if attempt.changed
        for name in attempt.changed.tests
    } & steady.keys()
    inside = [(cell.notebook, cell.name) for cell in entry.cells if cell.how == _INSIDE]
    untried = [place for place in inside if place not in tried]
    by_a_person = [(cell.notebook, cell.name) for cell in entry.cells if cell.how == _WRITTEN]
    for told, places in (
        ("no changes of a solution were judged by asserts of your own", untried),
        ("what a person grades was not run", by_a_person),
    ):
        named = [name if len(notebooks) == 1 else f"{name} of {nb}" for nb, name in places]
        if named:
            yield Finding(level="skipped", text=f"{told}: {', '.join(named)}")
    if not any(attempt.mistakes for attempt in attempts) and not inside:
        yield Finding(level="skipped", text="no mistake of the catalogue fits")


def _place(cell: CellEntry) -> str:
    return f"cell {cell.name} of {cell.notebook}"
