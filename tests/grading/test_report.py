"""The report says what an instructor should look at."""

from dataclasses import replace

import pytest
from rich.console import Console

from rainfall_kit.grading.record.journal import CellEntry, Entry, Graded
from rainfall_kit.grading.report import changes, grades_table, notes, summary, tables


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


def large_class(size):
    """A class in which every tenth has a note, every second one's test fails, and one is late."""
    made = []
    for number in range(size):
        one = graded(("easy", 2, "right"), ("hard", number % 2 * 2, ("wrong", "right")[number % 2]))
        note = "no notebook" if number % 10 == 0 else "late" if number == 1 else ""
        made.append(Graded(replace(one.entry, student=f"s{number:04}", note=note)))
    return made


def printed(class_):
    console = Console(width=80)
    with console.capture() as told:
        for table in tables(class_):
            console.print(table)
    return told.get()


def test_of_a_large_class_the_cells_and_whom_to_look_at_are_shown():
    shown = printed(large_class(2000))
    rows = [[cell.strip() for cell in line.split("│")[1:-1]] for line in shown.splitlines()]
    assert ["easy", "2000", "", "", "", "2.0 / 2"] in rows
    assert ["hard", "1000", "1000", "", "", "1.0 / 2"] in rows
    assert "200 of 2000 to look at, the first 60 above; 0 with an answer to read; 1 late." in shown
    assert "s0590" in shown
    assert "s0001" not in shown
    assert len(shown.splitlines()) < 80
    assert notes(large_class(2000)) == ["* s0000, s0010, s0020 and 197 more: no notebook"]
    assert printed(large_class(50)).count("s00") == 50


def test_what_changed_for_many_is_told_once_for_each_change():
    class_ = large_class(2000)
    before = [Graded(one.entry, before=one.entry, why=("kit",)) for one in class_]
    assert changes(before) == ["s0000, s0001, s0002 and 1997 more: as before (changed: kit)"]
    assert len(changes(before[:50])) == 50
