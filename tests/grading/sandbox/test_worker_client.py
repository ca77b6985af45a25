"""What a worker sends is student code's word: a line that is no reply ends it, and nothing else."""

import contextlib
import json
import socket
import threading

import pytest

from rainfall_kit.grading.sandbox import worker_client
from rainfall_kit.grading.sandbox.job import Ask, File, Job, JobCell
from rainfall_kit.grading.sandbox.protocol import (
    CallFunctions,
    CellOutputs,
    EnterFolder,
    FolderEntered,
    Observed,
    RunCell,
    SideEffects,
    WorkerEnd,
    read_command,
)
from rainfall_kit.grading.sandbox.worker_client import Worker, WorkerEnded

CELL = JobCell(number=3, source="6 * 7")
ASKS = JobCell(
    number=4, asks=(Ask(question="mse", name="mse"), Ask(question="model", name="model"))
)


class FarEnd:
    """Plays the forked process and its supervisor."""

    def __init__(self):
        channel, self.channel = socket.socketpair()
        line, self.supervisor = socket.socketpair()
        self.worker = Worker(channel, line)

    def say(self, line):
        self.channel.sendall(line if isinstance(line, bytes) else line.to_json().encode() + b"\n")

    @property
    def commands(self):
        return [read_command(line) for line in self.channel.recv(1 << 16).decode().splitlines()]


@pytest.fixture
def far():
    far = FarEnd()
    yield far
    far.worker.close()
    far.channel.close()
    far.supervisor.close()


def outputs(**changed):
    plain = {**json.loads(CellOutputs(outputs="[]", count=1).to_json()), **changed}
    return json.dumps(plain).encode() + b"\n"


HOSTILE = {
    "no JSON": b"{\n",
    "no text": b"\xff\xfe\n",
    "nothing": b"\n",
    "a list": b"[]\n",
    "a number with too many digits": b"1" * 10_000 + b"\n",
    "deeper than Python goes": b"[" * 100_000 + b"\n",
    "no record": b'{"outputs": "[]", "count": 1}\n',
    "another record": FolderEntered().to_json().encode() + b"\n",
    "another version": outputs(version=2),
    "a field that there is not": outputs(score=99),
    "outputs that are no text": outputs(outputs=[]),
    "a count that is a text": outputs(count="1"),
    "a count that is a truth value": outputs(count=True),
    "a count with a fraction": outputs(count=1.5),
}


@pytest.mark.parametrize("line", HOSTILE.values(), ids=HOSTILE)
def test_a_hostile_line_ends_the_worker(far, line):
    far.say(line)
    with pytest.raises(WorkerEnded) as ended:
        far.worker.run(CELL, 5)
    assert ended.value.problem == "DeadKernelError"


@pytest.mark.parametrize(
    "seen",
    [None, "a", {}, ["a"], [[1]], [[["a"]]], [[None]], [{"a": "b"}]],
    ids=["none", "text", "object", "texts", "numbers", "too deep", "nulls", "objects"],
)
def test_observations_that_are_no_rows_of_texts_end_the_worker(far, seen):
    far.say(json.dumps({"record": "Observed", "version": 1, "seen": seen}).encode() + b"\n")
    with pytest.raises(WorkerEnded, match="DeadKernelError"):
        far.worker.call_functions(ASKS, 1)


def test_a_line_without_end_ends_the_worker(far):
    def write():
        with contextlib.suppress(OSError):  # nobody reads any more
            while True:
                far.say(b"x" * (1 << 20))

    writing = threading.Thread(target=write)
    writing.start()
    with pytest.raises(WorkerEnded, match="DeadKernelError"):
        far.worker.run(CELL, 30)
    far.worker.close()
    writing.join()


@pytest.mark.parametrize("word", ['""', "[]", "{}"])
def test_an_answer_of_many_small_things_is_not_read(far, word):
    many = ",".join([word] * 50_000)
    far.channel.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
    far.say(f'{{"record": "Observed", "version": 1, "seen": [[{many}]]}}\n'.encode())
    with pytest.raises(WorkerEnded, match="DeadKernelError"):
        far.worker.call_functions(ASKS, 30)


def test_a_reply_in_single_bytes_ends_the_worker(far, monkeypatch):
    monkeypatch.setattr(worker_client, "_MOST_PARTS", 3)
    monkeypatch.setattr(far.worker, "_channel", SingleBytes(far.worker._channel))
    far.say(outputs(count=5))
    with pytest.raises(WorkerEnded, match="DeadKernelError"):
        far.worker.run(CELL, 30)


class SingleBytes:
    """A channel on which never more than a byte has come."""

    def __init__(self, channel):
        self._channel = channel

    def __getattr__(self, name):
        return getattr(self._channel, name)

    def recv(self, _):
        return self._channel.recv(1)


def test_a_closed_channel_ends_the_worker(far):
    far.channel.close()
    with pytest.raises(WorkerEnded, match="DeadKernelError"):
        far.worker.run(CELL, 5)


@pytest.mark.parametrize(("told", "kept"), [(0, 0), (7, 7), (-1, None), (1 << 31, None)])
def test_a_count_that_no_notebook_can_hold_is_dropped(far, told, kept):
    far.say(CellOutputs(outputs="[]", count=told))
    assert far.worker.run(CELL, 5).count == kept


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ((), ((), ())),
        ((("a",),), (("a",), ())),
        ((("a",), ("b", "c"), ("d",)), (("a",), ("b", "c"))),
    ],
    ids=["none", "too few", "too many"],
)
def test_there_is_one_row_of_observations_for_each_ask(far, told, kept):
    far.say(Observed(seen=told))
    done = far.worker.call_functions(ASKS, 1)
    assert (done.number, done.seen) == (4, kept)


def test_replies_in_one_piece_are_read_one_by_one(far):
    far.say(FolderEntered().to_json().encode() + b"\n" + outputs(count=5))
    far.worker.enter_folder(Job(id="a", folder="hw", cells=()))
    assert far.worker.run(CELL, 5).count == 5


def test_commands_say_what_the_job_says(far):
    file = File(path="a.csv", content="")
    for reply in (FolderEntered(), CellOutputs(), Observed(), Observed(), SideEffects()):
        far.say(reply)
    far.worker.enter_folder(Job(id="a", folder="hw", cells=(), files=(file,)))
    far.worker.save_state(4)
    far.worker.save_state(5)
    far.worker.run(CELL, 5)
    far.worker.call_functions(ASKS, 1.5)
    far.worker.call_functions(JobCell(number=5, asks=ASKS.asks, last=True), 1.5)
    assert far.worker.side_effects() == SideEffects()
    assert far.commands[:-1] == [
        EnterFolder(folder="hw", files=(file,)),
        RunCell(source="6 * 7", save=(4, 5)),
        CallFunctions(asks=ASKS.asks, seconds=1.5),
        CallFunctions(asks=ASKS.asks, seconds=1.5, restore=5),
    ]


def test_a_cell_that_takes_too_long_is_interrupted(far, monkeypatch):
    monkeypatch.setattr(worker_client, "_GRACE_SECONDS", 0.01)
    with pytest.raises(WorkerEnded, match="CellTimeoutError"):
        far.worker.run(CELL, 0.01)
    assert far.supervisor.recv(10) == b"i"


def test_a_cell_that_ends_when_interrupted_has_its_outputs(far):
    def answer():
        assert far.supervisor.recv(10) == b"i"
        far.say(outputs(count=5))

    answering = threading.Thread(target=answer)
    answering.start()
    done = far.worker.run(CELL, 0.01)
    answering.join()
    assert (done.count, done.problem) == (5, "interrupted")


def test_the_end_is_told_by_the_supervisor(far):
    end = WorkerEnd(reason="memory", cpu_seconds=1.5)
    far.say(WorkerEnd(reason="killed"))  # the worker itself is not asked
    far.supervisor.sendall(end.to_json().encode())
    assert far.worker.end() == end
    assert far.supervisor.recv(10) == b"k"


@pytest.mark.parametrize("said", [b"", b"{", b"\xff", b"{}"])
def test_where_no_supervisor_can_say_the_end_is_unknown(far, said):
    far.supervisor.sendall(said)
    far.supervisor.shutdown(socket.SHUT_WR)
    assert far.worker.end() == WorkerEnd()
