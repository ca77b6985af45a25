"""One assignment goes once round: given out, handed in, graded by both engines, answered, exported."""

import csv
import json
import os
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree, ignore_patterns
from urllib.error import URLError
from urllib.request import Request, urlopen

import nbformat
import pytest

from rainfall_kit.checks.questions.gradient_descent.gd_step import GD_STEP
from rainfall_kit.checks.questions.gradient_descent.train import TRAIN
from rainfall_kit.checks.questions.loss.mse import MSE
from rainfall_kit.checks.questions.registry import find_misconception, wrong_programs
from rainfall_kit.checks.questions.tensors.model import MODEL
from rainfall_kit.grading.engine import grade_assignment
from rainfall_kit.grading.record.gradebook import read_grades
from rainfall_kit.grading.stock_grading import grade_class

pytestmark = pytest.mark.usefixtures("shared_server")

ASSIGNMENTS = Path(__file__).parents[2] / "assignments"
NAME = "gradient_descent"
FILE = f"{NAME}.ipynb"
# The written answer's four points are a person's to give.
IN_ALL = 22.0

OWN_LOSS = """\
def own_loss():
    w, b = torch.zeros(2, 3, requires_grad=True), torch.zeros(2, requires_grad=True)
    w, b, _ = train(own_inputs, own_targets, w, b, 1e-5, 100)
    return mse(model(own_inputs, w, b), own_targets)
"""
RIGHT = {"model": MODEL, "mse": MSE, "gd_step": GD_STEP, "train": TRAIN, "own_loss": OWN_LOSS}
IN_ANOTHER_STYLE = {
    "model": "model = lambda x, w, b: torch.nn.functional.linear(x, w, b)",
    "mse": "def mse(preds, targets):\n    return ((preds - targets) ** 2).mean()",
    "gd_step": """\
def gd_step(inputs, targets, w, b, lr):
    w_grad, b_grad = torch.autograd.grad(mse(model(inputs, w, b), targets), (w, b))
    new_w = (w - lr * w_grad).detach().requires_grad_()
    new_b = (b - lr * b_grad).detach().requires_grad_()
    return new_w, new_b
""",
    "train": """\
def train(inputs, targets, w, b, lr, epochs):
    losses = []
    while len(losses) < epochs:
        losses.append(float(mse(model(inputs, w, b), targets)))
        w, b = gd_step(inputs, targets, w, b, lr)
    return w, b, losses
""",
    "own_loss": OWN_LOSS,
}
ANSWER = "It is the sum, not the mean, so its steps are ten times as long."


def answered(blank, programs=RIGHT):
    """The released notebook with text in its solution cells, and what is in each by its id."""
    nb = nbformat.reads(blank, as_version=4)
    cells = {cell.metadata.get("nbgrader", {}).get("grade_id"): cell for cell in nb.cells}
    for grade_id, source in programs.items():
        cells[grade_id].source = source
    cells["written-answer"].source = ANSWER
    return nb, cells


def right(blank):
    return answered(blank)[0]


def in_another_style(blank):
    return answered(blank, IN_ANOTHER_STYLE)[0]


def with_the_sum(blank):
    return answered(blank, {**RIGHT, "mse": wrong_programs(find_misconception("RK016"))[0]})[0]


def crashing(blank):
    return answered(blank, {**RIGHT, "train": "import os\n\nos._exit(1)"})[0]


def never_ending(blank):
    body = "    while True:\n        pass\n"
    return answered(blank, {**RIGHT, "train": TRAIN.partition("\n")[0] + "\n" + body})[0]


def with_cells_deleted(blank):
    nb, cells = answered(blank)
    for grade_id in ("setup", "test-mse", "test-train-hidden"):
        nb.cells.remove(cells[grade_id])
    return nb


def with_cells_copied(blank):
    nb, cells = answered(blank)
    blank_cells = answered(blank, {})[1]
    for grade_id in ("mse", "test-model"):  # one copy below, as it had been given out
        nb.cells.insert(nb.cells.index(cells[grade_id]) + 1, blank_cells[grade_id])
    return nb


def with_cells_retyped(blank):
    nb, cells = answered(blank)
    for grade_id, kind in {"test-model": "raw", "gd_step": "markdown"}.items():
        cell, place = cells[grade_id], nb.cells.index(cells[grade_id])
        new = {"raw": nbformat.v4.new_raw_cell, "markdown": nbformat.v4.new_markdown_cell}[kind]
        nb.cells[place] = new(cell.source, id=cell.id, metadata=cell.metadata)
    return nb


# Each student's notebook, and the score that it must get.
CLASS = {
    "right": (right, 18.0),
    "style": (in_another_style, 18.0),
    # Its own tests fail, and no other: one mistake costs once.
    "sum": (with_the_sum, 15.0),
    "blank": (lambda blank: nbformat.reads(blank, as_version=4), 0.0),
    "late": (right, 14.4),
    "crashing": (crashing, 13.0),
    "endless": (never_ending, 13.0),
    "deleted": (with_cells_deleted, 18.0),
    "copied": (with_cells_copied, 18.0),
    "retyped": (with_cells_retyped, 18.0),
    "letter": (lambda _: "Dear teacher, my dog ate the notebook.", 0.0),
    "empty": (lambda _: None, 0.0),
}


@dataclass(frozen=True)
class Circle:
    course: Path
    homes: Path
    validated: dict
    grades: dict
    reported: list


@pytest.fixture(scope="module")
def circle(nbgrader, tmp_path_factory):
    root = tmp_path_factory.mktemp("circle")
    course, homes, exchange = root / "course", root / "homes", root / "exchange"
    copytree(ASSIGNMENTS, course, ignore=ignore_patterns(".ipynb_checkpoints"))
    exchange.mkdir(mode=0o777)
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(f"\nc.Execute.timeout = 3\nc.Exchange.root = {str(exchange)!r}\n")
    with pytest.MonkeyPatch.context() as patch:
        here = str(Path(sys.executable).parent)
        patch.setenv("PATH", os.pathsep.join([here, os.environ["PATH"]]))
        for name in ("CONFIG", "RUNTIME"):
            patch.setenv(f"JUPYTER_{name}_DIR", str(root / name))

        due = "--duedate=2100-01-01 18:00:00 UTC"
        nbgrader("db", "assignment", "add", NAME, due, cwd=course)
        nbgrader("generate_assignment", NAME, cwd=course)
        copytree(course, root / "stock")  # as it is before anybody hands in
        blank = course / "release" / NAME / FILE
        notebooks = {"solution": course / "source" / NAME / FILE, "blank": blank}
        validated = {name: nbgrader("validate", path, cwd=root) for name, path in notebooks.items()}
        nbgrader("release_assignment", NAME, cwd=course)

        (homes / "right").mkdir(parents=True)
        fetching = ["fetch_assignment", NAME, *at_home(course, homes / "right")]
        nbgrader(*fetching, cwd=homes / "right")
        released = (homes / "right" / NAME / FILE).read_text(encoding="utf-8")
        for student in CLASS:
            write_homework(homes / student, released)
            submitting = ["submit", NAME, *at_home(course, homes / student)]
            nbgrader(*submitting, cwd=homes / student)
        nbgrader("collect", NAME, cwd=course)
        stamp = course / "submitted" / "late" / NAME / "timestamp.txt"
        stamp.write_text("2100-01-02 19:00:00 UTC")  # the second day has begun

        reported = []
        grade_assignment(
            course, NAME,
            on_graded=lambda graded: reported.append(graded.entry.student),
        )  # fmt: skip
        grades = read_grades(course, NAME)
        nbgrader("generate_feedback", NAME, cwd=course)
        nbgrader("release_feedback", NAME, cwd=course)
        nbgrader("export", cwd=course)
        yield Circle(course, homes, validated, {grade.student: grade for grade in grades}, reported)


def at_home(course, home):
    """Options that tell nbgrader who and where a student is."""
    exchange = [f"--Exchange.root={course.parent / 'exchange'}", "--course=rainfall"]
    return [*exchange, f"--student={home.name}", f"--Exchange.cache={home / 'cache'}"]


def write_homework(home, released):
    folder = home / NAME
    folder.mkdir(parents=True, exist_ok=True)
    nb = CLASS[home.name][0](released)
    path = folder / ("my homework.ipynb" if home.name == "style" else FILE)
    if nb is not None:
        # nbformat would repair what is wrong with it.
        path.write_text(nb if isinstance(nb, str) else json.dumps(nb))


def test_the_solution_passes_validation_and_the_blank_does_not(circle):
    assert "Success! Your notebook passes all the tests." in circle.validated["solution"]
    assert "VALIDATION FAILED" in circle.validated["blank"]
    asked = [f'require("{name}", {name})' for name in RIGHT if name != "own_loss"]
    asked.append('require("trained_loss", own_loss, own_orchard=True)')
    assert [call in circle.validated["blank"] for call in asked] == [True] * 5


def test_the_released_notebook_gives_no_answer_away(circle):
    released = (circle.course / "release" / NAME / FILE).read_text()
    assert "HIDDEN TESTS" not in released
    assert "diff.numel()" not in released
    assert released.count("    raise NotImplementedError()") == 5


@pytest.mark.parametrize("student", CLASS)
def test_each_submission_gets_its_grade(circle, student):
    grade = circle.grades[student]
    assert (grade.score, grade.max_score) == (pytest.approx(CLASS[student][1]), IN_ALL)


def test_no_student_is_left_out_and_each_is_reported_once(circle):
    assert sorted(circle.grades) == sorted(circle.reported) == sorted(CLASS)


def test_a_written_answer_waits_for_a_reader(circle):
    waiting = {student for student, grade in circle.grades.items() if grade.needs_manual_grade}
    assert waiting == set(CLASS) - {"blank", "letter", "empty"}


@pytest.mark.parametrize(
    ("student", "note"),
    [
        ("right", ""),
        ("late", "late"),
        ("crashing", "ended Python"),
        ("endless", "ran too long"),
        ("deleted", "not in what was handed in, so added: setup, test-mse, test-train-hidden"),
        ("letter", "not a notebook"),
        ("empty", "no notebook"),
    ],
)
def test_the_note_says_what_is_special(circle, student, note):
    assert note in circle.grades[student].note
    assert note or not circle.grades[student].note


def test_submissions_stay_as_they_were_handed_in(circle):
    folders = {
        student: circle.course / "submitted" / student / NAME for student in ("empty", "style")
    }
    found = {each: [path.name for path in place.glob("*.ipynb")] for each, place in folders.items()}
    assert found == {"empty": [], "style": ["my homework.ipynb"]}


def test_feedback_reaches_the_student(circle, nbgrader):
    home = circle.homes / "right"
    nbgrader("fetch_feedback", NAME, *at_home(circle.course, home), cwd=home)
    (page,) = home.glob(f"{NAME}/feedback/*/{NAME}.html")
    html = page.read_text()
    assert "<strong>18</strong> of 22 points so far" in html
    assert "Nobody has read this yet. That is no zero" in html
    assert html.count("3 of 3 points") == html.count("5 of 5 points") == 2
    assert "seed=(1101" not in html  # nor anything else of a hidden test


def test_everybody_has_a_feedback_page(circle):
    pages = circle.course.glob(f"feedback/*/{NAME}/{NAME}.html")
    assert {page.parts[-3] for page in pages} == set(CLASS)


def test_the_exported_grades_are_those_that_were_returned(circle):
    with (circle.course / "grades.csv").open(newline="") as table:
        exported = {row["student_id"]: float(row["score"]) for row in csv.DictReader(table)}
    assert exported == {each: pytest.approx(grade.score) for each, grade in circle.grades.items()}


# What stock says and the engine says in other words, or not at all: how a graded cell came out,
# addresses in memory, where a cell's file would be, and how many kernels there were.
CHANGING = re.compile(r'0x[0-9a-f]+|(/\w+/)?ipykernel_\d+/\d+|"execution_count": \d+|In\[\d+\]')


def shown(course, student):
    """The outputs of each cell in a graded notebook that nothing was asked of, and its count."""
    nb = nbformat.read(course / "autograded" / student / NAME / FILE, as_version=4)
    return {
        cell.id: (
            cell.execution_count - nb_before(nb, cell),
            # a kernel sends its two streams in an order of its own
            sorted(
                CHANGING.sub("", json.dumps(output, sort_keys=True))
                for output in whole_streams(cell.outputs)
            ),
        )
        for cell in nb.cells
        if cell.cell_type == "code" and not cell.metadata.get("nbgrader", {}).get("grade")
    }


def whole_streams(outputs):
    """The outputs, each stream as one: a kernel under load sends one in parts."""
    streams, others = {}, []
    for output in outputs:
        if output.output_type != "stream":
            others.append(output)
        elif output.name in streams:
            streams[output.name]["text"] += output.text
        else:
            streams[output.name] = dict(output)
    return [*others, *streams.values()]


def nb_before(nb, cell):
    """The number of cells before this one that stock alone runs: those that are judged by values."""
    before = nb.cells[: nb.cells.index(cell)]
    asks = [cell for cell in before if cell.metadata.get("nbgrader", {}).get("grade")]
    return sum(ask.execution_count is not None for ask in asks if ask.cell_type == "code")


HONEST = ("style", "sum", "late")


def test_honest_submissions_get_what_ordinary_kernels_give(circle):
    others = [student for student in CLASS if student not in HONEST]
    stock = circle.course.parent / "stock"
    submitted = circle.course / "submitted"
    copytree(submitted, stock / "submitted", ignore=ignore_patterns(*others))
    with (stock / "nbgrader_config.py").open("a") as config:
        config.write("c.Execute.timeout = 30\n")  # an ordinary kernel imports torch itself
    grade_class(stock, NAME)
    ours = {grade.student: grade for grade in read_grades(circle.course, NAME)}
    assert [ours[grade.student] for grade in read_grades(stock, NAME)] == list(
        read_grades(stock, NAME)
    )
    for student in HONEST:
        assert shown(circle.course, student) == shown(stock, student)


def test_formgrader_shows_the_same_scores(circle):
    rows = ask_formgrader(circle.course, f"submissions/{NAME}")
    assert {row["student"] for row in rows} == set(CLASS)
    for row in rows:
        grade = circle.grades[row["student"]]
        late = (
            3.6 if row["student"] == "late" else 0.0
        )  # formgrader shows what is not taken off yet
        assert row["score"] == pytest.approx(grade.score + late)
        assert (row["autograded"], row["max_score"]) == (True, IN_ALL)
        assert row["needs_manual_grade"] == grade.needs_manual_grade


def ask_formgrader(course, question):
    """The answer of formgrader's own server, which is started in the course's folder."""
    arguments = ["--no-browser", "--allow-root", "--port=0", "--IdentityProvider.token=t"]
    formgrader = "--ServerApp.jpserver_extensions={'nbgrader.server_extensions.formgrader': True}"
    log = course.parent / "server.log"
    with log.open("w") as stream:
        server = subprocess.Popen(
            [sys.executable, "-m", "jupyter_server", *arguments, formgrader],
            cwd=course,
            stdout=stream,
            stderr=subprocess.STDOUT,
        )
    try:
        runtime = Path(os.environ["JUPYTER_RUNTIME_DIR"], f"jpserver-{server.pid}.json")
        deadline = time.monotonic() + 300
        while True:  # the file is there a little before the server listens
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()
            try:
                url = f"{json.loads(runtime.read_text())['url']}formgrader/api/{question}"
                request = Request(url, headers={"Authorization": "token t"})
                with urlopen(request, timeout=300) as answer:
                    return json.load(answer)
            except (FileNotFoundError, json.JSONDecodeError, URLError):
                time.sleep(0.05)
    finally:
        server.terminate()
        server.wait(300)
