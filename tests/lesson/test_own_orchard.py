"""An orchard of one's own follows from the key beside the notebook and from whose notebook it is."""

import hashlib
import hmac
import os

import numpy as np
import pytest

from rainfall_kit import load_orchard, own_orchard
from rainfall_kit.errors import CourseError
from rainfall_kit.lesson import own_orchard as module
from rainfall_kit.lesson.own_orchard import (
    FILE,
    VARIABLE,
    OrchardKey,
    orchard_of,
    own_seed,
    seed_of,
)

IDS = [
    "misty",
    "Misty",
    "",
    "o'br\"ien\n",
    "ü",
    "u",
    "\0",
    "x" * 10_000,
    "\ud800",
    "misty\0",
    "${HOME}",
]


@pytest.fixture
def given_out(tmp_path, monkeypatch):
    """The folder of a notebook that was given out with a key, on an account called misty."""
    (tmp_path / FILE).write_text(OrchardKey(key="k").to_json())
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(module, "_account", lambda: "misty")
    for name in (VARIABLE, "JUPYTERHUB_USER"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def test_without_a_key_it_is_the_lessons_table_and_nothing_is_said(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    assert own_seed() is None
    assert own_orchard().inputs.tolist() == load_orchard().inputs.tolist()
    assert own_orchard().targets.tolist() == load_orchard().targets.tolist()
    assert capsys.readouterr().out == ""


def test_the_seed_is_a_keyed_hash_of_the_id():
    found = hmac.new(b"key", b"misty", hashlib.sha256).digest()[:8]
    assert seed_of("key", "misty") == int.from_bytes(found, "big")
    assert len({seed_of(key, student) for key in ("k", "kk") for student in IDS}) == 2 * len(IDS)


def test_every_orchard_is_of_the_lessons_kind_and_no_two_are_the_same():
    made = [orchard_of(seed_of("k", str(number))) for number in range(300)]
    assert len({orchard.inputs.tobytes() for orchard in made}) == 300
    for orchard in made:
        assert (orchard.inputs.shape, orchard.targets.shape) == ((5, 3), (5, 2))
        assert len(orchard.regions) == 5
        for table in (orchard.inputs, orchard.targets):
            assert table.dtype == np.float32
            assert (table == np.round(table)).all() and (table > 0).all()


@pytest.mark.parametrize(
    ("account", "variables", "whose"),
    [
        ("misty", {}, "misty"),
        ("misty", {"JUPYTERHUB_USER": "ash"}, "misty"),  # nbgrader hands in as misty, too
        ("jovyan", {"JUPYTERHUB_USER": "ash"}, "ash"),
        ("misty", {VARIABLE: "o'br\"ien\n"}, "o'br\"ien\n"),
        ("jovyan", {}, None),
        ("jovyan", {VARIABLE: ""}, None),
        ("", {}, None),
    ],
)
@pytest.mark.usefixtures("given_out")
def test_whose_it_is_says_nbgraders_rule_or_a_variable(
    account, variables, whose, monkeypatch, capsys
):
    monkeypatch.setattr(module, "_account", lambda: account)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    if whose is None:
        with pytest.raises(CourseError, match=rf"nothing says whose .* Try: %env {VARIABLE}=misty"):
            own_orchard()
    else:
        assert own_orchard().inputs.tolist() == orchard_of(seed_of("k", whose)).inputs.tolist()
        assert capsys.readouterr().out == f"This is the orchard of {whose!r}.\n"


@pytest.mark.skipif(
    os.name == "nt", reason="nbgrader's rule is of accounts that Windows does not have"
)
def test_the_account_is_the_one_that_nbgrader_hands_in_as():
    from nbgrader.utils import get_osusername

    assert module._account() == get_osusername()


def test_a_grader_says_whose_it_is_whatever_the_account_is(given_out):
    (given_out / FILE).write_text(OrchardKey(key="k", student="ash").to_json())
    assert own_seed() == seed_of("k", "ash")


def test_where_nbgrader_grades_the_folder_says_whose_it_is_and_the_course_has_the_key(
    given_out, monkeypatch
):
    (given_out / "release" / "hw").mkdir(parents=True)
    (given_out / FILE).rename(given_out / "release" / "hw" / FILE)
    folder = given_out / "autograded" / "ash" / "hw"
    folder.mkdir(parents=True)
    (folder / FILE).write_text(OrchardKey(key="mine", student="misty").to_json())
    monkeypatch.chdir(folder)
    assert own_seed() == seed_of("k", "ash")


@pytest.mark.parametrize(
    "text", [b"", b"{}", b"\xff", b'{"record": "OrchardKey", "version": 2, "key": "k"}']
)
def test_a_file_that_cannot_be_read_says_what_to_do(given_out, text):
    (given_out / FILE).write_bytes(text)
    with pytest.raises(
        CourseError, match=r"orchard.json cannot be read: .* Try: fetch the assignment"
    ):
        own_orchard()
