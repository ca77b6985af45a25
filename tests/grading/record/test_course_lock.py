"""One run at a time in a course, and a run that was killed is in nobody's way."""

import os
import signal
import subprocess
import sys
import threading
import time

import pytest

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.record.course_lock import course_lock


def test_a_second_run_in_the_same_course_says_so_and_stops(hw, course, rainfall_grade):
    hw.hand_in(course, "slow", "import time\ntime.sleep(600)")
    first = subprocess.Popen(
        [*rainfall_grade.command, "--no-progress", "--student", "slow"],
        cwd=course,
        stdout=subprocess.DEVNULL,
    )
    try:
        holder = course / ".rainfall" / "lock.pid"
        deadline = time.monotonic() + 300
        while not (holder.exists() and holder.read_text()):
            assert time.monotonic() < deadline
            time.sleep(0.02)
        second = rainfall_grade(course)
        assert second.returncode == 1
        assert second.stderr.count("\n") == 1
        assert f"is being graded already, by process {first.pid}" in second.stderr
    finally:
        first.kill()
        first.wait()


def test_a_run_that_was_killed_leaves_no_lock_behind(tmp_path):
    code = (
        "import os, signal\nfrom pathlib import Path\n"
        "from rainfall_kit.grading.record.course_lock import course_lock\n"
        f"with course_lock(Path({str(tmp_path)!r})):\n    os.kill(os.getpid(), signal.SIGKILL)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=False)
    assert done.returncode == -signal.SIGKILL
    with course_lock(tmp_path):
        assert (tmp_path / ".rainfall" / "lock.pid").read_text() == str(os.getpid())


def test_the_lock_is_free_again_and_tells_who_has_it_however_often_it_is_asked_for(tmp_path):
    for _ in range(2):
        with course_lock(tmp_path):
            for _ in range(2):
                with (
                    pytest.raises(CourseError, match=f"already, by process {os.getpid()}\\. Try"),
                    course_lock(tmp_path),
                ):
                    pass


def test_a_lock_that_was_taken_in_one_thread_is_let_go_in_another(tmp_path):
    held = course_lock(tmp_path)
    taking = threading.Thread(target=held.__enter__)
    taking.start()
    taking.join()
    held.__exit__(None, None, None)
    with course_lock(tmp_path):
        pass
