"""formgrader's own button, pressed in a real browser, for one student after another."""

import contextlib
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import live_jupyter
import pytest
from playwright.sync_api import expect, sync_playwright

from rainfall_kit.grading.record.gradebook import read_grades

ENGINE = "c.Autograde.exporter_class = 'rainfall_kit.grading.exporter.EngineExporter'\n"
STUDENTS = ("ann", "ben", "cleo", "dan", "eve")


@pytest.fixture
def course(short, tmp_path):
    """A class of five, with the one line of configuration."""
    course = short.copy(tmp_path, ENGINE)
    for student in STUDENTS:
        short.hand_in(course, student, short.wrong if student == "ben" else short.right)
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
def opened_page(server):
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=live_jupyter.CHROMIUM, args=live_jupyter.QUIET
        )
        page = browser.new_page(extra_http_headers={"Authorization": f"token {live_jupyter.TOKEN}"})
        page.set_default_timeout(live_jupyter.SECONDS * 1000)
        page.goto(f"{server.url}/formgrader/manage_submissions/hw")
        yield page
        browser.close()


def press_autograde(page, student):
    """Press the button in a student's row, and close what it says."""
    page.locator("tr", has=page.locator(f".student-id:text-is('{student}')")).locator(
        ".autograde a"
    ).click()
    told = page.locator(".modal.in")
    expect(told.locator(".modal-title")).to_have_text(
        "Success", timeout=live_jupyter.SECONDS * 1000
    )
    told.get_by_role("button", name="OK").click()
    expect(page.locator(".modal.in")).to_have_count(0)


def processes_below(pid):
    """What a process has started and has not ended, kernels and the like included."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    children = [child for task in tasks for child in (task / "children").read_text().split()]
    return [*children, *(below for child in children for below in processes_below(child))]


def press_for_everybody(course, server):
    with opened_page(server) as page:
        for student in STUDENTS:
            press_autograde(page, student)
            if student in ("ann", "dan"):
                command = [sys.executable, "-m", "nbgrader", "autograde", "hw", "--force"]
                done = subprocess.run(
                    [*command, "--student", student],
                    cwd=course, capture_output=True, text=True, check=False,
                )  # fmt: skip
                assert done.returncode == 0, done.stderr
            assert (course / "autograded" / student / "hw" / "hw.ipynb").is_file()
            assert processes_below(server.process.pid) == []


def test_the_button_works_for_five_students_in_a_row(course, server):
    # in a thread of its own: other tests of this process may have left an event loop in this one
    with ThreadPoolExecutor(1) as browser:
        browser.submit(press_for_everybody, course, server).result()
    scores = {grade.student: grade.score for grade in read_grades(course, "hw")}
    assert scores == {student: 0 if student == "ben" else 2 for student in STUDENTS}
