"""A teacher's and a student's way through a real JupyterHub, set up as the guide says, in a real browser."""

import contextlib
import getpass
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import live_jupyter
import pytest
from class_of_twelve import wait_until
from formgrader_page import Formgrader
from guide import block
from local_accounts import PASSWORD, LocalAccounts
from nbformat import read, write
from playwright.sync_api import sync_playwright

from rainfall_kit.grading.record.gradebook import read_grades

BIN = Path(sys.executable).parent
HUB = """
c.JupyterHub.bind_url = "http://127.0.0.1:{0}"
c.JupyterHub.hub_port = {1}
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{2}"
c.ConfigurableHTTPProxy.command = ["{bin}/configurable-http-proxy", "--proxy-timeout=600000"]
c.Authenticator.allow_all = True
c.Spawner.environment = {{"JUPYTER_CONFIG_PATH": "{etc}"}}
c.Spawner.args = ["--LabApp.expose_app_in_browser=True"]
c.Spawner.start_timeout = c.Spawner.http_timeout = 120
"""
# Where only root could start servers of other accounts, each home is another's, and the account is the same.
ONE_ACCOUNT = """
c.JupyterHub.authenticator_class = "dummy"
c.DummyAuthenticator.password = "{password}"
c.JupyterHub.spawner_class = "simple"
c.SimpleLocalProcessSpawner.home_dir_template = "{homes}/{{username}}"
"""
# JupyterLab's question would lie over what is pressed here.
NO_NEWS = '{"disabledExtensions": {"@jupyterlab/apputils-extension:announcements": true}}'


class Hub:
    """A hub, in a folder of its own that holds its settings and everybody's home.

    Started by root, its users are local accounts with a password, as of a hub that nobody has set otherwise.
    """

    def __init__(self, folder):
        folder.chmod(0o755)
        self.homes, self.etc, self.exchange = folder / "homes", folder / "etc", folder / "exchange"
        self.accounts = None
        if os.geteuid() == 0:
            needed = (Path(sys.prefix), Path(sys.base_prefix), live_jupyter.ROOT, folder)
            self.accounts = LocalAccounts(self.homes, ("teacher", "tutor", "ann"), needed)
        ports = [live_jupyter.free_port() for _ in range(3)]
        self.url = f"http://127.0.0.1:{ports[0]}"
        self.course = self.homes / "teacher" / "my-course"
        self.exchange.mkdir()
        self.exchange.chmod(0o777)
        own = HUB.format(*ports, bin=BIN, etc=self.etc)
        if self.accounts is None:
            own += ONE_ACCOUNT.format(password=PASSWORD, homes=self.homes)
        self.write(folder / "jupyterhub_config.py", own + block("`jupyterhub_config.py`", "python"))
        for name in ("jupyter_server_config.py", "nbgrader_config.py"):
            self.write(self.etc / name, block(f"`/etc/jupyter/{name}`", "python"))
        self.write(self.etc / "labconfig" / "page_config.json", NO_NEWS)
        theirs = "~/.jupyter/nbgrader_config.py"
        self.write(self.course.parent / theirs[2:], block(f"`{theirs}`", "python"))
        self.log = folder / "log"

    def write(self, path, text):
        """The guide's settings, with the places that are here."""
        path.parent.mkdir(parents=True, exist_ok=True)
        text = text.replace("/srv/nbgrader/exchange", str(self.exchange))
        path.write_text(text.replace("/home/teacher/my-course", str(self.course)))

    def start(self):
        words = [sys.executable, "-m", "jupyterhub", "-f", "jupyterhub_config.py"]
        if self.accounts is not None:
            words = self.accounts.words(*words)
        with self.log.open("w") as log:
            self.process = subprocess.Popen(
                words,
                cwd=self.etc.parent,
                env={**os.environ, "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"},
                stdout=log,
                stderr=log,
            )
        wait_until(lambda: "JupyterHub is now running" in self.log.read_text())

    def stop(self):
        self.process.terminate()
        self.process.wait(live_jupyter.SECONDS)

    def add_course(self, short):
        """The course, as its teacher begins it; graded by a group where there are accounts for one."""
        source = self.course / "source" / "hw"
        source.mkdir(parents=True)
        write(read(short.master / "source/hw/hw.ipynb", as_version=4), source / "hw.ipynb")
        config = Path(live_jupyter.ROOT, "assignments", "nbgrader_config.py").read_text()
        if self.accounts is not None:
            config += "\n" + block("Where several accounts grade", "python")
        (self.course / "nbgrader_config.py").write_text(config)
        if self.accounts is not None:
            self.accounts.own(self.course.parent, "teacher")

    def run(self, *words, name=None, folder):
        """Type a command, as one of the accounts or as root."""
        words = self.accounts.words(*words, name=name)
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr

    def grade_as_another(self):
        """The course is given to its group, and somebody else of it grades in a terminal."""
        shared = block("once the first `nbgrader generate_assignment`", "bash")
        self.run("sh", "-e", "-c", shared, folder=self.course.parent)
        self.run(BIN / "rainfall", "grade", "hw", name="tutor", folder=self.course)


@pytest.fixture
def hub(short, tmp_path):
    hub = Hub(tmp_path)
    hub.add_course(short)
    try:
        hub.start()
        yield hub
    finally:
        hub.stop()


@contextlib.contextmanager
def browser():
    with sync_playwright() as playwright:
        yield playwright.chromium.launch(
            executable_path=live_jupyter.CHROMIUM, args=live_jupyter.QUIET
        )


def open_lab(browser, hub, name):
    """JupyterLab, as the hub starts it for somebody who logs in."""
    page = browser.new_page()
    page.set_default_timeout(2 * live_jupyter.SECONDS * 1000)
    page.goto(f"{hub.url}/hub/login?next=/hub/home")
    page.fill("input[name=username]", name)
    page.fill("input[name=password]", PASSWORD)
    page.locator("#login_submit").click()
    page.locator("#start").click()
    page.wait_for_url(f"**/user/{name}/lab*")
    page.wait_for_function("() => window.jupyterapp?.shell.currentWidget")
    return page


def run_command(page, name):
    page.evaluate("name => window.jupyterapp.commands.execute(name)", f"nbgrader:{name}")


def open_formgrader(page, hub):
    """formgrader, in the frame that JupyterLab shows it in."""
    run_command(page, "open-formgrader")
    frame = page.locator("iframe[src*=formgrader]").element_handle().content_frame()
    return Formgrader(frame, f"{hub.url}/user/teacher")


def go_round(hub, short, student):
    with browser() as opened:
        teacher = open_formgrader(open_lab(opened, hub, "teacher"), hub)
        teacher.press("assign", "hw")
        teacher.press("release", "hw")
        page = open_lab(opened, hub, "ann")
        run_command(page, "open-assignment-list")
        page.get_by_role("button", name="Fetch").click()
        page.get_by_role("button", name="Submit").wait_for()
        answer(hub.homes / "ann" / "hw" / "hw.ipynb", short.wrong)
        page.get_by_role("button", name="Submit").click()
        page.get_by_role("button", name="Fetch Feedback").wait_for()
        teacher.press("collect", "hw")
        if hub.accounts is not None:
            hub.grade_as_another()
        teacher.open("manage_submissions/hw")
        teacher.press("autograde", student)
        teacher.open("manage_assignments")
        teacher.press("generate-feedback", "hw")
        teacher.press("release-feedback", "hw")
        page.get_by_role("button", name="Fetch Feedback").click()
        page.get_by_text("view feedback").wait_for()


def answer(path, source):
    nb = read(path, as_version=4)
    next(cell for cell in nb.cells if cell.id == "answer").source = source
    write(nb, path)


def test_an_assignment_goes_round_through_the_hub(hub, short):
    student = getpass.getuser() if hub.accounts is None else "ann"  # nbgrader asks for the account
    # in a thread of its own: other tests of this process may have left an event loop in this one
    with ThreadPoolExecutor(1) as thread:
        thread.submit(go_round, hub, short, student).result()
    (grade,) = read_grades(hub.course, "hw")
    assert (grade.student, grade.score, grade.max_score) == (student, 0, 2)
    (page,) = (hub.homes / "ann" / "hw" / "feedback").glob("*/hw.html")
    assert "mse is not right yet" in page.read_text()
