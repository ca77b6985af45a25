"""Completion of the first line of a magic, in a real IPython."""

import warnings

import pytest
from IPython.core.completer import provisionalcompleter


def test_the_options_are_completed_and_the_body_is_left_alone(notebook):
    with provisionalcompleter(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        complete = notebook.shell.Completer.completions
        options = [completion.text for completion in complete("%%gd_step --e", 13)]
        body = [completion.text for completion in complete("%%gd_step --epochs 1\ntarg", 25)]
    assert options == ["--epochs"]
    assert "targets" in body


@pytest.mark.parametrize(
    ("text", "offered"),
    [
        ("%%gd_step --lr my_l", ["my_lr"]),
        ("%gd_step --epochs 3 --params my_w my_", ["my_lr", "my_w"]),
        ("%%gd_step --epochs 3 my_", []),
        ("%%gd_step --quiet my_", []),
    ],
)
def test_a_value_may_be_a_name_and_is_completed_as_one(notebook, text, offered):
    notebook.run("my_lr, my_w = 1e-5, w")
    with provisionalcompleter(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [
            completion.text for completion in notebook.shell.Completer.completions(text, len(text))
        ]
    assert found == offered


@pytest.mark.parametrize("text", ["", "%%gd_step\n", "%%gd_step --epochs 2\n\n"])
def test_completing_an_empty_line_is_left_to_ipython(notebook, text, capsys):
    with provisionalcompleter(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        offered = {
            completion.text for completion in notebook.shell.Completer.completions(text, len(text))
        }
    assert "targets" in offered
    assert capsys.readouterr().err == ""


def test_questions_ids_and_options_are_completed(notebook):
    with provisionalcompleter(), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        complete = notebook.shell.Completer.completions

        def texts(line):
            return [completion.text for completion in complete(line, len(line))]

        assert texts("%gd_check ms") == ["mse"]
        assert texts("%gd_check mse --an") == ["--answer"]
        assert "RK016" in texts("%gd_hint rk01")
