"""A student's way through an assignment in JupyterLab: from the first cell, by a mistake, to the feedback page.

One assignment is walked each time, all of them with ``pytest tests/browser/test_walk.py --every-assignment``.
"""

import re
import shutil

import live_jupyter
import nbformat
import pytest
from accessibility import violations
from nbgrader.converters import GenerateAssignment
from playwright.sync_api import expect

from rainfall_kit.course.assignments import assignment_names, find_assignment
from rainfall_kit.course.bundled_course import copy_course
from rainfall_kit.course.simulated_class import make_class
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.prepare.course import open_course
from rainfall_kit.grading.stock_grading import nbgrader_environment
from rainfall_kit.grading.watching.feedback import Feedback

# Opens a cell for typing, with the keyboard in it.
EDIT = """async (id) => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = notebook.widgets.findIndex((cell) => cell.model.id === id);
  await notebook.scrollToItem(notebook.activeCellIndex);
  notebook.activate();
  notebook.mode = 'edit';
  if (notebook.activeCell.model.type === 'markdown') notebook.activeCell.rendered = false;
  notebook.activeCell.editor.focus();
}"""
SHOWN = """(id) => {
  const { widgets } = window.jupyterapp.shell.currentWidget.content;
  const cell = widgets.find((cell) => cell.model.id === id);
  return cell.model.outputs?.toJSON().map((out) => out.text ?? out.evalue ?? '').join('\\n');
}"""


def type_into(notebook, cell, text):
    notebook.page.evaluate(EDIT, cell)
    notebook.page.keyboard.press("ControlOrMeta+A")
    notebook.page.keyboard.insert_text(text)


def pytest_generate_tests(metafunc):
    every = metafunc.config.getoption("--every-assignment", default=False)
    names = assignment_names() if every else ["gradient_descent"]
    metafunc.parametrize("name", names, scope="module")


@pytest.fixture(scope="module")
def course(name, tmp_path_factory):
    course = tmp_path_factory.mktemp("walk") / "course"
    copy_course(course)
    folders = open_course(course)
    folders.assignment_id = name
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", nbgrader_environment()["PATH"])  # it calls alembic by its name
        GenerateAssignment(coursedir=folders, config=folders.config).start()
    return course


def hand_in(course, student, name, notebook, server):
    """Save the notebook, and hand its file in as it is."""
    notebook.save()
    folder = course / "submitted" / student / name
    folder.mkdir(parents=True)
    shutil.copy(server.folder / f"{name}.ipynb", folder)


def mistaken(name):
    """Of a class, the one who makes the commonest mistake, and the function that it is made in."""
    student = make_class(2, name)[1]
    return student, student.answer.partition(":")[0]


@pytest.fixture(scope="module")
def walked(name, course, open_notebook, server):
    """The notebook as it was given out, with a mistake handed in, then put right and handed in again."""
    notebook = open_notebook(name, course / "release" / name / f"{name}.ipynb")
    page = notebook.page
    (ash, _), (misty, function) = make_class(2, name), mistaken(name)
    for cell, text in misty.cells.items():
        type_into(notebook, cell, text)
    page.evaluate("() => void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    told = page.locator(".jp-OutputArea-output", has_text=f"CheckFailed: {function} ").first
    told.wait_for(state="attached", timeout=live_jupyter.SECONDS * 1000)
    assert re.search(r"Hint: .+\n.*More: %gd_hint RK\d{3}", told.text_content())
    hand_in(course, misty.id, name, notebook, server)
    type_into(notebook, function, ash.cells[function])
    notebook.run_all()
    hand_in(course, ash.id, name, notebook, server)
    assert notebook.errors == []
    return notebook


def test_a_right_answer_is_told_so_below_it(walked, name):
    for function in find_assignment(name).functions:
        assert f"{function} is right" in walked.page.evaluate(SHOWN, f"test-{function}")


@pytest.mark.usefixtures("walked")
def test_the_feedback_page_says_what_was_right_and_names_the_mistake(name, course, browser):
    grade_assignment(course, name, trial=False)
    feedback = Feedback(open_course(course), name, releases=False)
    page = browser.new_page()
    student, function = mistaken(name)
    possible, lost = points(course, name), points(course, name, function)
    for student_id, earned in (("ash", possible), (student.id, possible - lost)):
        feedback.send(student_id)
        page.goto((course / "feedback" / student_id / name / f"{name}.html").as_uri())
        total = find_assignment(name).points
        expect(page.locator("main")).to_contain_text(f"{earned} of {total} points so far")
        wrong = page.get_by_text(
            re.compile(rf"^{function} (is not right yet. It looks like: |stopped with an error)")
        )
        assert (wrong.count() > 0) == (student_id == student.id)
    assert violations(page) == []
    page.close()


def points(course, name, function=""):
    """What the tests of one function give, or those of all."""
    notebook = nbformat.read(course / "release" / name / f"{name}.ipynb", as_version=4)
    tests = rf"test-{function or '.*'}(-hidden)?"
    return sum(
        cell.metadata.nbgrader.points
        for cell in notebook.cells
        if re.fullmatch(tests, cell.metadata.get("nbgrader", {}).get("grade_id", ""))
    )
