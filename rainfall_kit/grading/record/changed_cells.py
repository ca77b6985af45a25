"""Exporter for nbgrader's GenerateAssignment: own questions are given out, and tests may come and go.

    c.GenerateAssignment.exporter_class = "rainfall_kit.grading.record.changed_cells.ChangedCellsExporter"

nbgrader refuses to add or remove a test once submissions are graded. What is in the gradebook stays: the
scores of the other cells, and all that a person has written.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbgrader.api import Comment, Grade, MissingEntry
from nbgrader.preprocessors import SaveCells

from rainfall_kit.checks.questions.registry import open_course_questions
from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.own_orchards import release_orchard_key
from rainfall_kit.grading.prepare.released_questions import release_questions

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbformat import NotebookNode


class ChangedCellsExporter(NotebookExporter):
    """nbgrader's exporter, that saves cells beside submissions, too, and gives the course's questions out."""

    def from_notebook_node(self, nb: NotebookNode, resources: Any = None, **kw: Any) -> Any:
        """The notebook as it is given out, with what its visible tests need beside it."""
        generate: Any = self.parent
        open_course_questions(Path(generate.coursedir.root))
        text, resources = super().from_notebook_node(nb, resources, **kw)  # type: ignore[no-untyped-call]
        facts = resources["nbgrader"]
        place = generate._format_dest(facts["assignment"], facts["student"])  # noqa: SLF001  as in feedback.page
        given_out = nbformat.reads(text, as_version=4)
        release_questions(given_out, Path(place))
        release_orchard_key(given_out, Path(place), self.config, facts["assignment"])
        return text, resources

    def register_preprocessor(self, preprocessor: Any, enabled: bool = False) -> Any:
        """Register a preprocessor; in the place of nbgrader's SaveCells the one below."""
        chosen = _SaveChangedCells if preprocessor is SaveCells else preprocessor
        return super().register_preprocessor(chosen, enabled)  # type: ignore[no-untyped-call]


class _SaveChangedCells(SaveCells):  # type: ignore[misc]  # untyped
    """SaveCells, after the gradebook's cells have become those of the notebook."""

    def _create_notebook(self, nb: NotebookNode) -> None:
        with suppress(MissingEntry):
            notebook = self.gradebook.find_notebook(self.notebook_id, self.assignment_id)
            if notebook.submissions:
                self._change_cells(notebook)
        super()._create_notebook(nb)

    def _change_cells(self, notebook: Any) -> None:
        db = self.gradebook.db
        removed = list(self._removed(notebook))
        kept = sorted({cell.name for cell in removed if _by_a_person(cell)})
        if kept:
            raise CourseError(
                f"{kept[0]} of {notebook.name} has scores or comments that a person gave, and they would go "
                "with it. Try: leave the cell in the notebook, with 0 points"
            )
        place = self.notebook_id, self.assignment_id
        db.commit = db.flush  # all of it or nothing
        try:
            for cell in removed:
                for row in (*getattr(cell, "grades", ()), *getattr(cell, "comments", ()), cell):
                    db.delete(row)
            db.flush()
            db.expire(notebook)
            for name in self.new_grade_cells.keys() - {cell.name for cell in notebook.grade_cells}:
                cell = self.gradebook.add_grade_cell(name, *place, **self.new_grade_cells[name])
                self._add_rows(notebook, cell, Grade)
            for name in self.new_solution_cells.keys() - {
                cell.name for cell in notebook.solution_cells
            }:
                cell = self.gradebook.add_solution_cell(
                    name, *place, **self.new_solution_cells[name]
                )
                self._add_rows(notebook, cell, Comment)
            for name in self.new_task_cells.keys() - {cell.name for cell in notebook.task_cells}:
                cell = self.gradebook.add_task_cell(name, *place, **self.new_task_cells[name])
                self._add_rows(notebook, cell, Grade, Comment)
            for name in self.new_source_cells.keys() - {
                cell.name for cell in notebook.source_cells
            }:
                self.gradebook.add_source_cell(name, *place, **self.new_source_cells[name])
        finally:
            del db.commit
        db.commit()
        db.expire(notebook)

    def _removed(self, notebook: Any) -> Iterator[Any]:
        for cells, new in (
            (notebook.grade_cells, self.new_grade_cells),
            (notebook.solution_cells, self.new_solution_cells),
            (notebook.task_cells, self.new_task_cells),
            (notebook.source_cells, self.new_source_cells),
        ):
            yield from (cell for cell in cells if cell.name not in new)

    def _add_rows(self, notebook: Any, cell: Any, *kinds: Any) -> None:
        """Give every submission a row for a new cell, as nbgrader does where it begins one."""
        for submitted in notebook.submissions:
            for kind in kinds:
                self.gradebook.db.add(kind(cell_id=cell.id, notebook=submitted))


def _by_a_person(cell: Any) -> bool:
    return any(
        grade.manual_score is not None or grade.extra_credit is not None
        for grade in getattr(cell, "grades", ())
    ) or any(comment.manual_comment for comment in getattr(cell, "comments", ()))
