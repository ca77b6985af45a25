"""Files that take long to make: made once, and made again where the cache does not hold them whole."""

import pytest

from rainfall_kit.grading.sandbox.allow_list.files_cache import cached_files

SOURCES = {"/kit/a.py": b"a = 1"}
FILES = {"/kit/a.py": b"a = 1", "/kit/__pycache__/a.pyc": b"\0\xff"}


@pytest.fixture
def made(monkeypatch, tmp_path):
    """Counts how often files were made; the cache is in a folder of this test's own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    calls = []

    def make():
        calls.append(1)
        return dict(FILES)

    def get(sources=SOURCES):
        before = len(calls)
        assert cached_files(sources, make) == FILES
        return len(calls) - before

    return get


def only_file(tmp_path):
    (found,) = (tmp_path / "cache" / "rainfall_kit").iterdir()
    return found


def test_they_are_made_once(made):
    assert [made(), made(), made()] == [1, 0, 0]


@pytest.mark.parametrize(
    "other", [{"/kit/a.py": b"a = 2"}, {"/kit/b.py": b"a = 1"}, {**SOURCES, "/kit/b.py": b""}]
)
def test_other_sources_have_other_files(made, other):
    assert [made(), made(other), made(), made(other)] == [1, 1, 0, 0]


@pytest.mark.parametrize("left", [0, 1, 40, -1])
def test_a_file_that_is_not_whole_is_made_again(made, tmp_path, left):
    made()
    file = only_file(tmp_path)
    file.write_bytes(file.read_bytes()[:left])
    assert [made(), made()] == [1, 0]


def test_a_file_with_another_content_is_made_again(made, tmp_path):
    made()
    file = only_file(tmp_path)
    file.write_bytes(file.read_bytes().replace(b"a = 1", b"a = 2"))
    assert [made(), made()] == [1, 0]


def test_what_others_may_write_is_not_used(made, tmp_path):
    made()
    only_file(tmp_path).chmod(0o664)
    assert made() == 1


def test_a_folder_that_is_none_stops_nothing(made, tmp_path):
    (tmp_path / "cache").write_text("")
    assert [made(), made()] == [1, 1]


def test_a_user_without_a_home_has_no_cache(made, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", "no-folder")
    monkeypatch.chdir(tmp_path)
    assert [made(), made()] == [1, 1]
    assert not [*tmp_path.iterdir()]


def test_the_oldest_go(made, tmp_path):
    for number in range(20):
        made({"/kit/a.py": b"%d" % number})
    assert len([*(tmp_path / "cache" / "rainfall_kit").iterdir()]) == 8
