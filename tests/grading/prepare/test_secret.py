"""A course's secret is written whole or not at all, and nothing else is used as one."""

import os
import tempfile

import pytest

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare import private_folder
from rainfall_kit.grading.prepare.secret import Secret


def test_a_new_secret_is_64_hex_digits_that_only_its_owner_reads(tmp_path):
    made = Secret(tmp_path)
    path = tmp_path / ".rainfall" / "secret"
    assert len(bytes.fromhex(path.read_text())) == 32
    assert path.stat().st_mode & 0o777 == 0o600
    assert [*path.parent.iterdir()] == [path]
    assert Secret(tmp_path).fingerprint == made.fingerprint


def test_where_the_secret_is_deleted_inputs_are_drawn_anew(tmp_path):
    seed = Secret(tmp_path).seed("hw", "hidden")
    assert Secret(tmp_path).seed("hw", "hidden") == seed
    (tmp_path / ".rainfall" / "secret").unlink()
    assert Secret(tmp_path).seed("hw", "hidden") != seed


def test_a_full_disk_leaves_no_secret_behind(tmp_path, monkeypatch):
    def is_full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(private_folder.os, "fsync", is_full)
    with pytest.raises(CourseError, match=r"was not written: No space left.*Try: "):
        Secret(tmp_path)
    assert [*(tmp_path / ".rainfall").iterdir()] == []
    monkeypatch.undo()
    assert Secret(tmp_path).fingerprint


def test_a_secret_of_another_process_stands(tmp_path, monkeypatch):
    there = tmp_path / ".rainfall" / "secret"
    made = tempfile.mkstemp

    def meanwhile(**options):
        there.write_text("ab" * 32)
        return made(**options)

    monkeypatch.setattr(private_folder.tempfile, "mkstemp", meanwhile)
    Secret(tmp_path)
    assert there.read_text() == "ab" * 32


@pytest.mark.parametrize(
    "content",
    [b"", b"ab" * 31, b"ab" * 33, b"xy" * 32, b"AB" * 32, b"ab" * 32 + b"\0", b"a" * 100_000],
    ids=["empty", "short", "long", "no hex", "capitals", "a zero byte", "huge"],
)
def test_what_is_no_secret_is_refused_with_what_to_do(tmp_path, content):
    path = tmp_path / ".rainfall" / "secret"
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(CourseError, match=r"64 hex digits.*Try: the file from a backup, or rm "):
        Secret(tmp_path)
    assert path.read_bytes() == content


def test_a_line_end_behind_the_digits_is_no_harm(tmp_path):
    path = tmp_path / ".rainfall" / "secret"
    path.parent.mkdir()
    path.write_text("ab" * 32 + os.linesep)
    assert Secret(tmp_path).fingerprint
