"""Class report in a terminal of 80 columns: the questions, the mistakes, who needs a look."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from rainfall_kit.grading.results.class_results import STATES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.grading.class_report.report import ClassReport

_MOST_ROWS = 10  # of mistakes and of people, in a terminal; the page has them all
_MOST_NAMED = 3
HARDLY = 0.2  # a question that tells students apart less than this is marked


def terminal_tables(report: ClassReport) -> Iterator[Table | Text]:
    """What there is to print, one after another."""
    yield _text(f"{report.assignment}: {report.headline}")
    yield _questions(report)
    if report.mistakes:
        yield _mistakes(report)
    if report.unnamed:
        count = sum(row.count for row in report.unnamed)
        yield _text(f"{count} answers that are not right have no name; the page groups them.")
    if any(line.look for line in report.students):
        yield _to_look_at(report)
    if report.changes:
        yield _text("Since the last report: " + "; ".join(report.changes) + ".")


def _questions(report: ClassReport) -> Table:
    shown = [state for state, number in zip(STATES, _sums(report), strict=True) if number]
    table = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False)
    table.add_column("question", min_width=15)
    for name in (*shown, "mean", "tells apart"):
        table.add_column(name, justify="right", width=6)
    for row in report.questions:
        counts = dict(zip(STATES, row.counts, strict=True))
        mean = "" if row.mean is None else f"{row.mean:.1f}/{row.most:g}"
        cells = [str(counts[state] or "") for state in shown]
        table.add_row(
            _text(row.title.replace("`", "")), *cells, mean, discrimination_text(row.discrimination)
        )
    return table


def _to_look_at(report: ClassReport) -> Table:
    """One row for each reason, with those whom it is about."""
    people: dict[str, list[str]] = {}
    for line in report.students:
        if line.look:
            people.setdefault(line.look, []).append(line.student)
    table = Table()
    table.add_column("students", justify="right")
    table.add_column("to look at")
    table.add_column("who")
    for why, who in sorted(people.items(), key=lambda item: (-len(item[1]), item[0]))[:_MOST_ROWS]:
        more = f" and {len(who) - _MOST_NAMED} more" if len(who) > _MOST_NAMED else ""
        table.add_row(str(len(who)), _text(why), _text(", ".join(who[:_MOST_NAMED]) + more))
    return table


def _sums(report: ClassReport) -> list[int]:
    return [sum(numbers) for numbers in zip(*(row.counts for row in report.questions), strict=True)]


def _mistakes(report: ClassReport) -> Table:
    table = Table()
    table.add_column("students", justify="right")
    table.add_column("mistake")
    table.add_column("question")
    for row in report.mistakes[:_MOST_ROWS]:
        table.add_row(str(row.count), _text(row.name), _text(row.question.replace("`", "")))
    return table


def discrimination_text(value: float | None) -> str:
    """How well a question tells students apart, as a text.

    Example:
        >>> discrimination_text(0.456), discrimination_text(0.1), discrimination_text(None)
        ('0.46', '0.10 !', '')
    """
    if value is None:
        return ""
    return f"{value:.2f}{' !' if value < HARDLY else ''}".replace("-", "−")


def _text(words: str) -> Text:
    return Text("".join(c if c.isprintable() else "?" for c in words))
