"""Simulated class: students with right, mistaken and unfinished answers, and their submissions."""

from __future__ import annotations

import itertools
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rainfall_kit.checks.questions.gradient_descent.gd_step import GD_STEP
from rainfall_kit.checks.questions.gradient_descent.train import TRAIN
from rainfall_kit.checks.questions.loss.mse import MSE
from rainfall_kit.checks.questions.programs import edited
from rainfall_kit.checks.questions.registry import find_misconception
from rainfall_kit.checks.questions.tensors.model import MODEL
from rainfall_kit.errors import CourseError

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

ASSIGNMENT = "gradient_descent"

# The right answers that all students' cells are edits of, by grade id.
_ANSWERS = {
    "model": MODEL,
    "mse": MSE,
    "gd_step": GD_STEP,
    "train": TRAIN,
    "written-answer": (
        "No, it is a sum. Its gradients are ten times as large, so each step is ten times as "
        "long. My run has not arrived after 100 epochs; with lr = 1e-4 it would be as far."
    ),
}

_Edits = tuple[tuple[str, str], ...]

# Right answers in other styles: words, and edits of the answers above.
_STYLES: tuple[tuple[str, Mapping[str, _Edits]], ...] = (
    ("as in the lesson", {}),
    (
        "with PyTorch's functions",
        {
            "model": (("x @ w.t() + b", "torch.nn.functional.linear(x, w, b)"),),
            "mse": (("(diff * diff).sum() / diff.numel()", "diff.pow(2).mean()"),),
        },
    ),
    (
        "new tensors at each step",
        {
            "gd_step": (
                ("    with torch.no_grad():\n", ""),
                ("        w -= lr * w.grad", "    w = (w - lr * w.grad).detach().requires_grad_()"),
                ("        b -= lr * b.grad", "    b = (b - lr * b.grad).detach().requires_grad_()"),
                ("    w.grad.zero_()\n    b.grad.zero_()\n", ""),
            ),
        },
    ),
    (
        "gradients by torch.autograd.grad",
        {
            "gd_step": (
                ("loss.backward()", "grad_w, grad_b = torch.autograd.grad(loss, (w, b))"),
                ("w.grad\n", "grad_w\n"),
                ("b.grad\n", "grad_b\n"),
                ("    w.grad.zero_()\n    b.grad.zero_()\n", ""),
            ),
        },
    ),
    (
        "a matrix product of transposes",
        {"model": (("x @ w.t() + b", "(w @ x.t()).t() + b"),)},
    ),
)

# The cell and the mistake in it, the most common first.
_MISTAKES = (
    ("gd_step", "RK079"),
    ("mse", "RK016"),
    ("model", "RK001"),
    ("gd_step", "RK064"),
    ("mse", "RK017"),
    ("train", "RK105"),
    ("gd_step", "RK068"),
    ("model", "RK013"),
    ("mse", "RK032"),
    ("gd_step", "RK060"),
    ("train", "RK076"),
)

# Who did not get to the end, by their place in the class: words, and the cells that they filled in.
_UNFINISHED: Mapping[int, tuple[str, tuple[str, ...]]] = {
    2: ("blank", ()),
    5: ("stopped after mse", ("model", "mse")),
}

_NAMES = (
    *("ash", "misty", "brock", "may", "dawn", "cynthia", "steven", "lance"),
    *("iris", "serena", "gary", "wallace"),
)


@dataclass(frozen=True, kw_only=True)
class Student:
    """One of the class.

    Attributes:
        id: what nbgrader calls this student.
        answer: what was handed in, in a few words.
        cells: the new source of cells, by their grade id; the other cells stay as released.
    """

    id: str
    answer: str
    cells: Mapping[str, str]


def make_class(students: int) -> tuple[Student, ...]:
    """A class of that size: one in three is right, most others make a mistake, two did not finish.

    A larger class begins with a smaller one. Names come round again with a number.

    Example:
        >>> for student in make_class(3):
        ...     print(student.id, "|", student.answer)
        ash | right: as in the lesson
        misty | gd_step: gradients are never reset
        brock | blank
    """
    styles, mistakes = itertools.cycle(_STYLES), itertools.cycle(_MISTAKES)
    made = []
    for number in range(students):
        lap, place = divmod(number, len(_NAMES))
        name = f"{_NAMES[place]}-{lap + 1}" if lap else _NAMES[place]
        if number in _UNFINISHED:
            answer, done = _UNFINISHED[number]
            cells = {grade_id: _ANSWERS[grade_id] for grade_id in done}
            made.append(Student(id=name, answer=answer, cells=cells))
        elif number % 3 == 0:
            made.append(_right(name, *next(styles)))
        else:
            made.append(_mistaken(name, *next(mistakes)))
    return tuple(made)


def _right(name: str, style: str, edits: Mapping[str, _Edits]) -> Student:
    cells = {
        grade_id: _edit(source, edits.get(grade_id, ())) for grade_id, source in _ANSWERS.items()
    }
    return Student(id=name, answer=f"right: {style}", cells=cells)


def _mistaken(name: str, grade_id: str, misconception: str) -> Student:
    entry = find_misconception(misconception)
    fits = (edits for edits in entry.wrong if edited(_ANSWERS[grade_id], edits) is not None)
    wrong = _edit(_ANSWERS[grade_id], next(fits))
    return Student(id=name, answer=f"{grade_id}: {entry.name}", cells={**_ANSWERS, grade_id: wrong})


def _edit(source: str, edits: _Edits) -> str:
    text = edited(source, edits)
    assert text is not None, f"an edit finds nothing to replace in {source!r}"
    return text


def hand_in(student: Student, course: Path) -> Path:
    """Write one student's submission, made from the released notebook as students make it.

    Args:
        student: who.
        course: the course's folder; the assignment must have been generated there.

    Returns:
        The submitted notebook.

    Raises:
        CourseError: the assignment has not been generated.
    """
    import nbformat

    released = course / "release" / ASSIGNMENT
    if not released.is_dir():
        raise CourseError(
            f"{released} is not there. Try: nbgrader generate_assignment {ASSIGNMENT}"
        )
    submitted = course / "submitted" / student.id / ASSIGNMENT
    shutil.copytree(released, submitted)
    path = submitted / f"{ASSIGNMENT}.ipynb"
    nb = nbformat.read(path, as_version=4)
    for cell in nb.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = student.cells.get(grade_id, cell.source)
    nbformat.write(nb, path)
    return path
