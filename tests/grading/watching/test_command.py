"""`rainfall watch` grades with the engine, and Ctrl-C and SIGTERM end it cleanly."""

import os
import signal

import pytest

from rainfall_kit.grading.record.tries import Tries
from rainfall_kit.grading.watching.watch import Watch

pytestmark = pytest.mark.usefixtures("shared_server")

CONFIG = """
c.GenerateFeedback.exporter_class = "rainfall_kit.grading.feedback.page.FeedbackPage"
c.WatchLimits.tries = 4
"""


@pytest.fixture(scope="module")
def course(short, tmp_path_factory):
    course = short.copy(tmp_path_factory.mktemp("watched"), CONFIG)
    short.hand_in(course, "ann", short.right)
    short.hand_in(course, "ben", short.wrong)
    return course


def test_what_lies_in_the_folder_is_graded_and_gets_its_page(run, course):
    status, out, err = run(
        "watch", "hw", "--course", course, "--no-exchange", "--once", "--jobs", 1, "--no-trial"
    )
    assert (status, err) == (0, "")
    said = [line.split(" ", 1)[1].split(", feedback")[0] for line in out.splitlines()[2:]]
    assert sorted(said) == ["ann: 2 of 2 points, try 1 of 4", "ben: 0 of 2 points, try 1 of 4"]
    for student, expected in {"ann": "2", "ben": "0"}.items():
        page = (course / "feedback" / student / "hw" / "hw.html").read_text()
        assert f"<strong>{expected}</strong> of 2 points" in page
        assert "Try 1 of 4" in page
    assert "Stopped." in (course / "report" / "hw-watch.html").read_text()


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_cleanly(run, course, monkeypatch, stop):
    limits = []

    def look(watch):
        limits.append((watch.tries.most, watch.tries.waiting_minutes))
        os.kill(os.getpid(), stop)
        return False

    monkeypatch.setattr(Watch, "look", look)
    monkeypatch.setattr(Watch, "__enter__", enter)
    handler = signal.getsignal(signal.SIGTERM)
    given = ("--tries", 2) if stop == signal.SIGINT else ("--wait", 2.5)
    status, out, err = run("watch", "hw", "--course", course, "--no-exchange", *given)
    assert (status, err) == (0, "")
    assert limits == [(2, 10.0) if stop == signal.SIGINT else (4, 2.5)]
    assert out.endswith("Stopped. The next watch goes on from here.\n")
    assert signal.getsignal(signal.SIGTERM) == handler


def enter(watch):
    """Without an engine."""
    watch.tries = Tries(watch.root, watch.assignment)
    watch.tries.set_limits(*watch._limits)
    return watch
