"""A journal is read as it was written, by this version or an earlier one, and goes on."""

import json
import resource
import shutil
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.record.gradebook import read_grades
from rainfall_kit.grading.record.journal import CellEntry, Entry, Journal

pytestmark = pytest.mark.usefixtures("shared_server")

OLD = Path(__file__).with_name("journal_of_0.1.0.jsonl")  # as that version wrote it


def entries_of(course):
    with closing(Journal(course, "hw")) as journal:
        return journal.entries


def old_journal(course):
    """A course's journal, with the earlier version's name of the one field that has another now."""
    path = course / ".rainfall" / "hw.jsonl"
    texts = [json.loads(line) for line in path.read_text().splitlines()]
    assert all("isolation" in text for text in texts)
    swapped = [
        {"tier" if name == "isolation" else name: value for name, value in text.items()}
        for text in texts
    ]
    path.write_text("".join(json.dumps(text) + "\n" for text in swapped))
    return path


def test_a_journal_of_the_earlier_version_says_the_same_in_every_other_field(tmp_path):
    (tmp_path / ".rainfall").mkdir()
    shutil.copy(OLD, tmp_path / ".rainfall" / "hw.jsonl")
    entries = entries_of(tmp_path)
    for line in OLD.read_text().splitlines():
        old = json.loads(line)
        new = json.loads(entries[old["student"]].to_json())
        assert new.pop("isolation") == old.pop("tier") == "namespaces and seccomp"
        assert new.pop("content") == ""
        assert new == old
    assert set(entries) == {"ash", "dawn", "zz-crash"}


def test_nothing_is_graded_again_because_of_an_earlier_versions_journal(course):
    graded = grade_assignment(course, "hw")
    before = read_grades(course, "hw")
    path = old_journal(course)
    text = path.read_text()
    again = grade_assignment(course, "hw")
    assert [one.entry for one in again] == [one.entry for one in graded]
    assert all(one.skipped for one in again)
    assert path.read_text() == text
    assert read_grades(course, "hw") == before


def test_an_earlier_versions_journal_goes_on(course):
    grade_assignment(course, "hw", students=["ann"])
    path = old_journal(course)
    grade_assignment(course, "hw")
    fields = [
        set(json.loads(line)) & {"tier", "isolation"} for line in path.read_text().splitlines()
    ]
    assert fields == [{"tier"}, {"isolation"}, {"isolation"}]
    assert set(entries_of(course)) == {"ann", "ben", "cleo"}


def test_a_torn_line_is_ignored_and_the_next_one_is_not(tmp_path):
    entry = Entry.from_json(OLD.read_text().splitlines()[0].replace('"tier"', '"isolation"'))
    (tmp_path / ".rainfall").mkdir()
    (tmp_path / ".rainfall" / "hw.jsonl").write_text(entry.to_json()[:100])
    journal = Journal(tmp_path, "hw")
    assert journal.entries == {}
    journal.add(entry)
    journal.close()
    assert entries_of(tmp_path) == {"ash": entry}


CELL = CellEntry(notebook="hw", name="t", points=1, most=1, outcome="right", how="by values")
ENTRY = Entry(
    student="ann", submission="1", assignment="1", kit="1", secret="1", isolation="none", score=1, max_score=1,
    needs_manual_grade=False, cells=(CELL,), content="1", parts=("1",) * 5,
)  # fmt: skip
CHANGED = {
    "submission": {"submission": "2"},
    "points": {"assignment": "2", "cells": (replace(CELL, most=2),)},
    "tests": {"assignment": "2", "parts": ("2", "1", "1", "1", "1")},
    "other cells": {"assignment": "2", "parts": ("1", "2", "1", "1", "1")},
    "due date or late policy": {"assignment": "2", "parts": ("1", "1", "2", "1", "1")},
    "files, limits": {"assignment": "2", "parts": ("1", "1", "1", "2", "2")},
    "tests, kit": {"assignment": "2", "kit": "2", "parts": ("2", "1", "1", "1", "1")},
    "secret seed": {"secret": "2"},
    "scores by a person": {"cells": (replace(CELL, given=0.5),)},
    "": {},
}


@pytest.mark.parametrize("words", CHANGED)
def test_what_a_grade_depends_on_is_told_in_words(words):
    assert ", ".join(ENTRY.changed(replace(ENTRY, **CHANGED[words]))) == words


@pytest.mark.parametrize(
    ("content", "words"), [("1", ("due date or late policy",)), ("2", ("assignment",))]
)
def test_of_a_grade_in_an_older_journal_less_is_told(content, words):
    now = replace(ENTRY, assignment="2", content=content)
    assert replace(ENTRY, parts=()).changed(now) == words


def test_a_full_disk_leaves_no_half_of_a_line(tmp_path):
    one, two = (
        Entry(
            student=student, submission="", assignment="", kit="", secret="", isolation="none",
            score=0, max_score=0, needs_manual_grade=False,
        )
        for student in ("ann", "ben")
    )  # fmt: skip
    journal = Journal(tmp_path, "hw")
    journal.add(one)
    path = tmp_path / ".rainfall" / "hw.jsonl"
    before = path.read_bytes()
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, limits[1]))
    try:
        with pytest.raises(CourseError, match=r"hw\.jsonl was not written: .*Try: "):
            journal.add(two)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert path.read_bytes() == before
    journal.add(two)
    journal.close()
    assert path.read_text().splitlines() == [one.to_json(), two.to_json()]
