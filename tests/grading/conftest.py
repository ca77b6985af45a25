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
from shared_server import sharing, use

from rainfall_kit.grading.sandbox.fork_server import ForkServer

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


@pytest.fixture(scope="session")
def warm_server(tmp_path_factory):
    """A fork server that sees no course of any test."""
    with ForkServer(hidden=(tmp_path_factory.getbasetemp(),)) as server:
        server.wait_until_ready()
        yield server


@pytest.fixture(scope="module")
def shared_server(warm_server):
    """The tests of a module grade with one fork server, where the start of one is not what they test."""
    (hidden,) = warm_server.made_for[1]
    with sharing(warm_server._control.fileno(), hidden):
        yield


@pytest.fixture
def own_server(shared_server):  # noqa: ARG001  # comes after it
    """The test starts a fork server of its own, in a module whose others share one."""
    with use(ForkServer):
        yield


@pytest.fixture(scope="session")
def commands(warm_server, tmp_path_factory):
    """Runs commands in forks of one process: importing nbgrader and torch takes seconds."""
    folder = tmp_path_factory.mktemp("commands")
    control, (hidden,) = warm_server._control.fileno(), warm_server.made_for[1]
    words = [sys.executable, Path(__file__).with_name("forked_commands.py"), str(control), hidden]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(words, **pipes, text=True, pass_fds=[control]) as server:

        def run(program, *arguments, cwd, **environment):
            """Run a command; its exit status, and what it says."""
            out, err = folder / "out", folder / "err"
            for file in (out, err):
                file.unlink(missing_ok=True)
            given = {
                "program": program,
                "arguments": [str(argument) for argument in arguments],
                "folder": str(cwd),
                "environment": {**os.environ, **environment},
                "out": str(out),
                "err": str(out if program == "nbgrader" else err),
            }
            print(json.dumps(given), file=server.stdin, flush=True)
            status = int(server.stdout.readline())
            said = (file.read_text() if file.exists() else "" for file in (out, err))
            return subprocess.CompletedProcess([program, *arguments], status, *said)

        yield run


@pytest.fixture(scope="session")
def nbgrader(commands):
    """Runs an nbgrader command, and gives what it says."""

    def run(*arguments, cwd, expected=0):
        done = commands("nbgrader", *arguments, cwd=cwd)
        assert done.returncode == expected, done.stdout
        return done.stdout

    return run


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
def rainfall_grade(commands):
    """The `rainfall grade` command; its words, for a process that has nothing imported, are `command`."""

    def run(course, *options):
        words = "grade", "hw", "--no-progress", *options
        return commands("rainfall", *words, cwd=course, COLUMNS="160")

    run.command = [sys.executable, "-c", "from rainfall_kit.cli import main; main()", "grade", "hw"]
    return run


def homework(nbgrader, course, source, config="c = get_config()\n"):
    """A course with this notebook, released."""
    (course / "source" / "hw").mkdir(parents=True)
    write(source, course / "source" / "hw" / "hw.ipynb")
    (course / "nbgrader_config.py").write_text(config)
    nbgrader("generate_assignment", "hw", cwd=course)
    return Homework(course)
