"""Each way in which an instructor's notebook can be broken is found by reading it, and a sound one is let alone."""

import base64
import copy

import pytest
from made_class import known, notebook
from nbformat import v4, write

from rainfall_kit.course.bundled_course import find_course
from rainfall_kit.grading.prepare.course import open_course
from rainfall_kit.grading.prepare.course_preprocessors import answer_delimiters
from rainfall_kit.grading.verification.notebook_checks import (
    check_points,
    check_released,
    check_source,
    read_texts,
)

SOUND = notebook()
DELIMITERS = (
    ("BEGIN SOLUTION", "END SOLUTION"),
    ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS"),
    ("BEGIN MARK SCHEME", "END MARK SCHEME"),
)


def about(nb, name):
    return next(cell for cell in nb.cells if cell.id == name)["metadata"]["nbgrader"]


def changed(change):
    nb = copy.deepcopy(SOUND)
    change(nb)
    found = [*check_source(nb, "hw", DELIMITERS), *check_points([nb])]
    return [(one.level, one.text) for one in found]


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
    "0 points": (lambda nb: about(nb, "words").update(points=0), "words: it is graded, and earns 0 points"),
    "an old schema": (lambda nb: about(nb, "mse").update(schema_version=1), "of version 1. Try: nbgrader update"),
    "a task that is an answer": (lambda nb: about(nb, "mse").update(task=True, points=1), "a task and an answer"),
    "a test in words": (lambda nb: about(nb, "words").update(solution=False), "words: it is a test, and no code"),
    "another type": (lambda nb: about(nb, "mse").update(cell_type="markdown"), "it was a markdown cell"),
    "half a marker": (
        lambda nb: nb.cells[2].update(source="### BEGIN SOLUTION\nreturn 1"), "do not come in pairs"),
    "a test of the clock": (
        lambda nb: next(cell for cell in nb.cells if cell.id == "test-rmse").update(
            source="import datetime as dt\nassert dt.date.today().year == 2026"),
        "test-rmse: it asks what time it is (dt.date.today()), so what passes now may fail later"),
    "a test that waits": (
        lambda nb: next(cell for cell in nb.cells if cell.id == "test-rmse").update(
            source="import time\ntime.sleep(2)"),
        "test-rmse: it waits (time.sleep(2)), and so does grading, for each student"),
    "nothing that nbgrader can read": (
        lambda nb: nb.cells[0].metadata.update(nbgrader=["x"]), "cell number 1: what nbgrader is to know"),
    "outputs": (show, "hw: 1 cell of the source has outputs. Try: nbstripout"),
}  # fmt: skip


def test_a_sound_notebook_has_nothing():
    assert changed(lambda _: None) == []


@pytest.mark.parametrize("name", BROKEN)
def test_broken(name):
    change, words = BROKEN[name]
    (found,) = changed(change)
    assert words in found[1]
    assert found[0] == (
        "odd"
        if name in ("outputs", "0 points", "a test of the clock", "a test that waits")
        else "wrong"
    )


def test_an_assignment_of_which_nothing_earns_a_point_is_wrong():
    nothing = copy.deepcopy(SOUND)
    set_all_points(nothing, 0)
    to_read = v4.new_notebook(cells=[v4.new_markdown_cell("Read this.")])
    assert [one.text for one in check_points([nothing, to_read])] == ["no cell earns a point"]
    assert list(check_points([SOUND, to_read])) == []


def test_delimiters_are_nbgraders_or_those_of_the_configuration(tmp_path):
    config = tmp_path / "nbgrader_config.py"
    config.write_text("c = get_config()\n")
    assert answer_delimiters(open_course(tmp_path)) == DELIMITERS
    config.write_text("c = get_config()\nc.ClearSolutions.begin_solution_delimeter = 'ANSWER'\n")
    assert answer_delimiters(open_course(tmp_path))[0] == ("ANSWER", "END SOLUTION")


LEFT = "hw, cell mse: what students are not to see of it stands in {}, which they get"
ANSWER = "diff = preds - targets\n    return (diff * diff).mean()"


@pytest.fixture
def give_out(tmp_path):
    """What is found where a cell, a text in the notebook's metadata or files beside it are given out, too."""

    def found(*cells, answer=ANSWER, metadata="", **files):
        code = (
            f"def mse(preds, targets):\n    ### BEGIN SOLUTION\n    {answer}\n    ### END SOLUTION"
        )
        source = v4.new_notebook(
            cells=[v4.new_code_cell(code, metadata=known("mse", solution=True))]
        )
        stub = "def mse(preds, targets):\n    raise NotImplementedError()"
        released = v4.new_notebook(metadata={"more": [{"words": metadata}]})
        released.cells = [v4.new_code_cell(stub, metadata=known("mse", solution=True)), *cells]
        write(released, tmp_path / "hw.ipynb")
        for name, text in files.items():
            (tmp_path / name).write_text(text)
        texts = read_texts(tmp_path)
        return [one.text for one in check_released(source, released, "hw", DELIMITERS, texts)]

    return found


def code(text):
    return v4.new_code_cell(text)


def test_an_answer_that_is_left_somewhere_else_is_found(give_out):
    found = [LEFT.format("hw.ipynb")]
    assert give_out(code(f"# as before\n{ANSWER}")) == found
    commented = "".join(f"# {line}\n" for line in ANSWER.splitlines())
    for text in (commented, f"<!--\n{ANSWER}\n-->", ANSWER.replace("    ", "  >>> ")):
        assert give_out(code(text)) == found
    assert give_out(code("### BEGIN HIDDEN TESTS\nx")) == [
        "hw: 'BEGIN HIDDEN TESTS' is in the released version"
    ]
    assert give_out(code("diff = preds - targets")) == []  # one line of it may be in the lesson


def test_an_answer_is_found_wherever_a_notebook_can_hold_it(give_out):
    shown = code("x")
    shown.outputs = [v4.new_output("display_data", {"text/plain": f"def f():\n    {ANSWER}"})]
    assert give_out(shown)[1:] == [LEFT.format("the outputs of hw.ipynb")]
    rest = [LEFT.format("the metadata and attachments of hw.ipynb")]
    assert give_out(metadata=ANSWER) == rest
    noted, attached = code("x"), v4.new_markdown_cell("![](attachment:a.txt)")
    noted.metadata["draft"] = ANSWER
    coded = base64.b64encode(ANSWER.encode()).decode()
    attached["attachments"] = {"a.txt": {"text/plain": coded}}
    assert give_out(noted) == give_out(attached) == rest


def test_a_short_answer_is_found_with_its_whole_cell(give_out):
    assert give_out(code("return 1 / 2"), answer="return 1 / 2") == []
    whole = "def mse(preds, targets):\n\n  return 1 / 2"
    assert give_out(code(whole), answer="return 1 / 2") == [LEFT.format("hw.ipynb")]


def test_an_answer_in_a_file_that_is_given_out_is_found(give_out, tmp_path):
    (tmp_path / "code").mkdir()
    (tmp_path / "data.bin").write_bytes(b"\xff\x00")
    more = v4.new_notebook(cells=[code(ANSWER)])
    write(more, tmp_path / "code" / "more.ipynb")
    found = give_out(**{"code/solution.py": f"def f():\n        {ANSWER}\n"})
    assert found == [LEFT.format("code/more.ipynb"), LEFT.format("code/solution.py")]


def test_outputs_that_students_see_are_odd():
    nb = copy.deepcopy(SOUND)
    show(nb)
    told = [(one.level, one.text) for one in check_released(SOUND, nb, "hw", DELIMITERS, {})]
    assert ("odd", "hw: students see outputs of 1 cell. Try: nbstripout --keep-id") in told


def test_an_answer_without_markers_is_odd():
    source = v4.new_notebook(cells=[v4.new_code_cell("x = 1", metadata=known("x", solution=True))])
    assert [one.level for one in check_released(source, source, "hw", DELIMITERS, {})] == ["odd"]


def test_the_kits_own_notebooks_are_sound():
    import nbformat

    for path in (find_course() / "source").glob("*/*.ipynb"):
        nb = nbformat.read(path, as_version=4)
        assert [*check_source(nb, path.stem, DELIMITERS), *check_points([nb])] == []
