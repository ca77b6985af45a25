"""What arrives is graded once, its feedback goes out, and what is kept back is told: with nbgrader's real exchange."""

import contextlib
import shutil

import pytest
from watched import Class, Engine, new_course, submitted_time

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.record.tries import Tries
from rainfall_kit.grading.watching.feedback import Feedback

# nbgrader's release_feedback leaves a file open until Python closes it.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest.fixture(scope="module")
def master(tmp_path_factory):
    return new_course(tmp_path_factory.mktemp("master"))


@pytest.fixture
def desk(tmp_path, master, monkeypatch):
    monkeypatch.setattr("rainfall_kit.grading.watching.watch.load_what_pages_need", lambda: None)
    return Class(tmp_path, master)


def test_a_student_hands_in_four_times(desk):
    with desk.watch() as watch:
        first, other = desk.hand_in("ann"), desk.hand_in("[b]en")
        assert watch.look()
        assert desk.graded == [("ann", "12:00:01"), ("[b]en", "12:00:02")]
        for page in (desk.feedback(first), desk.feedback(other)):
            assert "How wrong is it?" in page
        told = "Try 1 of 2, handed in on 30 November 2026, 13:00 CET. What you hand in next is graded from "
        assert f"{told}30 November 2026, 13:11 CET on." in desk.feedback(first)
        assert not watch.look()

        second = desk.hand_in("ann")
        assert not watch.look()
        kept = "What you handed in on 30 November 2026, 13:00 CET is kept. It is graded from 30 November 2026, 13:11"
        assert kept in desk.feedback(second)
        assert submitted_time(desk.course, "ann") == "12:00:01"

        third = desk.hand_in("ann")  # counts in the place of the second
        watch.look()
        desk.now += 600
        assert watch.look()
        assert desk.graded[2:] == [("ann", "12:00:04")]
        assert "Try 2 of 2" in desk.feedback(third)
        assert "It was the last: what you hand in after it is kept" in desk.feedback(third)

        fourth = desk.hand_in("ann")
        assert not watch.look()
        assert "not graded by itself: all 2 tries are used" in desk.feedback(fourth)
        desk.now += 6000
        assert not watch.look()
        assert len(desk.graded) == 3
        assert fourth.is_dir()
        assert [event.words for event in desk.told if event.student == "ann"] == [
            "1 of 10 points, try 1 of 2", "kept until 30 November 2026, 13:11 CET",
            "kept until 30 November 2026, 13:11 CET", "1 of 10 points, try 2 of 2", "all tries are used",
        ]  # fmt: skip
    with desk.watch(most=3, waiting_minutes=0) as watch:  # the teacher allows more
        assert watch.look()
        assert "Try 3 of 3" in desk.feedback(fourth)


# Where a watch is killed: what it is about to do then.
STEPS = {
    "while it collects": (Class, "x"),
    "before the grade is known": (Engine, "_grade"),
    "before the try is written down": (Tries, "add"),
    "before the feedback is made": (Feedback, "send"),
    "before it is released": (Feedback, "_release"),
    "before that is written down": (Tries, "release"),
}


@pytest.mark.parametrize("step", STEPS)
def test_after_a_kill_the_next_watch_does_what_remains_and_grades_nothing_twice(
    desk, monkeypatch, step
):
    one = desk.hand_in("ann")
    if step == "while it collects":
        place, name = "rainfall_kit.grading.watching.arrivals.capture_log", None
    else:
        place, name = STEPS[step]

    def kill(*_):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch, desk.watch() as watch:
        patch.setattr(place, kill) if name is None else patch.setattr(place, name, kill)
        with pytest.raises(KeyboardInterrupt):
            watch.look()
    for _ in range(2):
        with desk.watch() as watch:
            watch.look()
            assert not watch.look()
    assert desk.graded == [("ann", "12:00:01")]
    assert "Try 1 of 2" in desk.feedback(one)
    (known,) = Tries(desk.course, "hw").students
    assert [bool(one.released) for one in known.tries] == [True]


def test_what_arrives_while_others_run_is_graded_too_and_the_earliest_is_the_first(
    desk, monkeypatch
):
    names = iter(["cleo", "dora"])
    grade = Engine._grade

    def grade_while_others_hand_in(engine, *one):
        for name in [next(names, None)]:
            if name:
                desk.hand_in(name)
        return grade(engine, *one)

    desk.hand_in("ann")
    desk.hand_in("[b]en")
    monkeypatch.setattr(Engine, "_grade", grade_while_others_hand_in)
    with desk.watch() as watch:
        watch.look()
    assert [student for student, _ in desk.graded] == ["ann", "[b]en", "cleo", "dora"]


def test_a_submission_that_cannot_be_collected_holds_nobody_up_and_is_tried_again(desk):
    bad = desk.hand_in("ann")
    (bad / "timestamp.txt").unlink()
    (bad / "timestamp.txt").symlink_to("nowhere")
    (desk.exchange / "inbound" / "dora+hw+no time+x").mkdir()  # nbgrader's collect would end there
    also_bad, good = desk.hand_in("dora"), desk.hand_in("cleo")
    with desk.watch() as watch:
        watch.look()
        assert watch.troubles.keys() == {"ann", "dora"}
        assert desk.feedback(also_bad) is None
        assert "Try 1 of 2" in desk.feedback(good)
        assert "nbgrader cannot collect ann+hw" in watch.troubles["ann"]
        assert not watch.look()
        (bad / "timestamp.txt").unlink()
        desk.end(bad)
        desk.now += 60
        (desk.exchange / "inbound" / "dora+hw+no time+x").rmdir()
        watch.look()
        assert not watch.troubles
        assert "Try 1 of 2" in desk.feedback(bad)


def test_in_a_folder_the_notice_lies_beside_the_page_until_there_is_a_new_one(desk):
    place = desk.course / "submitted" / "ann" / "hw"
    pages = desk.course / "feedback" / "ann" / "hw"
    shutil.copytree(desk.hand_in("ann"), place)
    with desk.watch(exchange=False) as watch:
        assert [watch.look() for _ in range(3)] == [False, True, False]
        (place / "timestamp.txt").write_text("2026-11-30 12:05:00 UTC")
        assert not any(watch.look() for _ in range(3))
        assert "Try 1 of 2" in (pages / "hw.html").read_text()
        notice = (pages / "kept-back.html").read_text()
        assert (
            "What you handed in on 30 November 2026, 13:05 CET is kept. It is graded from" in notice
        )
        desk.now += 600
        assert watch.look()
        assert (
            "Try 2 of 2, handed in on 30 November 2026, 13:05 CET"
            in (pages / "hw.html").read_text()
        )
        assert not (pages / "kept-back.html").exists()
    assert not (desk.exchange / "feedback").exists()


def test_a_second_watch_of_the_assignment_says_so(desk):
    with desk.watch(), pytest.raises(CourseError, match="is being watched already"), desk.watch():
        pass


def test_where_another_grader_has_the_course_nothing_is_lost(desk, monkeypatch):
    one = desk.hand_in("ann")
    with desk.watch() as watch:
        with monkeypatch.context() as patch:
            patch.setattr(Engine, "session", taken)
            with pytest.raises(CourseError, match="graded already"):
                watch.look()
        assert watch.look()
    assert "Try 1 of 2" in desk.feedback(one)


@contextlib.contextmanager
def taken(_):
    raise CourseError("it is being graded already")
    yield
