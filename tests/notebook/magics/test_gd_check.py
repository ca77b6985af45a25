"""%gd_check and %gd_hint, in a real IPython."""

import json
from types import SimpleNamespace

import pytest
from IPython.core.error import UsageError

from rainfall_kit.records.outcomes import CheckResult

SUM = "def mse(preds, targets):\n    diff = preds - targets\n    return (diff * diff).sum()"


def test_a_check_names_the_mistake_and_where_to_get_more(notebook, capsys, said):
    notebook.run(SUM)
    shown = said(notebook, "%gd_check mse", capsys)
    assert "✗ mse is not right yet" in shown
    assert "sum instead of mean (RK016)" in shown
    assert "Hint: " in shown
    assert "More: %gd_hint RK016" in shown


def test_a_check_gives_a_record_and_changes_no_name(notebook):
    before = dict(notebook.names)
    result = notebook.run("%gd_check mse -o kept;")
    result.raise_error()
    assert result.result is None
    kept = notebook.names["kept"]
    assert isinstance(kept, CheckResult)
    assert kept.outcome == "right"
    for name in ("w", "b", "inputs", "mse", "loss"):
        assert notebook.names.get(name) is before.get(name)


def test_a_result_is_shown_as_html_too(notebook):
    notebook.run(SUM)
    result = notebook.run("%gd_check mse").result
    data, _ = notebook.shell.display_formatter.format(result)
    assert "<b>Hint:</b>" in data["text/html"]
    assert "✗" in data["text/plain"]


def test_a_function_that_is_not_there_is_not_tried(notebook, capsys, said):
    assert "○ train is still to be written." in said(notebook, "%gd_check train", capsys)


def test_a_function_may_have_another_name(notebook, capsys, said):
    notebook.run("my_mse = mse")
    assert "✓ mse is right" in said(notebook, "%gd_check mse --answer my_mse", capsys)


def test_without_a_question_all_answers_of_the_notebook_are_checked(notebook, capsys, said):
    notebook.run("from rainfall_kit.lesson.reference import train\n" + SUM)
    notebook.run("def model(x, w, b):\n    return x @ w.t() + b")
    shown = said(notebook, "%gd_check", capsys)
    assert "✓ model is right" in shown
    assert "✗ mse is not right yet" in shown
    assert "train" not in shown


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("%gd_check nothing", "there is no question 'nothing'"),
        ("%gd_check mse --seed x", "--seed must be a whole number"),
        ("%gd_check mse -o 1st", "must be a name"),
        ("%gd_check mse --answer 'a b'", "must be a name"),
        ("%gd_check mse model --answer mse", "goes with one question"),
        ("%gd_hint RK999", "there is no misconception 'RK999'"),
        ("%gd_hint", "no check, step or error came before"),
    ],
)
def test_a_bad_line_gives_one_line(notebook, line, what):
    with pytest.raises(UsageError, match=what):
        notebook.run(line).raise_error()


def test_a_notebook_without_answers_is_told_what_to_define(notebook):
    notebook.run("del model, mse")
    with pytest.raises(UsageError, match="nothing to check yet"):
        notebook.run("%gd_check").raise_error()


def test_a_failed_test_shows_three_lines_and_no_traceback(notebook, capsys, said):
    notebook.run(SUM)
    shown = said(notebook, "import rainfall_kit\nrainfall_kit.require('mse', mse)", capsys)
    lines = shown.strip().splitlines()
    assert [line.split(":")[0] for line in lines] == ["CheckFailed", "Hint", "More"]


def test_a_step_that_is_not_descent_is_named_in_its_report(notebook, capsys, said):
    body = "loss = mse(model(inputs), targets)\nloss.backward()\n"
    body += "w.data += lr * w.grad; b.data += lr * b.grad"
    shown = said(notebook, "%%gd_step\n" + body, capsys)
    assert "✗ This looks like: a step uphill (RK064)." in shown


def test_help_runs_nothing(notebook, capsys, said):
    assert "--answer" in said(notebook, "%gd_check --help", capsys)
    assert "RK016" in said(notebook, "%gd_hint -h", capsys)


@pytest.fixture
def in_jupyter(notebook, tmp_path, monkeypatch):
    """A notebook with a kernel, as JupyterLab starts one: it is told the file's path."""
    path = tmp_path / "loss.ipynb"
    sources = [SUM, 'require("mse", mse)', "%gd_check"]
    cells = [
        {"cell_type": "code", "source": source, "execution_count": count, "metadata": {}}
        for count, source in enumerate(sources, 1)
    ]
    path.write_text(json.dumps({"cells": cells}))
    monkeypatch.setenv("JPY_SESSION_NAME", str(path))
    monkeypatch.setattr(notebook.shell, "kernel", SimpleNamespace(session=object()), raising=False)
    return path


@pytest.mark.usefixtures("in_jupyter")
def test_without_a_question_it_ends_with_what_the_grader_will_see(notebook, capsys, said):
    notebook.run(SUM)
    shown = said(notebook, "%gd_check", capsys)
    assert "✗ mse is not right yet" in shown
    end = shown.partition("Before handing in")[2]
    assert "what the grader will see of loss.ipynb, as saved at " in end
    assert "An answer is there for mse." in end
    assert "it was run from top to bottom" in end
    assert "Before handing in" not in said(notebook, "%gd_check mse", capsys)


@pytest.mark.usefixtures("in_jupyter")
def test_what_is_handed_in_beside_what_is_asked_for_is_not_checked(notebook, capsys, said):
    notebook.run(f"{SUM}\ndef train(lr, epochs):\n    return []")
    shown = said(notebook, "%gd_check", capsys)
    assert "mse" in shown
    assert "train" not in shown
    assert "train" in said(notebook, "%gd_check train", capsys)


def test_it_says_plainly_where_the_file_of_the_notebook_is_not_found(
    notebook, capsys, said, in_jupyter, monkeypatch
):
    in_jupyter.rename(in_jupyter.with_name("other.ipynb"))

    def shown(line):
        return " ".join(said(notebook, line, capsys).split())

    assert "there is no notebook loss.ipynb" in shown("%gd_check")
    told = shown(f"%gd_check --notebook {in_jupyter.with_name('other.ipynb')}")
    assert "what the grader will see of other.ipynb" in told
    monkeypatch.delenv("JPY_SESSION_NAME")
    assert "its file was not found" in shown("%gd_check")


def test_in_a_terminal_nothing_is_said_of_a_file(notebook, capsys, said):
    notebook.run(SUM)
    assert "grader" not in said(notebook, "%gd_check", capsys)
