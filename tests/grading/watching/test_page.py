"""The page of a watch says what it does now, and names nobody unasked."""

import dataclasses
import datetime as dt
import re

from rainfall_kit.grading.watching.page import page, write_page
from rainfall_kit.grading.watching.status import Kept, Status
from rainfall_kit.grading.watching.watch import Event

NOON = 1_796_040_000.0
STATUS = Status(
    assignment="hw<1>", at=NOON + 90, since=NOON, state="Grading.", place="the exchange, /x/inbound", most=3,
    waiting_minutes=1.0, students=12, tries=20, queue=2,
    kept=(Kept(student="ann", handed_in=NOON, until=NOON + 601), Kept(student="ben", handed_in=NOON, until=None)),
    seconds=(2.34, 8.0),
    events=(
        Event(NOON + 80, "cleo", "feedback", "7 of 7 points, try 1 of 3", 3.21),
        Event(NOON + 70, "dora", "to look at", "nbgrader makes no feedback for dora: <oh>"),
    ),
    troubles=(("dora", "nbgrader makes no feedback for dora: <oh>"),),
)  # fmt: skip


def words(text):
    return " ".join(re.sub(r"<style>.*?</style>|<[^>]+>", " ", text, flags=re.DOTALL).split())


def test_it_says_what_it_does_and_names_nobody():
    text = page(STATUS, dt.UTC, names=False)
    said = words(text)
    assert "Watching hw&lt;1&gt; Grading. As of 30 November 2026, 12:01 UTC (12:01:30)." in said
    assert "Tries 3 for each student, 1 minute between them Handed in 12 students" in said
    assert (
        "Feedback 20 submissions In the queue 2 Kept back 2 Until feedback 2.3 s in the middle, 8.0 s"
        in said
    )
    assert "12:01:20 7 of 7 points, try 1 of 3 3.2 s 12:01:10 to look at" in said
    assert "30 November 2026, 12:11 UTC 30 November 2026, 12:00 UTC no try is left" in said
    assert "1 student&#39;s submission cannot be graded" in said
    assert not re.search(r"\b(ann|ben|cleo|dora)\b", text)


def test_names_are_there_where_they_are_asked_for():
    said = words(page(STATUS, dt.UTC, names=True))
    assert "cleo 7 of 7 points" in said
    assert "dora: nbgrader makes no feedback for dora: &lt;oh&gt;" in said


def test_it_is_one_file_that_a_browser_reads_again_and_no_script_runs_in_it():
    text = page(dataclasses.replace(STATUS, troubles=(), seconds=None), dt.UTC, names=False)
    assert '<meta http-equiv="refresh" content="5">' in text
    assert "default-src 'none'" in text
    assert not re.search(r"<script|src=|href=", text)


def test_it_is_written_all_at_once(tmp_path):
    path = tmp_path / "report" / "hw-watch.html"
    for text in ("one", "two"):
        write_page(path, text)
        assert path.read_text() == text
    assert [*path.parent.iterdir()] == [path]
