"""The instructor's circle through formgrader, in a real browser: from generating to feedback that is given back."""

import contextlib
import os
import re
import shutil
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import live_jupyter
import pytest
from formgrader_page import Formgrader
from nbformat import read, v4, write
from playwright.sync_api import expect, sync_playwright
from process_tree import processes_below

from rainfall_kit.grading.record.gradebook import read_grades

CONFIG = """
c.CourseDirectory.course_id = 'hw-course'
c.Exchange.root = {!r}
c.Autograde.exporter_class = 'rainfall_kit.grading.exporter.EngineExporter'
c.GenerateFeedback.exporter_class = 'rainfall_kit.grading.feedback.page.FeedbackPage'
c.HTMLExporter.preprocessors = ['rainfall_kit.grading.plugins.feedback.FormgraderStyle']
"""
STUDENTS = ("ann", "ben", "cleo", "dan", "eve")
COMMENT = "By how many do you divide?"
# Runs in a page that nobody has closed, with what the teacher may do there; in an answer and in an output.
SCRIPT = "<img src=x onerror=\"document.title = 'owned'\"><script>document.title = 'owned'</script>"
SHOW = f"\nfrom IPython.display import HTML, Javascript, display\ndisplay(HTML({SCRIPT!r}), Javascript(\"document.title = 'owned'\"))"


@pytest.fixture
def course(short, tmp_path, monkeypatch):
    """A course whose notebook ends with a question for an answer in words; nothing of it is generated yet."""
    here = str(Path(sys.executable).parent)
    monkeypatch.setenv("PATH", os.pathsep.join([here, os.environ["PATH"]]))
    course, exchange = tmp_path / "hw-course", tmp_path / "exchange"
    exchange.mkdir(mode=0o777)
    (course / "source" / "hw").mkdir(parents=True)
    (course / "nbgrader_config.py").write_text(f"c = get_config()\n{CONFIG.format(str(exchange))}")
    nb = read(short.master / "source" / "hw" / "hw.ipynb", as_version=4)
    known = {"grade_id": "words", "schema_version": 3, "grade": True, "solution": True, "points": 2}
    words = v4.new_markdown_cell("By their number.", id="words")
    words.metadata["nbgrader"] = {**known, "locked": False, "task": False}
    nb.cells += [v4.new_markdown_cell("## In words"), words]
    write(nb, course / "source" / "hw" / "hw.ipynb")
    return course


@pytest.fixture
def server(course):
    server = live_jupyter.Server(course)
    try:
        server.wait()
        yield server
    finally:
        server.stop()


@contextlib.contextmanager
def opened_formgrader(server):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=live_jupyter.CHROMIUM, args=live_jupyter.QUIET
        )
        page = browser.new_page(extra_http_headers={"Authorization": f"token {live_jupyter.TOKEN}"})
        page.set_default_timeout(live_jupyter.SECONDS * 1000)
        yield Formgrader(page, server.url)
        browser.close()


def at_home(course, student):
    """Options that tell nbgrader who and where a student is."""
    home = course.parent / "homes" / student
    home.mkdir(parents=True, exist_ok=True)
    own = f"--student={student}", f"--Exchange.cache={home / 'cache'}"
    return home, (f"--Exchange.root={course.parent / 'exchange'}", "--course=hw-course", *own)


def hand_in(course, short, nbgrader):
    """Have everybody answer what one fetches, and hand it in."""
    first, options = at_home(course, STUDENTS[0])
    nbgrader("fetch_assignment", "hw", *options, cwd=first)
    for student in STUDENTS[1:]:
        shutil.copytree(first / "hw", at_home(course, student)[0] / "hw")
    for student in STUDENTS:
        home, options = at_home(course, student)
        nb = read(home / "hw" / "hw.ipynb", as_version=4)
        cells = {cell.id: cell for cell in nb.cells}
        cells["answer"].source = short.wrong if student == "ben" else short.right
        if student in ("ann", "ben"):
            cells["words"].source = f"By two. {SCRIPT}"
            cells["answer"].source += SHOW
        write(nb, home / "hw" / "hw.ipynb")
        nbgrader("submit", "hw", *options, cwd=home)


def autograde(formgrader, course, server, nbgrader):
    """Press the button for one student after another, with the command line between."""
    for student in STUDENTS:
        formgrader.press("autograde", student)
        if student in ("ann", "dan"):
            nbgrader("autograde", "hw", "--force", "--student", student, cwd=course)
        assert (course / "autograded" / student / "hw" / "hw.ipynb").is_file()
        assert processes_below(server.process.pid) == []


def read_and_grade(formgrader, student, graded, points, comment):
    """Read what each graded cell says, and grade the answer in words."""
    formgrader.open("gradebook/hw/hw")
    page = formgrader.page
    asked = page.request.get(
        f"{formgrader.url}/formgrader/api/submitted_notebooks/hw/hw",
        headers={"Authorization": f"token {live_jupyter.TOKEN}"},
    )
    (id_,) = (one["id"] for one in asked.json() if one["student"] == student)
    page.locator(f"a.name-hidden[href$='{id_}']").click()
    for name, (score, words) in graded.items():
        expect(page.locator(f"input.score#{name}")).to_have_attribute("placeholder", score)
        for text in words:
            expect(formgrader.cell(name)).to_contain_text(text)
    expect(page.locator("input.score#words")).to_have_class(re.compile("needs_manual_grade"))
    page.wait_for_load_state("networkidle")
    assert page.title() == "hw"
    page.locator("span.glyphicon-eye-open").hover()
    expect(page.locator(".tooltip")).to_have_text("Show student name")
    page.locator("span.glyphicon-eye-open").click()
    expect(page.locator("span.glyphicon-eye-close")).to_be_visible()
    formgrader.type("input.score#words", points)
    formgrader.type("textarea#words-comment", comment)


RIGHT = {
    "abs": ("1", ["1 of 1 points, scored inside the student's process"]),
    "hidden": ("1", ["right, 1 of 1 points: mse is right."]),
}
WRONG = {
    "abs": ("0", ["AssertionError", "0 of 1 points, scored inside the student's process"]),
    "hidden": ("0", ["wrong, 0 of 1 points", "CheckFailed: mse is not right yet"]),
}


def go_round(course, server, short, nbgrader):
    with opened_formgrader(server) as formgrader:
        formgrader.open("manage_assignments")
        formgrader.press("assign", "hw")
        formgrader.press("release", "hw")
        hand_in(course, short, nbgrader)
        formgrader.press("collect", "hw")
        formgrader.page.locator(".num-submissions a:text-is('5')").click()
        autograde(formgrader, course, server, nbgrader)
        read_and_grade(formgrader, "ann", RIGHT, "2", "Well said.")
        read_and_grade(formgrader, "ben", WRONG, "1", COMMENT)
        formgrader.open("manage_assignments")
        formgrader.press("generate-feedback", "hw")
        formgrader.press("release-feedback", "hw")
        assert processes_below(server.process.pid) == []


def test_the_circle_through_formgrader(course, server, short, nbgrader):
    # in a thread of its own: other tests of this process may have left an event loop in this one
    with ThreadPoolExecutor(1) as browser:
        browser.submit(go_round, course, server, short, nbgrader).result()
    grades = {grade.student: grade for grade in read_grades(course, "hw")}
    scores = {student: grade.score for student, grade in grades.items()}
    assert scores == {"ann": 4, "ben": 1, "cleo": 2, "dan": 2, "eve": 2}
    assert not grades["ben"].needs_manual_grade
    home, options = at_home(course, "ben")
    nbgrader("fetch_feedback", "hw", *options, cwd=home)
    (page,) = home.glob("hw/feedback/*/hw.html")
    html = page.read_text()
    assert "<strong>1</strong> of 4 points" in html
    assert COMMENT in html
    assert len([*course.glob("feedback/*/hw/hw.html")]) == len(STUDENTS)
