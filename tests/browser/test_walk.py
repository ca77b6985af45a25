"""A student's way through an assignment in JupyterLab: from the first cell, by a mistake, to the feedback page."""

import shutil

import live_jupyter
import pytest
from accessibility import violations
from nbgrader.converters import GenerateAssignment
from playwright.sync_api import expect

from rainfall_kit.checks.questions.registry import find_misconception, wrong_programs
from rainfall_kit.course.assignments import find_assignment
from rainfall_kit.course.bundled_course import copy_course
from rainfall_kit.course.simulated_class import make_class
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.prepare.course import open_course
from rainfall_kit.grading.stock_grading import nbgrader_environment
from rainfall_kit.grading.watching.feedback import Feedback

NAME = "gradient_descent"
FILE = f"{NAME}.ipynb"
RIGHT = make_class(1, NAME)[0].cells
SUM = find_misconception("RK016")
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


@pytest.fixture(scope="module")
def course(tmp_path_factory):
    course = tmp_path_factory.mktemp("walk") / "course"
    copy_course(course)
    folders = open_course(course)
    folders.assignment_id = NAME
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PATH", nbgrader_environment()["PATH"])  # it calls alembic by its name
        GenerateAssignment(coursedir=folders, config=folders.config).start()
    return course


def hand_in(course, student, notebook, server):
    """Save the notebook, and hand its file in as it is."""
    notebook.save()
    folder = course / "submitted" / student / NAME
    folder.mkdir(parents=True)
    shutil.copy(server.folder / FILE, folder)


@pytest.fixture(scope="module")
def walked(course, open_notebook, server):
    """The notebook as it was given out, with a mistake handed in, then put right and handed in again."""
    notebook = open_notebook(NAME, course / "release" / NAME / FILE)
    page = notebook.page
    for cell, text in {**RIGHT, "mse": wrong_programs(SUM)[0]}.items():
        type_into(notebook, cell, text)
    page.evaluate("() => void window.jupyterapp.commands.execute('notebook:run-all-cells')")
    told = page.locator(".jp-OutputArea-output", has_text="mse is not right yet").first
    told.wait_for(state="attached", timeout=live_jupyter.SECONDS * 1000)
    said = told.text_content()  # JupyterLab hides a cell that is out of sight
    assert f"It looks like: {SUM.name} ({SUM.id})" in said
    assert "Hint:" in said
    hand_in(course, "misty", notebook, server)
    type_into(notebook, "mse", RIGHT["mse"])
    notebook.run_all()
    hand_in(course, "ash", notebook, server)
    assert notebook.errors == []
    return notebook


def test_a_right_answer_is_told_so_below_it(walked):
    for name in find_assignment(NAME).functions:
        assert f"{name} is right" in walked.page.evaluate(SHOWN, f"test-{name}")


@pytest.mark.usefixtures("walked")
def test_the_feedback_page_says_what_was_right_and_names_the_mistake(course, browser):
    grade_assignment(course, NAME, trial=False)
    feedback = Feedback(open_course(course), NAME, releases=False)
    page = browser.new_page()
    for student, points in (("ash", 18), ("misty", 15)):
        feedback.send(student)
        page.goto((course / "feedback" / student / NAME / f"{NAME}.html").as_uri())
        expect(page.locator("main")).to_contain_text(f"{points} of 22 points so far")
        named = page.get_by_text(SUM.name)
        assert (named.count() > 0) == (student == "misty")
    assert violations(page) == []
    page.close()
