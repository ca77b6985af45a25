"""nbgrader's own command and formgrader's button grade with the engine, and as the course is configured."""

import json
import os
import subprocess
import sys

import nbformat
import pytest
from filelock import FileLock
from nbgrader.api import Gradebook

from rainfall_kit.grading.record.gradebook import read_grades

ENGINE = "c.Autograde.exporter_class = 'rainfall_kit.grading.exporter.EngineExporter'\n"
# What formgrader does when its button is pressed for each of the students, in one process, with
# nbgrader's command in between; then how many processes are left.
PRESS_THE_BUTTON = """
import json, os, subprocess, sys
from pathlib import Path
from nbgrader.apps.api import NbGraderAPI
from nbgrader.apps.baseapp import NbGrader

app = NbGrader()
app.initialize([])
api = NbGraderAPI(app.coursedir, parent=app)
results = []
for student in sys.argv[1:]:
    results.append(api.autograde("hw", student))
    command = [sys.executable, "-m", "nbgrader", "autograde", "hw", "--student", student, "--force"]
    results.append({"success": subprocess.run(command).returncode == 0})
children = Path(f"/proc/{os.getpid()}/task/{os.getpid()}/children")
print(json.dumps([[result["success"] for result in results], children.read_text().split()]))
"""


def autograde(course, *options, expected=0):
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", "autograde", "hw", *options],
        cwd=course, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == expected, done.stderr
    return done.stderr


def scores(course):
    return {grade.student: grade.score for grade in read_grades(course, "hw")}


def configure(course, *lines):
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(ENGINE + "".join(f"{line}\n" for line in lines))


def test_nbgraders_own_command_uses_the_engine(course, rainfall_grade):
    configure(course)
    autograde(course)
    assert scores(course) == {"ann": 7, "ben": 0, "cleo": 7}
    assert "3 unchanged" in rainfall_grade(course).stdout


def test_the_button_works_for_one_student_after_another(course):
    configure(course)
    words = [sys.executable, "-c", PRESS_THE_BUTTON, "ann", "ben"]
    done = subprocess.run(words, cwd=course, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    succeeded, processes = json.loads(done.stdout.splitlines()[-1])
    assert (succeeded, processes) == ([True] * 4, [])
    assert scores(course) == {"ann": 7, "ben": 0}


def test_a_refusal_removes_nothing_that_was_graded(course):
    configure(course)
    autograde(course, "--student=ann")
    graded = course / "autograded/ann/hw/hw.ipynb"
    before = graded.read_bytes()
    with FileLock(course / ".rainfall" / "lock"):
        told = autograde(course, "--force", expected=1)
    assert "is being graded already" in told
    assert "Traceback" not in told
    environment = {**os.environ, "PATH": "/nowhere"}  # without bubblewrap
    words = [sys.executable, "-m", "nbgrader", "autograde", "hw", "--force"]
    done = subprocess.run(
        words, cwd=course, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "bubblewrap is not installed" in done.stderr
    assert graded.read_bytes() == before
    assert scores(course) == {"ann": 7}


def test_the_command_keeps_to_the_courses_configuration(hw, tmp_path):
    course = hw.copy(tmp_path)
    hw.hand_in(course, "ann", hw.right + "\nprint('one\\n' * 50)\nimport time\ntime.sleep(5)")
    (course / "submitted/ann/hw/timestamp.txt").write_text("2020-01-02 00:00:00 UTC")
    (course / "source/hw/helper.py").write_text("whose = 'the course'")
    (course / "submitted/ann/hw/helper.py").write_text("whose = 'ann'")
    (course / "marking.py").write_text(
        "from nbgrader.preprocessors import NbGraderPreprocessor\n"
        "class Stamp(NbGraderPreprocessor):\n"
        "    def preprocess(self, nb, resources):\n"
        "        nb.metadata.stamp = resources['nbgrader']['student']\n"
        "        return nb, resources\n"
    )
    configure(
        course,
        "c.LateSubmissionPlugin.penalty_method = 'zero'",
        "c.Autograde.permissions = 640",
        "c.Autograde.exclude_overwriting = {'hw': ['helper.py']}",
        "c.LimitOutput.max_lines = 10",
        "c.Autograde.autograde_preprocessors.append('marking.Stamp')",
    )
    url = f"sqlite:///{course / 'gradebook.db'}"
    with Gradebook(url) as gradebook:
        gradebook.update_or_create_assignment("hw", duedate="2020-01-01 00:00:00 UTC")
    autograde(course, "--Execute.timeout=2")
    path = course / "autograded/ann/hw/hw.ipynb"
    nb = nbformat.read(path, as_version=4)
    answer = next(cell for cell in nb.cells if cell.id == "answer")
    assert "CellTimeoutError" in [output.get("ename") for output in answer.outputs]
    assert "Output truncated" in answer.outputs[0].text
    assert nb.metadata.stamp == "ann"
    assert path.stat().st_mode & 0o777 == 0o640
    assert (course / "autograded/ann/hw/helper.py").read_text() == "whose = 'ann'"
    with Gradebook(url) as gradebook:
        (notebook,) = gradebook.find_submission("hw", "ann").notebooks
        assert notebook.late_submission_penalty == notebook.score


def test_without_execution_the_outputs_that_were_handed_in_count(course):
    configure(course)
    autograde(course, "--no-execute", "--student=ben")
    assert scores(course) == {"ben": 7}  # there is no output, and so no error
    assert not (course / ".rainfall").exists()


def test_another_language_is_refused_in_words(course):
    configure(course)
    url = f"sqlite:///{course / 'gradebook.db'}"
    with Gradebook(url) as gradebook:
        gradebook.find_notebook("hw", "hw").kernelspec = json.dumps({"name": "ir", "language": "R"})
        gradebook.db.commit()
    told = autograde(course, expected=1)
    assert "the notebook 'hw' is for the kernel 'ir' (R), and the sandbox runs Python only" in told
    assert "Traceback" not in told


@pytest.mark.parametrize("option", ["--notebook=hw", "--notebook=h*"])
def test_some_of_the_notebooks_are_graded_alone(hw, tmp_path, nbgrader, option):
    course = hw.copy(tmp_path)
    source = course / "source/hw/hw.ipynb"
    source.with_name("other.ipynb").write_bytes(source.read_bytes())
    nbgrader("generate_assignment", "hw", "--force", cwd=course)
    hw.hand_in(course, "ann", hw.right)
    handed_in = course / "submitted/ann/hw/hw.ipynb"
    handed_in.with_name("other.ipynb").write_bytes(handed_in.read_bytes())
    configure(course)
    autograde(course, option)
    assert scores(course) == {"ann": 7}  # of 14
    autograde(course, "--force")
    assert scores(course) == {"ann": 14}


def test_a_large_file_beside_the_source_is_seen_by_everybody_and_changed_by_nobody(short, tmp_path):
    course = short.copy(tmp_path)
    (course / "source/hw/data").mkdir()
    (course / "source/hw/data/large.bin").write_bytes(bytes(72 << 20))
    (course / "source/hw/small.csv").write_text("1")
    look = (
        "from pathlib import Path\n"
        "assert Path('data/large.bin').stat().st_size == 72 << 20\n"
        "assert Path('small.csv').write_text('2') == 1  # a copy\n"
    )
    short.hand_in(course, "ann", f"{look}Path('data/large.bin').unlink()\n{short.right}")
    write = "try:\n    open('data/large.bin', 'r+b')\nexcept OSError:\n    pass\n"
    short.hand_in(course, "ben", f"{look}{write}else:\n    raise ValueError\n{short.right}")
    configure(course)
    autograde(course)
    assert scores(course) == {"ann": 2, "ben": 2}
    assert (course / "source/hw/data/large.bin").stat().st_size == 72 << 20
