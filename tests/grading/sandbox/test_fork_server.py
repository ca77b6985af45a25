"""The sandbox stands for root and for everybody else; where it cannot, it says so, and nobody gets 0."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.sandbox import bubblewrap, fork_server
from rainfall_kit.grading.sandbox.fork_server import ForkServer
from rainfall_kit.grading.sandbox.job import Job, JobCell, Result
from rainfall_kit.grading.sandbox.run_job import run_job

# Python runs this when it starts: a device that torch counts, as it counts a graphics card.
DEVICE = """
from torch.utils.backend_registration import _setup_privateuseone_for_python_backend as count_device
count_device("made_up")
"""


@pytest.fixture
def at_start(tmp_path, monkeypatch):
    """Takes a script that the fork server runs when it starts."""
    folders = os.pathsep.join([str(tmp_path), bubblewrap.python_path()])
    monkeypatch.setattr(bubblewrap, "python_path", lambda: folders)
    return (tmp_path / "sitecustomize.py").write_text


def test_beside_a_device_that_stops_forks_nothing_is_graded(at_start):
    at_start(DEVICE)
    with ForkServer("none") as server, pytest.raises(CourseError, match="--kernels"):
        server.wait_until_ready()


@pytest.mark.parametrize(
    ("script", "seconds", "told"),
    [
        ("import os; os._exit(0)", 120, "it said nothing"),
        ("import os; os.write(2, b'no room'); os._exit(1)", 120, "no room"),
        ("import time; time.sleep(60)", 0.01, "it has not answered within 0.01 s"),
    ],
)
def test_why_it_does_not_start_is_told_in_one_line(at_start, monkeypatch, script, seconds, told):
    at_start(script)
    monkeypatch.setattr(fork_server, "_START_SECONDS", seconds)
    with (
        ForkServer("none") as server,
        pytest.raises(CourseError, match=f"^the process that grades does not start: {told}. Try"),
    ):
        server.wait_until_ready()


# A worker gets no sandbox once that file is there.
FULL = """
from pathlib import Path

from rainfall_kit.grading.sandbox.inside import namespaces

limit = namespaces.limit_cpu_alone

def limit_while_there_is_room(limits):
    if Path({flag!r}).exists():
        raise OSError(28, "No space left on device")
    limit(limits)

namespaces.limit_cpu_alone = limit_while_there_is_room
"""


def test_where_the_system_refuses_something_in_the_middle_nobody_gets_0(tmp_path, at_start):
    flag = tmp_path / "full"
    at_start(FULL.format(flag=str(flag)))
    job = Job(id="a", folder="hw", cells=(JobCell(number=0, source="6 * 7"),)).to_json().encode()
    with ForkServer("none") as server:
        server.wait_until_ready()
        assert "42" in run_job(job, server).decode()
        flag.touch()
        with pytest.raises(CourseError, match="refused"):
            run_job(job, server)


def test_without_a_sandbox_files_are_gone_with_the_server_and_nobody_elses():
    source = (
        "import os, pathlib\npathlib.Path('kept').touch()\nprint(os.getcwd(), *os.listdir('..'))"
    )
    job = Job(id="a", folder="hw", cells=(JobCell(number=0, source=source),)).to_json().encode()
    with ForkServer("none") as server:
        server.wait_until_ready()
        (shown,) = json.loads(Result.from_json(run_job(job, server).decode()).cells[0].outputs)
    place, *beside = shown["text"].split()
    assert "hw" in beside
    assert not Path(place).parent.exists()
    assert Path(place).parent != Path(tempfile.gettempdir())


AS_A_USER = "unshare --user --map-user=1000 --map-group=1000"
AS_ROOT = "unshare --user --map-root-user"
# Writes a file into each folder where something is mounted, and tells in which it could.
WRITES = """
could = set()
for line in open("/proc/self/mounts"):
    place = line.split()[1]
    try:
        open(place + "/note", "w").close()
        could.add(place)
    except OSError:
        pass
print("could", *sorted(could))
"""
GRADE_CELLS = f"""
from rainfall_kit.grading.sandbox.run_job import run_job
from rainfall_kit.grading.sandbox.fork_server import ForkServer
from rainfall_kit.grading.sandbox.job import Job, JobCell

WRITES = {WRITES!r}
with ForkServer() as server:
    server.wait_until_ready()
    source = "import os; os.getuid() + 1"
    cells = (JobCell(number=0, source=source), JobCell(number=1, source=WRITES))
    job = Job(id="a", folder="hw", cells=cells)
    print(run_job(job.to_json().encode(), server).decode())
"""


def in_a_shell(command):
    """What a command says, with Python as its first word and the script as its second."""
    words = ["sh", "-c", command, sys.executable, GRADE_CELLS]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_the_sandbox_stands_for_those_who_are_not_root():
    done = in_a_shell(f'{AS_A_USER} "$0" -c "$1"')
    assert '"1001\\"' in done.stdout, done
    # nothing of this machine, and nothing that the next submission sees
    assert f"could /dev/shm {bubblewrap.scratch()}\\\\n" in done.stdout, done


# one for the user and one for bubblewrap, and none for a template process; or one for that, and none for a worker
@pytest.mark.parametrize("namespaces", [2, 3])
def test_where_the_system_refuses_a_sandbox_nothing_is_graded(namespaces):
    limit = f"echo {namespaces} > /proc/sys/user/max_user_namespaces"
    done = in_a_shell(f'{AS_ROOT} sh -c \'{limit} && exec {AS_A_USER} "$0" -c "$1"\' "$0" "$1"')
    assert "CourseError: students' code cannot be sandboxed here" in done.stderr, done
