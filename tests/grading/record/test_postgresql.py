"""A gradebook that is kept in PostgreSQL holds the same."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from pathlib import Path

import pytest
from class_of_twelve import EXPECTED, hand_in_twelve, scores, wait_until

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.prepare.course import open_course
from rainfall_kit.grading.prerequisites.course import look_at_database

pytestmark = pytest.mark.usefixtures("shared_server")


@pytest.fixture
def course(hw, tmp_path):
    return hand_in_twelve(hw, tmp_path)


def program(name):
    found = shutil.which(name) or next(
        iter(Path("/usr/lib/postgresql").glob(f"*/bin/{name}")), None
    )
    assert found, f"{name} is not installed: apt install postgresql"
    return str(found)


class Server:
    """A real server of PostgreSQL, which only this test uses; it refuses to run as root."""

    def __init__(self, folder, as_user):
        self._folder, self._as_user = folder, as_user
        self.address = f"postgresql+psycopg://rainfall@/postgres?host={folder}"

    def start(self):
        data = self._folder / "data"
        serve = [program("postgres"), "-D", data, "-k", self._folder, "-h", ""]
        self._process = subprocess.Popen(
            serve, cwd=self._folder, stderr=subprocess.DEVNULL, **self._as_user
        )
        ready = [program("pg_isready"), "-q", "-h", self._folder]
        wait_until(lambda: subprocess.run(ready, check=False).returncode == 0)

    def stop(self):
        self._process.send_signal(signal.SIGINT)  # at once, whoever is connected
        self._process.wait()


@pytest.fixture
def postgresql():
    folder = Path(tempfile.mkdtemp(prefix="rainfall-postgresql-"))
    user = "nobody" if os.geteuid() == 0 else pwd.getpwuid(os.geteuid()).pw_name
    as_user = {"user": user} if os.geteuid() == 0 else {}
    if as_user:
        shutil.chown(folder, user)
    data = folder / "data"
    init = [program("initdb"), "-D", data, "-U", "rainfall", "--auth=trust", "--no-sync"]
    subprocess.run(init, check=True, capture_output=True, cwd=folder, **as_user)
    server = Server(folder, as_user)
    try:
        server.start()
        yield server
    finally:
        server.stop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def in_postgresql(postgresql, nbgrader):
    """Moves a course's gradebook there."""

    def move(course):
        with (course / "nbgrader_config.py").open("a") as config:
            config.write(f"c.CourseDirectory.db_url = {postgresql.address!r}\n")
            config.write("c.CourseDirectory.course_id = 'hw'\n")  # PostgreSQL insists on a name
        shutil.rmtree(course / "release")
        nbgrader("generate_assignment", "hw", "--force", cwd=course)
        return course

    return move


def test_a_gradebook_in_postgresql_holds_the_same(course, in_postgresql):
    in_postgresql(course)
    grade_assignment(course, "hw")
    assert scores(course) == EXPECTED
    assert look_at_database(open_course(course)).text.endswith(" opens")
    assert all(one.skipped for one in grade_assignment(course, "hw"))


def test_a_server_that_stops_in_the_middle_is_told_in_one_line(
    short, tmp_path, in_postgresql, postgresql
):
    course = in_postgresql(short.copy(tmp_path))
    for student in "abcdef":
        short.hand_in(course, student, short.right)
    graded = []

    def on_graded(one):
        graded.append(one.entry.student)
        if len(graded) == 2:
            postgresql.stop()

    with pytest.raises(CourseError, match="the gradebook gave up: ") as told:
        grade_assignment(course, "hw", on_graded=on_graded)
    assert "What was graded before is kept" in str(told.value)
    with pytest.raises(CourseError, match="cannot be opened: conn"):
        grade_assignment(course, "hw")
    postgresql.start()
    again = grade_assignment(course, "hw")
    assert sorted(one.entry.student for one in again if one.skipped) == sorted(graded)
    assert scores(course) == dict.fromkeys("abcdef", 2)
