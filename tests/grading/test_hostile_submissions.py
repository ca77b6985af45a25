"""One broken submission never stops a class, and what one has seen helps no other."""

import json
import os
from functools import partial

import pytest
from nbformat import read, v4, write

from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.judging import values
from rainfall_kit.grading.prepare.repair.repair import repair

pytestmark = pytest.mark.usefixtures("shared_server")

DEEP = 2_000  # deeper than Python's own recursion goes


HOSTILE = (
    "a lone surrogate",
    "a folder",
    "a name that is no text",
    "too deep",
    "a file where a folder is",
    "a folder where a file is",
    "a long path",
    "files of holes",
    "notes of its own",
    "sixty thousand cells",
    "numbers that are none",
    "metadata in many layers",
    "a million values",
    "a cell without end",
    "many cells of much code",
    "a name of many parts",
)


def spoil(folder, how):
    path = folder / "hw.ipynb"
    nb = json.loads(path.read_text())
    if how == "a lone surrogate":
        nb["cells"].append(v4.new_code_cell("print('\\ud800')\nraise ValueError('\\udfff')"))
        nb["cells"].append(v4.new_code_cell("# \ud800"))
        path.write_text(json.dumps(nb))
    elif how == "a folder":
        path.unlink()
        path.mkdir()
        (path / "x.txt").write_text("x")
    elif how == "a name that is no text":
        (folder / "caf\udce9.csv").write_text("x")
    elif how == "a file where a folder is":
        (folder / "data").write_text("x")
    elif how == "a folder where a file is":
        (folder / "table.csv").mkdir()
        (folder / "table.csv" / "x.txt").write_text("x")
    elif how == "a long path":
        place = os.open(folder, os.O_RDONLY)
        for _ in range(16):
            os.mkdir("d" * 250, dir_fd=place)
            place, left = os.open("d" * 250, os.O_RDONLY, dir_fd=place), place
            os.close(left)
        os.close(os.open("x", os.O_WRONLY | os.O_CREAT, dir_fd=place))
        os.close(place)
    elif how == "files of holes":
        for number in range(400):
            with (folder / f"{number}.bin").open("wb") as file:
                file.truncate(10 << 30)
    elif how == "notes of its own":
        notes = {"rainfall_kit": {"notes": ["100 % by the engine"], "isolation": "best"}}
        path.write_text(json.dumps({**nb, "cells": [], "metadata": notes}))
    elif how == "sixty thousand cells":
        nb["cells"] += [v4.new_markdown_cell("")] * 60_000
        path.write_text(json.dumps(nb))
    elif how == "numbers that are none":
        nb["metadata"]["x"] = nb["cells"][0]["metadata"]["x"] = [float("nan"), 1e999]
        path.write_text(json.dumps(nb))
    elif how == "metadata in many layers":
        nb["metadata"]["deep"] = "here"
        path.write_text(json.dumps(nb).replace('"here"', "[" * 700 + "]" * 700))
    elif how == "a million values":
        nb["metadata"]["x"] = [{}] * 1_000_000
        path.write_text(json.dumps(nb))
    elif how == "a cell without end":
        nb["cells"].insert(0, v4.new_code_cell("x = 1\n" * 100_000))
        path.write_text(json.dumps(nb))
    elif how == "many cells of much code":
        nb["cells"] += [v4.new_code_cell("# " + "x" * 100_000) for _ in range(5)]
        path.write_text(json.dumps(nb))
    elif how == "a name of many parts":
        nb["cells"].append(v4.new_code_cell("import " + "a." * 100_000 + "a"))
        path.write_text(json.dumps(nb))
    elif how == "too deep":
        nb["metadata"]["deep"] = "here"
        deep = "[" * DEEP + "]" * DEEP
        path.write_text(json.dumps(nb).replace('"here"', deep))


@pytest.fixture(scope="module")
def graded(hw, tmp_path_factory):
    """The grades of a class of hostile submissions and an honest one."""
    course = hw.copy(tmp_path_factory.mktemp("hostile"))
    beside = course / "source" / "hw"
    (beside / "data").mkdir()
    for name in ("data/rows.csv", "table.csv"):
        (beside / name).write_text("1,2")
    for how in HOSTILE:
        student = how.replace(" ", "-")
        hw.hand_in(course, student, hw.right)
        spoil(course / "submitted" / student / "hw", how)
    (course / "submitted" / "a-link").mkdir()
    (course / "submitted" / "a-link" / "hw").symlink_to("../honest/hw")
    (course / "submitted" / "a-linked-student").symlink_to("honest")
    hw.hand_in(course, "honest", hw.right)
    graded = grade_assignment(course, "hw")
    return {one.entry.student: one.entry for one in graded}


def test_the_honest_one_gets_its_points(graded):
    assert graded["honest"].score == graded["honest"].max_score


def test_names_and_sizes_that_stand_in_the_way_are_left_out_with_a_note(graded):
    assert "data was left out" in graded["a-file-where-a-folder-is"].note
    assert "table.csv/x.txt was left out" in graded["a-folder-where-a-file-is"].note
    assert "its name is too long" in graded["a-long-path"].note
    assert "too large" in graded["files-of-holes"].note
    assert "first 2000 were read" in graded["sixty-thousand-cells"].note
    assert "too large" in graded["a-million-values"].note
    assert "1 of its cells were not read" in graded["a-cell-without-end"].note
    assert "3 of its cells were not read" in graded["many-cells-of-much-code"].note


def test_no_note_is_of_the_students_own(graded):
    assert "100 %" not in graded["notes-of-its-own"].note
    assert "best" not in graded["notes-of-its-own"].isolation


def test_a_link_to_anothers_submission_earns_nothing(graded):
    for student in ("a-link", "a-linked-student"):
        assert graded[student].score == 0
        assert "link" in graded[student].note


@pytest.mark.parametrize(
    "student",
    [
        "a-lone-surrogate",
        "a-name-that-is-no-text",
        "a-file-where-a-folder-is",
        "a-folder-where-a-file-is",
        "a-long-path",
        "files-of-holes",
        "sixty-thousand-cells",
        "numbers-that-are-none",
        "metadata-in-many-layers",
        "a-cell-without-end",
        "many-cells-of-much-code",
        "a-name-of-many-parts",
    ],
)
def test_what_can_be_read_is_graded(graded, student):
    assert graded[student].score == graded[student].max_score


@pytest.mark.parametrize("student", ["a-folder", "too-deep"])
def test_what_cannot_be_read_gets_a_grade_with_a_note(graded, student):
    assert graded[student].score == 0
    assert graded[student].note


def test_a_submission_that_breaks_the_grader_is_graded_empty_with_the_reason(
    hw, tmp_path, monkeypatch
):
    course = hw.copy(tmp_path)
    for student in ("ash", "brock"):
        hw.hand_in(course, student, hw.right)

    def breaks(nb, released, **options):
        if any("breaks" in cell.source for cell in nb.cells):
            raise ValueError("a bug of the grader's own")
        return repair(nb, released, **options)

    path = course / "submitted" / "ash" / "hw" / "hw.ipynb"
    nb = read(path, as_version=4)
    nb.cells.append(v4.new_code_cell("# breaks"))
    write(nb, path)
    monkeypatch.setattr("rainfall_kit.grading.prepare.job_builder.repair", breaks)
    ash, brock = (graded.entry for graded in grade_assignment(course, "hw"))
    assert (ash.score, brock.score) == (0, brock.max_score)
    assert "a bug of the grader's own" in ash.note
    again = grade_assignment(course, "hw")
    assert all(graded.skipped for graded in again)


# Each finds a secret input, and says it in words that a message repeats if nobody cares.
FINDS = """
import sys
import torch
def found():
    frame = sys._getframe(1)
    while "cases" not in frame.f_locals:
        frame = frame.f_back
    return "found " + str(frame.f_locals["cases"][5].given[0].numbers[:3])
"""
SAYS = {
    "an error on a public case": "raise ValueError(found())",
    "a stub": "def stub():\n        raise NotImplementedError\n"
    "    stub.__code__ = stub.__code__.replace(co_name=found())\n    stub()",
    "a place": "def place():\n        raise ValueError\n"
    "    place.__code__ = place.__code__.replace(co_name=found())\n    place()",
}


@pytest.mark.parametrize("careful", [True, False])
def test_no_words_of_a_process_that_holds_secrets_are_told(short, tmp_path, monkeypatch, careful):
    if not careful:  # what would be told then
        careless = partial(values.conclude, secret=False)
        monkeypatch.setattr(values, "conclude", lambda *those, **_: careless(*those))
    course = short.copy(tmp_path)
    for how, body in SAYS.items():
        answer = f"{FINDS}def mse(preds, targets):\n    {body}"
        short.hand_in(course, how.replace(" ", "-"), answer)
    for graded in grade_assignment(course, "hw"):
        student = graded.entry.student
        nb = read(course / "autograded" / student / "hw" / "hw.ipynb", as_version=4)
        hidden = next(cell for cell in nb.cells if cell.id == "hidden")
        shown = json.dumps(hidden.outputs)
        assert "0 of 1 points" in shown
        assert ("found" in shown) == (not careful)
