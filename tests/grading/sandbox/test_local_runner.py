"""Jobs run several at a time, and every one of them hears why none can be run."""

import time

import pytest

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.sandbox import local_runner
from rainfall_kit.grading.sandbox.fork_server import ForkServer
from rainfall_kit.grading.sandbox.job import Job, JobCell, Result
from rainfall_kit.grading.sandbox.local_runner import LocalRunner


def job(name, source):
    cells = (JobCell(number=0, source=source),)
    return Job(id=name, folder="hw", cells=cells).to_json().encode()


def test_each_job_gets_its_own_result():
    with LocalRunner(3, ForkServer("none"), ("fractions",)) as runner:
        assert runner.jobs == 3
        source = "import sys\nprint('fractions' in sys.modules, {} * 7)"
        results = [runner.submit(job(str(n), source.format(n))) for n in range(6)]
        for n, result in enumerate(results):
            told = Result.from_json(result.result().decode())
            assert (told.id, told.isolation) == (str(n), "none")
            assert f"True {n * 7}" in told.cells[0].outputs


def test_where_the_server_does_not_start_every_job_says_so():
    with LocalRunner(2, ForkServer("none")) as runner:
        runner._server._process.kill()
        for result in [runner.submit(job("a", "1")), runner.submit(job("b", "2"))]:
            with pytest.raises(CourseError, match="the process that grades does not start"):
                result.result()


def test_what_still_runs_is_ended_with_the_runner():
    runner = LocalRunner(1, ForkServer("none"))
    endless, waiting = runner.submit(job("a", "while True: pass")), runner.submit(job("b", "1"))
    while not endless.running():
        time.sleep(0.01)
    runner.close()
    assert endless.done()
    assert waiting.cancelled()


def test_a_job_that_sleeps_lets_the_next_one_begin(monkeypatch):
    monkeypatch.setattr(local_runner, "SLOW_SECONDS", 0.2)
    with LocalRunner(1, ForkServer("none")) as runner:
        sleeping = runner.submit(job("a", "import time; time.sleep(60)"))
        result = runner.submit(job("b", "print(6 * 7)")).result()
        assert "42" in Result.from_json(result.decode()).cells[0].outputs
        assert not sleeping.done()
        assert runner.jobs == 2
        runner._slow = 9
        assert runner.jobs == 4  # three more for each that may run at a time, and no more
