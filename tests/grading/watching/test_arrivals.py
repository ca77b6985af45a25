"""What has arrived is each student's latest submission, once it is whole."""

import os

import pytest
from watched import Class

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.course import open_course
from rainfall_kit.grading.watching.arrivals import FolderSource, find_source, raise_problem


@pytest.fixture(scope="module")
def desk(tmp_path_factory):
    return Class(tmp_path_factory.mktemp("desk"))


def names(source):
    return [(one.student, one.submission) for one in source.look()]


def test_the_latest_in_the_exchange_counts_and_no_half_of_one(desk):
    source = find_source(open_course(desk.course), "hw")
    assert source.is_exchange
    first = desk.hand_in("a+n[n]")
    for other in (
        "ann+hw2+2026-11-30 12:00:00 UTC+x",
        "..+hw+2026-11-30 12:00:00 UTC+x",
        "ann+hw+no time+x",
        "ann+hw",
        "notes",
    ):
        (desk.exchange / "inbound" / other).mkdir()
    assert names(source) == [("a+n[n]", first.name)]
    (one,) = source.look()
    assert one.handed_in == desk.now
    second = desk.hand_in("a+n[n]", whole=False)
    assert names(source) == []  # nbgrader's submit is at work
    desk.end(second)
    assert names(source) == [("a+n[n]", second.name)]


def test_what_another_program_hands_in_is_whole_when_it_stays_as_it_is(desk):
    source = find_source(open_course(desk.course), "hw")
    folder = desk.hand_in("zoe", whole=False)
    assert "zoe" not in dict(names(source))
    (folder / "more.txt").write_text("data")
    assert "zoe" not in dict(names(source))
    assert "zoe" in dict(names(source))


def test_a_folder_has_what_lies_there_and_another_text_is_another_submission(desk):
    source = FolderSource(open_course(desk.course), "hw")
    place = desk.course / "submitted" / "ann" / "hw"
    place.mkdir(parents=True)
    (place / "hw.ipynb").write_text("{}")
    assert names(source) == []
    ((student, first),) = names(source)
    os.utime(place / "hw.ipynb", ns=(1, 1))
    assert names(source) == []
    assert names(source) == [(student, first)]
    (place / "hw.ipynb").write_text("[]")
    names(source)
    ((_, second),) = names(source)
    assert (student, first != second) == ("ann", True)


def test_a_course_that_is_not_in_the_exchange_is_watched_in_its_folder(desk, tmp_path):
    (tmp_path / "nbgrader_config.py").write_text(
        f"c = get_config()\nc.CourseDirectory.course_id = 'x'\nc.Exchange.root = {str(tmp_path)!r}\n"
    )
    folders = open_course(tmp_path)
    assert isinstance(find_source(folders, "hw"), FolderSource)
    with pytest.raises(CourseError, match=r"there is no .*inbound\. Try: nbgrader release_assignm"):
        find_source(folders, "hw", exchange=True)
    assert isinstance(find_source(open_course(desk.course), "hw", exchange=False), FolderSource)


def test_nbgrader_catches_ctrl_c_and_it_is_ctrl_c_again():
    raise_problem({"success": True}, "x")
    with pytest.raises(KeyboardInterrupt):
        raise_problem({"success": False, "error": "Traceback\n...\nKeyboardInterrupt\n"}, "x")
    with pytest.raises(CourseError, match="x: ValueError: y"):
        raise_problem({"success": False, "error": "Traceback\nValueError: y\n"}, "x")
