"""A run stops where its first submissions all fail the same cell, unless somebody says that it may go on."""

import contextlib
import shutil
from types import SimpleNamespace

import pytest

from rainfall_kit.errors import CourseError
from rainfall_kit.grading import early_stop
from rainfall_kit.grading.early_stop import MOST_FAILURES, EarlyStop
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.record.gradebook import read_grades
from rainfall_kit.grading.record.journal import CellEntry, Entry, Graded


def entry(student, *cells):
    """A grade, of cells with their points, outcomes and messages."""
    entries = tuple(
        CellEntry(notebook="hw", name=f"cell-{number}", points=points, most=most, outcome=outcome,
                  how="by values", message=message)
        for number, (points, most, outcome, message) in enumerate(cells)
    )  # fmt: skip
    return Entry(
        student=student, submission="", assignment="", kit="", secret="", isolation="none",
        score=0, max_score=2, needs_manual_grade=False, cells=entries,
    )  # fmt: skip


WRONG = (0, 2, "wrong", "AssertionError")
CLASSES = {
    "all wrong": ([WRONG] * MOST_FAILURES, True),
    "none that ended": ([(0, 2, "could not run", "")] * MOST_FAILURES, True),
    "each in another way": (
        [(0, 2, "wrong", f"NameError: {n}") for n in range(2 * MOST_FAILURES)],
        False,
    ),
    "too few": ([WRONG] * (MOST_FAILURES - 1), False),
    "one before them was right": ([(2, 2, "right", ""), *[WRONG] * 2 * MOST_FAILURES], False),
    "one has a part of it": ([(0.5, 2, "wrong", ""), *[WRONG] * 2 * MOST_FAILURES], False),
    "some have not tried": (
        [*[(0, 2, "not tried", "")] * 9, *[WRONG] * (MOST_FAILURES - 1)],
        False,
    ),
    "stubs as given out": ([(0, 2, "wrong", "NotImplementedError")] * 2 * MOST_FAILURES, False),
    "for a person to read": ([(None, 2, "wrong", "")] * 2 * MOST_FAILURES, False),
    "nothing to be earned": ([(0, 0, "wrong", "")] * 2 * MOST_FAILURES, False),
}


@pytest.mark.parametrize(("outcomes", "stops"), CLASSES.values(), ids=CLASSES)
def test_a_cell_that_the_first_ones_fail_stops_the_run(outcomes, stops):
    stop = EarlyStop("this")
    for outcome in outcomes:
        assert not stop.problem
        stop.add(Graded(entry("ann", (2, 2, "right", ""), outcome)))
    assert bool(stop.problem) == stops
    assert not stops or "tried cell cell-1 of hw have failed it in the same way" in stop.problem


def test_blank_notebooks_stop_nothing():
    stop = EarlyStop("this")
    for _ in range(2 * MOST_FAILURES):
        stop.add(Graded(entry("ann", (0, 2, "wrong", "NameError: a")), unanswered=("hw",)))
    assert not stop.problem


def run_of(number, **options):
    """A run of so many who fail the same cell: those that were graded before it ended."""
    students = {f"s{n}": None for n in range(number)}
    grading = SimpleNamespace(
        assignment=SimpleNamespace(find_submissions=lambda _: students),
        find_grade=lambda *_: None,
        start=lambda *_: SimpleNamespace(close=lambda: None),
        try_out=lambda *_: None,
        run=lambda *_: (Graded(entry(student, WRONG)) for student in students),
    )
    graded = []
    with contextlib.suppress(CourseError):
        grade_assignment(
            options.pop("course"), "hw", opened=lambda *_: contextlib.nullcontext(grading),
            on_graded=lambda one: graded.append(one.entry.student), **options,
        )  # fmt: skip
    return len(graded)


@pytest.mark.parametrize(
    ("number", "options", "graded"),
    [
        (MOST_FAILURES + 5, {"keep_going": False}, MOST_FAILURES),
        (MOST_FAILURES + 5, {}, MOST_FAILURES + 5),
        (MOST_FAILURES + 5, {"keep_going": False, "students": ("s1",)}, MOST_FAILURES + 5),
        (MOST_FAILURES, {"keep_going": False}, MOST_FAILURES),
    ],
)
def test_it_goes_on_where_somebody_says_so_or_has_named_students(number, options, graded, tmp_path):
    assert run_of(number, course=tmp_path, **options) == graded


def test_each_road_stops_and_keeps_what_was_graded(
    short, tmp_path, rainfall_grade, nbgrader, monkeypatch
):
    # A class of ten for each would take minutes. This process reads the configuration, too.
    monkeypatch.setattr(early_stop, "MOST_FAILURES", MOST_FAILURES)
    fewer = "import rainfall_kit.grading.early_stop\nrainfall_kit.grading.early_stop.MOST_FAILURES = 2\n"
    engine = "c.Autograde.exporter_class = 'rainfall_kit.grading.exporter.EngineExporter'\n"
    course = short.copy(tmp_path, fewer + engine)
    for student in ("ann", "ben", "cleo", "dora", "eve"):
        short.hand_in(course, student, short.wrong)
    shutil.copytree(course / "release/hw", course / "submitted/a-blank/hw")
    words = "all 2 submissions of this run that tried cell abs of hw have failed it in the same way"

    done = rainfall_grade(course, "--jobs=1")
    assert done.returncode == 1
    assert done.stderr.startswith(f"Error: stopped: {words}. What was graded is kept. Try: ")
    assert done.stderr.endswith("rainfall grade hw --keep-going\n")
    assert [grade.student for grade in read_grades(course, "hw")] == ["a-blank", "ann", "ben"]

    told = nbgrader("autograde", "hw", cwd=course, expected=1)
    assert words in told
    assert "c.EngineExporter.keep_going = True" in told
    assert "Traceback" not in told
    assert [grade.student for grade in read_grades(course, "hw")] == [
        *("a-blank", "ann", "ben", "cleo", "dora")
    ]

    done = rainfall_grade(course, "--keep-going")
    assert done.returncode == 0, done.stderr
    assert len(read_grades(course, "hw")) == 6
