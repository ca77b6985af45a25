"""What was handed in is read, in whatever encoding and folder, with notes on what is special."""

import json
from datetime import datetime, timedelta

import pytest
from nbformat import v4

from rainfall_kit.grading.prepare.notes import notes_of
from rainfall_kit.grading.prepare.submission import Submission
from rainfall_kit.grading.sandbox.job import Limits

NB = v4.new_notebook(cells=[v4.new_code_cell("mse = 'é'")])


def source_of(submission):
    nb = submission.notebook("hw", ("hw",))
    assert notes_of(nb) == []
    return nb.cells[0].source


@pytest.mark.parametrize(
    "encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"]
)
def test_a_notebook_is_read_in_any_encoding(tmp_path, encoding):
    (tmp_path / "hw.ipynb").write_bytes(json.dumps(NB, ensure_ascii=False).encode(encoding))
    assert source_of(Submission.read("ann", tmp_path)) == "mse = 'é'"


@pytest.mark.parametrize("folder", ["hw", "handed in/hw", "a/b/c"])
def test_a_notebook_is_found_some_folders_deeper_with_its_data(tmp_path, folder):
    place = tmp_path / folder
    place.mkdir(parents=True)
    (place / "mine.ipynb").write_text(json.dumps(NB))
    (place / "data.csv").write_text("1,2")
    (place / ".ipynb_checkpoints").mkdir()
    (place / ".ipynb_checkpoints" / "mine-checkpoint.ipynb").write_text("{}")
    (tmp_path / "__MACOSX").mkdir()
    (tmp_path / "__MACOSX" / "._mine.ipynb").write_text("{}")
    (tmp_path / "timestamp.txt").write_text("2027-01-20 10:00:00 UTC")
    submission = Submission.read("ann", tmp_path)
    assert source_of(submission) == "mse = 'é'"
    assert submission.files["data.csv"] == b"1,2"
    assert submission.timestamp is not None
    assert submission.notes == (f"everything was handed in one folder deeper, in {folder}",)


def test_saved_outputs_and_data_beside_it_push_no_notebook_out(tmp_path):
    picture = v4.new_output("display_data", data={"image/png": "A" * (45 << 20)})
    nb = v4.new_notebook(cells=[v4.new_code_cell("mse = 'é'", outputs=[picture])])
    (tmp_path / "hw.ipynb").write_text(json.dumps(nb))
    (tmp_path / "a.bin").write_bytes(b"x" * (33 << 20))
    submission = Submission.read("ann", tmp_path)
    assert source_of(submission) == "mse = 'é'"
    assert submission.notes == ("a.bin was left out: not a plain file, or too large",)


def test_many_files_push_neither_a_notebook_out_nor_the_time_at_which_it_was_late(tmp_path):
    for number in range(1500):
        (tmp_path / f"{number}.csv").touch()
    (tmp_path / "0").mkdir()
    (tmp_path / "0" / "timestamp.txt").write_bytes(b"x" * (40 << 20))
    (tmp_path / "a.bin").write_bytes(b"x" * (40 << 20))
    (tmp_path / "hw.ipynb").write_text(json.dumps(NB))
    (tmp_path / "timestamp.txt").write_text("2027-01-20 10:00:00 UTC")
    submission = Submission.read("ann", tmp_path)
    assert source_of(submission) == "mse = 'é'"
    assert submission.timestamp is not None
    assert len(submission.files) == 1000


@pytest.mark.parametrize("text", ["2027年1月20日 18:00", "20. Januar 2027, 18 Uhr", "soon"])
def test_a_time_that_cannot_be_read_is_a_note(tmp_path, text):
    (tmp_path / "timestamp.txt").write_text(text, encoding="utf-8")
    submission = Submission.read("ann", tmp_path)
    assert submission.timestamp is None
    assert submission.notes == (
        f"timestamp.txt cannot be read as a time ({text}), so nothing was taken off for lateness",
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_time_is_read_in_any_encoding(tmp_path, encoding):
    (tmp_path / "timestamp.txt").write_text("2027-01-20 10:00:00 UTC", encoding=encoding)
    submission = Submission.read("ann", tmp_path)
    assert str(submission.timestamp) == "2027-01-20 10:00:00"
    assert submission.notes == ()


@pytest.mark.parametrize("zone", ["UTC", "+0000", "-0530", "+01:00", "Europe/Berlin", "CET"])
def test_a_time_is_read_in_its_own_zone(tmp_path, zone):
    shift = {"-0530": timedelta(hours=5.5), "UTC": timedelta(), "+0000": timedelta()}
    (tmp_path / "timestamp.txt").write_text(f"2027-01-20 10:00:00 {zone}")
    read = Submission.read("ann", tmp_path).timestamp
    assert read - datetime(2027, 1, 20, 10) == shift.get(zone, timedelta(hours=-1))


def test_a_notebook_that_is_too_large_without_outputs_asks_for_a_look(tmp_path):
    nb = v4.new_notebook(cells=[v4.new_code_cell("x" * (33 << 20))])
    (tmp_path / "hw.ipynb").write_text(json.dumps(nb))
    submission = Submission.read("ann", tmp_path)
    assert submission.misses_a_notebook
    assert notes_of(submission.notebook("hw", ("hw",))) == []
    assert submission.notes == ("hw.ipynb was left out: not a plain file, or too large",)


def test_a_course_may_allow_more_or_less_to_be_handed_in(tmp_path):
    for name in "abc":
        (tmp_path / name).write_bytes(bytes(1 << 20))
    few = Submission.read("ann", tmp_path, limits=Limits(submission_mib=2))
    assert (sorted(few.files), few.left_out) == (
        ["a", "b"],
        ("c was left out: not a plain file, or too large",),
    )
    none = Submission.read("ann", tmp_path, limits=Limits(submission_files=2))
    assert none.left_out == ("more than 2 files: some were left out, those in folders first",)


def test_a_missing_notebook_is_named_where_there_are_several(tmp_path):
    submission = Submission.read("ann", tmp_path)
    assert notes_of(submission.notebook("hw", ("hw",))) == ["no notebook"]
    assert notes_of(submission.notebook("two", ("one", "two"))) == ["no notebook two"]
