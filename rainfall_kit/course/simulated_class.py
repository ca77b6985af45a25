"""Simulated class: students with right, mistaken and unfinished answers, and their submissions."""

from __future__ import annotations

import itertools
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rainfall_kit.checks.questions.programs import edited
from rainfall_kit.checks.questions.registry import (
    CATALOGUE,
    find_misconception,
    find_question,
)
from rainfall_kit.course.assignments import DEFAULT, find_assignment
from rainfall_kit.errors import CourseError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from rainfall_kit.checks.questions.misconception import Misconception

_Edits = tuple[tuple[str, str], ...]

# Right answers in other styles: words, and edits of the questions' programs.
_STYLES: tuple[tuple[str, Mapping[str, _Edits]], ...] = (
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

# The cell and the mistake in it, the most common first. Others of the catalogue follow.
_COMMON = (
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
    ("to_tensors", "RK088"),
    ("predict_region", "RK209"),
    ("in_celsius", "RK230"),
    ("init_params", "RK005"),
    ("rmse", "RK239"),
    ("baseline_loss", "RK256"),
    ("share_explained", "RK266"),
)

_NAMES = (
    *("ash", "misty", "brock", "may", "dawn", "cynthia", "steven", "lance"),
    *("iris", "serena", "gary", "wallace"),
)


@dataclass(frozen=True, kw_only=True)
class Student:
    """One of the class.

    Attributes:
        id: what nbgrader calls this student.
        assignment: what it is an answer to.
        answer: what was handed in, in a few words.
        cells: the new source of cells, by their grade id; the other cells stay as released.
    """

    id: str
    assignment: str
    answer: str
    cells: Mapping[str, str]


def make_class(students: int, assignment: str = DEFAULT) -> tuple[Student, ...]:
    """A class of that size: one in three is right, most others make a mistake, two did not finish.

    A larger class begins with a smaller one. Names come round again with a number.

    Args:
        students: how many.
        assignment: of the bundled course.

    Raises:
        CourseError: there is no such assignment.

    Example:
        >>> for student in make_class(3):
        ...     print(student.id, "|", student.answer)
        ash | right: as in the lesson
        misty | gd_step: gradients are never reset
        brock | blank
    """
    asked = find_assignment(assignment)
    programs = {name: _own_program(name) for name in asked.functions if name not in asked.own}
    answers = {**programs, **asked.own, **asked.written}
    half = {name: programs[name] for name in asked.functions[: len(programs) // 2]}
    unfinished = {2: ("blank", {}), 5: (f"stopped after {list(half)[-1]}", half)}
    right, mistaken = _right(programs), _mistaken(programs)
    made = []
    for number in range(students):
        lap, place = divmod(number, len(_NAMES))
        name = f"{_NAMES[place]}-{lap + 1}" if lap else _NAMES[place]
        if number in unfinished:
            answer, cells = unfinished[number]
        else:
            answer, changed = next(mistaken if number % 3 else right)
            cells = {**answers, **changed}
        made.append(Student(id=name, assignment=assignment, answer=answer, cells=cells))
    return tuple(made)


def _own_program(name: str) -> str:
    """The right program of a question, without the functions of other questions that it calls."""
    question = find_question(name)
    program = question.program
    for other in question.builds_on:
        program = program.replace(_own_program(other), "")
    return program.lstrip("\n")


def _right(programs: Mapping[str, str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Words and changed cells of right answers, the styles in turn."""
    fitting = [
        (
            f"right: {words}",
            {name: _edit(programs[name], edits[name]) for name in edits.keys() & programs},
        )
        for words, edits in _STYLES
    ]
    return itertools.cycle([("right: as in the lesson", {}), *(one for one in fitting if one[1])])


def _mistaken(programs: Mapping[str, str]) -> Iterator[tuple[str, Mapping[str, str]]]:
    """Words and the changed cell of mistaken answers, the most common first."""
    common = [(name, find_misconception(entry)) for name, entry in _COMMON if name in programs]
    others = [pair for pair in _in_turn(list(programs)) if pair not in common]
    mistaken = []
    for name, entry in (*common, *others):
        texts = (edited(programs[name], edits) for edits in entry.wrong)
        for text in texts:
            if text is not None:
                mistaken.append((f"{name}: {entry.name}", {name: text}))
                break
    return itertools.cycle(mistaken)


def _in_turn(questions: Sequence[str]) -> Iterator[tuple[str, Misconception]]:
    """The first mistake of each question, then the second of each, and so on."""
    of_each = ([entry for entry in CATALOGUE if entry.question == name] for name in questions)
    for row in itertools.zip_longest(*of_each):
        yield from ((name, entry) for name, entry in zip(questions, row, strict=True) if entry)


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

    name = student.assignment
    released = course / "release" / name
    if not released.is_dir():
        raise CourseError(f"{released} is not there. Try: nbgrader generate_assignment {name}")
    submitted = course / "submitted" / student.id / name
    shutil.copytree(released, submitted)
    path = submitted / f"{name}.ipynb"
    nb = nbformat.read(path, as_version=4)
    for cell in nb.cells:
        grade_id = cell.metadata.get("nbgrader", {}).get("grade_id")
        cell.source = student.cells.get(grade_id, cell.source)
    nbformat.write(nb, path)
    return path
