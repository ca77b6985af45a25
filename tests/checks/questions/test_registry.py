"""A question file is all that a question needs: whatever asks, checks or reports then knows it."""

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell

from rainfall_kit.checks.checking import check, require
from rainfall_kit.checks.mutation_report import try_mistakes
from rainfall_kit.checks.questions.registry import (
    CATALOGUE,
    QUESTIONS,
    add_question_folder,
    find_misconception,
    find_question,
    find_question_here,
    open_course_questions,
    question_folder,
    question_folders,
    wrong_programs,
)
from rainfall_kit.errors import CheckFailed, CourseError, OptionError

TOTAL = '''
"""Question total: the sum of a column."""

import numpy as np

from rainfall_kit.checks.questions.drawing import case_of
from rainfall_kit.checks.questions.misconception import Misconception
from rainfall_kit.checks.questions.question import Question


def draw(seed):
    rng = np.random.default_rng([seed, 100])
    drawn = (case_of(f"{n} numbers", "float64", x=rng.normal(size=n)) for n in (2, 3, 5))
    return case_of("3 numbers", "float32", public=True, x=[1, 2, 5]), *drawn


def call(answer, case, trace):
    (x,) = case.tensors("x")
    trace.value("the total", answer(x))
    trace.unchanged(x=x)


QUESTION = Question(
    name="total",
    asks="total(x) gives the sum of all numbers of x, a tensor of shape ()",
    program="def total(x):\\n    return x.sum()\\n",
    draw=draw,
    call=call,
    mistakes=(
        Misconception(
            id="RK901",
            name="the largest instead of the sum",
            question="total",
            kind="silent",
            wrong=(((".sum()", ".max()"),),),
            hint="Does every number count?",
            more="Change a small number of x and look whether your total changes with it.",
            why="A maximum looks at one number.",
            seen="made up for a test",
        ),
    ),
)
'''


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "total.py").write_text(TOTAL)
    (tmp_path / "_notes.py").write_text("no question")
    with question_folder(tmp_path):
        yield tmp_path


@pytest.mark.usefixtures("folder")
def test_a_check_knows_an_added_question_and_its_mistakes():
    assert check("total", lambda x: x.sum()).outcome == "right"
    result = check("total", lambda x: x.max(), seed=5)
    assert (result.outcome, result.misconceptions) == ("wrong", ("RK901",))
    assert result.hint == "Does every number count?"
    assert wrong_programs(find_misconception("rk901")) == ("def total(x):\n    return x.max()\n",)


@pytest.mark.usefixtures("folder")
def test_mistakes_of_other_questions_apply_where_programs_share_lines():
    assert check("total", lambda x: x.sum() / 2).misconceptions == ("RK019",)


@pytest.mark.usefixtures("folder")
def test_an_answer_that_calls_its_question_file_is_noticed():
    question = find_question("total")
    result = check("total", lambda x: question.draw(0) and x.sum())
    assert result.message.startswith("total calls the kit's own draw.")


@pytest.mark.usefixtures("folder")
def test_a_graded_cell_knows_it():
    require("total", lambda x: x.sum())
    with pytest.raises(CheckFailed, match="RK901"):
        require("total", lambda x: x.max())


@pytest.mark.usefixtures("folder")
def test_a_magic_knows_it(capsys):
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "rainfall_kit")
    try:
        shell.run_cell("def total(x):\n    return x.max()").raise_error()
        shell.run_cell("%gd_check total").raise_error()
        assert "It looks like: the largest instead of the sum" in capsys.readouterr().out
        shell.run_cell("%gd_hint RK901").raise_error()
    finally:
        shell.user_ns.pop("total", None)
        shell.run_line_magic("unload_ext", "rainfall_kit")


@pytest.mark.usefixtures("folder")
def test_the_mutation_report_knows_it():
    (row,) = (row for row in try_mistakes("total", range(20)) if row.entry.id == "RK901")
    assert (row.draws, row.as_it_should) == (20, True)


def test_an_added_folder_is_known_meanwhile_and_then_forgotten(folder):
    assert [*QUESTIONS][-1] == "total"
    assert folder.resolve() in question_folders()
    assert add_question_folder(folder) == (find_question("total"),)
    with question_folder(folder):
        pass
    assert "total" in QUESTIONS  # whoever added it first still has it


def test_nothing_of_a_folder_stays():
    assert "total" not in QUESTIONS
    assert "RK901" not in {entry.id for entry in CATALOGUE}
    with pytest.raises(OptionError, match="there is no question 'total'"):
        find_question("total")
    with pytest.raises(UsageError):
        InteractiveShell.instance().run_cell("%gd_check total").raise_error()


def changed(old, new):
    assert old in TOTAL
    return TOTAL.replace(old, new)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("1 / 0", "does not run: ZeroDivisionError: division by zero. Look at: total.py"),
        ("def total(:", "does not run: SyntaxError"),
        ("QUESTION = 4", "holds no question"),
        ("", "holds no question"),
        (changed('name="total"', 'name="mse"'), "asks 'mse', which is taken"),
        (changed('id="RK901"', 'id="RK016"'), "uses RK016, which is taken"),
        (changed('question="total"', 'question="mse"'), "its mistake RK901 says question='mse'"),
        (changed('id="RK901"', 'id="rk 901"'), "an id has capital letters and digits"),
        (changed("draw=draw", "draw=draw, builds_on=('sum',)"), "builds on 'sum', which is no"),
    ],
)
def test_a_file_that_is_no_question_is_named_and_nothing_is_added(tmp_path, text, told):
    (tmp_path / "a.py").write_text(
        changed('name="total"', 'name="a"')
        .replace("RK901", "RK902")
        .replace('question="total"', 'question="a"')
    )
    (tmp_path / "total.py").write_text(text)
    before = [*QUESTIONS]
    with pytest.raises(CourseError) as refused:
        add_question_folder(tmp_path)
    assert str(refused.value).startswith(f"{tmp_path.resolve() / 'total.py'} ")
    assert told in str(refused.value)
    assert [*QUESTIONS] == before


def test_a_folder_without_question_files_is_refused(tmp_path):
    with pytest.raises(CourseError, match="no question file"):
        add_question_folder(tmp_path / "nowhere")


def test_questions_come_in_the_lessons_order_and_mistakes_in_that_of_their_ids():
    assert " ".join(QUESTIONS) == (
        "to_tensors in_celsius standardise init_params model predict_region predicted_apples mse rmse baseline_loss "
        "share_explained slope_by_nudging gradients update zero_grads gradients_by_hand gd_step train trained_loss "
        "is_gradient first_slope distance_after largest_stable_lr choose_lr has_diverged has_converged to_raw_units "
        "least_squares split make_batches make_model fit evaluate held_out_loss"
    )
    ids = [entry.id for entry in CATALOGUE]
    assert ids == sorted(ids)
    assert len(ids) == sum(len(question.mistakes) for question in QUESTIONS.values())
    for question in QUESTIONS.values():
        assert all(entry.question == question.name for entry in question.mistakes)


@pytest.fixture
def course(tmp_path):
    (tmp_path / "questions").mkdir()
    (tmp_path / "questions" / "total.py").write_text(TOTAL)
    yield tmp_path
    open_course_questions(tmp_path / "nowhere")


def test_a_courses_questions_are_read_as_they_are_now_and_no_other_courses(course):
    open_course_questions(course)
    before = find_question("total")
    open_course_questions(course)
    assert find_question("total") is before  # nothing has changed
    (course / "questions" / "total.py").write_text(changed("the largest", "the one largest"))
    open_course_questions(course)
    assert find_misconception("RK901").name == "the one largest instead of the sum"
    open_course_questions(course / "questions")
    assert "total" not in QUESTIONS


def test_a_courses_broken_question_is_told_until_it_is_mended(course):
    path = course / "questions" / "total.py"
    path.write_text("1 / 0")
    for _ in range(2):
        with pytest.raises(CourseError, match="does not run"):
            open_course_questions(course)
    path.write_text(TOTAL)
    open_course_questions(course)
    assert "total" in QUESTIONS


def test_a_notebook_of_a_course_knows_its_questions(course, monkeypatch):
    (course / "nbgrader_config.py").touch()
    (course / "source" / "hw").mkdir(parents=True)
    monkeypatch.chdir(course / "source" / "hw")
    assert find_question_here("total").asks.startswith("total(x)")
    (course / "nbgrader_config.py").unlink()
    with pytest.raises(OptionError):
        find_question_here("total")
