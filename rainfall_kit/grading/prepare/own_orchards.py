"""Own orchards of a course: the setting, the key that is given out beside a notebook, and whose is which."""

from __future__ import annotations

import hashlib
import hmac
from pathlib import Path
from typing import TYPE_CHECKING

from traitlets import Unicode
from traitlets.config import Configurable

from rainfall_kit.errors import CourseError, RecordError
from rainfall_kit.grading.prepare.course import source_folder
from rainfall_kit.lesson.own_orchard import FILE, OrchardKey, orchard_of, seed_of

if TYPE_CHECKING:
    from nbformat import NotebookNode
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    from rainfall_kit.lesson.orchard import Orchard

# A notebook that calls it has something that an orchard of one's own changes.
_CALL = "own_orchard"


class OwnOrchards(Configurable):
    """Configured as nbgrader's own classes are: ``c.OwnOrchards.key = "autumn 2027"``."""

    key = Unicode(
        "",
        help="Any words. With them each student has an orchard of their own wherever a notebook calls "
        "own_orchard(), as each notebook of the course does. Other words make other orchards, so keep them "
        "from the day that an assignment is generated to the day that it is graded. Empty: the lesson's "
        "five regions for all.",
    ).tag(config=True)


def key_of(config: Config, assignment: str) -> str:
    """The key of an assignment, as the configuration has it; empty where own orchards are off.

    Example:
        >>> from traitlets.config import Config
        >>> config = Config({"OwnOrchards": {"key": "autumn 2027"}})
        >>> key_of(config, "learning_rate") == key_of(config, "loss"), key_of(Config(), "loss")
        (False, '')
    """
    words = OwnOrchards(config=config).key
    if not words:
        return ""
    return hmac.new(words.encode(), assignment.encode(), hashlib.sha256).hexdigest()


def release_orchard_key(nb: NotebookNode, folder: Path, config: Config, assignment: str) -> None:
    """Write the key beside a notebook that asks for an orchard of one's own; a former one goes.

    Args:
        nb: the notebook as it is given out.
        folder: where it is given out.
        config: of the course.
        assignment: its name.
    """
    key = key_of(config, assignment)
    place = folder / FILE
    if not key:
        place.unlink(missing_ok=True)
    elif calls_for_one(nb):
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(f"{OrchardKey(key=key).to_json()}\n", encoding="utf-8")


def calls_for_one(nb: NotebookNode) -> bool:
    """True if a notebook asks for an orchard of one's own."""
    return any(cell.cell_type == "code" and _CALL in cell.source for cell in nb.cells)


def given_out_key(folders: CourseDirectory, assignment: str) -> str:
    """The key that students were given, whatever the configuration says by now; empty if they have none.

    nbgrader removes what was given out when it generates an assignment, before it may refuse to: then it is
    the key of the configuration.

    Raises:
        CourseError: its file cannot be read.
    """
    place = Path(folders.format_path(folders.release_directory, ".", assignment), FILE)
    try:
        return OrchardKey.from_json(place.read_text(encoding="utf-8")).key
    except FileNotFoundError:
        if any(place.parent.glob("*.ipynb")):
            return ""
        sources = source_folder(folders, assignment).glob("*.ipynb")
        asks = any(_CALL in path.read_text(encoding="utf-8") for path in sources)
        return key_of(folders.config, assignment) if asks else ""
    except (OSError, UnicodeDecodeError, RecordError) as problem:
        raise CourseError(
            f"{place} cannot be read: {problem}. Try: nbgrader generate_assignment {assignment} --force"
        ) from problem


def orchard_of_student(folders: CourseDirectory, assignment: str, student: str) -> Orchard:
    """The orchard that a student has in an assignment.

    Raises:
        CourseError: there is no such assignment, or all have the lesson's regions in it.
    """
    if not source_folder(folders, assignment).is_dir():
        raise CourseError(
            f"there is no assignment {assignment!r} in {folders.root}. Try: the name of a folder in source"
        )
    key = given_out_key(folders, assignment)
    if not key:
        raise CourseError(
            f"{assignment} was given out without orchards of their own: all have the lesson's five regions. "
            'Try: c.OwnOrchards.key = "autumn 2027" in nbgrader_config.py, then nbgrader generate_assignment '
            f"{assignment} --force, for a notebook that calls own_orchard()"
        )
    return orchard_of(seed_of(key, student))
