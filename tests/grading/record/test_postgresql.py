"""A gradebook that is kept in PostgreSQL holds the same."""

import os
import pwd
import shutil
import subprocess
import tempfile
from pathlib import Path

import pytest
from class_of_twelve import EXPECTED, hand_in_twelve, scores, wait_until

from rainfall_kit.grading.engine import grade_assignment


@pytest.fixture
def course(hw, tmp_path):
    return hand_in_twelve(hw, tmp_path)


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
    assert all(one.skipped for one in grade_assignment(course, "hw"))
