"""Attempts at an assignment: its solution a few times, a blank copy, known mistakes, and changes of the solution."""

from __future__ import annotations

import ast
import copy
import itertools
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rainfall_kit.checks.questions.registry import CATALOGUE, QUESTIONS, wrong_programs
from rainfall_kit.grading.verification.solution_mutants import mutants_of
from rainfall_kit.handing_in.definitions import definitions, names_used
from rainfall_kit.handing_in.require_calls import required

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from nbformat import NotebookNode

SOLUTION, BLANK = "solution", "blank"
# A test that passes two times in three shows that in five runs most often, and in two of them rarely.
AGAIN = tuple(f"solution-{number}" for number in range(2, 6))
# These start in another Python: there a set of texts may have another order.
ELSEWHERE = AGAIN[2:]
_REGION_LINE = re.compile(r"^.*### (?:BEGIN|END) SOLUTION.*\n?", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Changed:
    """An answer of the solution with one change.

    Attributes:
        notebook: its name.
        cell: the answer's grade id.
        tests: the grade ids of the tests about it.
        change: in words.
    """

    notebook: str
    cell: str
    tests: tuple[str, ...]
    change: str


@dataclass(frozen=True, kw_only=True)
class Attempt:
    """One made-up submission.

    Attributes:
        student: whose it is said to be.
        notebooks: by name.
        mistakes: by the question that is answered wrong, the id of the mistake.
        changed: the answer that is changed, if one is.
    """

    student: str
    notebooks: Mapping[str, NotebookNode]
    mistakes: Mapping[str, str]
    changed: Changed | None = None


def make_attempts(
    source: Mapping[str, NotebookNode], released: Mapping[str, NotebookNode]
) -> list[Attempt]:
    """All attempts at an assignment.

    One attempt has a mistake in each question: a question is judged with right answers in the place of
    others. Asserts are not, so one attempt has one change alone.

    Args:
        source: the instructor's notebooks, by name.
        released: what students get.
    """
    right = {name: _answers(nb) for name, nb in source.items()}
    solved = {name: _filled(nb, right.get(name, {})) for name, nb in released.items()}
    attempts = [
        *(Attempt(student=name, notebooks=solved, mistakes={}) for name in (SOLUTION, *AGAIN)),
        Attempt(student=BLANK, notebooks=dict(released), mistakes={}),
    ]
    cells = {
        question: (name, cell)
        for name, nb in source.items()
        for cell, question in _answered_questions(nb)
    }
    mistaken = [
        [(question, entry.id, program) for entry in CATALOGUE if entry.question == question
         for program in wrong_programs(entry)[:1]]
        for question in cells
    ]  # fmt: skip
    for number, row in enumerate(itertools.zip_longest(*mistaken), 1):
        changed = {name: dict(answers) for name, answers in right.items()}
        made = {}
        for question, id_, program in filter(None, row):
            name, cell = cells[question]
            changed[name][cell] = _own_part(program, question)
            made[question] = id_
        notebooks = {name: _filled(nb, changed.get(name, {})) for name, nb in released.items()}
        attempts.append(Attempt(student=f"mistakes-{number}", notebooks=notebooks, mistakes=made))
    for number, (changed_answer, text) in enumerate(_changed_answers(source), 1):
        name, answer = changed_answer.notebook, {changed_answer.cell: text}
        if name in released:
            notebooks = {**solved, name: _filled(released[name], right[name] | answer)}
            attempts.append(
                Attempt(
                    student=f"change-{number}",
                    notebooks=notebooks,
                    mistakes={},
                    changed=changed_answer,
                )
            )
    return attempts


def _changed_answers(source: Mapping[str, NotebookNode]) -> Iterator[tuple[Changed, str]]:
    """Every change of an answer that has asserts of the instructor's own, with the answer's new text."""
    for name, nb in source.items():
        if not is_in_python(nb):
            continue
        with_torch = any("torch" in cell.source for cell in nb.cells if cell.cell_type == "code")
        for answer, tests in _tests_by_answer(nb).items():
            cell = next(cell for cell in nb.cells if _id_of(cell) == answer)
            for mutant in mutants_of(cell.source, with_torch=with_torch):
                changed = Changed(
                    notebook=name, cell=answer, tests=tuple(tests), change=mutant.change
                )
                yield changed, mutant.source


def is_in_python(nb: NotebookNode) -> bool:
    """True for a notebook in Python, and for one that says nothing of its language."""
    named = nb.metadata.get("kernelspec", {}).get("language")
    language = named or nb.metadata.get("language_info", {}).get("name") or "python"
    return str(language).lower().startswith(("python", "ipython"))


def _tests_by_answer(nb: NotebookNode) -> dict[str, list[str]]:
    """The tests about each answer that has asserts among them.

    Those are about it that stand between it and the next, or further down and name it.
    """
    tests: dict[str, list[str]] = {}
    names: dict[str, set[str]] = {}
    with_asserts = set()
    last = ""
    for cell in nb.cells:
        about = cell.metadata.get("nbgrader", {})
        if cell.cell_type != "code":
            continue
        if about.get("solution"):
            last = about.grade_id
            names[last] = {*definitions(cell.source)}
        elif about.get("grade"):
            for answer, defined in names.items():
                if answer == last or defined & names_used(cell.source):
                    tests.setdefault(answer, []).append(about.grade_id)
                    if not required(cell.source):
                        with_asserts.add(answer)
    return {answer: tests[answer] for answer in names if answer in with_asserts}


def _id_of(cell: NotebookNode) -> str:
    return str(cell.metadata.get("nbgrader", {}).get("grade_id", ""))


def _answers(nb: NotebookNode) -> dict[str, str]:
    """Sources of the instructor's answers, by grade id."""
    return {
        cell.metadata.nbgrader.grade_id: _REGION_LINE.sub("", cell.source)
        for cell in nb.cells
        if cell.metadata.get("nbgrader", {}).get("solution")
    }


def _filled(nb: NotebookNode, answers: Mapping[str, str]) -> NotebookNode:
    filled = copy.deepcopy(nb)
    for cell in filled.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("solution"):
            cell.source = answers.get(about.grade_id, cell.source)
    return filled


def _answered_questions(nb: NotebookNode) -> list[tuple[str, str]]:
    """The grade ids of answers whose tests only ask a question of the kit, each with its question."""
    asked = {
        call.question
        for cell in nb.cells
        if cell.metadata.get("nbgrader", {}).get("grade") and cell.cell_type == "code"
        for call in required(cell.source)
        if call.question == call.name
    }
    found = []
    for cell in nb.cells:
        about = cell.metadata.get("nbgrader", {})
        if about.get("solution") and cell.cell_type == "code":
            here = asked & definitions(cell.source).keys()
            if len(here) == 1:  # else the others of the cell would go with it
                found.append((about.grade_id, here.pop()))
    return found


def _own_part(program: str, question: str) -> str:
    """A program without the functions of other questions that it calls."""
    others = {*QUESTIONS[question].builds_on}
    tree = ast.parse(program)
    tree.body = [one for one in tree.body if getattr(one, "name", None) not in others]
    return ast.unparse(tree)
