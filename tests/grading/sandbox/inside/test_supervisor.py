"""A supervisor passes orders on, and reports once how each process ended."""

import itertools
import os
import socket
import sys
import time

import pytest

from rainfall_kit.grading.sandbox.inside import supervisor as watching
from rainfall_kit.grading.sandbox.inside.supervisor import REFUSED, Supervisor
from rainfall_kit.grading.sandbox.protocol import INTERRUPT, KILL, WorkerEnd

SLEEPS = "import time; time.sleep(60)"
SAYS_WHEN_INTERRUPTED = """
import os, time
try:
    os.write(1, b"started")
    time.sleep(60)
except KeyboardInterrupt:
    os.write(1, b"interrupted")
"""
FILLS_MEMORY = "x = bytearray(b'x') * (200 << 20)\nimport time; time.sleep(60)"
ITS_CHILD_FILLS_MEMORY = f"""
import subprocess, sys, time
subprocess.run([sys.executable, "-SEc", {FILLS_MEMORY!r}])
"""


def start(supervisor, source, most_kib=None, stdout=None):
    """Have a program watched; the other end of its line."""
    ours, theirs = socket.socketpair()
    moves = [] if stdout is None else [(os.POSIX_SPAWN_DUP2, stdout, 1)]
    words = [sys.executable, "-SEc", source]
    pid = os.posix_spawn(sys.executable, words, os.environ, file_actions=moves)
    supervisor.add(pid, theirs.detach(), most_kib)
    ours.settimeout(60)
    return ours


def end(supervisor, line):
    deadline = time.monotonic() + 60
    while supervisor.is_needed:
        assert time.monotonic() < deadline
        supervisor.wait()
    with line:
        told = WorkerEnd.from_json(line.recv(1 << 16).decode())
        assert line.recv(10) == b""  # it is told once
        return told


def test_a_program_that_ends_by_itself_has_ended():
    supervisor = Supervisor()
    line = start(supervisor, "sum(range(10**7))")
    told = end(supervisor, line)
    assert (told.reason, told.refusal) == ("ended", "")
    assert told.cpu_seconds > 0


@pytest.mark.parametrize("order", [KILL, b"?"])
def test_an_order_that_is_no_interrupt_kills(order):
    supervisor = Supervisor()
    line = start(supervisor, SLEEPS)
    line.send(order)
    assert end(supervisor, line).reason == "killed"


def test_it_is_killed_when_nobody_listens_any_more():
    supervisor = Supervisor()
    start(supervisor, SLEEPS).close()
    deadline = time.monotonic() + 60
    while supervisor.is_needed:
        assert time.monotonic() < deadline
        supervisor.wait()


@pytest.mark.usefixtures("interruptible")
def test_an_interrupt_is_passed_on():
    reading, writing = os.pipe()
    supervisor = Supervisor()
    line = start(supervisor, SAYS_WHEN_INTERRUPTED, stdout=writing)
    os.close(writing)
    assert os.read(reading, 20) == b"started"
    line.send(INTERRUPT)
    assert end(supervisor, line).reason == "ended"
    assert os.read(reading, 20) == b"interrupted"
    os.close(reading)


@pytest.mark.parametrize("source", [FILLS_MEMORY, ITS_CHILD_FILLS_MEMORY], ids=["own", "child's"])
def test_too_much_memory_kills(source):
    supervisor = Supervisor()
    line = start(supervisor, source, most_kib=100 << 10)
    assert end(supervisor, line).reason == "memory"


def test_memory_is_counted_ten_times_a_second(monkeypatch):
    looks = []
    count = watching._Watched.check_memory
    monkeypatch.setattr(
        watching._Watched,
        "check_memory",
        lambda *those: looks.append(time.monotonic()) or count(*those),
    )
    supervisor = Supervisor()
    line = start(supervisor, SLEEPS, most_kib=1 << 30)
    while len(looks) < 4:
        supervisor.wait()
    assert all(later - sooner > 0.1 for sooner, later in itertools.pairwise(looks))
    line.send(KILL)
    end(supervisor, line)


def test_what_cannot_be_read_counts_in_full(tmp_path):
    (tmp_path / "statm").write_text("5000 300 200 1 0 40 0\n")
    assert watching._exact_kib(tmp_path) == 300 * os.sysconf("SC_PAGE_SIZE") / 1024


def test_without_descendants_only_its_own_memory_counts():
    supervisor = Supervisor(with_descendants=False)
    line = start(supervisor, ITS_CHILD_FILLS_MEMORY.replace("60", "1"), most_kib=100 << 10)
    assert end(supervisor, line).reason == "ended"


def test_a_sandbox_that_was_refused_is_told():
    supervisor = Supervisor()
    line = start(supervisor, f"import os; os._exit({REFUSED})")
    assert end(supervisor, line).refusal == "the system refused the worker its sandbox"


def test_each_hears_of_its_own_end():
    supervisor = Supervisor()
    first, second = start(supervisor, SLEEPS), start(supervisor, SLEEPS)
    first.send(KILL)
    while not select_readable(first):
        supervisor.wait()
    assert supervisor.is_needed
    assert not select_readable(second)
    second.send(KILL)
    assert end(supervisor, second).reason == "killed"
    first.close()


def select_readable(line):
    line.setblocking(False)
    try:
        return bool(line.recv(1, socket.MSG_PEEK))
    except BlockingIOError:
        return False
    finally:
        line.settimeout(20)


def test_it_says_when_somebody_asks_for_a_fork():
    asking, control = socket.socketpair()
    supervisor = Supervisor()
    line = start(supervisor, "pass", most_kib=1 << 30)
    asking.send(b"x")
    assert supervisor.wait(control.fileno())
    control.recv(1)
    assert not supervisor.wait(control.fileno())
    asking.close()
    control.close()
    end(supervisor, line)
