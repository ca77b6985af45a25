"""The body of a cell: it runs as any cell does, and its errors show its own lines only."""

import pytest
from IPython.core.error import UsageError

from rainfall_kit.errors import BodySyntaxError, CheckFailed


def test_an_await_in_the_body_gives_one_line(notebook):
    with pytest.raises(UsageError, match="await works in a cell of its own"):
        notebook.step("", "w = w\nawait something()")
    notebook.step("", "async def later():\n    await something()")


def test_an_error_keeps_the_record_and_shows_the_students_lines_only(notebook, capsys):
    notebook.names["count"] = 0
    body = "\ncount += 1\n!true\nif count == 3:\n    1 / 0\nw.data += 1"
    result = notebook.run("%%gd_step --epochs 5 -o kept\n" + body)
    assert isinstance(result.error_in_exec, ZeroDivisionError)
    assert notebook.names["kept"].epochs == 2
    assert notebook.names["kept"].stopped == "step 3 raised ZeroDivisionError"
    shown = capsys.readouterr().out
    assert "line 6" in shown
    assert "1 / 0" in shown or "1" in shown
    assert "rainfall_kit" not in shown.split("Traceback")[-1]
    assert "run_cell_magic" not in shown


def test_an_error_of_the_kits_own_in_the_body_stays_what_it_is(notebook, capsys):
    notebook.run("from rainfall_kit import require\ndef half(preds, targets): return 0.5")
    result = notebook.run("%%gd_step\nrequire('mse', half)")
    assert isinstance(result.error_in_exec, CheckFailed)
    assert "Traceback" not in capsys.readouterr().out


def test_a_syntax_error_is_drawn_as_pythons_own(notebook, capsys):
    result = notebook.run("%%gd_step\n\nx = = 1")
    assert isinstance(result.error_in_exec, BodySyntaxError)
    shown = capsys.readouterr().out
    assert "line 3" in shown
    assert "SyntaxError" in shown
    assert "rainfall_kit" not in shown


def test_braces_and_dollars_in_the_body_stay_as_they_are(notebook):
    notebook.step("", "text = '{lr} $lr'")
    assert notebook.names["text"] == "{lr} $lr"
