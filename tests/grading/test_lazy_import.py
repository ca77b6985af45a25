"""Grading imports little of nbgrader, and the rest is there when it is asked for."""

import subprocess
import sys

import pytest

LAZY = "from rainfall_kit.grading.lazy_import import import_lazily; import_lazily()\n"


# What a course's configuration, or a plugin that it names, may ask for.
ASKED = """\
from nbgrader.preprocessors import LimitOutput as before
from nbgrader.plugins import CsvExportPlugin
from nbgrader.auth import JupyterHubAuthPlugin
from nbconvert import HTMLExporter
from nbconvert.preprocessors import *
from nbgrader.preprocessors import *
import nbgrader
nbgrader.load_formgrader, ExecutePreprocessor, Execute
assert LimitOutput is before
"""


def modules_after(code):
    done = subprocess.run(
        [sys.executable, "-c", f"{LAZY}{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def test_the_engine_imports_no_server_no_kernels_and_no_torch():
    heavy = {"jupyter_server", "jupyter_client", "nbclient", "bleach", "requests", "torch"}
    assert not heavy & modules_after("import rainfall_kit.grading.engine")


def test_no_question_makes_torch_import_sympy():
    asked = "from rainfall_kit.grading.sandbox.inside.server import _use_everything_once; _use_everything_once()"
    assert "sympy" not in modules_after(asked)


@pytest.mark.parametrize("before", ["", "import rainfall_kit.grading.engine\n"])
def test_what_else_a_course_asks_for_is_there(before):
    wanted = {"jupyter_server", "nbclient", "bleach", "requests"}
    assert wanted <= modules_after(before + ASKED)
