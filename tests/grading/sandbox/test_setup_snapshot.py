"""The first cells of a notebook run once for all, and nobody can tell."""

import json
from dataclasses import replace

import pytest

from rainfall_kit.grading.sandbox.fork_server import ForkServer
from rainfall_kit.grading.sandbox.job import File, Job, JobCell, Limits, Result
from rainfall_kit.grading.sandbox.run_job import run_job
from rainfall_kit.grading.sandbox.setup_snapshot import take_snapshots

GIVEN = (
    "import os, sys, time, torch\nthen = time.monotonic_ns()\nw = torch.rand(2)\nprint(w)",
    "out = sys.stdout\n!echo seen by $USER; id -u; ls -A\nw + 1",
    "1 / 0",
)
LOOK = """\
out.write("kept\\n")
os.write(1, b"past Python\\n")
print(w, os.getcwd(), os.getuid(), os.listdir(), sorted(os.listdir("/proc/self/fd")), In[1:4], Out)"""


def job(*sources, **more):
    cells = tuple(JobCell(number=2 * n, source=source) for n, source in enumerate(sources))
    return Job(id="a", folder="hw", cells=cells, **more)


def run(server, job, snapshots=()):
    result = Result.from_json(run_job(job.to_json().encode(), server, snapshots).decode())
    return [replace(cell, cpu_seconds=0.0) for cell in result.cells]  # no two runs take the same


def test_nobody_can_tell_who_goes_on_from_a_snapshot(server):
    whole = job(*GIVEN, LOOK, "w.sum()")
    snapshots = take_snapshots([job(*GIVEN)], server)
    assert run(server, whole, snapshots) == run(server, whole)


def test_it_runs_once(server):
    snapshots = take_snapshots([job(*GIVEN)], server)
    whole = job(*GIVEN, "then")
    first, second, alone = (run(server, whole, taken)[-1] for taken in (snapshots, snapshots, ()))
    assert first.outputs == second.outputs != alone.outputs


def test_numbers_that_the_cells_have_seeded_are_those_that_all_draw(server):
    draw = "print(random.random(), np.random.rand(), torch.rand(1))"
    imports = "import random, torch\nimport numpy as np\n"
    seeded = f"{imports}random.seed(3)\nnp.random.seed(3)\ntorch.manual_seed(3);"
    for setup, agree in ((seeded, True), (imports, False)):
        snapshots = take_snapshots([job(setup)], server)
        first, second, alone = (
            json.loads(run(server, job(setup, draw), taken)[-1].outputs)[0]["text"].split()
            for taken in (snapshots, snapshots, ())
        )
        assert len(snapshots) == 1
        assert first[2] == second[2] == alone[2]
        for which in (0, 1):
            assert (first[which] == second[which] == alone[which]) is agree
            assert (first[which] == second[which]) is agree


def test_what_one_writes_no_other_reads(server):
    snapshots = take_snapshots([job(*GIVEN)], server)
    secret = "os.write(1, b'seen')\nopen('seen', 'w').close()\nopen('/dev/shm/seen', 'w').close()"
    assert "seen" in run(server, job(*GIVEN, secret), snapshots)[-1].outputs
    look = "print(os.listdir(), os.listdir('/dev/shm'), os.pread(1, 99, 0))"
    (output,) = json.loads(run(server, job(*GIVEN, look), snapshots)[-1].outputs)
    assert output["text"] == "[] [] b''\n"


def test_cells_that_end_python_cost_only_themselves(server):
    snapshots = take_snapshots([job(*GIVEN)], server)
    result = run(server, job(*GIVEN, "os._exit(1)", "print(w)"), snapshots)
    assert [cell.problem for cell in result] == ["", "", "", "DeadKernelError", ""]
    assert "tensor" in result[-1].outputs


@pytest.mark.parametrize(
    "other",
    [
        job(GIVEN[0] + "\n", *GIVEN[1:], LOOK),
        job(GIVEN[0], "new = 1", *GIVEN[1:], LOOK),
        job(*GIVEN[:2]),
        job(*GIVEN, LOOK, files=(File(path="torch.py", content=""),)),
        replace(job(*GIVEN, LOOK), folder="hw2"),
        job(*GIVEN, LOOK, limits=Limits(output_kib=1)),
    ],
    ids=["changed", "one more", "cut short", "a file beside", "another folder", "other limits"],
)
def test_others_run_on_their_own(server, other):
    (snapshots,) = take_snapshots([job(*GIVEN)], server)
    assert snapshots.fits(job(*GIVEN, LOOK, files=(File(path="timestamp.txt", content=""),)))
    assert not snapshots.fits(other)


def test_the_longest_one_is_taken(server):
    snapshots = take_snapshots([job(*GIVEN[:1]), job(*GIVEN)], server)
    assert [len(snapshot.done) for snapshot in snapshots] == [3, 1]


@pytest.mark.parametrize(
    "source",
    [
        "import threading, time\nthreading.Thread(target=time.sleep, args=(9,)).start()",
        "import subprocess\nchild = subprocess.Popen(['sleep', '9'])",
        "file = open('/etc/passwd')",
        "import socket\npair = socket.socketpair()",
        "open('notes.txt', 'w').close()",
        "import os\nos.remove('table.csv')",
        "open('/dev/shm/notes', 'w').close()",
        "import os\nterminal = os.openpty()",
        "import mmap\nboard = mmap.mmap(-1, 4096)",
        "import signal\n_ = signal.setitimer(signal.ITIMER_REAL, 9)",
        "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)",
        "while True: pass",
        "import os\nos._exit(0)",
    ],
    ids=lambda source: source.partition("\n")[2] or source,
)
def test_cells_that_leave_more_than_memory_are_run_for_each(server, source):
    table = File(path="table.csv", content="")
    given = job("x = 1", source, files=(table,), limits=Limits(cell_seconds=0.5))
    assert take_snapshots([given, job(*GIVEN)], server) == ()


def test_without_a_sandbox_nothing_is_shared():
    with ForkServer("none") as server:
        server.wait_until_ready()
        assert take_snapshots([job(*GIVEN)], server) == ()
