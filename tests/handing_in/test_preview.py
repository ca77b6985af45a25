"""The look before handing in, on notebook files in every state that students leave them in."""

import json
import types

import pytest

from rainfall_kit.handing_in import preview as module
from rainfall_kit.handing_in.limits import MOST_BYTES, MOST_CELLS, MOST_FILES
from rainfall_kit.handing_in.preview import preview

TEST = 'require("mse", mse)'
MSE = "def mse(preds, targets):\n    return ((preds - targets) ** 2).mean()"
STUB = "def mse(preds, targets):\n    raise NotImplementedError()"
MARKED = {"nbgrader": {"grade_id": "mse", "solution": True}}


def code(source, count=None, **metadata):
    return {
        "cell_type": "code",
        "source": source,
        "execution_count": count,
        "metadata": metadata,
        "outputs": [],
    }


def text(source):
    return {"cell_type": "markdown", "source": source, "metadata": {}}


def looked(tmp_path, *cells, names=None):
    path = tmp_path / "loss.ipynb"
    path.write_text(json.dumps({"cells": cells}), encoding="utf-8")
    return preview(path, names or {})


def test_a_notebook_with_all_answers_that_ran_in_order_has_no_problem(tmp_path):
    seen = looked(tmp_path, code("import torch", 1), code(MSE, 2), code(TEST, 5), code("%gd_check"))
    assert (seen.file, seen.found, seen.problems) == ("loss.ipynb", ("mse",), ())


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        ([code(TEST, 1)], "No cell defines mse."),
        ([code(STUB, 1), code(TEST, 2)], "mse is still to be written."),
        ([code(STUB, 1)], "mse is still to be written."),
        (
            [code(f"{STUB}\n    return (preds - targets).mean()", 1), code(TEST, 2)],
            "The line raise NotImplementedError() still stands in mse",
        ),
        ([code(MSE.replace("mse", "MSE"), 1), code(TEST, 2)], "MSE will be taken for it"),
        (
            [code(MSE.replace("mse", "my_loss"), 1, **MARKED), code(TEST, 2)],
            "No cell defines mse; its cell defines my_loss.",
        ),
        ([code(MSE, 1), code(MSE, 2), code(TEST, 3)], "2 cells define mse."),
        ([code(MSE), code(TEST)], "No cell has been run since its output was cleared."),
        ([code(MSE, 1), code(TEST)], "A cell was not run; it begins with require"),
        ([code(MSE, 2), code(TEST, 1)], 'the cell that begins with require("mse", mse) ran before'),
        ([code(MSE, 1), code(TEST, 2), text("YOUR ANSWER HERE")], "An answer in words"),
        (
            [code(MSE, 1), code(TEST, 2), *[text("a")] * MOST_CELLS],
            f"It has {MOST_CELLS + 2} cells",
        ),
    ],
)
def test_what_is_missing_is_told(tmp_path, cells, said):
    problems = looked(tmp_path, *cells).problems
    assert len(problems) == 1
    assert said in problems[0]


def test_a_function_that_only_the_kernel_has_is_told(tmp_path):
    mine = types.FunctionType((lambda: 0).__code__, {"__name__": "__main__"}, "mse")
    (problem,) = looked(tmp_path, code(TEST, 1), names={"mse": mine}).problems
    assert "mse is defined here, and in no cell of the file" in problem


def test_a_function_that_the_file_has_in_other_words_is_told(tmp_path):
    def mse(preds, targets):
        return ((preds - targets) ** 2).mean()

    same = looked(tmp_path, code(MSE, 1), code(TEST, 2), names={"mse": mse})
    assert same.problems == ()
    (problem,) = looked(
        tmp_path, code(MSE.replace("mean", "sum"), 1), code(TEST, 2), names={"mse": mse}
    ).problems
    assert "mse in the file is not the one that ran last" in problem


def test_a_file_that_is_older_than_what_was_written_is_told_and_nothing_else_of_it(tmp_path):
    def mse(preds, targets):
        return ((preds - targets) ** 2).mean()

    cells = [
        code(STUB),
        code("def rmse(p, t):\n    raise NotImplementedError()"),
        text("YOUR ANSWER HERE"),
    ]
    (problem,) = looked(tmp_path, *cells, names={"mse": mse}).problems
    assert problem == (
        "It does not yet hold what you have written in mse. Save the notebook, then ask again."
    )


def test_a_blank_that_was_run_is_still_to_be_written(tmp_path):
    def mse(preds, targets):
        raise NotImplementedError()

    (problem,) = looked(tmp_path, code(STUB, 1), code(TEST, 2), names={"mse": mse}).problems
    assert problem == "mse is still to be written."


def test_saved_outputs_count_for_nothing_and_data_is_left_out_when_there_is_too_much(tmp_path):
    cell = code(MSE, 1)
    cell["outputs"] = [{"text": "x" * (MOST_BYTES + 1)}]
    with (tmp_path / "table.csv").open("wb") as file:
        file.truncate(MOST_BYTES)  # of holes: it takes no room
    problems = looked(tmp_path, cell, code(TEST, 2)).problems
    (problem,) = problems
    assert problem == (
        "table.csv will be left out: all files together may have 32 MiB, without the outputs of notebooks, "
        "unless your course allows more."
    )
    problems = looked(tmp_path, code(f"{MSE}\n# {'x' * MOST_BYTES}", 1), code(TEST, 2)).problems
    code_problem, problem = problems
    assert (
        code_problem == "It has more than 262,144 characters of code: cells past that are not read."
    )
    assert problem == (
        "Without its outputs it is larger than 32 MiB, so it will not be read, unless your course allows more."
    )


def test_a_folder_with_too_many_files_is_told(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "MOST_FILES", 2)
    assert MOST_FILES == 1000
    for name in ("a", "b", "c"):
        (tmp_path / name).write_text("")
    assert "More than 2 files" in looked(tmp_path, code(MSE, 1), code(TEST, 2)).problems[0]


def test_what_is_no_notebook_is_told(tmp_path):
    path = tmp_path / "loss.ipynb"
    path.write_text("Dear teacher, ...")
    assert preview(path, {}).problems == ("It cannot be read as a notebook. Try: save it anew",)
