"""Notebooks in another language than Python are run by their own kernels, in the same sandbox."""

import json
import shutil
import sys
from pathlib import Path

import nbformat
import pytest
from cgroup_look import memory_in_words

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.backend import DaskBackend, LocalBackend
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.record.gradebook import read_grades
from rainfall_kit.lesson.own_orchard import FILE, OrchardKey

RIGHT = "double() { echo $((2 * $1)); }"
ANSWERS = {
    "ann": RIGHT,
    "ben": "double() { echo 8; }",
    # looks for the course and for a network, and tells what it finds
    "cat": f"{RIGHT}\ncat COURSE/source/hw/hw.ipynb COURSE/gradebook.db; grep -c : /proc/net/dev; id -un",
    "dan": "kill -9 $PPID",
    "eve": "sleep 60",
}


@pytest.fixture(scope="module", autouse=True)
def kernels(tmp_path_factory):
    """A folder that Jupyter finds kernels in: one that works, and one that ends at once."""
    share = tmp_path_factory.mktemp("share")
    for name, program in (("sh", Path(__file__).with_name("shell_kernel.py")), ("broken", None)):
        folder = share / "kernels" / name
        folder.mkdir(parents=True)
        text = program.read_text() if program else "raise SystemExit('no licence\\nhalted')"
        (folder / "kernel.py").write_text(text)
        argv = [sys.executable, "{resource_dir}/kernel.py", "-f", "{connection_file}"]
        spec = {"argv": argv, "display_name": name, "language": "sh"}
        (folder / "kernel.json").write_text(json.dumps(spec))
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(share))
        yield


def named(course, kernel):
    """The course, with a source that names this kernel."""
    path = course / "source/hw/hw.ipynb"
    nb = nbformat.read(path, as_version=4)
    nb.metadata.kernelspec = {"name": kernel, "display_name": kernel, "language": "sh"}
    nbformat.write(nb, path)
    return course


def give_out_a_key(course):
    (course / "release/hw" / FILE).write_text(OrchardKey(key="0" * 64).to_json())


@pytest.fixture(scope="module")
def graded(shell, rainfall_grade, tmp_path_factory):
    course = shell.copy(tmp_path_factory.mktemp("graded"))
    for student, answer in ANSWERS.items():
        shell.hand_in(course, student, answer.replace("COURSE", str(course)))
    done = rainfall_grade(course)
    assert done.returncode == 0, done.stderr
    return course, done


def scores(course):
    return {grade.student: grade.score for grade in read_grades(course, "hw")}


def shown(course, student, cell):
    nb = nbformat.read(course / f"autograded/{student}/hw/hw.ipynb", as_version=4)
    outputs = next(one for one in nb.cells if one.id == cell).outputs
    return [output.get("text") or f"{output.ename}: {output.evalue}" for output in outputs]


def test_its_own_kernel_runs_it_in_the_sandbox_and_the_grade_says_so(graded):
    course, done = graded
    assert scores(course) == {"ann": 2, "ben": 1, "cat": 2, "dan": 0, "eve": 0}
    told = f"namespaces and seccomp, {memory_in_words()}, kernel sh"
    assert f"Isolation: {told} (5)." in done.stdout
    nb = nbformat.read(course / "autograded/ann/hw/hw.ipynb", as_version=4)
    assert nb.metadata.rainfall_kit.isolation == told


def test_it_sees_nothing_of_the_course_and_no_network_but_its_own(graded):
    course, _ = graded
    (text,) = shown(course, "cat", "answer")
    *refused, interfaces, user = text.splitlines()
    assert len(refused) == 2
    assert all(line.endswith("No such file or directory") for line in refused)
    assert (interfaces, user) == ("1", "student")


def test_a_cell_that_ends_the_kernel_or_never_ends_costs_itself(graded):
    course, done = graded
    assert shown(course, "dan", "answer") == [
        "KernelEndedError: this cell ended the kernel; the other cells were run without it"
    ]
    assert "answer ended the kernel" in done.stdout
    assert "CellTimeoutError" in shown(course, "eve", "answer")[-1]
    assert shown(course, "eve", "seen")[0].startswith("sh: ")  # it has run: there is no double


def test_nbgraders_own_command_grades_in_the_same_way(graded, nbgrader, tmp_path):
    course = shutil.copytree(graded[0], tmp_path / "course")
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(
            "c.Autograde.exporter_class = 'rainfall_kit.grading.exporter.EngineExporter'\n"
        )
    nbgrader("autograde", "hw", "--force", "--student=ben", cwd=course)
    assert scores(course)["ben"] == 1
    nb = nbformat.read(course / "autograded/ben/hw/hw.ipynb", as_version=4)
    told = f"namespaces and seccomp, {memory_in_words()}, kernel sh"
    assert nb.metadata.rainfall_kit.isolation == told


def test_it_sees_whose_orchard_it_is_where_students_have_their_own(graded, shell, tmp_path):
    course = shutil.copytree(graded[0], tmp_path / "course")
    give_out_a_key(course)
    shell.hand_in(course, "ann", f"{RIGHT}\ncat {FILE}")
    (one,) = grade_assignment(course, "hw", students=["ann"])
    assert one.entry.score == 2
    assert OrchardKey.from_json(shown(course, "ann", "answer")[0]).student == "ann"


def test_without_a_sandbox_it_runs_only_where_that_is_asked_for(graded, tmp_path, monkeypatch):
    course = shutil.copytree(graded[0], tmp_path / "course")
    openly = LocalBackend(isolation="none")
    (one,) = grade_assignment(course, "hw", backend=openly, students=["ann"], force=True)
    assert (one.entry.score, one.entry.isolation) == (2, "none, kernel sh")
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(CourseError, match="cannot be sandboxed here: bubblewrap is not installed"):
        grade_assignment(course, "hw", force=True)


@pytest.mark.parametrize("own_orchards", [False, True])
def test_a_kernel_that_does_not_start_stops_the_run_in_its_own_words(
    shell, nbgrader, tmp_path, own_orchards
):
    course = named(shell.copy(tmp_path), "broken")
    nbgrader("generate_assignment", "hw", "--force", cwd=course)
    if own_orchards:
        give_out_a_key(course)
    shell.hand_in(course, "ann", RIGHT)
    with pytest.raises(CourseError) as told:
        grade_assignment(course, "hw")
    assert str(told.value) == (
        "the kernel 'broken' does not start in the sandbox: no licence · halted. Try: "
        "c.KernelFolders.folders = [...] in nbgrader_config.py, with what it needs to see of this machine"
    )
    with pytest.raises(CourseError, match="a cluster has no other kernels than Python's"):
        grade_assignment(course, "hw", backend=DaskBackend(address="tcp://127.0.0.1:9"))
