"""Cells that nbconvert can make a page of: what it gives up on is shown as what it is, a text.

>>> from nbformat import v4
>>> nb = v4.new_notebook(cells=[v4.new_markdown_cell("![x](attachment:gone.png)")])
>>> make_showable(nb)
>>> nb.cells[0].source
'    ![x](attachment:gone.png)'
"""

from __future__ import annotations

import copy
import textwrap
from typing import TYPE_CHECKING

from nbconvert import HTMLExporter
from nbformat import NotebookNode, v4

if TYPE_CHECKING:
    from collections.abc import Sequence

_NOT_SHOWN = "... An output that no page can show ...\n"


def make_showable(nb: NotebookNode) -> None:
    """Replace what nbconvert raises an error for, so that one picture that is gone costs no student the page.

    Args:
        nb: changed in place, and only where its page cannot be made.
    """
    exporter = HTMLExporter(template_name="basic")
    if _can_show(exporter, nb.cells, nb.metadata):
        return
    if not _can_show(exporter, (), nb.metadata):
        keep_kernel_alone(nb)
    for cell in nb.cells:
        if _can_show(exporter, (cell,)):
            continue
        cell.pop("attachments", None)
        if cell.cell_type != "code":
            cell.source = textwrap.indent(cell.source, "    ")  # Markdown's way to say: as it is
            continue
        for number, output in enumerate(cell.outputs):
            alone = v4.new_code_cell()
            alone.outputs = [output]
            if not _can_show(exporter, (alone,)):
                cell.outputs[number] = v4.new_output("stream", name="stdout", text=_NOT_SHOWN)


def keep_kernel_alone(nb: NotebookNode) -> None:
    """Drop all other metadata of the notebook: widgets, and whatever else an editor keeps there."""
    kernel = nb.metadata.get("kernelspec")
    nb.metadata = NotebookNode(kernelspec=kernel) if isinstance(kernel, dict) else NotebookNode()


def _can_show(
    exporter: HTMLExporter, cells: Sequence[NotebookNode], metadata: NotebookNode | None = None
) -> bool:
    nb = v4.new_notebook()
    nb.cells, nb.metadata = copy.deepcopy([*cells]), copy.deepcopy(metadata or NotebookNode())
    try:
        exporter.from_notebook_node(nb)
    except Exception:  # noqa: BLE001  # it says in many ways that it cannot
        return False
    return True
