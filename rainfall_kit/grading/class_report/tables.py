"""Class report in a terminal of 80 columns: the questions, the mistakes, who needs a look."""

from __future__ import annotations

import math
from collections import Counter
from typing import TYPE_CHECKING

from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from rainfall_kit.grading.class_report.report import mistake_name
from rainfall_kit.grading.results.class_results import STATES
from rainfall_kit.grading.results.markup import some_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rainfall_kit.grading.class_report.report import ClassReport

_MOST_ROWS = 10  # of mistakes and of people, in a terminal; the page has them all
_MOST_NAMED = 3
_MOST_BARS = 8  # of the distribution of points
HARDLY = 0.2  # a question that tells students apart less than this is marked


def terminal_tables(report: ClassReport) -> Iterator[Table | Text]:
    """Everything that there is to print, one after another."""
    yield _text(f"{report.assignment}: {report.headline}")
    absent = [line.student for line in report.students if not line.handed_in]
    if absent:
        yield _text(f"Not handed in: {some_of(absent, _MOST_NAMED)}.")
    if report.scores:
        yield _distribution(report)
    yield _questions(report)
    if report.mistakes:
        yield _mistakes(report)
    for pair in report.pairs[:_MOST_NAMED]:
        names = f"{mistake_name(pair.one)}, and {mistake_name(pair.other)}"
        yield _text(
            f"{pair.count} students made both: {names}; {pair.expected:.1f} would be chance."
        )
    if report.unnamed:
        count = sum(row.count for row in report.unnamed)
        yield _text(f"{count} answers that are not right have no name; the page groups them.")
    if any(line.look for line in report.students):
        yield _to_look_at(report)
    if report.changes:
        yield _text("Since the last report: " + "; ".join(report.changes) + ".")


def _distribution(report: ClassReport) -> Table:
    """How many have how many points: a column holds those from its points up to the next one's."""
    width = max(1, math.ceil(report.max_score / _MOST_BARS))
    columns = int(report.max_score // width) + 1
    counts = Counter(min(int(score // width), columns - 1) for score in report.scores)
    table = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False)
    table.add_column("points from")
    for column in range(columns):
        table.add_column(str(column * width), justify="right", min_width=5)
    table.add_row("students", *(str(counts[column] or "") for column in range(columns)))
    return table


def _questions(report: ClassReport) -> Table:
    shown = states_seen(report)
    table = Table(box=SIMPLE_HEAD, padding=0, pad_edge=False)
    table.add_column("question", min_width=15)
    for name in (*shown.values(), "mean"):
        table.add_column(name, justify="right", width=6)
    table.add_column("tells apart", justify="right", width=7)
    for row in report.questions:
        mean = "" if row.mean is None else f"{row.mean:.1f}/{row.most:g}"
        cells = [str(row.counts[place] or "") for place in shown]
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
        table.add_row(str(len(who)), _text(why), _text(some_of(who, _MOST_NAMED)))
    return table


def _mistakes(report: ClassReport) -> Table:
    table = Table()
    table.add_column("students", justify="right")
    table.add_column("mistake")
    table.add_column("question")
    for row in report.mistakes[:_MOST_ROWS]:
        table.add_row(str(row.count), _text(row.name), _text(row.question.replace("`", "")))
    if len(report.mistakes) > _MOST_ROWS:
        table.add_row("", f"and {len(report.mistakes) - _MOST_ROWS} more, in the page")
    return table


def states_seen(report: ClassReport) -> dict[int, str]:
    """The outcomes that at least one question had, by their places in `STATES`."""
    columns = zip(*(row.counts for row in report.questions), strict=True)
    return {place: STATES[place] for place, counts in enumerate(columns) if any(counts)}


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
