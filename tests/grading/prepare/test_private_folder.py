"""A course's private folder is its owner's, or its group's where the course is shared."""

from pathlib import Path

import pytest

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
