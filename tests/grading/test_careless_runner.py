"""A runner that gives its results in any order changes nothing in the gradebook."""

from concurrent.futures import Future

import pytest
from class_of_twelve import EXPECTED, hand_in_twelve, scores

from rainfall_kit.grading.engine import grade_assignment

pytestmark = pytest.mark.usefixtures("shared_server")


@pytest.fixture
def course(hw, tmp_path):
    return hand_in_twelve(hw, tmp_path)


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
    from rainfall_kit.grading.backend import LocalBackend

    real = LocalBackend.start
    monkeypatch.setattr(LocalBackend, "start", lambda self, *given: Careless(real(self, *given)))
    graded = []
    grade_assignment(
        course, "hw", trial=False, on_graded=lambda one: graded.append(one.entry.student)
    )
    assert sorted(graded) == sorted(EXPECTED)
    assert scores(course) == EXPECTED
