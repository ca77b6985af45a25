"""Names of folders that the gradebook cannot hold, or that nbgrader reads as patterns, are told of."""

import os
import re
import shutil
import subprocess
import sys

import pytest
from click.testing import CliRunner
from nbgrader.converters import GenerateFeedback
from nbgrader.converters.base import NbGraderException

from rainfall_kit.cli import rainfall
from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.course import (
    instructors_files,
    name_warnings,
    open_course,
    submission_folders,
)
from rainfall_kit.grading.prepare.folder_names import match_by_name

UNDECODED = os.fsdecode(b"u\xff")


@pytest.fixture
def handed_in(tmp_path):
    for student in ("ann", "[b]racket", "bracket", "a*", "a?", "new\nline", UNDECODED):
        for step in ("submitted", "autograded"):
            (tmp_path / step / student / "hw").mkdir(parents=True)
            (tmp_path / step / student / "hw" / "hw.ipynb").write_text(student, errors="replace")
    return tmp_path


def test_each_name_that_makes_trouble_is_told_of_before_grading(handed_in):
    warnings = name_warnings(open_course(handed_in), "hw")
    assert len(warnings) == 5
    assert all("Try: another name for " in warning for warning in warnings)
    assert all(warning.isprintable() for warning in warnings)
    patterns = [warning for warning in warnings if "as a pattern" in warning]
    assert [name for name in ("[b]racket", "a*", "a?") if repr(name) in str(patterns)] == [
        "[b]racket", "a*", "a?"
    ]  # fmt: skip
    assert sum("makes no feedback page" in warning for warning in warnings) == 1
    assert sum("was left out: the gradebook cannot hold" in warning for warning in warnings) == 1


def test_only_who_cannot_be_in_the_gradebook_is_left_out(handed_in):
    found = submission_folders(open_course(handed_in), "hw")
    assert sorted(found) == sorted(["ann", "[b]racket", "bracket", "a*", "a?", "new\nline"])


def by_name(course, assignment="hw"):
    class Converter(GenerateFeedback):
        """A kind of its own, which leaves nbgrader's as it is."""

    match_by_name(Converter)
    folders = open_course(course)
    folders.assignment_id = assignment
    return Converter(coursedir=folders)


def test_a_class_of_one_whose_id_has_brackets_is_found(handed_in):
    for step in ("submitted", "autograded"):
        for folder in [*(handed_in / step).iterdir()]:
            if folder.name != "[b]racket":
                shutil.rmtree(folder)
    converter = by_name(handed_in)
    converter.init_notebooks()
    place = f"{handed_in}/autograded/[b]racket/hw"
    assert converter.assignments == {place: [f"{place}/hw.ipynb"]}


def test_a_course_whose_path_has_brackets_is_found_and_warned_of(tmp_path):
    course = tmp_path / "spring [2026]"
    place = course / "autograded" / "ann" / "hw"
    place.mkdir(parents=True)
    (place / "hw.ipynb").touch()
    converter = by_name(course)
    converter.init_notebooks()
    assert converter.assignments == {str(place): [f"{place}/hw.ipynb"]}
    (warning,) = name_warnings(open_course(course), "hw")
    assert "reads the course's path" in warning


def test_nbgrader_says_itself_that_there_is_nothing(handed_in):
    with pytest.raises(NbGraderException, match="No notebooks were matched"):
        by_name(handed_in, "gone").init_notebooks()


def test_nbgrader_is_given_each_students_own_notebooks(handed_in):
    converter = by_name(handed_in)
    converter.init_notebooks()
    autograded = handed_in / "autograded"
    assert converter.assignments == {
        f"{autograded}/{student}/hw": [f"{autograded}/{student}/hw/hw.ipynb"]
        for student in ("ann", "[b]racket", "bracket", "a*", "a?")
    }


CHECK = """
import sys
from pathlib import Path
from rainfall_kit.grading.prepare.folder_names import CourseError, check_course_name
try:
    check_course_name(Path(sys.argv[1]))
except CourseError as told:
    print(ascii(str(told)))
"""
ASCII = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


@pytest.mark.parametrize(
    ("name", "encoding", "told"),
    [
        (b"k\xc3\xbcrs", {"PYTHONUTF8": "1"}, ""),
        (b"k\xff", {"PYTHONUTF8": "1"}, "is not UTF-8.*Try: another name for the folder"),
        (b"k\xc3\xbcrs", ASCII, "cannot be read as ascii.*Try: export PYTHONUTF8=1"),
    ],
)
def test_a_course_is_refused_by_the_cause(name, encoding, told):
    words = [sys.executable, "-c", CHECK, name]
    done = subprocess.run(
        words, env={**os.environ, **encoding}, capture_output=True, text=True, check=True
    )
    assert re.search(told, done.stdout)
    assert bool(done.stdout) == bool(told)


def test_the_command_warns_first(handed_in):
    words = ["grade", "hw", "--course", str(handed_in), "--kernels"]
    done = CliRunner().invoke(rainfall, words)
    assert "Warning: nbgrader reads the student id '[b]racket' as a pattern" in done.stderr
    assert "there is no gradebook" in str(done.exception)
    with pytest.raises(CourseError):
        raise done.exception


def test_no_solution_lies_beside_students_notebooks_where_the_course_has_brackets(tmp_path):
    source = tmp_path / "c[2026]" / "source" / "hw"
    for name in ("hw.ipynb", "data/rain.csv", "data/x.pyc", "__pycache__/x", "data/more.ipynb"):
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).write_text(name)
    assert instructors_files(open_course(tmp_path / "c[2026]"), "hw") == {
        "data/rain.csv": b"data/rain.csv"
    }
