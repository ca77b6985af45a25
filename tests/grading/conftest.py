"""A small course with one notebook, for tests of the grader."""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from nbformat import read, v4, write

STUB = "def mse(preds, targets):\n    raise NotImplementedError()"
RIGHT = "def mse(preds, targets):\n    return ((preds - targets) ** 2).mean()"
WRONG = "def mse(preds, targets):\n    return torch.tensor(1.0)"
# Tests that are scored inside the student's process, one in each style that teachers write.
INSIDE = {
    "abs": "assert abs(mse(torch.tensor([[5.0]]), torch.tensor([[2.0]])).item() - 9) < 1e-6",
    "equal": "expected = 9.0\ngot = mse(torch.tensor([[5.0]]), torch.tensor([[2.0]]))\n"
    "assert got == expected",
    "above": "if abs(mse(torch.tensor([[6.0]]), torch.tensor([[3.0]])) - 9) > 1e-6:\n"
    "    raise ValueError('not 9')",
    "close": "assert torch.allclose(mse(torch.ones(1, 1), torch.ones(1, 1) * 4), torch.tensor(9.0))",
    "kit": "torch.testing.assert_close(mse(torch.ones(1, 1) * 6, torch.ones(1, 1) * 3), torch.tensor(9.0))",
}
VALUES = {
    "seen": 'require("mse", mse)',
    "hidden": "# tested again\n### BEGIN HIDDEN TESTS\nfrom rainfall_kit import require\n\n"
    'require("mse", mse, seed=(77, 78))\n### END HIDDEN TESTS',
}


def known_cell(cell, name, *, points=None, solution=False):
    known = {"grade_id": name, "schema_version": 3, "solution": solution, "task": False}
    known |= {"grade": points is not None, "locked": not solution}
    if points is not None:
        known["points"] = points
    cell.metadata["nbgrader"] = known
    cell["id"] = name
    return cell


def hw_source(inside=INSIDE, values=VALUES):
    """The instructor's notebook."""
    solution = (
        RIGHT.replace("    return", "    ### BEGIN SOLUTION\n    return") + "\n    ### END SOLUTION"
    )
    cells = [
        known_cell(v4.new_code_cell("import torch\n\nfrom rainfall_kit import require"), "setup"),
        known_cell(v4.new_code_cell(solution), "answer", solution=True),
        *(known_cell(v4.new_code_cell(text), name, points=1) for name, text in inside.items()),
        *(known_cell(v4.new_code_cell(text), name, points=1) for name, text in values.items()),
    ]
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})


@dataclass(frozen=True)
class Homework:
    """The course as its instructor has it before anybody has handed in, and answers to it."""

    master: Path
    right: str = RIGHT
    wrong: str = WRONG
    inside: tuple = tuple(INSIDE)

    def copy(self, folder, config=""):
        course = shutil.copytree(self.master, folder / "hw-course")
        with (course / "nbgrader_config.py").open("a") as file:
            file.write(config)
        return course

    def hand_in(self, course, student, answer):
        """Write what a student hands in: the released notebook with another answer."""
        nb = read(course / "release" / "hw" / "hw.ipynb", as_version=4)
        next(cell for cell in nb.cells if cell.id == "answer").source = answer
        folder = course / "submitted" / student / "hw"
        folder.mkdir(parents=True, exist_ok=True)
        write(nb, folder / "hw.ipynb")


# Takes nbgrader's commands, a line of JSON each, and says how each one ended.
NBGRADER = """
import json, os, signal, sys
from nbgrader.apps import NbGraderApp

for line in sys.stdin:
    given = json.loads(line)
    if os.fork() == 0:
        signal.alarm(120)
        os.environ.update(given["environment"])
        os.chdir(given["folder"])
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        log = os.open(given["log"], os.O_WRONLY | os.O_CREAT)
        os.dup2(log, 1)
        os.dup2(log, 2)
        sys.exit(NbGraderApp.launch_instance(given["arguments"]))
    print(os.waitstatus_to_exitcode(os.wait()[1]), flush=True)
"""


@pytest.fixture(scope="session")
def nbgrader(tmp_path_factory):
    """Runs an nbgrader command, and gives what it says. Importing nbgrader takes seconds: once for all."""
    log = tmp_path_factory.mktemp("nbgrader") / "log"
    words = [sys.executable, "-c", NBGRADER]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, **pipes, text=True) as server:

        def run(*arguments, cwd, expected=0):
            log.unlink(missing_ok=True)
            given = {
                "environment": dict(os.environ),
                "folder": str(cwd),
                "log": str(log),
                "arguments": [str(argument) for argument in arguments],
            }
            print(json.dumps(given), file=server.stdin, flush=True)
            status = server.stdout.readline()
            assert int(status) == expected, log.read_text()
            return log.read_text()

        yield run


@pytest.fixture(scope="session")
def hw(nbgrader, tmp_path_factory):
    return homework(nbgrader, tmp_path_factory.mktemp("master") / "hw-course", hw_source())


@pytest.fixture(scope="session")
def short(nbgrader, tmp_path_factory):
    """A homework of two graded cells: one that is scored inside, and one that is judged by values."""
    inside, values = ({name: cells[name]} for name, cells in (("abs", INSIDE), ("hidden", VALUES)))
    source = hw_source(inside, values)
    return homework(nbgrader, tmp_path_factory.mktemp("short") / "hw-course", source)


@pytest.fixture(scope="session")
def shell(nbgrader, tmp_path_factory):
    """A homework in another language, for the kernel of shell_kernel.py."""
    solution = "double() {\n### BEGIN SOLUTION\necho $((2 * $1))\n### END SOLUTION\n}"
    hidden = '### BEGIN HIDDEN TESTS\n[ "$(double $base)" = 6 ]\n### END HIDDEN TESTS'
    cells = [
        known_cell(v4.new_code_cell("base=3"), "setup"),
        known_cell(v4.new_code_cell(solution), "answer", solution=True),
        known_cell(v4.new_code_cell('[ "$(double 4)" = 8 ]'), "seen", points=1),
        known_cell(v4.new_code_cell(hidden), "hidden", points=1),
    ]
    kernel = {"name": "sh", "display_name": "sh", "language": "sh"}
    source = v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
    config = (
        "c = get_config()\nc.ClearSolutions.code_stub = {'sh': 'false'}\nc.Execute.timeout = 5\n"
    )
    return homework(nbgrader, tmp_path_factory.mktemp("shell") / "hw-course", source, config)


@pytest.fixture
def course(hw, tmp_path):
    """The homework with three submissions: a right one, a wrong one, a right one."""
    course = hw.copy(tmp_path)
    for student, answer in {"ann": hw.right, "ben": hw.wrong, "cleo": hw.right}.items():
        hw.hand_in(course, student, answer)
    return course


@pytest.fixture(scope="session")
def rainfall_grade():
    """The `rainfall grade` command, as a process; its words are `command`."""
    words = [sys.executable, "-c", "from rainfall_kit.cli import main; main()", "grade", "hw"]

    def run(course, *options):
        return subprocess.run(
            [*words, "--no-progress", *options], cwd=course, capture_output=True, text=True,
            check=False, env={**os.environ, "COLUMNS": "160"},
        )  # fmt: skip

    run.command = words
    return run


def homework(nbgrader, course, source, config="c = get_config()\n"):
    """A course with this notebook, released."""
    (course / "source" / "hw").mkdir(parents=True)
    write(source, course / "source" / "hw" / "hw.ipynb")
    (course / "nbgrader_config.py").write_text(config)
    nbgrader("generate_assignment", "hw", cwd=course)
    return Homework(course)
