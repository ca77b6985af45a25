"""Keeps hidden tests out of the pages that students get back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor

if TYPE_CHECKING:
    from nbformat import NotebookNode

__all__ = ["HideHiddenTests"]


class HideHiddenTests(NbGraderPreprocessor):  # type: ignore[misc]  # nbgrader has no annotations
    """Takes hidden tests, and the lines of them that errors show, out of a graded notebook.

    Stands in ``GenerateFeedback.preprocessors``, so that graders still see everything.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Hide them in every cell that has some."""
        clear = ClearHiddenTests(parent=self)
        begin = clear.begin_test_delimeter  # nbgrader's own spelling
        for cell in nb.cells:
            if begin not in cell.source:
                continue
            clear._remove_hidden_test_region(cell)  # noqa: SLF001  there is no other way in
            for output in cell.get("outputs", []):
                if output.output_type == "error" and output.ename != "CheckFailed":
                    output.traceback = [f"{output.ename} in a hidden test"]
                    output.evalue = ""
        return nb, resources
