"""What a course lacks is said with the line that mends it, and the line does mend it."""

import contextlib
import os
import sqlite3
import subprocess
import tempfile
from pathlib import Path

import pytest
from nbgrader.api import Gradebook

from rainfall_kit.course.bundled_course import copy_course
from rainfall_kit.grading.prepare.course import open_course
from rainfall_kit.grading.prerequisites.course import (
    look_at_course,
    look_at_course_id,
    look_at_database,
    look_at_exchange,
    look_at_folder,
    look_at_settings,
)

CONFIG = "nbgrader_config.py"


def write_config(course, *lines):
    (course / CONFIG).write_text("\n".join(["c = get_config()", *lines]), "utf-8")
    return course


@pytest.fixture
def open_folder():
    """A folder that all accounts may reach, as a test's own is not."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


@contextlib.contextmanager
def forbidden(folder):
    """This account may write nothing there; root may do everything, and so becomes nobody."""
    if os.geteuid() == 0:
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)
        return
    for path in (*folder.iterdir(), folder):
        path.chmod(0o555)
    try:
        yield
    finally:
        folder.chmod(0o755)


def test_the_kits_own_course_lacks_nothing_that_grading_needs(tmp_path):
    copy_course(tmp_path / "course")
    found = {finding.part: finding for finding in look_at_course(tmp_path / "course")}
    assert [*found] == ["course", "database", "course_id", "settings", "nbgrader", "exchange"]
    assert all(found[part].works for part in found if part != "exchange")
    assert not (tmp_path / "course/gradebook.db").exists()  # looked at, and not made


@pytest.mark.parametrize("text", ["c = ", "raise ValueError('no')"])
def test_a_configuration_that_cannot_be_read_is_told(tmp_path, text):
    (tmp_path / CONFIG).write_text(text)
    (found,) = look_at_course(tmp_path)
    assert (found.part, found.works, found.needed) == ("course", False, True)
    assert "cannot be read" in found.text


def test_each_line_that_a_course_lacks_is_what_it_says_to_write(tmp_path):
    write_config(tmp_path)
    missing = [one for one in look_at_course(tmp_path) if one.part in {"course_id", "nbgrader"}]
    assert [(one.works, one.needed) for one in missing] == [(False, False)] * 5
    write_config(tmp_path, *(one.act for one in missing))
    found = [one for one in look_at_course(tmp_path) if one.part in {"course_id", "nbgrader"}]
    assert [one.works for one in found] == [True, True]


def test_a_gradebook_in_postgresql_needs_a_course_id(tmp_path):
    url = "postgresql+psycopg://me@/gradebook"
    folders = open_course(write_config(tmp_path, f"c.CourseDirectory.db_url = {url!r}"))
    found = look_at_course_id(folders)
    assert (found.works, found.needed) == (False, True)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        (
            "c.DailyPenalty.shares = 0.2",
            ("no setting c.DailyPenalty.shares", "c.DailyPenalty.share"),
        ),
        ("c.LocalTime.zone = 'Mars'", ("c.LocalTime.zone is 'Mars'", "Europe/Berlin")),
        ("c.WatchLimits.tries = 'two'", ("'two'", "")),
        ("c.SandboxLimits.memory = 1", ("no setting c.SandboxLimits.memory", "c.SandboxLimits.")),
    ],
)
def test_a_setting_that_cannot_be_used_is_told(tmp_path, line, told):
    found = look_at_settings(open_course(write_config(tmp_path, line)).config)
    assert not found.works
    assert told[0] in found.text
    assert told[1] in found.act


@pytest.mark.parametrize("name", ["no.such.Exporter", "nbconvert.exporters.HTMLExporter", "3 + 4"])
def test_another_exporter_than_the_kits_is_told(tmp_path, name):
    write_config(tmp_path, f"c.Autograde.exporter_class = {name!r}")
    acts = [one.act for one in look_at_course(tmp_path) if one.part == "nbgrader"]
    assert any(act.startswith("c.Autograde.exporter_class = ") for act in acts)


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "db_url is no database's URL"),
        ("nosuch://host/gradebook", "cannot be opened"),
        ("oracle+oracledb://me:secret@host/gradebook", "needs the module oracledb"),
        ("sqlite:///nbgrader_config.py", "file is not a database"),
        ("sqlite:///no/such/folder/gradebook.db", "its folder is not there"),
    ],
)
def test_a_gradebook_that_cannot_be_opened_is_told_without_its_password(tmp_path, url, said):
    found = look_at_database(
        open_course(write_config(tmp_path, f"c.CourseDirectory.db_url = {url!r}"))
    )
    assert (found.works, found.needed) == (False, True)
    assert said in found.text
    assert "secret" not in found.text + found.act


def test_an_alembic_that_nbgrader_would_not_find_is_told(tmp_path, monkeypatch):
    folders = open_course(write_config(tmp_path))
    monkeypatch.setenv("PATH", str(tmp_path))
    found = look_at_database(folders)
    assert (found.works, found.needed) == (False, True)
    with pytest.raises(FileNotFoundError, match="alembic"):
        Gradebook(f"sqlite:///{tmp_path / 'gradebook.db'}", "")
    monkeypatch.setenv("PATH", found.act.removeprefix('export PATH="').removesuffix('$PATH"'))
    assert look_at_database(folders).works  # nbgrader goes on with what it has left there


def test_an_old_gradebook_is_told_and_what_to_type_mends_it(tmp_path):
    folders = open_course(write_config(tmp_path))
    database = tmp_path / "gradebook.db"
    with contextlib.closing(sqlite3.connect(database)) as old, old:
        # As nbgrader made them before its course table, in so far as it matters here.
        old.execute("CREATE TABLE assignment (id VARCHAR(32) PRIMARY KEY, name VARCHAR(128))")
    found = look_at_database(folders)
    assert (found.works, found.act) == (False, "nbgrader db upgrade")

    def revision(value):
        with contextlib.closing(sqlite3.connect(database)) as known, known:
            known.execute("CREATE TABLE IF NOT EXISTS alembic_version (version_num VARCHAR(32))")
            known.execute("DELETE FROM alembic_version")
            known.execute("INSERT INTO alembic_version VALUES (?)", [value])
        return look_at_database(folders)

    assert revision("50a4d84c131a").act == "nbgrader db upgrade"
    assert revision("ffffffffffff").act == "pip install --upgrade nbgrader"
    database.unlink()
    Gradebook(f"sqlite:///{database}", "").close()
    assert look_at_database(folders).text.endswith("gradebook.db opens")


def test_a_course_of_another_account_is_told(open_folder, monkeypatch):
    (open_folder / "alembic").touch(mode=0o755)
    monkeypatch.setenv("PATH", str(open_folder))  # this environment may be closed to other accounts
    folders = open_course(write_config(open_folder))
    (open_folder / "gradebook.db").touch()
    assert look_at_folder(folders).works
    with forbidden(open_folder):
        course, database = look_at_folder(folders), look_at_database(folders)
    assert (course.works, database.works) == (False, False)
    assert "this account cannot write into" in course.text
    assert "this account cannot write the gradebook" in database.text


def test_what_a_group_shares_is_its_groups(tmp_path):
    folders = open_course(write_config(tmp_path, "c.CourseDirectory.groupshared = True"))
    (tmp_path / "source").mkdir(mode=0o755)
    found = look_at_folder(folders)
    assert not found.works
    subprocess.run(["sh", "-c", found.act], check=True)
    assert look_at_folder(folders).works
    (tmp_path / "submitted").mkdir()
    (tmp_path / "submitted").chmod(0o755)
    assert f"{tmp_path / 'submitted'} is not its group's" in look_at_folder(folders).text
    assert look_at_database(folders).works  # there is none yet
    (tmp_path / "gradebook.db").touch(mode=0o644)
    found = look_at_database(folders)
    assert "gradebook.db is not its group's" in found.text
    subprocess.run(["sh", "-c", found.act], check=True)
    assert look_at_database(folders).works


def test_an_exchange_is_there_and_all_accounts_may_write_into_it(open_folder):
    exchange = open_folder / "a place/exchange"
    folders = open_course(write_config(open_folder, f"c.Exchange.root = {str(exchange)!r}"))
    seen = []
    for _ in range(4):
        found = look_at_exchange(folders)
        seen.append((found.works, found.needed, found.text.partition(" /")[0]))
        if found.act:
            subprocess.run(["sh", "-c", found.act.removeprefix("sudo ")], check=True)
        elif len(seen) == 2:
            exchange.chmod(0o755)
    assert seen == [
        (False, False, "there is no"),
        (True, False, "all accounts may write into"),
        (False, False, "not all accounts may write into"),
        (True, False, "all accounts may write into"),
    ]
    exchange.parent.chmod(0o700)
    assert f"{exchange.parent} is closed to other accounts" in look_at_exchange(folders).text
