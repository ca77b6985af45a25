"""A question that is asked last gets the answer that stood when its cell's turn came."""

import ast
import json
from dataclasses import replace

import pytest
from cgroup_look import can_make_cgroups

from rainfall_kit.checks.questions.registry import find_question
from rainfall_kit.grading.judging.values import judge_values
from rainfall_kit.grading.sandbox import run_job as run_job_module
from rainfall_kit.grading.sandbox.job import Ask, Given, Job, JobCell, Limits, Result
from rainfall_kit.grading.sandbox.run_job import _in_turn, run_job

QUESTION = find_question("mse")
CASES = QUESTION.cases((1, 2))
ASK = Ask(question="mse", name="mse", cases=tuple(case.to_json() for case in CASES))
ANSWER = """\
import torch
def square(x):
    return x * x
def mse(preds, targets):
    return square(preds - targets).mean()"""
ENDS_PYTHON = "import os\nos._exit(1)"


def asked_last(server, *later, limits=None, asks=(ASK,)):
    """The result of a notebook with the answer, the cell that asks, and these cells after it."""
    sources = (ANSWER, "", *later)
    cells = tuple(
        JobCell(number=number, source=source, asks=() if source else asks, last=not source)
        for number, source in enumerate(sources)
    )
    job = Job(id="a", folder="hw", cells=cells, limits=limits or Limits())
    return Result.from_json(run_job(job.to_json().encode(), server).decode())


def outcome(result):
    return judge_values(ASK, CASES, result.cells[1].seen[0]).outcome


def test_each_cell_says_its_own_cpu_time(server):
    busy = "import time\nuntil = time.process_time() + 0.5\nwhile time.process_time() < until: pass"
    result = asked_last(server, busy)
    seconds = [cell.cpu_seconds for cell in result.cells]
    assert max(seconds) == seconds[2] > 0.4
    assert seconds[1] > 0  # of calls, each in a process of its own
    assert sum(seconds) <= result.cpu_seconds + 0.1


@pytest.mark.parametrize(
    "later",
    [
        "def square(x):\n    return 2 * x",
        "mse = None",
        "%reset -f",
        "torch.set_default_dtype(torch.float64)\ntorch.set_grad_enabled(False)",
        "torch.set_default_device('meta')",
        "torch.Tensor.mean = torch.mean = torch.Tensor.sum",
        "import builtins\nbuiltins.isinstance = lambda *_: False",
        "import os\nos.mkdir('x')\nos.chdir('x')\nos.rmdir('../x')",
    ],
    ids=[
        "another helper",
        "another answer",
        "nothing left",
        "other switches",
        "another device",
        "another mean",
        "another builtin",
        "no folder",
    ],
)
def test_what_later_cells_do_changes_nothing(server, later):
    assert outcome(asked_last(server, later)) == "right"


def test_cells_that_end_python_again_and_again_cost_only_themselves(server):
    result = asked_last(server, *[ENDS_PYTHON] * 8, "print('not reached')")
    assert outcome(result) == "right"
    assert {cell.problem for cell in result.cells[2:]} == {"DeadKernelError"}
    assert [cell.number for cell in result.cells] == [*range(11)]


def test_cells_that_take_all_the_time_cost_only_themselves(server):
    limits = Limits(cell_seconds=1.0, wall_seconds=1.5)
    result = asked_last(server, *["while True: pass"] * 3, limits=limits)
    assert outcome(result) == "right"
    assert {cell.problem for cell in result.cells[2:]} <= {"interrupted", "CellTimeoutError"}


def test_a_cell_that_keeps_running_when_interrupted_costs_only_itself(server):
    stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True: pass"
    limits = Limits(cell_seconds=1.0, wall_seconds=1.5)
    result = asked_last(server, stubborn, "print('not reached')", limits=limits)
    assert outcome(result) == "right"
    assert result.cells[2].problem == "CellTimeoutError"


def test_an_answer_that_ends_python_when_asked_costs_only_its_own_cell(server):
    late = "def late(preds, targets):\n    import os\n    os._exit(1)"
    ask = Ask(question="mse", name="late", cases=ASK.cases)
    cells = (
        JobCell(number=0, source=ANSWER),
        JobCell(number=1, asks=(ASK,), last=True),
        JobCell(number=2, source=late),
        JobCell(number=3, asks=(ask,), last=True),
    )
    job = Job(id="a", folder="hw", cells=cells)
    result = Result.from_json(run_job(job.to_json().encode(), server).decode())
    assert outcome(result) == "right"
    assert result.cells[3].problem == "DeadKernelError"


FINDS_CHANNEL = """
import ctypes, os
for CHANNEL in range(3, 64):
    if os.path.exists(f"/proc/self/fd/{CHANNEL}"):
        break
"""
WAYS_OUT = {
    "an exit": "os._exit(1)",
    "a fault": "ctypes.string_at(0)",
    "another program": "os.execv('/bin/true', ['true'])",
    "a fork that goes on": "os.fork() and os._exit(0)",
    "a closed channel": "os.closerange(3, 64)",
    "a reply that is none": "os.write(CHANNEL, b'[]\\n')",
    "a reply that never ends": "while True: os.write(CHANNEL, bytes(1 << 16))",
}


@pytest.mark.parametrize("way_out", WAYS_OUT.values(), ids=WAYS_OUT)
def test_nothing_runs_again_once_a_secret_was_shown(server, monkeypatch, way_out):
    forks = []
    fork = server.fork
    monkeypatch.setattr(server, "fork", lambda *those: forks.append(those) or fork(*those))
    dies = f"{FINDS_CHANNEL}def mse(preds, targets):\n    {way_out}"
    late = Ask(question="mse", name="late", cases=ASK.cases)
    cells = (
        JobCell(number=0, source=dies),
        JobCell(number=1, source="late = lambda preds, targets: ((preds - targets) ** 2).mean()"),
        JobCell(number=2, asks=(ASK,), last=True),
        JobCell(number=3, asks=(late,), last=True),
    )
    job = Job(id="a", folder="hw", cells=cells)
    result = Result.from_json(run_job(job.to_json().encode(), server).decode())
    assert len(forks) == 1
    assert [cell.problem for cell in result.cells[2:]] == ["DeadKernelError", "NotAskedError"]
    assert not any(cell.seen for cell in result.cells)


@pytest.mark.parametrize(("between", "shared"), [((), True), (("x = 1",), False)])
def test_what_a_function_gave_is_not_asked_for_again_in_the_same_state(server, between, shared):
    counts = (
        "import torch\ncalls = []\ndef mse(preds, targets):\n"
        "    calls.append(1)\n    return torch.tensor(float(len(calls)))"
    )
    first, other = (replace(ASK, cases=ASK.cases[part]) for part in (slice(4), slice(2, 6)))
    cells = (
        JobCell(number=0, source=counts),
        JobCell(number=1, asks=(first,), last=True),
        *(JobCell(number=2, source=source) for source in between),
        JobCell(number=3, asks=(other, other), last=True),
    )
    job = Job(id="a", folder="hw", cells=cells)
    result = Result.from_json(run_job(job.to_json().encode(), server).decode())
    (one,), (two, again) = (cell.seen for cell in (result.cells[1], result.cells[-1]))
    assert [len(one), len(two)] == [4, 4]
    assert again == two
    assert len({*one, *two}) == (6 if shared else 8)
    assert (one[2:] == two[:2]) == shared


def test_a_process_may_have_any_name(server):
    name = "from pathlib import Path\nPath('/proc/self/comm').write_bytes(b'\\xff) 1 (')\n"
    watched = "import time\ntime.sleep(0.3)\nprint('still here')"  # so that somebody looks at it
    assert "still here" in asked_last(server, name + watched).cells[-1].outputs
    assert outcome(asked_last(server)) == "right"


def test_cells_that_show_too_much_together_are_cut(server):
    source = "print('x' * 10**6)"
    cells = tuple(JobCell(number=number, source=source) for number in range(20))
    job = Job(id="a", folder="hw", cells=(*cells, JobCell(number=20, source="print(6 * 7)")))
    result = Result.from_json(run_job(job.to_json().encode(), server).decode())
    assert sum(len(cell.outputs) for cell in result.cells) < 9 << 20
    assert "truncated" in result.cells[19].outputs
    assert "42" in result.cells[20].outputs


def test_what_one_cell_is_given_is_not_asked_for_after_it():
    def ask(question, *given):
        programs = tuple(Given(name=name, program="") for name in given)
        return Ask(question=question, name="f", given=programs)

    def in_turn(*cells):
        cells = [JobCell(number=number, asks=asks) for number, asks in enumerate(cells)]
        return [(number, ask.question) for number, ask in _in_turn(cells)]

    train, step, mse = ask("train", "gd_step"), ask("gd_step", "model", "mse"), ask("mse")
    assert in_turn([train], [step], [mse]) == [(2, "mse"), (1, "gd_step"), (0, "train")]
    assert in_turn([step, mse]) == [(0, "mse"), (0, "gd_step")]
    alone = ask("train")  # a right gd_step would do its work
    assert in_turn([ask("gradients", "gd_step")], [alone]) == [(1, "train"), (0, "gradients")]
    circle = ask("model", "mse"), ask("mse", "model")
    assert in_turn(*zip(circle)) == [(0, "model"), (1, "mse")]


def printed(result, number):
    """What a cell printed."""
    return next(cell for cell in result.cells if cell.number == number).outputs


def test_a_worker_imports_nothing_that_each_of_them_would_import(server):
    before = JobCell(number=0, source="import sys\nbefore = set(sys.modules)")
    answer = JobCell(number=1, source=ANSWER)
    ask = JobCell(number=2, asks=(ASK,), last=True)
    after = JobCell(number=3, source="print(sorted(set(sys.modules) - before))")
    job = Job(id="a", folder="hw", cells=(before, answer, ask, after), limits=Limits())
    result = Result.from_json(run_job(job.to_json().encode(), server).decode())
    assert '"[]\\n"' in printed(result, 3)


MADE_BY_BUBBLEWRAP = [
    *("core", "fd", "full", "null", "ptmx", "pts", "random", "shm"),
    *("stderr", "stdin", "stdout", "tty", "urandom", "zero"),
]


# Leaves a note on each open file, and tells those that it finds there: the signal that it is to send, and its flags.
NOTES = """
import fcntl, os
F_SETSIG, F_GETSIG = 10, 11
for number in range(64):
    try:
        found = fcntl.fcntl(number, F_GETSIG), fcntl.fcntl(number, fcntl.F_GETFL) & os.O_NONBLOCK
        fcntl.fcntl(number, F_SETSIG, 42)
        fcntl.fcntl(number, fcntl.F_SETFL, os.O_NONBLOCK)
    except OSError:
        continue
    if any(found):
        print("note", number, found)
    fcntl.fcntl(number, fcntl.F_SETFL, 0)
"""


def test_no_note_is_left_on_an_open_file_for_the_next_submission(server):
    for _ in range(2):
        done = asked_last(server, NOTES).cells[2]
        assert (done.problem, done.outputs) == ("", "[]")


def test_no_device_of_the_machine_is_seen(server):
    source = "import os\nprint(sorted(os.listdir('/dev')))"
    job = Job(id="a", folder="hw", cells=(JobCell(number=0, source=source),), limits=Limits())
    result = Result.from_json(run_job(job.to_json().encode(), server).decode())
    assert ast.literal_eval(json.loads(printed(result, 0))[0]["text"]) == MADE_BY_BUBBLEWRAP


@pytest.mark.parametrize("drawn", ["random.random()", "np.random.rand()"])
def test_no_two_submissions_draw_the_same_random_numbers(server, drawn):
    source = f"import random\nimport numpy as np\nprint({drawn})"
    job = Job(id="a", folder="hw", cells=(JobCell(number=0, source=source),), limits=Limits())
    results = [Result.from_json(run_job(job.to_json().encode(), server).decode()) for _ in range(2)]
    assert printed(results[0], 0) != printed(results[1], 0)


THREADS = """\
import threading
stop = threading.Event()
for _ in range(8):
    threading.Thread(target=stop.wait, daemon=True).start()
stop.set()"""
# What is more than such a limit allows; with the usual one it runs.
MORE_THAN_ALLOWED = {
    "cell_seconds": (0.5, "import time\ntime.sleep(1)"),
    "wall_seconds": (0.5, "import time\ntime.sleep(1)"),
    "cpu_seconds": (1, "import time\nwhile time.process_time() < 1.5: pass"),
    "memory_mib": (64, "block = bytearray(200 << 20)"),
    "scratch_mib": (1, "open('a', 'wb').write(bytes(2 << 20))"),
    "scratch_files": (10, "for name in range(20): open(str(name), 'w').close()"),
    "processes": (3, THREADS),
    "open_files": (20, "files = [open('/dev/null') for _ in range(40)]"),
    "output_kib": (1, "print('word ' * 1000)"),
}


@pytest.mark.parametrize("name", MORE_THAN_ALLOWED)
def test_each_limit_holds_where_it_is_set(server, name):
    value, source = MORE_THAN_ALLOWED[name]
    for limits in (Limits(), Limits(**{name: value})):
        job = Job(id="a", folder="hw", cells=(JobCell(number=0, source=source),), limits=limits)
        (cell,) = Result.from_json(run_job(job.to_json().encode(), server).decode()).cells
        stopped = cell.problem or '"error"' in cell.outputs or "Output truncated" in cell.outputs
        assert bool(stopped) == (limits != Limits()), cell


def test_where_all_asks_together_have_taken_their_time_the_rest_is_not_asked(server, monkeypatch):
    none_left = run_job_module._Allowance(0.0)
    monkeypatch.setattr(run_job_module, "_Allowance", lambda _: none_left)
    answered, asked, later = asked_last(server, "print(6 * 7)").cells
    assert (answered.problem, asked.problem, later.problem) == ("", "CellTimeoutError", "")


# Data that waits in sockets is the kernel's memory, and no process's.
FILLS_SOCKETS = """
import socket
kept, held = [], 0
while held < 150 << 20:
    kept.append(socket.socketpair())
    for end in kept[-1]:
        end.setblocking(False)
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 20)
        try:
            while True:
                held += end.send(bytes(1 << 16))
        except BlockingIOError:
            pass
print("WON")"""


@pytest.mark.parametrize("in_cgroup", [True, False])
def test_memory_that_no_count_sees_is_held_by_a_cgroup(server, monkeypatch, in_cgroup):
    limits = Limits(memory_mib=32, scratch_mib=1, open_files=512)
    if not in_cgroup:
        monkeypatch.setattr(server, "_cgroups", None)
    result = asked_last(server, FILLS_SOCKETS, limits=limits)
    if in_cgroup and can_make_cgroups():
        assert result.cells[2].problem == "MemoryLimitError"
        assert result.isolation == "namespaces and seccomp, memory limited by a cgroup"
    else:  # what stood is told
        assert "WON" in printed(result, 2)
        assert result.isolation == "namespaces and seccomp, memory counted"
    assert outcome(result) == "right"  # it costs the other cells nothing


STARTS_LARGE_ONES = """
import os, time
for _ in range(3):
    if os.fork() == 0:
        kept = bytearray(b"x") * (56 << 20)
        time.sleep(2)
        os._exit(0)
for _ in range(3):
    os.wait()"""


@pytest.mark.parametrize("in_cgroup", [True, False])
def test_the_cell_that_started_what_was_killed_for_its_memory_is_told(
    server, monkeypatch, in_cgroup
):
    if not in_cgroup:
        monkeypatch.setattr(server, "_cgroups", None)
    result = asked_last(server, STARTS_LARGE_ONES, limits=Limits(memory_mib=64, scratch_mib=1))
    assert result.cells[2].problem == "MemoryLimitError"
    assert outcome(result) == "right"


TELLS_WHERE_IT_IS = """
import os, pathlib
print(*pathlib.Path("/proc/self/cgroup").read_text().split())
print(*(os.readlink(path) for path in pathlib.Path("/proc/self/fd").iterdir() if path.is_symlink()))"""


def test_student_code_sees_nothing_of_its_cgroup(server):
    (shown,) = json.loads(printed(asked_last(server, TELLS_WHERE_IT_IS), 2))
    paths, files = shown["text"].splitlines()
    assert all(line.endswith(":/") for line in paths.split())
    assert "rainfall" not in files
