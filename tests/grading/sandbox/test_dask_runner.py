"""A class that is run on many machines ends in the same gradebook."""

import json
import subprocess
import sys

import pytest
from added_question import SQUARE
from class_of_twelve import EXPECTED, hand_in_twelve, scores, wait_until

from rainfall_kit.checks.questions.registry import question_folder
from rainfall_kit.errors import CourseError
from rainfall_kit.grading.backend import DaskBackend
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.sandbox.dask_runner import DaskRunner


@pytest.fixture
def course(hw, tmp_path):
    return hand_in_twelve(hw, tmp_path)


class Cluster:
    """A scheduler and workers, each a process of its own, in a folder without the course."""

    def __init__(self, folder):
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.processes = []

    def start_scheduler(self):
        self.start("scheduler", "--port=0", "--no-dashboard")
        wait_until(lambda: self.file.exists() and self.file.read_text().endswith("\n}"))
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


@pytest.fixture
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.start_scheduler()
        yield cluster
    finally:
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

    backend = DaskBackend(address=cluster.address)
    grade_assignment(course, "hw", backend=backend, on_graded=on_graded)
    assert sorted(graded) == sorted(EXPECTED)  # each once
    assert scores(course) == EXPECTED


def test_a_scheduler_that_goes_away_is_told_in_one_line(short, tmp_path, cluster, monkeypatch):
    monkeypatch.setattr("rainfall_kit.grading.sandbox.dask_runner._CONNECT_SECONDS", 10)
    course = short.copy(tmp_path)
    for student in "abcdefgh":
        short.hand_in(course, student, short.right)
    cluster.add_worker()
    graded = []

    def on_graded(one):
        graded.append(one.entry.student)
        if len(graded) == 2:
            cluster.processes[0].kill()

    backend = DaskBackend(address=cluster.address)
    with pytest.raises(CourseError, match="the Dask scheduler at tcp"):
        grade_assignment(course, "hw", backend=backend, on_graded=on_graded)
    again = grade_assignment(course, "hw")
    assert {one.entry.student for one in again if one.skipped} == set(graded)


def test_where_no_scheduler_answers_it_says_so(course, monkeypatch):
    monkeypatch.setattr("rainfall_kit.grading.sandbox.dask_runner._CONNECT_SECONDS", 0.5)
    with pytest.raises(CourseError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        grade_assignment(course, "hw", backend=DaskBackend(address="tcp://127.0.0.1:9"))


def test_questions_of_the_courses_own_are_refused_in_words(tmp_path):
    (tmp_path / "square.py").write_text(SQUARE)
    with question_folder(tmp_path), pytest.raises(CourseError, match="do not travel to a cluster"):
        DaskRunner("tcp://127.0.0.1:9", None)
