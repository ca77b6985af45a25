"""The loop looks until it is stopped, waits while nobody can be graded, and its page says so."""

from types import SimpleNamespace

import pytest

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.watching import loop
from rainfall_kit.grading.watching.loop import StatusFile, keep_watching


@pytest.fixture
def said(monkeypatch):
    """What is written of the state, one after another."""
    states = []
    monkeypatch.setattr(loop, "read_status", lambda _watch, *, state, **_: states.append(state))
    monkeypatch.setattr(loop, "page", lambda *_, **__: "")
    return states


def watching(*looks):
    """A watch that has seen these: true, false, or an error; then somebody presses Ctrl-C."""
    seen = iter(looks)

    def look():
        one = next(seen, KeyboardInterrupt())
        if isinstance(one, BaseException):
            raise one
        return one

    return SimpleNamespace(look=look, under_way={}, zone=None)


def test_it_waits_while_another_grader_has_the_course_and_tells_it_once(tmp_path, said):
    taken, pauses, told = CourseError("graded already"), [], []
    clock = iter(range(0, 1000, 10))
    file = StatusFile(tmp_path / "page.html", names=False, clock=lambda: next(clock))
    with pytest.raises(KeyboardInterrupt):
        keep_watching(
            watching(False, taken, taken, True, False), file, on_problem=told.append, sleep=pauses.append
        )  # fmt: skip
    waits = "Waiting for submissions."
    problem = "Nobody is graded now: graded already"
    assert said == [waits, problem, problem, waits, waits, "Stopped."]
    assert told == ["graded already"]
    assert pauses == [1, 5, 5, 1]


def test_once_it_ends_when_nothing_is_due_and_where_it_cannot_grade(tmp_path, said):
    file = StatusFile(tmp_path / "page.html", names=False)
    keep_watching(watching(False, True, False, False), file, once=True, sleep=lambda _: None)
    with pytest.raises(CourseError, match="no room"):
        keep_watching(watching(CourseError("no room")), file, once=True)
    assert said[-1] == "Stopped."
