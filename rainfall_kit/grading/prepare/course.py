"""Course files: configuration, released notebooks and submissions, where nbgrader keeps them."""

from __future__ import annotations

import ast
import fnmatch
import glob
import os
import re
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_core.paths import jupyter_config_path
from nbgrader.coursedir import CourseDirectory
from traitlets.config import Application

from rainfall_kit.checks.questions.registry import open_course_questions
from rainfall_kit.checks.tracing.late_imports import LATE_MODULE, LATE_NAMES
from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.course_preprocessors import without_answers
from rainfall_kit.grading.prepare.folder_names import (
    check_course_name,
    course_warning,
    is_text,
    name_warning,
)
from rainfall_kit.grading.prepare.notebook_reader import read_released

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from nbformat import NotebookNode
    from traitlets.config import Config

    from rainfall_kit.grading.prepare.assignment_notebook import AssignmentNotebook


def open_course(course: Path) -> CourseDirectory:
    """The folders and the gradebook of a course, as its ``nbgrader_config.py`` names them.

    The questions of its own are known from then on.

    Args:
        course: the folder in which nbgrader is started.

    Raises:
        CourseError: the folder is not there, or its configuration or a question of its own cannot be read.
    """
    if not course.is_dir():
        raise CourseError(
            f"{course} is not a folder. Try: the folder that holds nbgrader_config.py"
        )
    check_course_name(course)
    reader = Application(raise_config_file_errors=True)
    try:
        # Where nbgrader looks, the course last: its settings win.
        reader.load_config_file("nbgrader_config", [str(course), *jupyter_config_path()])
    except Exception as problem:
        raise CourseError(
            f"{course / 'nbgrader_config.py'} cannot be read: {problem}. "
            "Try: nbgrader --help-all, which lists what it may hold"
        ) from problem
    reader.config.CourseDirectory.setdefault("root", str(course.resolve()))
    folders = CourseDirectory(config=reader.config)
    open_course_questions(Path(folders.root))
    return folders


_ANYBODY = "\1"  # of no folder's name


def submission_folders(folders: CourseDirectory, assignment: str) -> dict[str, Path]:
    """The folder of each student who has handed in, and whom the gradebook can hold; sorted by student."""
    return {name: path for name, path in _all_folders(folders, assignment).items() if is_text(name)}


def name_warnings(folders: CourseDirectory, assignment: str) -> list[str]:
    """Warnings of what nbgrader or the gradebook cannot do with the names of the course's and of students' folders."""
    found = _all_folders(folders, assignment)
    warnings = [course_warning(Path(folders.root))]
    warnings += [name_warning(path, student) for student, path in found.items()]
    return [warning for warning in warnings if warning]


def _all_folders(folders: CourseDirectory, assignment: str) -> dict[str, Path]:
    place = folders.submitted_directory
    pattern = re.compile(folders.format_path(place, "(?P<student>[^/]*)", assignment, escape=True))
    # The pattern is a whole path, as the course's configuration writes it; it may hold brackets itself.
    everybody = glob.escape(folders.format_path(place, _ANYBODY, assignment)).replace(_ANYBODY, "*")
    paths = glob.glob(everybody)  # noqa: PTH207
    found = [pattern.fullmatch(path) for path in paths if Path(path).is_dir()]
    folders_found = {match["student"]: Path(match[0]) for match in found if match}
    return dict(sorted(folders_found.items()))


def released_notebooks(folders: CourseDirectory, assignment: str) -> dict[str, NotebookNode]:
    """The notebooks that were given out, by name; where those are gone, made of the source once more.

    nbgrader removes them when it generates an assignment, before it may refuse to.
    """
    folder = Path(folders.format_path(folders.release_directory, ".", assignment))
    found = {path.stem: read_released(path) for path in folder.glob("*.ipynb")}
    if found:
        return found
    sources = source_folder(folders, assignment).glob("*.ipynb")
    return {path.stem: without_answers(read_released(path), folders) for path in sources}


def source_folder(folders: CourseDirectory, assignment: str) -> Path:
    """The folder of the notebooks as the instructor wrote them."""
    return Path(folders.format_path(folders.source_directory, ".", assignment))


def instructors_files(folders: CourseDirectory, assignment: str) -> dict[str, bytes]:
    """The files beside the source notebooks: each replaces what students hand in under its name.

    Without those that ``c.Autograde.exclude_overwriting`` leaves to the students.
    """
    folder = source_folder(folders, assignment)
    paths = _files_below(folder, (*folders.ignore, "*.ipynb"))
    # Not of Autograde itself: to import it loads all of kernels.
    theirs = {**folders.config.Autograde.get("exclude_overwriting", {})}.get(assignment, ())
    kept = {folder / name for name in theirs}
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in paths if path not in kept
    }


def _files_below(folder: Path, ignored: Sequence[str]) -> Iterator[Path]:
    """The files in it whose names, and whose folders' names, match none of the patterns that are ignored.

    nbgrader's own ignores nothing, not even notebooks, where the path has brackets.
    """

    def is_kept(name: str) -> bool:
        return not any(fnmatch.fnmatch(name, pattern) for pattern in ignored)

    for place, inside, names in os.walk(folder):
        inside[:] = filter(is_kept, inside)
        yield from (Path(place, name) for name in filter(is_kept, names))


def code_to_run(
    released: Mapping[str, NotebookNode], notebooks: Sequence[AssignmentNotebook]
) -> list[str]:
    """The code cells of an assignment, as given out and as graded, but for those judged by values."""
    known = [cell for notebook in notebooks for cell in notebook.cells]
    by_values = {cell.name for cell in known if cell.required}
    given_out = [
        cell.source
        for nb in released.values()
        for cell in nb.cells
        if cell.cell_type == "code"
        and cell.metadata.get("nbgrader", {}).get("grade_id") not in by_values
    ]
    hidden = [
        cell.source for cell in known if cell.name not in by_values and cell.cell_type == "code"
    ]
    return [*given_out, *hidden]


def graded_permissions(folders: CourseDirectory) -> int:
    """The permissions of graded files, that nbgrader's Autograde would give them."""
    for name in ("Autograde", "BaseConverter"):
        if "permissions" in folders.config[name]:
            return int(str(folders.config[name].permissions), 8)
    return 0o664 if folders.groupshared else 0o444


def cell_seconds(config: Config) -> float:
    """The timeout that nbgrader's Execute would have, read without Execute: that loads all of kernels.

    Example:
        >>> from traitlets.config import Config
        >>> cell_seconds(Config({"Execute": {"timeout": 20}})), cell_seconds(Config())
        (20.0, 30.0)
    """
    for name in ("Execute", "ExecutePreprocessor", "NotebookClient"):
        if "timeout" in config[name]:
            given = config[name].timeout  # a text, where it comes from the command line
            seconds = -1.0 if given is None or str(given) == "None" else float(given)
            return seconds if seconds > 0 else 600.0  # nbgrader would wait for ever
    return 30.0


def imported_modules(sources: Iterable[str]) -> tuple[str, ...]:
    """The modules that code cells import, and those that torch imports when they call it.

    Example:
        >>> imported_modules(["import torch", "optimizer = torch.optim.SGD([w, b], lr=1e-5)"])
        ('torch', 'torch._dynamo')
    """
    return tuple(sorted({name for source in sources for name in _imports(source)}))


def _imports(source: str) -> Iterable[str]:
    plain = "\n".join(line for line in source.splitlines() if not line.startswith(("%", "!")))
    try:
        tree = ast.parse(plain)
    except (SyntaxError, ValueError):
        return
    for statement in tree.body:
        if isinstance(statement, ast.Import):
            yield from (alias.name for alias in statement.names)
        elif isinstance(statement, ast.ImportFrom) and statement.module and not statement.level:
            yield statement.module
    if any(isinstance(node, ast.Attribute) and node.attr in LATE_NAMES for node in ast.walk(tree)):
        yield LATE_MODULE
