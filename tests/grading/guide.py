"""The instructor's guide, read by tests: its commands, its files, and the notebook that it describes."""

import re
from pathlib import Path
from typing import NamedTuple

from nbformat import v4

TEXT = (Path(__file__).parents[2] / "assignments" / "GUIDE.md").read_text("utf-8")
CELL = re.compile(
    r"^(Heading|Read-only|Autograded answer|Autograded tests|Manually graded answer)(?: `([\w-]+)`)?"
    r"(?:, (\d+) points)?:\n\n```(python|markdown)\n(.*?)```",
    re.MULTILINE | re.DOTALL,
)
# What nbgrader's panel in JupyterLab writes for each kind of cell.
KINDS = {
    "Read-only": {"locked": True},
    "Autograded answer": {"solution": True},
    "Autograded tests": {"grade": True, "locked": True},
    "Manually graded answer": {"grade": True, "solution": True},
}


class Command(NamedTuple):
    """What is typed, and what one sees."""

    typed: str
    shown: str

    def fits(self, seen):
        """True if that is what one sees, where `...` stands for anything."""
        lines = [line.rstrip() for line in seen.splitlines()]
        pattern = re.escape(self.shown.strip()).replace(re.escape("..."), ".*")
        return re.fullmatch(pattern, "\n".join(lines).strip(), re.DOTALL) is not None


def commands():
    """The instructor's, in order."""
    blocks = re.findall(r"```console\n(.*?)```", TEXT, re.DOTALL)
    parts = [part for block in blocks for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]]
    return [Command(*part.split("\n", 1)) for part in parts]


def block(before, kind):
    """The block of that kind which follows a text."""
    return re.search(rf"{re.escape(before)}.*?```{kind}\n(.*?)```", TEXT, re.DOTALL)[1]


def softmax_notebook():
    """The notebook `source/softmax/softmax.ipynb`."""
    cells = []
    for kind, name, points, language, source in CELL.findall(TEXT):
        new = v4.new_code_cell if language == "python" else v4.new_markdown_cell
        cell = new(source.rstrip(), id=name or f"heading-{len(cells)}")
        if name:
            usual = {"grade": False, "solution": False, "locked": False, "task": False}
            about = {"grade_id": name, "schema_version": 3, **usual, **KINDS[kind]}
            cell.metadata["nbgrader"] = about | ({"points": int(points)} if points else {})
        cells.append(cell)
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return v4.new_notebook(cells=cells, metadata={"kernelspec": kernel})
