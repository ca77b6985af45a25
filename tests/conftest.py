"""What holds for all tests."""

import gc
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from filelock import FileLock

from rainfall_kit.grading.sandbox.inside.huge_pages import use_huge_pages

TESTS = Path(__file__).parent

# For this process, and for those that tests start.
LEFT_OUT = str(TESTS / "left_out")
sys.path.insert(0, LEFT_OUT)
os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, [LEFT_OUT, os.environ.get("PYTHONPATH")]))
collect_ignore = ["left_out"]


# Files that take longest come first: with -n, none of them is left to run alone at the end.
LONG = (
    *("browser/", "grading/test_", "course/", "checks/test_mistakes"),
    *("test_", "grading/", "checks/"),  # in test_package.py mypy takes a minute
)


@pytest.hookimpl(optionalhook=True)  # xdist's
def pytest_xdist_make_scheduler(config, log):
    """One process for each file, and one for all that share a Jupyter server and a browser."""
    if config.getvalue("dist") != "loadfile":
        return None
    from xdist.scheduler import LoadFileScheduling

    class Scheduling(LoadFileScheduling):
        def _split_scope(self, nodeid):
            file = super()._split_scope(nodeid)
            return "tests/browser" if file.startswith("tests/browser/") else file

    return Scheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items):
    def place(item):
        path = item.path
        name = path.relative_to(TESTS).as_posix() if path.is_relative_to(TESTS) else ""
        return next((n for n, begin in enumerate(LONG) if name.startswith(begin)), len(LONG))

    items.sort(key=place)


def pytest_collection_finish():
    """Let no later garbage collection look through what stays, and no fork copy an entry for each page of it."""
    gc.collect()  # IPython's reset asks for one in each test
    gc.freeze()
    use_huge_pages()  # thousands of checks fork: 16 ms each instead of 37


@pytest.fixture
def run(capfd):
    """Run the command in this process: its exit status, stdout and stderr."""
    from rainfall_kit.cli import main

    def run_main(*args):
        with pytest.raises(SystemExit) as end:
            main([str(arg) for arg in args])
        said = capfd.readouterr()
        return end.value.code or 0, said.out, said.err

    return run_main


@pytest.fixture(scope="session")
def wheel(tmp_path_factory):
    """The kit's wheel, built once for all processes that test."""
    folder = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        folder = folder.parent
    with FileLock(folder / "wheel.lock"):
        if not [*folder.glob("*.whl")]:
            words = [sys.executable, "-m", "pip", "wheel", "-q", "--no-deps", "-w", folder]
            subprocess.run([*words, TESTS.parent], check=True)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture
def interruptible():
    """Python, and what is started meanwhile, listens to Ctrl-C, even where these tests run in the background."""
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    yield
    signal.signal(signal.SIGINT, before)
