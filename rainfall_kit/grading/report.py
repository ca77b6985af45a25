"""Report of a grading run: progress, a table at the end, and what changed for whom and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from rainfall_kit.grading.record.gradebook import LATE
from rainfall_kit.grading.results.markup import some_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rich.console import Console

    from rainfall_kit.grading.record.journal import CellEntry, Entry, Graded

_OUTCOMES = ("right", "wrong", "not tried", "could not run")
_INSIDE = "inside the student's process"
# Where so many have tried a cell, and nobody has earned a point, it may be the cell's fault.
_SEVERAL = 3
# Of a larger class, a terminal shows what came of each cell, and whom to look at.
_MOST_ROWS = 60
_MOST_NAMED = 3


class GradingProgress:
    """A bar with the rate, the time left and how many cells came out how.

    Args:
        console: where it is drawn.
        quiet: whether it is not drawn at all.
    """

    def __init__(self, console: Console, *, quiet: bool = False) -> None:
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[rate]}"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[counts]}"),
            console=console,
            disable=quiet,
        )
        self._task = self._progress.add_task("Grade", total=None, rate="", counts="")
        self._counts: Counter[str] = Counter()

    def start(self, total: int) -> None:
        """Say how many submissions there are, and draw it from now on: no empty bar above an error."""
        self._progress.update(self._task, total=total)
        self._progress.start()

    def add(self, graded: Graded) -> None:
        """Count one more."""
        self._counts.update(_outcomes(graded.entry))
        told = ", ".join(f"{self._counts[name]} {name}" for name in _OUTCOMES if self._counts[name])
        speed = self._progress.tasks[0].speed
        rate = f"{speed:.1f}/s" if speed else ""
        self._progress.update(self._task, advance=1, counts=told, rate=rate)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._progress.live.is_started:  # else there would be an empty line above an error
            self._progress.stop()


def tables(graded: Sequence[Graded]) -> Iterator[Table | str]:
    """One row for each submission; of a large class, one for each cell, and for each submission to look at."""
    if len(graded) <= _MOST_ROWS:
        yield grades_table(graded)
        return
    yield cells_table(graded)
    look = [one for one in graded if _long_note(one.entry)]
    if look:
        yield grades_table(look[:_MOST_ROWS])
    first = f", the first {_MOST_ROWS} above" if len(look) > _MOST_ROWS else ""
    read = sum(one.entry.needs_manual_grade for one in graded)
    late = sum(bool(_late(one.entry)) for one in graded)
    yield f"{len(look)} of {len(graded)} to look at{first}; {read} with an answer to read; {late} late."


def cells_table(graded: Sequence[Graded]) -> Table:
    """One row for each cell that is graded without a person: how often it came out how, and its mean."""
    found: dict[tuple[str, str], list[CellEntry]] = {}
    for cell in (cell for one in graded for cell in one.entry.cells):
        if cell.how != "by a person":
            found.setdefault((cell.notebook, cell.name), []).append(cell)
    several = len({notebook for notebook, _ in found}) > 1
    table = Table()
    table.add_column("cell", overflow="fold", min_width=7)
    for name in (*_OUTCOMES, "mean"):
        table.add_column(name, justify="right")
    for place, cells in found.items():
        outcomes: Counter[str] = Counter(cell.outcome for cell in cells)
        mean = sum(cell.earned or 0 for cell in cells) / len(cells)
        table.add_row(
            as_text(": ".join(place) if several else place[1]),
            *(str(outcomes[outcome] or "") for outcome in _OUTCOMES),
            f"{mean:.1f} / {cells[-1].most:g}",
        )
    return table


def grades_table(graded: Sequence[Graded]) -> Table:
    """One row for each submission.

    Example:
        >>> from rich.console import Console
        >>> from rainfall_kit.grading.record.journal import CellEntry, Entry, Graded
        >>> cell = CellEntry(notebook="hw", name="t", points=1, most=1, outcome="right", how="by values")
        >>> entry = Entry(student="ash", submission="", assignment="", kit="", secret="", isolation="none",
        ...     score=16, max_score=20, needs_manual_grade=True, cells=(cell,))
        >>> Console(width=100).print(grades_table([Graded(entry)]))
        ┏━━━━━━━━━┳━━━━━━━━━┳━━━━━━━┳━━━━━━━┳━━━━━━━━━━━┳━━━━━━━━━━━━━━━┳━━━━━━━━━┳━━━━━━┓
        ┃ student ┃   score ┃ right ┃ wrong ┃ not tried ┃ could not run ┃ to read ┃ note ┃
        ┡━━━━━━━━━╇━━━━━━━━━╇━━━━━━━╇━━━━━━━╇━━━━━━━━━━━╇━━━━━━━━━━━━━━━╇━━━━━━━━━╇━━━━━━┩
        │ ash     │ 16 / 20 │     1 │       │           │               │ yes     │      │
        └─────────┴─────────┴───────┴───────┴───────────┴───────────────┴─────────┴──────┘
    """
    table = Table()
    # folded, not cut: of two long ids one would not know which is whose
    table.add_column("student", overflow="fold", min_width=7)
    table.add_column("score", justify="right", no_wrap=True)
    for outcome in _OUTCOMES:
        table.add_column(outcome, justify="right")
    table.add_column("to read")
    table.add_column("note", overflow="fold")
    for entry in (one.entry for one in graded):
        counts = _outcomes(entry)
        table.add_row(
            as_text(entry.student),
            f"{entry.score:g} / {entry.max_score:g}",
            *(str(counts[outcome] or "") for outcome in _OUTCOMES),
            "yes" if entry.needs_manual_grade else "",
            _short_note(entry),
        )
    return table


def _short_note(entry: Entry) -> str:
    return f"{_late(entry)} {'*' if _long_note(entry) else ''}".strip()


def _late(entry: Entry) -> str:
    return LATE if entry.note.partition(";")[0] == LATE else ""


def _long_note(entry: Entry) -> str:
    return entry.note.removeprefix(_late(entry)).removeprefix("; ")


def notes(graded: Sequence[Graded]) -> list[str]:
    """One line for each note on what was handed in, which the table marks with a star, and whose it is."""
    found: dict[str, list[str]] = {}
    for entry in (one.entry for one in graded):
        if _long_note(entry):
            found.setdefault(_long_note(entry), []).append(entry.student)
    everybody = max(2, len(graded))  # one alone is named
    return [
        f"* {'all' if len(students) == everybody else _some(students, len(graded))}: {note}"
        for note, students in found.items()
    ]


def _some(students: Sequence[str], class_size: int) -> str:
    """All of them; of a large class, the first and how many more."""
    return some_of(students, len(students) if class_size <= _MOST_ROWS else _MOST_NAMED)


def as_text(words: str) -> Text:
    r"""Words that anybody may have written, for a terminal: no markup, and no control character.

    Example:
        >>> as_text("[red]a\x1b]8;;b\x07").plain
        '[red]a?]8;;b?'
    """
    return Text("".join(c if c.isprintable() or c == "\n" else "?" for c in words))


def _outcomes(entry: Entry) -> Counter[str]:
    return Counter(cell.outcome for cell in entry.cells if cell.how != "by a person")


def changes(graded: Sequence[Graded]) -> list[str]:
    """One line for each submission that was graded again: what changed, and why; of many, one for each change."""
    again = [(one, one.before) for one in graded if one.before is not None and not one.skipped]
    if len(again) <= _MOST_ROWS:
        return [_change(one, before) for one, before in again]
    students: dict[str, list[str]] = {}
    for one, before in again:
        cells = ", ".join(_changed_cells(before, one.entry)) or "as before"
        students.setdefault(f"{cells} ({_why(one)})", []).append(one.entry.student)
    told = sorted(students.items(), key=lambda item: -len(item[1]))
    lines = [f"{_some(who, len(again))}: {change}" for change, who in told[:_MOST_ROWS]]
    left = sum(len(who) for _, who in told[_MOST_ROWS:])
    return [*lines, f"{left} more, each otherwise: --student NAME"] if left else lines


def _why(graded: Graded) -> str:
    return f"changed: {', '.join(graded.why)}" if graded.why else "asked for"


def _change(graded: Graded, before: Entry) -> str:
    entry, why = graded.entry, _why(graded)
    cells = _changed_cells(before, entry)
    was, now = f"{before.score:g}", f"{entry.score:g}"
    if before.max_score != entry.max_score:
        was, now = f"{was} of {before.max_score:g}", f"{now} of {entry.max_score:g}"
    if was == now and not cells:
        return f"{entry.student}: {now}, as before ({why})"
    told = f" ({', '.join(cells)})" if cells else ""
    return f"{entry.student}: {was} -> {now}{told} ({why})"


def _changed_cells(before: Entry, entry: Entry) -> list[str]:
    """The cells that earn something else now, in words."""
    was = {(cell.notebook, cell.name): cell for cell in before.cells}
    told = []
    # what a person gave is not in old journals
    cells = entry.cells if before.parts else [replace(cell, given=None) for cell in entry.cells]
    for cell in cells:
        old = was.pop((cell.notebook, cell.name), None)
        if old is None:
            told.append(f"{cell.name} new {_points(cell)} of {cell.most:g}")
        elif old.most != cell.most:
            told.append(
                f"{cell.name} {_points(old)} of {old.most:g} -> {_points(cell)} of {cell.most:g}"
            )
        elif old.earned != cell.earned:
            told.append(f"{cell.name} {_points(old)} -> {_points(cell)}")
    return told + [f"{cell.name} gone, {_points(cell)} of {cell.most:g}" for cell in was.values()]


def _points(cell: CellEntry) -> str:
    return "?" if cell.earned is None else f"{cell.earned:g}"


def summary(graded: Sequence[Graded], seconds: float) -> list[str]:
    """Lines about the run: how much was graded, in what isolation, which scores can be forged, and what all fail."""
    new = [one for one in graded if not one.skipped]
    rate = f", {len(new) / seconds:.1f} a second" if new and seconds else ""
    kept = f"; {len(graded) - len(new)} unchanged" if len(new) < len(graded) else ""
    lines = [f"{len(new)} graded in {seconds:.1f} s{rate}{kept}."]
    isolations = Counter(one.entry.isolation for one in graded)
    told = ", ".join(f"{isolation} ({count})" for isolation, count in isolations.most_common())
    lines.append(f"Isolation: {told}.")
    inside = _scored_inside([one.entry for one in graded])
    if inside:
        lines.append(
            f"Scored inside the student's process, where their code can forge the score: "
            f"{', '.join(inside)}."
        )
    lines += [
        f"Nobody has earned a point in cell {name} of {notebook}: look at what it asks for, and at "
        "what it needs."
        for notebook, name in _failed_by_all([one.entry for one in graded])
    ]
    return lines


def _failed_by_all(entries: Sequence[Entry]) -> list[tuple[str, str]]:
    """The cells in which several have tried, and nobody has earned anything."""
    earned: Counter[tuple[str, str]] = Counter()
    tried: Counter[tuple[str, str]] = Counter()
    for entry in entries:
        for cell in entry.cells:
            if cell.points is not None and cell.most > 0:
                earned[cell.notebook, cell.name] += cell.points > 0
                tried[cell.notebook, cell.name] += cell.outcome != "not tried"
    return sorted(cell for cell in tried if tried[cell] >= _SEVERAL and not earned[cell])


def _scored_inside(entries: Sequence[Entry]) -> list[str]:
    return sorted({cell.name for entry in entries for cell in entry.cells if cell.how == _INSIDE})
