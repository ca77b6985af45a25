"""Each way in which an instructor's notebook can be broken is found by reading it, and a sound one is let alone."""

import copy

import pytest
from made_class import known, notebook
from nbformat import v4

from rainfall_kit.course.bundled_course import find_course
from rainfall_kit.grading.verification.notebook_checks import check_released, check_source

SOUND = notebook()


def about(nb, name):
    return next(cell for cell in nb.cells if cell.id == name)["metadata"]["nbgrader"]


def changed(change):
    nb = copy.deepcopy(SOUND)
    change(nb)
    return [(one.level, one.text) for one in check_source(nb, "hw")]


def set_all_points(nb, points):
    for cell in nb.cells:
        if "points" in cell.metadata.get("nbgrader", {}):
            cell.metadata["nbgrader"]["points"] = points


def show(nb):
    nb.cells[2].outputs = [v4.new_output("stream", text="1")]


BROKEN = {
    "an id twice": (lambda nb: about(nb, "rmse").update(grade_id="mse"), "2 cells have the id 'mse'"),
    "no id": (lambda nb: about(nb, "mse").pop("grade_id"), "cell ?: its id is empty"),
    "an id with a space": (lambda nb: about(nb, "mse").update(grade_id="my mse"), "cell my mse: its id"),
    "no points": (lambda nb: about(nb, "test-mse").pop("points"), "test-mse: it is graded, and says no points"),
    "points as a text": (lambda nb: about(nb, "test-mse").update(points="1"), "says no points"),
    "points below 0": (lambda nb: about(nb, "test-mse").update(points=-1), "test-mse: it has -1 points"),
    "nothing earned": (lambda nb: set_all_points(nb, 0), "hw: no cell earns a point"),
    "an old schema": (lambda nb: about(nb, "mse").update(schema_version=1), "of version 1. Try: nbgrader update"),
    "a task that is an answer": (lambda nb: about(nb, "mse").update(task=True, points=1), "a task and an answer"),
    "a test in words": (lambda nb: about(nb, "words").update(solution=False), "words: it is a test, and no code"),
    "another type": (lambda nb: about(nb, "mse").update(cell_type="markdown"), "it was a markdown cell"),
    "half a marker": (
        lambda nb: nb.cells[2].update(source="### BEGIN SOLUTION\nreturn 1"), "do not come in pairs"),
    "outputs": (show, "1 cells have outputs"),
}  # fmt: skip


def test_a_sound_notebook_has_nothing():
    assert list(check_source(SOUND, "hw")) == []


@pytest.mark.parametrize("name", BROKEN)
def test_broken(name):
    change, words = BROKEN[name]
    (found,) = changed(change)
    assert words in found[1]
    assert found[0] == ("odd" if name == "outputs" else "wrong")


ANSWER = "diff = preds - targets\n    return (diff * diff).mean()"


def give_out(extra):
    """What is found where this stands in the released notebook, too."""
    code = f"def mse(preds, targets):\n    ### BEGIN SOLUTION\n    {ANSWER}\n    ### END SOLUTION"
    source = v4.new_notebook(cells=[v4.new_code_cell(code, metadata=known("mse", solution=True))])
    stub = "def mse(preds, targets):\n    raise NotImplementedError()"
    cells = [v4.new_code_cell(stub, metadata=known("mse", solution=True)), v4.new_code_cell(extra)]
    released = v4.new_notebook(cells=cells)
    return [one.text for one in check_released(source, released, "hw")]


def test_an_answer_that_is_left_somewhere_else_is_found():
    (found,) = give_out(f"# as before\n{ANSWER}")
    assert found.startswith("hw, cell mse: what stands between '### BEGIN SOLUTION'")
    assert give_out("### BEGIN HIDDEN TESTS\nx") == [
        "hw: '### BEGIN HIDDEN TESTS' is in the released version"
    ]
    assert give_out("diff = preds - targets") == []  # one line of it may be in the lesson


def test_an_answer_without_markers_is_odd():
    source = v4.new_notebook(cells=[v4.new_code_cell("x = 1", metadata=known("x", solution=True))])
    assert [one.level for one in check_released(source, source, "hw")] == ["odd"]


def test_the_kits_own_notebooks_are_sound():
    import nbformat

    for path in (find_course() / "source").glob("*/*.ipynb"):
        assert list(check_source(nbformat.read(path, as_version=4), path.stem)) == []
