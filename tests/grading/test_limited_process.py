"""Work in a fork with limits: what it gives comes back, and whatever it meets ends nothing but it."""

import contextlib
import os
import signal
from pathlib import Path

import pytest

from rainfall_kit.grading.limited_process import LimitReached, run_limited


def test_a_text_comes_back_whole():
    text = "ä\n\ud800" * 1_000_000
    assert run_limited(lambda: text, cpu_seconds=10) == text


def test_nothing_else_of_it_stays(capfd):
    seen = []

    def work():
        seen.append(1)
        os.write(1, b"said")
        os.environ["SEEN"] = "1"
        return "done"

    assert run_limited(work, cpu_seconds=10) == "done"
    assert not seen
    assert "SEEN" not in os.environ
    assert capfd.readouterr().out == ""


def endless():
    while True:
        pass


def greedy():
    kept = []
    while True:
        kept.append(bytearray(64 << 20))


@pytest.mark.parametrize("work", [endless, greedy, lambda: sum(range(10**12))])
def test_a_limit_ends_it(work):
    with pytest.raises(LimitReached):
        run_limited(work, cpu_seconds=1.0)


def test_what_it_raises_is_told():
    with pytest.raises(RuntimeError, match="ZeroDivisionError: division by zero"):
        run_limited(lambda: str(1 / 0), cpu_seconds=10)


@pytest.mark.parametrize("end", [lambda: os._exit(0), lambda: os.kill(os.getpid(), signal.SIGKILL)])
def test_an_end_from_outside_is_no_limit(end):
    with pytest.raises(RuntimeError, match="its process was ended"):
        run_limited(end, cpu_seconds=10)


def test_the_graders_files_are_closed_in_it(tmp_path):
    with (tmp_path / "open").open("w") as file:
        number = file.fileno()

        def work():
            return str(Path(f"/proc/self/fd/{number}").exists())

        assert run_limited(work, cpu_seconds=10) == "False"


def test_no_process_is_left_behind():
    before = children()
    for work in (lambda: "x", endless):
        with contextlib.suppress(LimitReached):
            run_limited(work, cpu_seconds=0.2)
    assert children() == before


def children():
    return Path(f"/proc/self/task/{os.getpid()}/children").read_text()
