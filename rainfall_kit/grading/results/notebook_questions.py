"""Questions of a notebook, in its own words: a heading, the answers below it, and the cells that grade them."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

from rainfall_kit.handing_in.definitions import definitions, names_used

if TYPE_CHECKING:
    from collections.abc import Mapping

    from nbformat import NotebookNode

_FENCED = re.compile(r"^(```|~~~).*?^\1", re.MULTILINE | re.DOTALL)
_POINTS = re.compile(r" *\([\d.]+ points?\)$")
_HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)


@dataclass(kw_only=True)
class NotebookQuestion:
    """One question of a notebook.

    Attributes:
        title: its heading, without its points; else a grade id. Backticks stand around code.
        notebook: the notebook's name.
        answers: the grade ids of the cells that a student writes, in their order.
        graded: the grade ids of the cells that earn points, in their order.
    """

    title: str
    notebook: str
    answers: list[str] = field(default_factory=list)
    graded: list[str] = field(default_factory=list)


def questions_of(
    nb: NotebookNode, notebook: str, hidden: Mapping[str, str] = MappingProxyType({})
) -> tuple[NotebookQuestion, ...]:
    """The questions of a notebook that earn points, in its order.

    Each cell that a student writes opens a question, under the heading that stands above it. A test belongs to
    the last answer above it that defines a name of the test's, and else to the last answer.

    Args:
        nb: as the instructor wrote it or gave it out.
        notebook: its name.
        hidden: the whole text of cells whose hidden tests were taken out of what was given out, by grade id.

    Example:
        >>> from nbformat import v4
        >>> known = {"grade_id": "mse", "solution": True, "grade": False}
        >>> test = {"grade_id": "test-mse", "solution": False, "grade": True}
        >>> cells = [v4.new_markdown_cell("## 7. Your turn"),
        ...     v4.new_code_cell("def mse(): ...", metadata={"nbgrader": known}),
        ...     v4.new_code_cell("mse()", metadata={"nbgrader": test})]
        >>> questions_of(v4.new_notebook(cells=cells), "hw")
        (NotebookQuestion(title='7. Your turn', notebook='hw', answers=['mse'], graded=['test-mse']),)
    """
    found: list[NotebookQuestion] = []
    defined: dict[str, NotebookQuestion] = {}
    heading, used = "", set[str]()
    for cell in nb.cells:
        about = cell.metadata.get("nbgrader", {})
        name, answers = about.get("grade_id"), about.get("solution") or about.get("task")
        if cell.cell_type == "markdown" and not about.get("solution"):
            headings = _HEADING.findall(_FENCED.sub("", cell.source))
            heading = _POINTS.sub("", headings[-1].strip()) if headings else heading
        if not name or not (answers or about.get("grade")):
            continue
        question = None if answers else _asked_about(hidden.get(name, cell.source), defined)
        if question is None and not answers and found and heading in ("", *used):
            question = found[-1]
        if question is None:
            title = f"{heading}: {name}" if heading in used else heading or name
            question = NotebookQuestion(title=title, notebook=notebook)
            found.append(question)
            used.add(heading)
        if answers:
            question.answers.append(name)
            defined |= dict.fromkeys(definitions(cell.source), question)
        if about.get("grade") or about.get("task"):
            question.graded.append(name)
    return tuple(question for question in found if question.graded)


def _asked_about(test: str, defined: Mapping[str, NotebookQuestion]) -> NotebookQuestion | None:
    names = names_used(test)
    asked = [question for name, question in defined.items() if name in names]
    return asked[-1] if asked else None
