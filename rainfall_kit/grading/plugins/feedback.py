"""Nbgrader preprocessors for feedback pages: no hidden tests, and tables that can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from nbgrader.preprocessors import ClearHiddenTests, NbGraderPreprocessor

if TYPE_CHECKING:
    from nbformat import NotebookNode

# nbgrader's page leaves no room between the columns of a text cell's table, and shows each heading's
# link to itself.
_STYLE = """
.text_cell_render table { display: block; overflow-x: auto; margin: .6em 0 1em; }
.text_cell_render th, .text_cell_render td { padding: .2em 1.6em .2em 0; }
@media (max-width: 600px) { .text_cell_render :is(th, td) { padding-right: .5em; } }
.text_cell_render thead th { border-bottom: 1px solid; vertical-align: bottom; }
.text_cell_render .anchor-link { visibility: hidden; }
.text_cell_render :hover > .anchor-link { visibility: visible; }
"""


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


class FeedbackStyle(NbGraderPreprocessor):  # type: ignore[misc]
    """Gives the tables of nbgrader's feedback pages a little more room.

    Stands in ``GenerateFeedback.preprocessors``; the page's other styles come from its template.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Add it to the page's styles."""
        resources.setdefault("inlining", {}).setdefault("css", []).append(_STYLE)
        return nb, resources
