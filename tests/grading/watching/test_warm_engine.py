"""The engine's processes stay between sessions, and the course's lock does not."""

import pytest

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.record.course_lock import course_lock
from rainfall_kit.grading.watching.warm_engine import WarmEngine


class Backend:
    """Starts nothing, and remembers what was started and closed."""

    shares_files = False

    def __init__(self):
        self.said = []

    def start(self, *_):
        self.said.append("started")
        return self

    def wait_until_ready(self):
        self.said.append("ready")

    def close(self):
        self.said.append("closed")


@pytest.fixture
def course(short, tmp_path):
    return short.copy(tmp_path)


def test_it_starts_once_and_anew_where_the_assignment_is_another(course):
    backend = Backend()
    with WarmEngine(course, "hw", backend=backend, jobs=1, trial=False) as engine:
        for _ in range(2):
            with engine.session() as (grading, runner):
                assert (grading.assignment.name, runner) == ("hw", backend)
                with pytest.raises(CourseError, match="being graded already"), course_lock(course):
                    pass
            with course_lock(course):  # another grader may take it
                assert backend.said == ["started", "ready"]
        with (course / "nbgrader_config.py").open("a") as config:
            config.write("c.SandboxLimits.memory_mib = 2000\n")
        with engine.session():
            assert backend.said[2:] == ["closed", "started", "ready"]
    assert backend.said[5:] == ["closed"]


def test_after_an_error_it_starts_anew_and_a_course_that_is_taken_is_no_error_of_its_own(course):
    backend = Backend()
    with WarmEngine(course, "hw", backend=backend, jobs=1, trial=False) as engine:
        with (
            pytest.raises(CourseError, match="graded already"),
            course_lock(course),
            engine.session(),
        ):
            pass
        assert backend.said == []
        with engine.session():
            pass
        with (
            pytest.raises(CourseError, match="graded already"),
            course_lock(course),
            engine.session(),
        ):
            pass
        assert backend.said == ["started", "ready"]
        with pytest.raises(ZeroDivisionError), engine.session():
            raise ZeroDivisionError
        assert backend.said[2:] == ["closed"]
        with engine.session():
            assert backend.said[3:] == ["started", "ready"]
