"""A course's private folder is its owner's, or its group's where the course is shared."""

from pathlib import Path

import pytest

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare import private_folder
from rainfall_kit.grading.prepare.private_folder import PrivateFolder
from rainfall_kit.grading.prepare.secret import Secret
from rainfall_kit.grading.record.course_lock import course_lock
from rainfall_kit.grading.record.journal import Journal


def permissions(folder):
    return {path.name: oct(path.stat().st_mode & 0o7777) for path in folder.iterdir()}


@pytest.mark.parametrize(
    ("group_shared", "folder", "files"), [(False, 0o700, "0o600"), (True, 0o2770, "0o660")]
)
def test_the_group_of_a_shared_course_has_its_lock_journal_and_secret(
    tmp_path: Path, group_shared, folder, files
):
    Secret(tmp_path)  # as before the course was shared
    with course_lock(tmp_path, group_shared=group_shared):
        Secret(tmp_path, group_shared=group_shared)
        Journal(tmp_path, "hw", group_shared=group_shared).close()
        private = tmp_path / ".rainfall"
        assert private.stat().st_mode & 0o7777 == folder
        found = permissions(private)
    assert {name: found[name] for name in ("lock", "secret", "hw.jsonl")} == dict.fromkeys(
        ("lock", "secret", "hw.jsonl"), files
    )


def test_a_file_is_written_whole_or_stays_as_it_was(tmp_path, monkeypatch):
    folder = PrivateFolder(tmp_path)
    path = folder.path / "hw.tried"
    folder.write(path, b"before")

    def is_full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(private_folder.os, "fsync", is_full)
    with pytest.raises(CourseError, match=r"was not written: No space left.*Try: "):
        folder.write(path, b"after")
    assert path.read_bytes() == b"before"
    assert permissions(folder.path) == {"hw.tried": "0o600"}  # nothing lies beside it


def test_something_else_of_its_name_is_refused_with_what_to_do(tmp_path):
    (tmp_path / ".rainfall").touch()
    with pytest.raises(CourseError, match=r"\.rainfall must be a folder.*Try: another name for it"):
        PrivateFolder(tmp_path)
