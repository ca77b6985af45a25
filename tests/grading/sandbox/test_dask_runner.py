"""A class that is run on many machines, or kept in another database, ends in the same gradebook."""

import json
import os
import pwd
import shutil
import subprocess
import sys
import tempfile
import time
from concurrent.futures import Future
from pathlib import Path

import pytest

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.record.gradebook import read_grades


def scores(course):
    return {grade.student: grade.score for grade in read_grades(course, "hw")}


@pytest.fixture
def course(hw, tmp_path):
    course = hw.copy(tmp_path)
    for number in range(12):
        hw.hand_in(course, f"s{number:02}", hw.right if number % 3 else hw.wrong)
    return course


EXPECTED = {f"s{number:02}": 7.0 if number % 3 else 0.0 for number in range(12)}


class Cluster:
    """A scheduler and workers, each a process of its own, in a folder without the course."""

    def __init__(self, folder):
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.processes = []
        self.start("scheduler", "--port=0", "--no-dashboard")
        wait_until(self.file.exists)
        self.address = json.loads(self.file.read_text())["address"]

    def start(self, *words):
        command = [sys.executable, "-m", "dask", *words, f"--scheduler-file={self.file}"]
        with (self.folder / "log").open("ab") as log:
            self.processes.append(
                subprocess.Popen(command, cwd=self.folder, stdout=log, stderr=log)
            )
        return self.processes[-1]

    def add_worker(self):
        return self.start("worker", "--nthreads=1", "--no-nanny", "--no-dashboard")


def wait_until(true, seconds=60):
    deadline = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < deadline
        time.sleep(0.02)


@pytest.fixture
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    yield cluster
    for process in cluster.processes:
        process.kill()
        process.wait()


def test_workers_that_are_lost_in_the_middle_change_nothing(course, cluster):
    lost = cluster.add_worker()
    cluster.add_worker()
    log = cluster.folder / "log"
    wait_until(lambda: log.read_text().count("Registered to") == 2)
    graded = []

    def on_graded(one):
        graded.append(one.entry.student)
        if len(graded) == 3:
            lost.kill()
            cluster.add_worker()

    grade_assignment(course, "hw", scheduler=cluster.address, isolation=None, on_graded=on_graded)
    assert sorted(graded) == sorted(EXPECTED)  # each once
    assert scores(course) == EXPECTED


def test_where_no_scheduler_answers_it_says_so(course, monkeypatch):
    monkeypatch.setattr("rainfall_kit.grading.sandbox.dask_runner._CONNECT_SECONDS", 0.5)
    with pytest.raises(CourseError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        grade_assignment(course, "hw", scheduler="tcp://127.0.0.1:9")


class Careless:
    """Gives results late, in another order, and some of them twice."""

    jobs = 4

    def __init__(self, runner):
        self._runner, self._held = runner, []

    def submit(self, job):
        self._runner.submit(job).result()
        done = Future()
        self._held.append((done, self._runner.submit(job).result()))
        if len(self._held) == 3:
            for held, result in reversed(self._held):
                held.set_result(result)
            self._held.clear()
        return done

    def close(self):
        self._runner.close()


def test_results_that_come_late_or_twice_change_nothing(course, monkeypatch):
    from rainfall_kit.grading.engine import Grading

    real = Grading.local_runner
    monkeypatch.setattr(Grading, "local_runner", lambda self, *given: Careless(real(self, *given)))
    graded = []
    grade_assignment(course, "hw", on_graded=lambda each: graded.append(each.entry.student))
    assert sorted(graded) == sorted(EXPECTED)
    assert scores(course) == EXPECTED


# --- PostgreSQL


def program(name):
    found = shutil.which(name) or next(
        iter(Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None
    )
    assert found, f"{name} is not installed: apt install postgresql"
    return str(found)


@pytest.fixture
def postgresql():
    """The address of a real server, which only this test uses; it refuses to run as root."""
    folder = Path(tempfile.mkdtemp(prefix="rainfall-postgresql-"))
    user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    as_user = {"user": user} if os.geteuid() == 0 else {}
    if as_user:
        shutil.chown(folder, user)
    data = folder / "data"
    init = [program("initdb"), "-D", data, "-U", "rainfall", "--auth=trust", "--no-sync"]
    subprocess.run(init, check=True, capture_output=True, cwd=folder, **as_user)
    serve = [program("postgres"), "-D", data, "-k", folder, "-h", ""]
    server = subprocess.Popen(serve, cwd=folder, stderr=subprocess.DEVNULL, **as_user)
    try:
        wait_until(lambda: (folder / ".s.PGSQL.5432").exists())
        yield f"postgresql+psycopg://rainfall@/postgres?host={folder}"
    finally:
        server.terminate()
        server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def test_a_gradebook_in_postgresql_holds_the_same(course, postgresql, nbgrader):
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(f"c.CourseDirectory.db_url = {postgresql!r}\n")
        config.write("c.CourseDirectory.course_id = 'hw'\n")  # PostgreSQL insists on a name
    shutil.rmtree(course / "release")
    nbgrader("generate_assignment", "hw", "--force", cwd=course)
    grade_assignment(course, "hw")
    assert scores(course) == EXPECTED
    assert all(each.skipped for each in grade_assignment(course, "hw"))
