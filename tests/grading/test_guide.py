"""The instructor's guide is done from its first command to its last, and shows what one sees.

Its assignment asks a question of the course's own, which so goes all the way round.
"""

import contextlib
import csv
import io
import os
import re
import shlex
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from guide import TEXT, block, commands, softmax_notebook
from nbformat import read, write
from nbgrader.api import Gradebook

from rainfall_kit.checks.checking import check, require
from rainfall_kit.checks.questions.registry import QUESTIONS, find_question, open_course_questions
from rainfall_kit.cli import main
from rainfall_kit.errors import CheckFailed, OptionError
from rainfall_kit.grading.engine import grade_assignment

NAME = "softmax"
FILE = f"{NAME}.ipynb"
QUESTION = f"questions/{NAME}.py"
ANSWERS = {
    "ash": "def softmax(scores):\n    powers = (scores - scores.max()).exp()\n"
    "    return powers / powers.sum(dim=1, keepdim=True)",
    "misty": "def softmax(scores):\n    return torch.softmax(scores, dim=0)",
    "brock": "def softmax(scores):\n    powers = torch.exp(scores)\n"
    "    return powers / powers.sum(1)[:, None]",
}
NO_NAME = "def softmax(scores):\n    return torch.sigmoid(scores)"
READS_THE_FILE = """
import inspect
from rainfall_kit.checks.questions import registry
question = registry.find_question("softmax")
text = question.program or inspect.getsource(inspect.getmodule(question.call))
exec(text[text.index("def softmax("):].partition('\"\"\"')[0])
"""
OUTCOMES = {
    ANSWERS["ash"]: ("right", ()),
    ANSWERS["misty"]: ("wrong", ("SM001",)),
    ANSWERS["brock"]: ("wrong", ("SM002",)),
    NO_NAME: ("wrong", ()),
}
EXCHANGE = "/srv/nbgrader/exchange"
COMMANDS = commands()


@dataclass(frozen=True)
class Walk:
    course: Path
    seen: list
    page: str


@pytest.fixture(scope="module")
def walk(nbgrader, tmp_path_factory):
    """What one sees at each command, and the course at the end."""
    root = tmp_path_factory.mktemp("guide")
    course, homes = root / "my-course", root / "homes"
    making = re.search(r"`sudo (mkdir .*?)`", TEXT)[1].replace(EXCHANGE, str(root / "exchange"))
    subprocess.run(shlex.split(making), check=True)
    seen, page = [], ""
    with pytest.MonkeyPatch.context() as patch:
        here = str(Path(sys.executable).parent)
        patch.setenv("PATH", os.pathsep.join([here, os.environ["PATH"]]))
        patch.setenv("JUPYTER_CONFIG_DIR", str(root / "CONFIG"))
        patch.setenv("COLUMNS", "80")
        patch.chdir(root)
        for command in COMMANDS:
            program, *words = shlex.split(command.typed)
            if program == "cd":
                patch.chdir(words[0])
                _write_config(root)
                seen.append("")
                continue
            if words[0] == "verify":
                _write_assignment()
            if words == ["generate_assignment", "learning_rate"]:
                with Path("nbgrader_config.py").open("a") as config:
                    config.write(block("an orchard of their own", "python"))
            if "--force" in words:
                _change_points()
            seen.append(
                nbgrader(*words, cwd=Path.cwd()) if program == "nbgrader" else _rainfall(words)
            )
            if words[0] == "release_assignment":
                _students(nbgrader, root, homes)
            if words[0] == "collect":
                for student in ("brock", "misty"):
                    stamp = course / "submitted" / student / NAME / "timestamp.txt"
                    stamp.write_text("2030-02-01 12:00:00 UTC")
            if words == ["grade", NAME, "--no-progress"]:
                _grade_by_hand(course)  # and, later, resolve it
            if words[0] == "release_feedback":
                page = _fetched_page(nbgrader, root, homes / "misty")
        yield Walk(course, seen, page)
    open_course_questions(root)


def _rainfall(words):
    """What `rainfall` says, in this process."""
    out = io.StringIO()
    with contextlib.redirect_stdout(out), pytest.raises(SystemExit) as end:
        main(words)
    assert not end.value.code, out.getvalue()
    return out.getvalue()


def _write_config(root):
    """What the guide adds to the course; the exchange is a folder that is there."""
    added = block("what being late costs:", "python")
    with Path("nbgrader_config.py").open("a") as config:
        config.write(added.replace(EXCHANGE, str(root / "exchange")))
    Path("students.csv").write_text(block("`students.csv`", "text"))


def _write_assignment():
    for path in (QUESTION, f"source/{NAME}/{FILE}"):
        Path(path).parent.mkdir(parents=True)
    Path(QUESTION).write_text(block(f"`{QUESTION}`:", "python"))
    write(softmax_notebook(), f"source/{NAME}/{FILE}")


def _as_student(root, home):
    exchange = f"--Exchange.root={root / 'exchange'}"
    return exchange, f"--student={home.name}", f"--Exchange.cache={home / 'cache'}"


def _fetched_page(nbgrader, root, home):
    (fetching,) = block("as she fetched the assignment, or by", "bash").splitlines()
    nbgrader(*shlex.split(fetching)[1:], *_as_student(root, home), cwd=home)
    (page,) = home.glob(f"{NAME}/feedback/*/{NAME}.html")
    return page.read_text()


def _students(nbgrader, root, homes):
    """Fetch it, answer it and hand it in, as the guide says; what one fetches is what all get."""
    fetching, submitting = block("*Assignment List*) or by", "bash").splitlines()
    first, *others = (homes / student for student in ANSWERS)
    first.mkdir(parents=True)
    nbgrader(*shlex.split(fetching)[1:], *_as_student(root, first), cwd=first)
    for home in others:
        shutil.copytree(first / NAME, home / NAME)
    for home in (first, *others):
        nb = read(home / NAME / FILE, as_version=4)
        cells = {cell.id: cell for cell in nb.cells}
        cells[NAME].source, cells["words"].source = ANSWERS[home.name], "It might overflow."
        write(nb, home / NAME / FILE)
        nbgrader(*shlex.split(submitting)[1:], *_as_student(root, home), cwd=home)


def _grade_by_hand(course):
    """Give the points and the comment that the guide says, as formgrader stores them."""
    told = re.search(
        r"ash (\d) points, misty (\d) with the comment \"(.*?)\", and brock (\d)", TEXT
    )
    points = dict(zip(("ash", "misty", "brock"), map(float, told.group(1, 2, 4)), strict=True))
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        for student, given in points.items():
            grade = gradebook.find_grade("words", NAME, NAME, student)
            grade.manual_score, grade.needs_manual_grade = given, False
        gradebook.find_comment("words", NAME, NAME, "misty").manual_comment = told[3]
        gradebook.db.commit()


def _change_points():
    name, points = re.search(r"give `(\S+)` (\d+) points in the source", TEXT).groups()
    path = Path("source") / NAME / FILE
    nb = read(path, as_version=4)
    next(cell for cell in nb.cells if cell.id == name).metadata.nbgrader.points = int(points)
    write(nb, path)


@pytest.mark.parametrize("number", range(len(COMMANDS)), ids=[one.typed for one in COMMANDS])
def test_the_guide_shows_what_one_sees(walk, number):
    command, seen = COMMANDS[number], walk.seen[number]
    assert command.fits(seen), seen


def test_the_install_commands_are_the_readmes():
    readme = (Path(__file__).parents[2] / "README.md").read_text("utf-8")
    install = block("In the kit's folder:", "bash")
    assert "\npip install . && rainfall demo\n" in readme
    assert install.splitlines()[-1] == "pip install ."
    assert install.splitlines()[0] == "sudo apt install bubblewrap"
    assert "`apt install bubblewrap`" in readme


def test_the_feedback_page_names_and_explains_the_mistake(walk):
    assert "1. Probabilities from scores" in walk.page
    assert "2. Why is the largest score taken off first?" in walk.page
    for words in ("each column adds up to 1", "Which numbers of your result", "What overflows?"):
        assert words in walk.page
    assert "SM002" not in walk.page


def test_what_being_late_costs_is_taken_off_the_marks(walk):
    with (walk.course / f"{NAME}.csv").open(newline="") as table:
        marks = {row["id"]: row["score"] and float(row["score"]) for row in csv.DictReader(table)}
    assert marks == {"ash": 7, "brock": pytest.approx(1.8), "misty": 1, "oak": ""}


@pytest.fixture
def home(walk, tmp_path, monkeypatch):
    """The folder of a student, who has what was given out and nothing else."""
    given_out = walk.course / "release" / NAME
    for path in sorted(given_out.rglob("*.*")):
        copy = tmp_path / NAME / path.relative_to(given_out)
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(path.read_bytes())
    monkeypatch.chdir(tmp_path / NAME)
    return tmp_path / NAME


def function(text):
    names = {}
    exec(f"import torch\n{text}", names)
    return names[NAME]


def test_what_is_given_out_holds_no_right_program(home):
    assert {path.name for path in home.iterdir()} == {"questions", FILE}
    given_out = "".join(path.read_text() for path in home.rglob("*.*"))
    for line in ("shifted", "powers", "torch.softmax", "default_rng", "dim=1", "1000 +", "seed=(1"):
        assert line not in given_out


@pytest.mark.usefixtures("home")
def test_the_visible_test_works_without_the_right_program(walk, monkeypatch):
    require(NAME, function(ANSWERS["ash"]))
    with pytest.raises(CheckFailed) as told:
        require(NAME, function(ANSWERS["misty"]))
    assert str(told.value) == block("her visible test says so:", "text").strip()
    for text, expected in OUTCOMES.items():
        result = check(NAME, function(text))
        assert (result.outcome, result.misconceptions) == expected
    assert find_question(NAME).program == "right"  # a name for what it gave, and no text
    monkeypatch.chdir(walk.course / "source" / NAME)
    assert check(NAME, function(NO_NAME)) == result  # in the same words where the program is
    assert "def softmax" in find_question(NAME).program


@pytest.mark.usefixtures("home")
def test_a_student_can_only_try_what_was_given_out(tmp_path, monkeypatch):
    with pytest.raises(OptionError, match=r"inputs of its visible tests alone, .* seed 7"):
        check(NAME, function(NO_NAME), seed=7)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(OptionError, match="no question 'softmax'"):
        check(NAME, function(NO_NAME))
    assert NAME not in QUESTIONS


def test_a_changed_question_is_read_again_and_graded_again(walk):
    for student, answer in {"reads": READS_THE_FILE, "odd": NO_NAME}.items():
        nb = read(walk.course / "release" / NAME / FILE, as_version=4)
        next(cell for cell in nb.cells if cell.id == NAME).source = answer
        folder = walk.course / "submitted" / student / NAME
        folder.mkdir(parents=True)
        write(nb, folder / FILE)
    path = walk.course / QUESTION
    path.write_text(path.read_text().replace('id="SM002"', 'id="SM003"'))
    graded = {one.entry.student: one for one in grade_assignment(walk.course, NAME, trial=False)}
    outcomes = {
        student: {
            (cell.outcome, cell.misconceptions)
            for cell in one.entry.cells
            if cell.how == "by values"
        }
        for student, one in graded.items()
    }
    assert graded["brock"].why == ("tests",)
    assert outcomes["brock"] == {("wrong", ("SM003",))}
    assert outcomes["ash"] == {("right", ())}
    assert outcomes["odd"] == {("wrong", ())}
    # what is in the sandbox of the question's file has no right program
    assert {outcome for outcome, _ in outcomes["reads"]}.isdisjoint({"right"})
    assert check(NAME, function(READS_THE_FILE)).outcome == "right"  # where nothing hides it
