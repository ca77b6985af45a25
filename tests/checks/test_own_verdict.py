"""An answer about one's own orchard is judged by that orchard, and no message tells the right number."""

from contextlib import nullcontext
from functools import cache

import nbformat
import pytest

from rainfall_kit import check, own_orchard, require
from rainfall_kit.checks.observations import Failure, Observation
from rainfall_kit.checks.own_verdict import conclude_own
from rainfall_kit.checks.questions.own_data import own_case
from rainfall_kit.checks.questions.registry import find_question
from rainfall_kit.course.assignments import assignment_names, find_assignment
from rainfall_kit.course.bundled_course import find_course
from rainfall_kit.errors import CheckFailed
from rainfall_kit.lesson.own_orchard import FILE, VARIABLE, OrchardKey
from rainfall_kit.quadratic.bowl import Bowl

BEGIN = """
import torch
from rainfall_kit import own_orchard
inputs, targets = own_orchard().tensors(torch.float64)
def own_limit():
"""
RIGHT = "hessian = torch.cat([inputs, torch.ones(5, 1)], 1); return 10 / torch.linalg.matrix_norm(hessian, 2).item() ** 2"
ANOTHER = "own_limit is not right yet: the largest stable lr of your own orchard is another number."
ANSWERS = {
    "by the table": (RIGHT, "right", "own_limit is right."),
    "the number": ("return {limit:.6g}", "right", "own_limit is right."),
    "too few digits": (
        "return {limit:.3g}", "wrong", f"{ANOTHER} It is the right one, rounded to 3 digits.",
    ),
    "the lesson's number": (
        "return 1.11673e-4", "wrong",
        "own_limit is not right yet: the largest stable lr of the lesson's five regions is not that of your own orchard.",
    ),
    "twice the number": (
        "return 2 * {limit!r}", "wrong",
        "own_limit is not right yet. It looks like: the 2 of the square is forgotten (RK337).",
    ),
    "a text": (
        "return str({limit!r})", "wrong",
        "own_limit is not right yet: the largest stable lr is a text, and should be a plain number.",
    ),
    "nothing": ("pass", "not tried", "own_limit is still to be written."),
    "dots": ("return [...][0]", "not tried", "own_limit still gives back `...`."),
    "a stub": ("raise NotImplementedError()", "not tried", "own_limit is still to be written."),
    "the kit's own": (
        "from rainfall_kit import Bowl; return 2 / Bowl.from_data(inputs, targets).eigenvalues[-1]", "wrong",
        "own_limit calls the kit's own from_data. Here it is to be written from scratch, with tensors.",
    ),
    "an error": (
        "return 1 / 0", "could not run",
        "own_limit stopped with an error (line 6 of own_limit). ZeroDivisionError: division by zero",
    ),
}  # fmt: skip


@pytest.fixture
def limit(tmp_path, monkeypatch):
    """The right number of misty, in whose folder we are."""
    (tmp_path / FILE).write_text(OrchardKey(key="k", student="misty").to_json())
    monkeypatch.chdir(tmp_path)
    orchard = own_orchard()
    return Bowl.from_data(orchard.inputs, orchard.targets).largest_stable_lr


def answer(text):
    names = {}
    exec(compile(f"{BEGIN}    {text}\n", "<cell>", "exec"), names)
    return names["own_limit"]


def checked(function, **options):
    return check("largest_stable_lr", function, own_orchard=True, **options)


@pytest.mark.parametrize(("text", "outcome", "message"), ANSWERS.values(), ids=ANSWERS)
def test_an_answer_is_judged_by_the_orchard_of_its_student(limit, text, outcome, message):
    result = checked(answer(text.format(limit=limit)))
    assert (result.outcome, result.message, result.question) == (outcome, message, "own_limit")
    assert f"{limit:.4g}"[:5] not in str(result)


def test_a_wrong_function_of_ones_own_costs_nothing_here_and_is_told(limit):
    function = answer("return largest_stable_lr(inputs, targets)")
    function.__globals__["largest_stable_lr"] = answer("return 3")
    result = checked(function)
    assert result.outcome == "right"
    assert result.message.startswith("own_limit is right; it calls your largest_stable_lr, which")
    assert (
        checked(function, given=()).outcome == "could not run"
    )  # with arguments that it does not take
    assert limit


@pytest.mark.usefixtures("limit")
def test_the_name_in_the_test_is_no_answer():
    result = checked(answer("return largest_stable_lr(inputs, targets)"))
    assert result.message.endswith("NameError: name 'largest_stable_lr' is not defined")


@pytest.mark.usefixtures("limit")
def test_what_is_no_function_is_refused_in_words():
    assert checked(None).outcome == "not tried"
    assert checked(3).message.startswith("largest_stable_lr is a plain number, not a function.")


def test_require_raises_with_the_same_words(limit, capsys):
    require("largest_stable_lr", answer(f"return {limit!r}"), own_orchard=True)
    assert capsys.readouterr().out.endswith("own_limit is right.\n")
    with pytest.raises(CheckFailed, match="own_limit is not right yet"):
        require("largest_stable_lr", answer("return 1.0"), own_orchard=True)


@pytest.mark.parametrize("name", assignment_names())
def test_in_every_assignment_the_solution_is_right_for_its_orchard_and_wrong_for_another(
    name, tmp_path, monkeypatch, capsys
):
    (tmp_path / FILE).write_text(OrchardKey(key="k").to_json())
    monkeypatch.chdir(tmp_path)
    ((function, _),) = find_assignment(name).own.items()
    test, numbers = f"test-{function}", []
    for student in ("ash", "misty"):
        monkeypatch.setenv(VARIABLE, student)
        names = names_of_solution(name)
        exec(cell_of(name, test), names)
        assert f"{function} is right" in capsys.readouterr().out
        numbers.append(float(names[function]()))
    for number, outcome in zip(numbers, (pytest.raises(CheckFailed), nullcontext()), strict=True):
        exec(f"def {function}():\n    return {number:.6g}", names)
        with outcome:
            exec(cell_of(name, test), names)


@cache
def cells_of(name):
    return nbformat.read(find_course() / "source" / name / f"{name}.ipynb", as_version=4).cells


def cell_of(name, id_):
    (cell,) = (cell for cell in cells_of(name) if cell.id == id_)
    return cell.source


def names_of_solution(name):
    """What an assignment's locked cells and its solution define, without a kernel."""
    names = {}
    for cell in cells_of(name):
        about = cell.metadata.get("nbgrader", {})
        needed = about.get("solution") or (about.get("locked") and not about.get("grade"))
        if cell.cell_type == "code" and needed:
            exec(cell.source.replace("%load_ext rainfall_kit", ""), names)
    return names


def test_nothing_that_an_answer_said_is_told_where_it_could_find_secrets():
    question = find_question("largest_stable_lr")
    case = own_case(question, 3)
    failure = Failure(kind="My0.731", message="0.731", where="line 1 of f0_731")
    result = conclude_own(question, "f", (case,), (Observation(failure=failure),), secret=True)
    assert (result.outcome, str(result)) == (
        "could not run", "f stopped with an error. An exception",
    )  # fmt: skip
