"""Tries are remembered, and say from when on the next submission is graded."""

import dataclasses

import pytest

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.record.tries import KeptBack, Tries, Try, WatchLimits

ONE = Try(submission="a", handed_in=100.0, allowed=100.0, graded=105.0)


@pytest.mark.parametrize(
    ("most", "minutes", "done", "expected"),
    [(3, 10, 0, 0.0), (3, 10, 1, 705.0), (3, 10, 3, None), (0, 0, 9, 105.0), (1, 0, 1, None)],
)
def test_the_next_is_graded_after_the_waiting_time_while_tries_are_left(
    tmp_path, most, minutes, done, expected
):
    tries = Tries(tmp_path, "hw")
    tries.set_limits(most, minutes)
    for _ in range(done):
        tries.add("ann", ONE)
    assert tries.allowed_from("ann") == expected
    assert tries.allowed_from("ben") == 0.0


def test_without_a_word_a_student_has_five_tries_ten_minutes_apart():
    assert (WatchLimits().tries, WatchLimits().waiting_minutes) == (5, 10.0)
    assert all(trait.help for trait in WatchLimits.class_traits(config=True).values())


def test_what_is_written_down_is_there_in_the_next_run(tmp_path):
    assert not Tries.are_known(tmp_path, "hw")
    tries = Tries(tmp_path, "hw")
    tries.set_limits(4, 2.5)
    tries.keep_back("ben", KeptBack(submission="b", handed_in=1.0, until=None))
    tries.add("ann", ONE)
    tries.release("ann", 110.0)
    again = Tries(tmp_path, "hw")
    assert (again.most, again.waiting_minutes, again.students) == (4, 2.5, tries.students)
    assert again.of("ann").tries == (dataclasses.replace(ONE, released=110.0),)
    assert again.of("ben").kept.until is None
    assert Tries.are_known(tmp_path, "hw")
    assert (tmp_path / ".rainfall" / "hw.tries.json").stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("text", ["", "[]", '{"record": "_File", "version": 1}'])
def test_another_file_of_its_name_is_told_and_kept(tmp_path, text):
    (tmp_path / ".rainfall").mkdir()
    path = tmp_path / ".rainfall" / "hw.tries.json"
    path.write_text(text)
    with pytest.raises(
        CourseError, match=r"must hold the tries.* Try: the file from a backup, or rm"
    ):
        Tries(tmp_path, "hw")
    assert path.read_text() == text
