"""The report says what an instructor should look at."""

from dataclasses import replace

import pytest
from rich.console import Console

from rainfall_kit.grading.record.journal import CellEntry, Entry, Graded
from rainfall_kit.grading.report import grades_table, notes, summary


def graded(*cells, most=2):
    """One submission's grade, of cells with their points and outcomes."""
    entries = tuple(
        CellEntry(
            notebook="hw", name=name, points=points, most=most, outcome=outcome, how="by values"
        )
        for name, points, outcome in cells
    )
    entry = Entry(
        student="ann", submission="", assignment="", kit="", secret="", isolation="none",
        score=0, max_score=2, needs_manual_grade=False, cells=entries,
    )  # fmt: skip
    return Graded(entry)


@pytest.mark.parametrize(
    ("outcomes", "is_told"),
    {
        "everybody": ([(0, "wrong"), (0, "could not run"), (0, "wrong")], True),
        "all who tried": ([(0, "wrong")] * 3 + [(0, "not tried")], True),
        "too few": ([(0, "wrong")] * 2 + [(0, "not tried")] * 2, False),
        "all but one, in part": ([(0, "wrong")] * 3 + [(0.5, "wrong")], False),
        "nobody yet read": ([(None, "wrong")] * 3, False),
    }.values(),
)  # fmt: skip
def test_a_cell_that_everybody_fails_is_told(outcomes, is_told):
    class_ = [graded(("easy", 2, "right"), ("hard", *outcome)) for outcome in outcomes]
    told = [line for line in summary(class_, 1.0) if line.startswith("Nobody has earned a point")]
    assert told == is_told * [
        "Nobody has earned a point in cell hard of hw: look at what it asks for, and at what it needs."
    ]


def test_a_cell_in_which_there_is_nothing_to_earn_is_not_told():
    class_ = [graded(("free", 0, "wrong"), most=0) for _ in range(5)]
    assert not any(line.startswith("Nobody") for line in summary(class_, 1.0))


def test_a_note_stands_below_the_table_once_for_all_whose_it_is():
    added, other = "not in what was handed in, so added: test", "mse is not defined; MSE is"
    on = {"ann": f"late; {added}", "ben": added, "cleo": f"late; {other}", "dan": "late", "eve": ""}
    entry = graded(("t", 2, "right")).entry
    class_ = [Graded(replace(entry, student=name, note=on[name])) for name in on]
    assert notes(class_) == [f"* ann, ben: {added}", f"* cleo: {other}"]
    assert notes(class_[:2]) == [f"* all: {added}"]
    assert notes(class_[1:2]) == [f"* ben: {added}"]
    console = Console(width=80)
    with console.capture() as told:
        console.print(grades_table(class_))
    rows = [line.split("│")[-2].strip() for line in told.get().splitlines() if line[0] == "│"]
    assert rows == ["late *", "*", "late *", "late", ""]
