"""nbgrader's own command and formgrader's button grade with the engine, and as the course is configured."""

import json
import shutil
import subprocess
import sys

import nbformat
import pytest
from filelock import FileLock
from nbgrader.api import Gradebook

from rainfall_kit.grading.record.gradebook import read_grades

pytestmark = pytest.mark.usefixtures("shared_server")

ENGINE = "c.Autograde.exporter_class = 'rainfall_kit.grading.exporter.EngineExporter'\n"


@pytest.fixture
def autograde(nbgrader):
    """Runs nbgrader's own command in a course, and gives what it says."""

    def run(course, *options, expected=0):
        return nbgrader("autograde", "hw", *options, cwd=course, expected=expected)

    return run


def scores(course):
    return {grade.student: grade.score for grade in read_grades(course, "hw")}


def configure(course, *lines):
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(ENGINE + "".join(f"{line}\n" for line in lines))


def test_nbgraders_own_command_uses_the_engine(course, rainfall_grade, autograde):
    configure(course)
    autograde(course)
    assert scores(course) == {"ann": 7, "ben": 0, "cleo": 7}
    assert "3 unchanged" in rainfall_grade(course).stdout


def test_a_refusal_removes_nothing_that_was_graded(course, autograde, monkeypatch):
    configure(course)
    autograde(course, "--student=ann")
    graded = course / "autograded/ann/hw/hw.ipynb"
    before = graded.read_bytes()
    with FileLock(course / ".rainfall" / "lock"):
        told = autograde(course, "--force", expected=1)
    assert "is being graded already" in told
    assert "Traceback" not in told
    monkeypatch.setenv("PATH", "/nowhere")  # without bubblewrap
    assert "bubblewrap is not installed" in autograde(course, "--force", expected=1)
    assert graded.read_bytes() == before
    assert scores(course) == {"ann": 7}


SETTINGS = """
import sys
sys.path.insert(0, {course!r})
c.Execute.timeout = 8
c.LateSubmissionPlugin.penalty_method = 'zero'
c.Autograde.permissions = 640
c.Autograde.exclude_overwriting = {{'hw': ['helper.py']}}
c.LimitOutput.max_lines = 10
c.LimitOutput.max_traceback = 1
c.IgnorePattern.enabled = True
c.IgnorePattern.pattern = 'not for eyes'
c.ClearMetadataPreprocessor.preserve_cell_metadata_mask = [('kept',)]
c.Autograde.sanitize_preprocessors = ['marking.StampCells']
c.Autograde.autograde_preprocessors.append('marking.Stamp')
"""
MARKING = """
from nbgrader.preprocessors import NbGraderPreprocessor

class Stamp(NbGraderPreprocessor):
    def preprocess(self, nb, resources):
        nb.metadata.stamp = resources['nbgrader']['student']
        return nb, resources

class StampCells(NbGraderPreprocessor):
    def preprocess(self, nb, resources):
        for cell in nb.cells:
            cell.metadata.stamp = resources['nbgrader']['assignment']
        return nb, resources
"""
FORMGRADER = """
from nbgrader.apps.api import NbGraderAPI
from nbgrader.apps.baseapp import NbGrader

app = NbGrader()
app.initialize([])
result = NbGraderAPI(app.coursedir, parent=app).autograde("hw", "ann")
assert result["success"], result
"""


def recorded(course):
    """What the gradebook says, and every graded file with its permissions."""
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        (notebook,) = gradebook.find_submission("hw", "ann").notebooks
        grades = {
            grade.name: (grade.auto_score, grade.manual_score, grade.needs_manual_grade)
            for grade in notebook.grades
        }
        facts = notebook.score, notebook.max_score, notebook.late_submission_penalty
    folder = course / "autograded/ann/hw"
    files = {
        path.name: (path.stat().st_mode & 0o777, path.read_text())
        for path in folder.iterdir()
        if path.suffix != ".ipynb"
    }
    path = folder / "hw.ipynb"
    nb = nbformat.read(path, as_version=4)
    return grades, facts, files, path.stat().st_mode & 0o777, nb


def test_the_three_roads_keep_to_the_courses_configuration(hw, tmp_path, nbgrader, rainfall_grade):
    master = hw.copy(tmp_path)
    loud = "\nimport sys, time\nprint('one\\n' * 50)\nprint('not for eyes', file=sys.stderr)\n"
    hw.hand_in(master, "ann", hw.right + loud + "time.sleep(600)")
    (master / "submitted/ann/hw/timestamp.txt").write_text("2020-01-02 00:00:00 UTC")
    (master / "source/hw/helper.py").write_text("whose = 'the course'")
    (master / "submitted/ann/hw/helper.py").write_text("whose = 'ann'")
    (master / "marking.py").write_text(MARKING)
    (master / ".rainfall").mkdir()
    (master / ".rainfall/secret").write_text("0" * 64)  # of one secret come the same inputs
    with Gradebook(f"sqlite:///{master / 'gradebook.db'}") as gradebook:
        gradebook.update_or_create_assignment("hw", duedate="2020-01-01 00:00:00 UTC")
    courses = [shutil.copytree(master, tmp_path / road) for road in ("kit", "command", "button")]
    for course in courses:
        configure(course, SETTINGS.format(course=str(course)))
    kit, command, button = courses
    done = rainfall_grade(kit)
    assert done.returncode == 0, done.stderr
    nbgrader("autograde", "hw", cwd=command)
    subprocess.run([sys.executable, "-c", FORMGRADER], cwd=button, check=True, capture_output=True)
    grades, facts, files, mode, nb = recorded(kit)
    assert recorded(command) == (grades, facts, files, mode, nb)
    assert recorded(button) == (grades, facts, files, mode, nb)
    score, _, penalty = facts
    assert 0 < score == penalty
    assert (mode, files["helper.py"]) == (0o640, (0o640, "whose = 'ann'"))
    assert nb.metadata.stamp == "ann"
    answer = next(cell for cell in nb.cells if cell.id == "answer")
    assert answer.metadata.stamp == "hw"
    assert "CellTimeoutError" in [output.get("ename") for output in answer.outputs]
    (printed,) = (output.text for output in answer.outputs if output.output_type == "stream")
    assert "Output truncated" in printed
    assert "not for eyes" not in printed


def test_without_execution_the_outputs_that_were_handed_in_count(course, autograde):
    configure(course)
    autograde(course, "--no-execute", "--student=ben")
    assert scores(course) == {"ben": 7}  # there is no output, and so no error
    assert not (course / ".rainfall").exists()


def test_a_solution_that_fails_is_told_before_anybody_is_graded(short, tmp_path, autograde):
    course = short.copy(tmp_path)
    short.hand_in(course, "ann", short.right)
    source = course / "source/hw/hw.ipynb"
    nb = nbformat.read(source, as_version=4)
    next(cell for cell in nb.cells if cell.id == "answer").source = short.wrong
    nbformat.write(nb, source)
    configure(course)
    told = autograde(course, expected=1)
    assert "the solution of hw earns 0 of 1 points in cell abs (AssertionError)" in told
    assert "or: c.EngineExporter.trial = False in nbgrader_config.py" in told
    assert "Traceback" not in told
    assert scores(course) == {}
    autograde(course, "--EngineExporter.trial=False")
    assert scores(course) == {"ann": 2}


def test_a_kernel_that_is_not_installed_is_refused_in_words(course, autograde):
    configure(course)
    url = f"sqlite:///{course / 'gradebook.db'}"
    with Gradebook(url) as gradebook:
        gradebook.find_notebook("hw", "hw").kernelspec = json.dumps(
            {"name": "my-r", "language": "R"}
        )
        gradebook.db.commit()
    told = autograde(course, expected=1)
    assert "the notebook 'hw' is for the kernel 'my-r' (R), which is not installed here" in told
    assert "Traceback" not in told


def test_some_of_the_notebooks_are_graded_alone(hw, tmp_path, nbgrader, autograde):
    course = hw.copy(tmp_path)
    source = course / "source/hw/hw.ipynb"
    source.with_name("other.ipynb").write_bytes(source.read_bytes())
    nbgrader("generate_assignment", "hw", "--force", cwd=course)
    hw.hand_in(course, "ann", hw.right)
    handed_in = course / "submitted/ann/hw/hw.ipynb"
    handed_in.with_name("other.ipynb").write_bytes(handed_in.read_bytes())
    configure(course)
    for option in ("--notebook=hw", "--notebook=h*"):
        autograde(course, option, "--force")
        assert scores(course) == {"ann": 7}  # of 14
    autograde(course, "--force")
    assert scores(course) == {"ann": 14}


def test_a_large_file_beside_the_source_is_seen_by_everybody_and_changed_by_nobody(
    short, tmp_path, autograde
):
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
