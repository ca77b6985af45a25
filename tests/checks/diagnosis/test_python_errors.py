"""Python's own errors get a place to look, and never one that has no place in the line."""

import pytest

from rainfall_kit.checks.checking import check
from rainfall_kit.checks.diagnosis.python_errors import hint_for_name, hint_for_python
from rainfall_kit.checks.diagnosis.torch_errors import hint_for
from rainfall_kit.checks.questions.programs import build


def error_of(source):
    try:
        exec(compile(source, "<a cell>", "exec"), {})
    except Exception as error:  # noqa: BLE001  a cell raises anything
        return error
    raise AssertionError("it runs")


@pytest.mark.parametrize(
    ("source", "where"),
    [
        ("loss + 1", "gives loss its value"),
        ("def f():\n    loss = loss + 1\nf()", "Which line is the first to use it?"),
        ("len = 3\nlen([1])", "a thing of type int"),
        ("a = [1, 2\nb = 3", "Count the brackets"),
        ("for i in range(3)\n    pass", "below which a block begins"),
        ("def f():\npass", "how far that line is indented"),
        ("a = 1\n  b = 2", "how far that line is indented"),
        ("a =\u00a01", "A space in that line is none"),
        ("a = 2 \u2212 1", "looks like a minus"),
        ("a = 2 \u2013 1", "looks like a minus"),
        ("a = \u201c1\u201d", "copied from a page"),
        ("1 = a", "given a value"),
        ("a = = 1", "^ points to"),
        ("import trch_nothing", "letter by letter"),
        ("import math\nmath.squareroot(2)", "press Tab"),
        ("1 / 0", "on the right of the slash"),
        ("a, b = 1, 2, 3", "on the left of ="),
        ("[1][1]", "Counting begins at 0"),
        ("a = 2\nif a = 3:\n    pass", "whether two things are equal"),
        ("x = 1\ny = 2x + 1", "which sign is missing between them"),
        ("print(f'{1:.2f')", "quotation marks and braces"),
        ("a = abs\uff081\uff09", "copied from a page"),
        ("[1] - [2]", "beside the sign - in this line"),
        ("'loss: ' + 3", "on each side of the sign +"),
        ("range(1e2)", "has to be a whole number, and is a float"),
    ],
)
def test_an_error_of_pythons_gets_a_place_to_look(source, where):
    assert where in hint_for(error_of(source))


def test_a_name_that_is_nearly_one_of_the_notebooks_is_held_beside_it():
    error = error_of("pred")
    assert "there is preds. Compare" in hint_for_name(error, ["w", "preds", "targets"])
    assert hint_for_name(error, ["w", "targets", "_pred"]) is None


def test_a_hint_speaks_of_the_name_in_the_message():
    assert "gives learning_rate its value" in hint_for_python(
        "NameError", "name 'learning_rate' is not defined"
    )


def test_of_other_errors_nothing_is_said():
    for error in (OSError("no such file"), StopIteration(), ValueError("of your own")):
        assert hint_for(error) is None


def test_who_is_on_the_left_of_at_is_asked_only_where_there_is_one():
    at = hint_for(TypeError("unsupported operand type(s) for @: 'list' and 'Tensor'"))
    minus = hint_for(TypeError("unsupported operand type(s) for -: 'list' and 'Tensor'"))
    assert "left of @" in at
    assert "@" not in minus


def test_a_wrong_signature_is_told_the_one_that_is_asked_for():
    answer = build("def update(w, b):\n    return w, b\n", "update")
    assert "given. update(w, b, lr) moves w and b" in check("update", answer).message


def test_an_error_of_any_kind_has_a_hint():
    answer = build("def mse(p, t):\n    raise OSError('no such file')\n", "mse")
    assert "the line that stopped" in check("mse", answer).hint
