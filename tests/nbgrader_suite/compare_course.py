"""Comparison of one assignment's grades, cell by cell, by stock nbgrader and by the engine.

    python tests/nbgrader_suite/compare_course.py FOLDER_OF_SOURCE_NOTEBOOKS ...

Each folder becomes the assignment of a temporary course. Its solution, a blank copy and a broken one are handed in.
"""

from __future__ import annotations

import argparse
import contextlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import nbformat
from nbgrader.api import Gradebook

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from nbformat import NotebookNode

NAME = "assignment"
ENGINE = "c.Autograde.exporter_class = 'rainfall_kit.grading.exporter.EngineExporter'\n"
CONFIG = f"""\
c = get_config()
c.CourseDirectory.course_id = "compared"
c.ClearSolutions.code_stub = {{"python": "raise NotImplementedError()", "R": "stop('not written')"}}
c.CourseDirectory.db_assignments = [{{"name": "{NAME}"}}]
c.Execute.timeout = 120
"""

Cells = dict[tuple[str, str], str]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+", type=Path, metavar="FOLDER")
    differences = 0
    for folder in parser.parse_args().folders:
        with tempfile.TemporaryDirectory() as temporary:
            course = make_course(folder, Path(temporary, "course"))
            grades = {
                "stock": graded(shutil.copytree(course, Path(temporary, "stock")), ""),
                "engine": graded(shutil.copytree(course, Path(temporary, "engine")), ENGINE),
            }
        told = list(differing(**grades))
        cells = sum(map(len, grades["stock"].values()))
        print(f"{folder}: {cells} cells of {len(grades['stock'])} submissions, {len(told)} differ")
        for line in told:
            print(f"    {line}")
        differences += len(told)
    return 1 if differences else 0


def make_course(source: Path, course: Path) -> Path:
    """A course with the source as its assignment, given out and handed in."""
    shutil.copytree(source, course / "source" / NAME)
    header = source.parent / "header.ipynb"
    (course / "nbgrader_config.py").write_text(CONFIG + _header_of(header, course))
    nbgrader(course, "update", "source")  # older courses need it
    nbgrader(course, "generate_assignment", NAME, "--IncludeHeaderFooter.footer=")
    for student, change in SUBMISSIONS.items():
        handed_in = course / "submitted" / student / NAME
        shutil.copytree(course / "release" / NAME, handed_in)
        for path in handed_in.glob("*.ipynb"):
            own = nbformat.read(course / "source" / NAME / path.name, as_version=4)
            nb = nbformat.read(path, as_version=4)
            change(nb, {name: cell.source for name, cell in _answers(own).items()})
            nbformat.write(nb, path)
    return course


def _header_of(header: Path, course: Path) -> str:
    if not header.is_file():
        return ""
    shutil.copy(header, course / "source" / "header.ipynb")
    return "c.IncludeHeaderFooter.header = 'source/header.ipynb'\n"


def _answers(nb: NotebookNode) -> dict[str, NotebookNode]:
    known = ((cell.metadata.get("nbgrader", {}), cell) for cell in nb.cells)
    return {facts["grade_id"]: cell for facts, cell in known if facts.get("solution")}


def solve(nb: NotebookNode, solutions: Mapping[str, str]) -> None:
    for name, cell in _answers(nb).items():
        cell.source = solutions.get(name, cell.source)


def leave_blank(nb: NotebookNode, solutions: Mapping[str, str]) -> None:
    pass


def break_two_of_three(nb: NotebookNode, solutions: Mapping[str, str]) -> None:
    """Of every three answers, the first is right, the second stays blank and the third raises an error."""
    changed = dict(solutions)
    for number, (name, cell) in enumerate(_answers(nb).items()):
        if number % 3 == 1:
            changed[name] = cell.source
        elif number % 3 == 2 and cell.cell_type == "code":
            changed[name] = f"raise ValueError('mine')\n{cell.source}"
    solve(nb, changed)


SUBMISSIONS: Mapping[str, Callable[[NotebookNode, Mapping[str, str]], None]] = {
    "solution": solve,
    "blank": leave_blank,
    "broken": break_two_of_three,
}


def graded(course: Path, line: str) -> dict[str, Cells]:
    """For each student what nbgrader's gradebook says of each graded cell."""
    with (course / "nbgrader_config.py").open("a") as config:
        config.write(line)
    nbgrader(course, "autograde", NAME, *(["--EngineExporter.trial=False"] if line else []))
    assert (course / ".rainfall").is_dir() == bool(line), (
        "the engine leaves its journal, and stock nothing"
    )
    with Gradebook(f"sqlite:///{course / 'gradebook.db'}") as gradebook:
        found = {}
        for student in SUBMISSIONS:
            found[student] = cells = {}
            with contextlib.suppress(Exception):  # stock has not graded it
                for notebook in gradebook.find_submission(NAME, student).notebooks:
                    for grade in notebook.grades:
                        points = "by hand" if grade.needs_manual_grade else f"{grade.auto_score:g}"
                        cells[notebook.name, grade.name] = f"{points} of {grade.max_score:g}"
        return found


def nbgrader(course: Path, *words: str) -> None:
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    }
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=course,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        errors = [line for line in done.stderr.splitlines() if "ERROR" in line or "Error:" in line]
        print(
            f"  nbgrader {' '.join(words)} ended with code {done.returncode}:",
            *errors[-6:],
            sep="\n    ",
        )


def differing(stock: Mapping[str, Cells], engine: Mapping[str, Cells]) -> Iterator[str]:
    for student, cells in stock.items():
        for name in sorted({*cells, *engine[student]}):
            points = cells.get(name, "not graded"), engine[student].get(name, "not graded")
            if points[0] != points[1]:
                yield f"{student}: {'/'.join(name)}: stock {points[0]}, engine {points[1]}"


if __name__ == "__main__":
    sys.exit(main())
