"""Personal folder: put there once, kept new where nothing was changed, and never overwritten."""

import json
import shutil

import nbformat
import pytest

from rainfall_kit.course.personal_folder import prepare_folder
from rainfall_kit.errors import CourseError

MSE = "loss/loss.ipynb"
ALL = {
    "start.ipynb", "tour.ipynb", "tensors/tensors.ipynb", MSE, "gradients/gradients.ipynb",
    "gradient_descent/gradient_descent.ipynb", "learning_rate/learning_rate.ipynb",
    "pytorch/pytorch.ipynb",
}  # fmt: skip


@pytest.fixture(scope="module")
def prepared(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parent") / "mine"
    assert set(prepare_folder(folder).fresh) == ALL - {"start.ipynb"}
    return folder


@pytest.fixture
def folder(prepared, tmp_path):
    return shutil.copytree(prepared, tmp_path / "mine")


def files(folder):
    return {str(path.relative_to(folder)) for path in folder.rglob("*.ipynb")}


def make_older(folder, name):
    """As if an older kit had put this file there."""
    kept = folder / ".rainfall" / "lab.json"
    entries = json.loads(kept.read_text())
    entries[name]["version"] = "older"
    kept.write_text(json.dumps(entries))


def change(path, how):
    notebook = nbformat.read(path, as_version=4)
    how(notebook.cells)
    nbformat.write(notebook, path)


def test_all_is_there_as_students_get_it_and_no_gradebook(prepared):
    assert files(prepared) == ALL
    assert {path.name for path in prepared.iterdir() if path.is_file()} == {
        "start.ipynb",
        "tour.ipynb",
    }
    for name in ALL:
        text = (prepared / name).read_text()
        assert "SOLUTION" not in text and "HIDDEN" not in text and "MARK SCHEME" not in text
        nbformat.validate(nbformat.reads(text, as_version=4))


def test_a_second_time_changes_nothing(folder):
    before = {name: (folder / name).read_bytes() for name in ALL}
    assert prepare_folder(folder) == type(prepare_folder(folder))(fresh=(), newer=(), kept=())
    assert {name: (folder / name).read_bytes() for name in ALL} == before


def test_what_is_missing_comes_back_fresh(folder):
    (folder / MSE).unlink()
    assert prepare_folder(folder).fresh == (MSE,)


def test_what_the_student_has_changed_is_kept_though_the_kit_is_newer(folder):
    make_older(folder, MSE)
    change(folder / MSE, lambda cells: cells[0].update(source="my work"))
    before = (folder / MSE).read_bytes()
    done = prepare_folder(folder)
    assert (done.newer, done.kept) == ((), (MSE,))
    assert (folder / MSE).read_bytes() == before


def test_what_was_only_run_becomes_newer_with_the_kit(folder):
    make_older(folder, "tour.ipynb")
    fresh = (folder / "tour.ipynb").read_text()
    change(folder / "tour.ipynb", lambda cells: cells[1].update(execution_count=3))
    done = prepare_folder(folder)
    assert (done.newer, done.kept) == (("tour.ipynb",), ())
    assert (folder / "tour.ipynb").read_text() == fresh


@pytest.mark.parametrize("text", ["my notes", "{}", "[1]"])
def test_a_file_of_the_students_own_is_left_alone(tmp_path, text):
    (tmp_path / "tour.ipynb").write_text(text)
    (tmp_path / "start.ipynb").write_text(text)
    assert "tour.ipynb" not in prepare_folder(tmp_path).fresh
    assert (tmp_path / "tour.ipynb").read_text() == (tmp_path / "start.ipynb").read_text() == text


def test_a_changed_start_page_is_kept_and_an_unchanged_one_counts_again(folder):
    start, loss = folder / "start.ipynb", folder / MSE

    def run_the_test_of_mse(cells):
        (test,) = (c for c in cells if c.metadata.get("nbgrader", {}).get("grade_id") == "test-mse")
        test.execution_count = 5

    change(loss, run_the_test_of_mse)
    prepare_folder(folder)
    assert "1 of 5 functions; next: `rmse`" in start.read_text()
    change(start, lambda cells: cells[0].update(source="my page"))
    before = start.read_bytes()
    prepare_folder(folder)
    assert start.read_bytes() == before


def test_a_file_in_the_folders_place_is_no_folder(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(CourseError, match=r"is not a folder\. Try: rainfall lab"):
        prepare_folder(tmp_path / "file")
