"""What is given out of a course's own question says what it gives, and holds no program."""

import json

import pytest
from added_question import SQUARE
from nbformat import v4

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.questions.programs import build
from rainfall_kit.checks.questions.registry import (
    find_question,
    open_course_questions,
    open_questions_here,
)
from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.released_questions import release_questions

CUBE = (
    SQUARE.replace("square", "cube")
    .replace("return x * x", "return x * square(x)")
    .replace("draw=draw", 'builds_on=("square",), draw=draw')
)


MISTAKES = """
from rainfall_kit.checks.questions.misconception import Misconception

MISTAKES = tuple(
    Misconception(
        id=id_, name=id_, question="square", kind="silent", wrong=(((old, new),),),
        hint="Look.", more="Look once more.", why="It is so.", seen="made up for a test",
    )
    for id_, old, new in (
        ("SQ1", "x * x", "x * x * x"), ("SQ2", "y + 1", "y + 2"), ("SQ3", "float(y)", "abs(y)")
    )
)

QUESTION"""
WITH_MISTAKES = (
    SQUARE.replace("return x * x", "y = x * x\n    return y + 1")
    .replace("\nQUESTION", MISTAKES)
    .replace("call=call", "call=call, mistakes=MISTAKES")
)
TWO_AT_ONCE = "def square(x):\n    return x * x * x + 2\n"


@pytest.fixture
def course(tmp_path):
    course = tmp_path / "course"
    (course / "questions").mkdir(parents=True)
    (course / "questions" / "square.py").write_text(SQUARE)
    yield course
    open_course_questions(tmp_path)


def give_out(course, *cells):
    open_course_questions(course)
    folder = course / "release" / "hw"
    nb = v4.new_notebook(cells=[v4.new_code_cell(text) for text in cells])
    release_questions(nb, folder)
    return {path.stem: path for path in sorted(folder.glob("questions/*.json"))}


def test_only_what_a_notebook_asks_is_given_out_with_what_that_builds_on(course):
    (course / "questions" / "cube.py").write_text(CUBE)
    assert give_out(course, "square_root = 3", 'require("mse", mse)') == {}
    assert [*give_out(course, "%gd_check square")] == ["square"]
    assert [*give_out(course, 'require("cube", cube)')] == ["cube", "square"]


def test_the_inputs_of_every_seed_in_sight_are_given_out(course, monkeypatch):
    calls = [
        '%matplotlib inline\nrequire("square", square, seed=(3, 4))',
        'check("square", f, seed=5)',
    ]
    give_out(course, *calls)
    files = give_out(course, 'require("square", mine, seed=6)')  # another notebook beside it
    monkeypatch.chdir(files["square"].parents[1])
    (course / "questions").rename(course / "gone")
    open_questions_here()
    question = find_question("square")
    for seed in (0, (3, 4), 5, 6):
        cases = question.cases(seed)
        assert all(question.judge(case, question.expected(case)) is None for case in cases)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("answer(x)", "answer(x) or PROGRAM"),
        ("answer(x)", "answer(x) or square(x)"),
    ],
)
def test_a_call_that_needs_the_right_program_is_refused(course, old, new):
    helper = "\ndef square(x):\n    return x * x\n\n\nQUESTION"
    text = SQUARE.replace(old, new).replace("\nQUESTION", helper)
    (course / "questions" / "square.py").write_text(text)
    with pytest.raises(CourseError, match="with the help of its own right square"):
        give_out(course, 'require("square", square)')
    assert not list(course.glob("release/**/*.json"))


def test_a_file_that_was_changed_by_hand_is_told_and_others_are_left_alone(course, monkeypatch):
    path = give_out(course, 'require("square", square)')["square"]
    (course / "questions").rename(course / "gone")
    monkeypatch.chdir(path.parents[1])
    (path.parent / "notes.json").write_text("[]")
    open_questions_here()
    plain = json.loads(path.read_text())
    path.write_text(json.dumps({**plain, "module": "1 / 0"}))
    with pytest.raises(
        CourseError, match=r"square\.json cannot be read: .* Try: fetch the assignment"
    ):
        open_questions_here()


def test_two_mistakes_at_once_get_the_same_names_live_as_in_grading(course, monkeypatch):
    (course / "questions" / "square.py").write_text(WITH_MISTAKES)
    path = give_out(course, 'require("square", square)')["square"]
    answer = build(TWO_AT_ONCE, "square")
    (course / "nbgrader_config.py").touch()
    monkeypatch.chdir(course)
    graded = check("square", answer, seed=(5, 6))
    assert graded.misconceptions == ("SQ1", "SQ2")
    (course / "questions").rename(course / "gone")
    monkeypatch.chdir(path.parents[1])
    open_questions_here()
    assert find_question("square").recorded is not None
    live = check("square", answer)
    assert (live.misconceptions, live.hint) == (graded.misconceptions, graded.hint)
    assert "y + " not in path.read_text()  # no line of a program
