"""A class that is run on many machines ends in the same gradebook."""

import gc
import weakref

import pytest
from added_question import SQUARE
from class_of_twelve import EXPECTED, hand_in_twelve, scores, wait_until
from made_class import known
from nbformat import v4, writes

from rainfall_kit.checks.questions.registry import open_course_questions
from rainfall_kit.errors import CourseError
from rainfall_kit.grading.backend import DaskBackend
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.prepare.course import open_course
from rainfall_kit.grading.prepare.own_orchards import given_out_key
from rainfall_kit.grading.sandbox.dask_runner import connect, run_on_dask_worker
from rainfall_kit.lesson.own_orchard import orchard_of, seed_of

CONFIG = """\
c = get_config()
c.OwnOrchards.key = "autumn 2027"
c.GenerateAssignment.exporter_class = (
    "rainfall_kit.grading.record.changed_cells.ChangedCellsExporter"
)
"""


@pytest.fixture
def course(hw, tmp_path):
    return hand_in_twelve(hw, tmp_path)


def test_workers_that_are_lost_in_the_middle_change_nothing(course, cluster):
    lost = cluster.add_worker()
    cluster.add_worker()
    log = cluster.folder / "log"
    wait_until(lambda: log.read_text().count("Registered to") == 2)
    graded = []

    def on_graded(one):
        graded.append(one.entry.student)
        if len(graded) == 3:
            lost.kill()
            cluster.add_worker()

    backend = DaskBackend(address=cluster.address)
    grade_assignment(course, "hw", backend=backend, on_graded=on_graded)
    assert sorted(graded) == sorted(EXPECTED)  # each once
    assert scores(course) == EXPECTED


def test_a_scheduler_that_goes_away_is_told_in_one_line(short, tmp_path, cluster, monkeypatch):
    monkeypatch.setattr("rainfall_kit.grading.sandbox.dask_runner._CONNECT_SECONDS", 10)
    course = short.copy(tmp_path)
    for student in "abcdefgh":
        short.hand_in(course, student, short.right)
    cluster.add_worker()
    graded = []

    def on_graded(one):
        graded.append(one.entry.student)
        if len(graded) == 2:
            cluster.processes[0].kill()

    backend = DaskBackend(address=cluster.address)
    with pytest.raises(CourseError, match="the Dask scheduler at tcp"):
        grade_assignment(course, "hw", backend=backend, on_graded=on_graded)
    again = grade_assignment(course, "hw")
    assert {one.entry.student for one in again if one.skipped} == set(graded)


def test_nothing_is_left_of_a_client_that_found_no_scheduler(monkeypatch):
    from distributed import Client

    made, begin = weakref.WeakSet(), Client.__init__
    monkeypatch.setattr(
        Client, "__init__", lambda one, *a, **k: made.add(one) or begin(one, *a, **k)
    )
    gc.disable()
    try:
        with pytest.raises(ConnectionError):
            connect("tcp://127.0.0.1:9", 0.5)
        assert not made
    finally:
        gc.enable()


def test_where_no_scheduler_answers_it_says_so(course, monkeypatch):
    monkeypatch.setattr("rainfall_kit.grading.sandbox.dask_runner._CONNECT_SECONDS", 0.5)
    with pytest.raises(CourseError, match=r"no Dask scheduler answers at tcp://127\.0\.0\.1:9"):
        grade_assignment(course, "hw", backend=DaskBackend(address="tcp://127.0.0.1:9"))


def test_a_worker_with_another_kit_is_refused_in_one_line(course, cluster, tmp_path):
    metadata = tmp_path / "older" / "rainfall_kit-0.0.9.dist-info" / "METADATA"
    metadata.parent.mkdir(parents=True)
    metadata.write_text("Metadata-Version: 2.1\nName: rainfall-kit\nVersion: 0.0.9\n")
    cluster.add_worker(PYTHONPATH=str(tmp_path / "older"))
    wait_until(lambda: "Registered to" in (cluster.folder / "log").read_text())
    with pytest.raises(CourseError, match=r"the Dask worker at tcp\S+ has 0\.0\.9 of the kit"):
        grade_assignment(course, "hw", backend=DaskBackend(address=cluster.address))
    assert not (course / "autograded").exists()
    with pytest.raises(CourseError, match=r"a Dask worker has \S+ of the kit, and this machine 0"):
        run_on_dask_worker(b"", "0.0.9", None, (), answers=False, setup_jobs=(), questions=())


OWN = """\
from rainfall_kit import own_orchard
_, own_targets = own_orchard().tensors()
def own_baseline():
    return ((own_targets - own_targets.mean(dim=0)) ** 2).mean()
"""
SQUARES = {"right": "return x * x", "wrong": "return x + x"}


@pytest.fixture
def questions_forgotten(tmp_path):
    """Forgets the questions of a course that the test has opened: no other test knows them."""
    yield
    open_course_questions(tmp_path / "no course")


@pytest.mark.usefixtures("questions_forgotten")
def test_questions_and_orchards_of_ones_own_go_along(cluster, nbgrader, tmp_path):
    """Answers to a course's own question, and to one about the student's own orchard; one number is copied."""
    cells = {
        "square": "def square(x):\n    return x * x",
        "own": OWN,
        "test-square": 'require("square", square, seed=(5, 6))',
        "test-own": 'require("baseline_loss", own_baseline, own_orchard=True)',
    }
    nb = v4.new_notebook(cells=[v4.new_code_cell("from rainfall_kit import require", id="begin")])
    for name, text in cells.items():
        points = 1 if name.startswith("test-") else None
        cell = v4.new_code_cell(text, id=name)
        cell.metadata = known(name, points=points, solution=points is None)
        nb.cells.append(cell)
    for folder, file, text in (
        ("questions", "square.py", SQUARE),
        ("source/hw", "hw.ipynb", writes(nb)),
        (".", "nbgrader_config.py", CONFIG),
    ):
        (tmp_path / folder).mkdir(parents=True, exist_ok=True)
        (tmp_path / folder / file).write_text(text)
    nbgrader("generate_assignment", "hw", cwd=tmp_path)
    key = given_out_key(open_course(tmp_path), "hw")
    loss = ((targets := orchard_of(seed_of(key, "right")).targets) - targets.mean(axis=0)) ** 2
    for student, square in SQUARES.items():
        nb.cells[1].source = f"def square(x):\n    {square}"
        if student == "wrong":
            nb.cells[2].source = f"def own_baseline():\n    return {loss.mean()}"
        (tmp_path / "submitted" / student / "hw").mkdir(parents=True)
        (tmp_path / "submitted" / student / "hw" / "hw.ipynb").write_text(writes(nb))
    cluster.add_worker()
    backend = DaskBackend(address=cluster.address)
    graded = grade_assignment(tmp_path, "hw", backend=backend, trial=False)
    outcomes = {one.entry.student: [cell.outcome for cell in one.entry.cells] for one in graded}
    assert outcomes == {"right": ["right", "right"], "wrong": ["wrong", "wrong"]}
