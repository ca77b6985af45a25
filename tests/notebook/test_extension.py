"""Loading and unloading the extension, in a real IPython."""

import pytest
from IPython.core.error import UsageError


def test_a_cell_with_nothing_below_its_line_is_the_magics_to_answer(notebook, capsys):
    notebook.run("%%gd_step --help").raise_error()
    assert "--restore" in capsys.readouterr().out
    with pytest.raises(UsageError, match="no lines to run"):
        notebook.run("%%gd_step").raise_error()
    # A cell that is being typed is not complete before there is a body.
    assert notebook.shell.check_complete("%%gd_step")[0] == "incomplete"
    # What IPython says to an empty body of its own magics stays its own.
    assert notebook.shell.transform_cell("%%time").count("\n") == 1


def test_a_run_among_other_values_is_one_line(notebook):
    notebook.step("-o first -q")
    shown = notebook.shell.display_formatter.format((notebook.names["first"], 1))[0]["text/plain"]
    assert shown == "(Run(1 step, loss 33060.8 -> 23432.5), 1)"


def test_unloading_removes_every_trace_and_reloading_works(notebook):
    shell = notebook.shell
    shell.run_line_magic("unload_ext", "rainfall_kit")
    assert shell.find_magic("gd_step") is None
    assert shell.find_cell_magic("gd_step") is None
    assert not any("rainfall" in type(ours).__module__ for ours in shell.configurables)
    assert not any("rainfall" in ours.__module__ for ours in shell.Completer.custom_matchers)
    assert not any(
        "rainfall" in ours.__module__ for ours in shell.events.callbacks["post_run_cell"]
    )
    formatters = shell.display_formatter.formatters
    assert not any("rainfall" in ours.__module__ for ours in shell.input_transformers_cleanup)
    assert not any("rainfall_kit.records" in str(f.deferred_printers) for f in formatters.values())
    shell.run_line_magic("load_ext", "rainfall_kit")
    shell.run_line_magic("reload_ext", "rainfall_kit")
    assert notebook.step().epochs == 1


def test_loading_twice_is_harmless(notebook):
    import rainfall_kit

    rainfall_kit.load_ipython_extension(notebook.shell)
    matchers = notebook.shell.Completer.custom_matchers
    assert len([ours for ours in matchers if "rainfall" in ours.__module__]) == 1


def test_unloading_takes_the_hints_away(notebook, capsys, said):
    notebook.run("%unload_ext rainfall_kit")
    assert "Hint" not in said(notebook, "inputs @ w", capsys)
    assert notebook.shell.find_magic("gd_check") is None
    notebook.run("%load_ext rainfall_kit")


@pytest.mark.parametrize(
    ("magic", "option"),
    [("%%gd_step", "--epochs"), ("%gd_check", "--answer"), ("%gd_explore", "--predict")],
)
def test_a_question_mark_shows_the_options_of_a_magic(notebook, magic, option):
    assert option in notebook.shell.object_inspect(magic)["docstring"]
