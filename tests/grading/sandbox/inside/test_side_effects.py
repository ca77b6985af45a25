"""Whatever a process has beside its memory is seen, and what it has given back is not."""

import contextlib
import mmap
import os
import signal
import socket
import subprocess
import tempfile
import threading
import traceback
from pathlib import Path

import pytest

from rainfall_kit.grading.sandbox.inside.side_effects import side_effects


@contextlib.contextmanager
def a_thread():
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    yield
    stop.set()
    thread.join()
    # the system's thread ends a moment after Python's
    while Path(f"/proc/self/task/{thread.native_id}").exists():
        pass


@contextlib.contextmanager
def a_child():
    with subprocess.Popen(["sleep", "60"]) as child:
        yield
        child.kill()


@contextlib.contextmanager
def a_timer():
    before = signal.signal(signal.SIGVTALRM, signal.SIG_IGN)
    signal.setitimer(signal.ITIMER_VIRTUAL, 60)
    yield
    signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    signal.signal(signal.SIGVTALRM, before)


@contextlib.contextmanager
def a_handler():
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    yield
    signal.signal(signal.SIGINT, before)


@contextlib.contextmanager
def sockets():
    pair = socket.socketpair()
    yield
    for end in pair:
        end.close()


def in_a_fork(measure):
    """Run it in a process that has nothing yet, whatever other tests have left in this one."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            measure()
            code = 0
        except BaseException:  # noqa: BLE001  a failed assertion and all else
            traceback.print_exc()
        finally:
            os._exit(code)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0


KINDS = {
    "a thread": (a_thread, "threads"),
    "a process": (a_child, "has_children"),
    "an open file": (Path(os.devnull).open, "open_files"),
    "sockets": (sockets, "open_files"),
    "shared memory": (lambda: mmap.mmap(-1, 4096), "shared_mappings"),
    "a timer": (a_timer, "timers"),
    "a handler of interrupts": (a_handler, "at_an_interrupt"),
}


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(("having", "field"), KINDS.values(), ids=KINDS)
def test_it_is_seen_while_it_is_there(having, field, tmp_path):
    def seen():
        return getattr(side_effects(str(tmp_path)), field)

    def compare():
        before = seen()
        with having():
            assert seen() != before
        assert seen() == before

    in_a_fork(compare)


def test_a_file_in_shared_memory_is_seen(tmp_path):
    with tempfile.NamedTemporaryFile(dir="/dev/shm") as file:
        assert any(line.startswith(file.name) for line in side_effects(str(tmp_path)).files)


def test_a_file_in_its_folder_is_seen_and_so_is_a_change_of_it(tmp_path):
    file = tmp_path / "deep" / "a.csv"
    file.parent.mkdir()

    def seen():  # others may use shared memory meanwhile
        files = side_effects(str(tmp_path)).files
        return tuple(line for line in files if line.startswith(str(tmp_path)))

    states = [seen()]
    for text in ("", "1", "2"):
        file.write_text(text)
        os.utime(file, ns=(0, len(states)))
        states.append(seen())
    file.unlink()
    assert len(set(states)) == 4
    assert seen() == states[0]
