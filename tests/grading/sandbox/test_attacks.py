"""Every attack of the corpus works where nothing stands against it, and fails against the engine."""

import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import tomllib
from pathlib import Path

import nbformat
import pytest
from cgroup_look import memory_in_words

from rainfall_kit.grading.backend import LocalBackend
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.sandbox.fork_server import ForkServer
from rainfall_kit.grading.sandbox.job import Job, JobCell, Limits, Result
from rainfall_kit.grading.sandbox.run_job import run_job
from rainfall_kit.grading.sandbox.setup_snapshot import take_snapshots

ATTACKS = tomllib.loads((Path(__file__).parent / "attacks.toml").read_text())["attack"]
LOOT = "the-loot-of-the-course"
TAG = f"rainfall-attack-{os.getpid()}"


def those(**wanted):
    chosen = [attack for attack in ATTACKS if all(attack.get(k) == v for k, v in wanted.items())]
    return pytest.mark.parametrize("attack", chosen, ids=lambda attack: attack["name"])


# What stands above every attack that wants out; it may have run already.
GIVEN = JobCell(number=0, source="import torch")
LIMITS = Limits(cell_seconds=8, wall_seconds=20)
# A machine that is busy writes a hundred MiB slowly, and no attack is to lose for that.
TIME_TO_WIN = Limits(cell_seconds=120, wall_seconds=240)

FORGING = [attack for attack in ATTACKS if "proof" not in attack]


def student_of(attack):
    # stock nbgrader does not get over a loop that nothing stops, so that one comes last
    first = "z-" if attack["kind"] == "denial" else ""
    return first + attack["name"].replace(" ", "-").replace("'", "")


def test_the_corpus_is_large_and_of_every_kind():
    assert len({attack["name"] for attack in ATTACKS}) == len(ATTACKS) >= 40
    assert {attack["kind"] for attack in ATTACKS} == {
        "forging",
        "reading",
        "writing",
        "denial",
        "network",
        "rights",
    }


# --- forging: wrong answers that want points


def points(graded):
    return {
        one.entry.student: {cell.name: cell.points for cell in one.entry.cells} for one in graded
    }


@pytest.fixture(scope="module")
def forged(hw, tmp_path_factory):
    """What every forger got in one run, with two honest students among them."""
    course = hw.copy(tmp_path_factory.mktemp("forged"), "c.Execute.timeout = 3\n")
    hw.hand_in(course, "a-right", hw.right)
    hw.hand_in(course, "z-right", hw.right)
    hw.hand_in(course, "m-wrong", hw.wrong)
    for attack in ATTACKS:
        if "proof" not in attack or attack["control"] == "stock":
            hw.hand_in(course, student_of(attack), attack["source"])
    return points(grade_assignment(course, "hw")), course


@pytest.fixture(scope="module")
def forged_without_sandbox(hw, tmp_path_factory):
    course = hw.copy(tmp_path_factory.mktemp("open"))
    for attack in FORGING:
        if attack["control"] == "open":
            hw.hand_in(course, student_of(attack), attack["source"])
    openly = LocalBackend(isolation="none")
    return points(grade_assignment(course, "hw", backend=openly))


@pytest.mark.parametrize("attack", FORGING, ids=lambda attack: attack["name"])
def test_no_forger_gets_a_point_for_values(forged, attack):
    got = forged[0][student_of(attack)]
    assert (got["seen"], got["hidden"]) == (0, 0)


@those(control="inside")
def test_a_forger_gets_points_where_the_own_process_scores(forged, attack, hw):
    got = forged[0][student_of(attack)]
    assert max(got[name] for name in hw.inside) == 1


@those(control="open", kind="forging")
def test_a_forger_gets_points_without_a_sandbox(forged_without_sandbox, attack):
    got = forged_without_sandbox[student_of(attack)]
    assert (got["seen"], got["hidden"]) == (1, 1)


@pytest.mark.parametrize("student", ["a-right", "z-right"])
def test_honest_students_among_attackers_keep_their_points(forged, student):
    assert set(forged[0][student].values()) == {1}


def test_a_wrong_answer_without_tricks_gets_nothing(forged):
    assert set(forged[0]["m-wrong"].values()) == {0}


# --- everything else: code that wants out


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    return tmp_path_factory.mktemp("out") / "hw-course"


@pytest.fixture(scope="module")
def sandboxed(place):
    place.mkdir()
    with ForkServer("namespaces", hidden=(place,)) as server:
        server.wait_until_ready()
        given = Job(id="given", folder="hw", cells=(GIVEN,), limits=LIMITS)
        yield server, take_snapshots([given], server)


@pytest.fixture(scope="module")
def unsandboxed():
    os.environ["RAINFALL_TEST_TOKEN"] = LOOT
    with ForkServer("none") as server:
        server.wait_until_ready()
        yield server, ()
    del os.environ["RAINFALL_TEST_TOKEN"]


def furnish(course):
    """A course with something to steal in every place."""
    shutil.rmtree(course, ignore_errors=True)
    texts = (
        "source/hw/hw.ipynb",
        "submitted/other/hw/hw.ipynb",
        "gradebook.db",
        ".rainfall/secret",
    )
    for name in texts:
        path = course / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(LOOT)


def files_of(course):
    return {str(path): path.read_bytes() for path in course.rglob("*") if path.is_file()}


class Ears:
    """Listens in every way that a service can."""

    def __init__(self, folder):
        self.heard = threading.Event()
        tcp, udp = socket.socket(), socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        tcp.bind(("127.0.0.1", 0))
        self.port = tcp.getsockname()[1]
        udp.bind(("127.0.0.1", self.port))
        self.path = str(folder / "ear.sock")
        unix, abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
        unix.bind(self.path)
        abstract.bind(f"\0{TAG}")
        self.sockets = [tcp, udp, unix, abstract]
        for ear in (tcp, unix, abstract):
            ear.listen()
        for ear in self.sockets:
            threading.Thread(target=self._listen, args=[ear], daemon=True).start()

    def _listen(self, ear):
        with contextlib.suppress(OSError):
            while True:
                if ear.type == socket.SOCK_DGRAM:
                    ear.recv(100)
                else:
                    ear.accept()[0].close()
                self.heard.set()


@pytest.fixture(scope="module")
def ears(tmp_path_factory):
    ears = Ears(tmp_path_factory.mktemp("ears"))
    yield ears
    for ear in ears.sockets:
        ear.close()


def survivors():
    """The processes that an attack has left behind."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):
            if f"'{TAG}'".encode() in path.read_bytes():
                found.append(int(path.parent.name))
    return found


def got_through(attack, course, ears, server, snapshots, limits=LIMITS):
    """Run an attack as a submission; whether it did what it is for."""
    furnish(course)
    before = files_of(course)
    ears.heard.clear()
    with subprocess.Popen([sys.executable, "-Sc", "import time; time.sleep(60)", LOOT]) as victim:
        source = attack["source"]
        for name, value in {
            "course": course,
            "pid": victim.pid,
            "port": ears.port,
            "socket": ears.path,
            "tag": TAG,
        }.items():
            source = source.replace(f"@{name}@", str(value))
        cells = (JobCell(number=1, source=source), JobCell(number=2, source="print(6 * 7)"))
        job = Job(id="attack", folder="hw", cells=(GIVEN, *cells), limits=limits)
        result = Result.from_json(run_job(job.to_json().encode(), server, snapshots).decode())
        with contextlib.suppress(subprocess.TimeoutExpired):
            victim.wait(0.1 if attack["proof"] == "killed" else 0)
        killed = victim.poll() is not None
        victim.kill()
    left = survivors()
    for pid in left:
        os.kill(pid, signal.SIGKILL)
    outputs = json.loads(result.cells[1].outputs)
    text = "".join(shown["text"] for shown in outputs if shown["output_type"] == "stream")
    return {
        "won": "WON" in text,
        "loot": LOOT in text,
        "spoiled": files_of(course) != before,
        "killed": killed,
        "heard": ears.heard.wait(0.1 if attack["proof"] == "heard" else 0),
        "left": bool(left),
    }, result


OUTWARD = [attack for attack in ATTACKS if "proof" in attack and attack["control"] == "open"]


@pytest.mark.parametrize("attack", OUTWARD, ids=lambda attack: attack["name"])
def test_it_works_without_a_sandbox_and_not_inside_one(attack, sandboxed, unsandboxed, place, ears):
    free, _ = got_through(attack, place, ears, *unsandboxed, TIME_TO_WIN)
    assert free[attack["proof"]], "the attack does not even work without a sandbox"
    server, taken = sandboxed
    for snapshots in ((), taken):
        kept, result = got_through(attack, place, ears, server, snapshots)
        assert not any(kept.values())
        assert "42" in result.cells[2].outputs  # and the submission goes on
        assert result.isolation == f"namespaces and seccomp, {memory_in_words()}"


# --- stock: what nbgrader itself does, which takes longest


@pytest.fixture(scope="module", autouse=True)
def stock_at_work(hw, tmp_path_factory):
    """nbgrader's own autograder, which waits for a loop to end while other tests run."""
    course = hw.copy(tmp_path_factory.mktemp("stock"), "c.Execute.timeout = 15\n")
    for attack in ATTACKS:
        if attack["control"] == "stock":
            hw.hand_in(course, student_of(attack), attack["source"])
    command = [sys.executable, "-m", "nbgrader", "autograde", "hw"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    with subprocess.Popen(command, cwd=course, **quiet) as run:
        yield course, run
        run.terminate()


@pytest.fixture(scope="module")
def stock(stock_at_work):
    course, run = stock_at_work
    run.wait(240)
    return course


def succeeded(attack, course):
    """Whether an attack has done in a graded course what it is for."""
    graded = course / "autograded" / student_of(attack) / "hw" / "hw.ipynb"
    if attack["kind"] == "denial":
        return not graded.exists()
    if attack["kind"] == "writing":
        return b"owned" in (course / "gradebook.db").read_bytes()
    nb = nbformat.read(graded, as_version=4)
    shown = json.dumps([cell.outputs for cell in nb.cells if cell.cell_type == "code"])
    return "BEGIN HIDDEN" in shown


@pytest.mark.parametrize(
    "attack",
    [attack for attack in ATTACKS if attack["control"] == "stock" and attack["kind"] != "forging"],
    ids=lambda attack: attack["name"],
)
def test_stock_nbgrader_falls_for_what_the_engine_does_not(stock, forged, attack):
    assert succeeded(attack, stock)
    assert not succeeded(attack, forged[1])


@those(control="stock", kind="forging")
def test_stock_nbgrader_takes_a_displayed_number_for_the_score(stock, forged, attack):
    from rainfall_kit.grading.record.gradebook import read_grades

    grades = {grade.student: grade.score for grade in read_grades(stock, "hw")}
    assert grades[student_of(attack)] > 0
    assert set(forged[0][student_of(attack)].values()) == {0}
