"""Course's parts: its configuration, its gradebook, its exchange, and who may write in it."""

from __future__ import annotations

import difflib
import shlex
import shutil
import stat
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from nbgrader.exchange import ExchangeFactory
from nbgrader.exchange.default import ExchangeCollect
from traitlets import TraitError
from traitlets.utils.importstring import import_item

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.local_time import LocalTime, course_zone
from rainfall_kit.grading.plugins.late_penalty import DailyPenalty
from rainfall_kit.grading.prepare.course import open_course
from rainfall_kit.grading.prepare.folder_names import course_warning
from rainfall_kit.grading.prepare.kernel import KernelFolders
from rainfall_kit.grading.prepare.own_orchards import OwnOrchards
from rainfall_kit.grading.prepare.sandbox_limits import SandboxLimits
from rainfall_kit.grading.prerequisites.finding import Finding, from_error
from rainfall_kit.grading.prerequisites.permissions import can_write, closed_folder
from rainfall_kit.grading.record.database import database_state
from rainfall_kit.grading.record.tries import WatchLimits

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

# What nbgrader's applications use in the kit's place, and what is lost without it.
_EXPORTERS = {
    "Autograde": (
        "rainfall_kit.grading.exporter.EngineExporter",
        "nbgrader autograde and formgrader to grade in the sandbox",
    ),
    "GenerateFeedback": (
        "rainfall_kit.grading.feedback.page.FeedbackPage",
        "the kit's feedback pages",
    ),
    "GenerateAssignment": (
        "rainfall_kit.grading.record.changed_cells.ChangedCellsExporter",
        "tests that come or go after grading, and for questions of your own",
    ),
}
_FORMGRADER_STYLE = "rainfall_kit.grading.plugins.feedback.FormgraderStyle"
_SETTINGS = (DailyPenalty, KernelFolders, LocalTime, OwnOrchards, SandboxLimits, WatchLimits)


def look_at_course(course: Path) -> Iterator[Finding]:
    """Findings on what grading, and nbgrader's other commands, need of a course.

    Args:
        course: the folder in which nbgrader is started.
    """
    try:
        folders = open_course(course)
    except CourseError as problem:
        yield from_error("course", problem)
        return
    yield look_at_folder(folders)
    if warning := course_warning(Path(folders.root)):
        yield from_error("course", CourseError(warning), needed=False)
    yield look_at_database(folders)
    yield look_at_course_id(folders)
    yield look_at_settings(folders.config)
    yield from look_at_exporters(folders)
    yield look_at_exchange(folders)


def look_at_folder(folders: CourseDirectory) -> Finding:
    """Finding on whether this account, and where a group grades its others, can write into the course."""
    root = Path(folders.root)
    if not can_write(root):
        text = f"this account cannot write into {root}; the line below makes it its own"
        act = f'sudo chown -R "$USER" {shlex.quote(str(root))}'
        return Finding(part="course", works=False, needed=True, text=text, act=act)
    if not folders.groupshared:
        text = f"{root} can be written by this account (one that grades)"
        return Finding(part="course", works=True, needed=True, text=text)
    places = [
        root,
        *(path for path in sorted(root.iterdir()) if path.is_dir() and path.name[0] != "."),
    ]
    wanted = stat.S_ISGID | stat.S_IRWXG
    closed = [path for path in places if path.stat().st_mode & wanted != wanted]
    if closed:
        text = f"c.CourseDirectory.groupshared is True, and {closed[0]} is not its group's (g+rwxs)"
        act = f"find {shlex.quote(str(root))} -type d -exec chmod g+rwxs {{}} +"
        return Finding(part="course", works=False, needed=True, text=text, act=act)
    text = f"{root} and its folders can be written by their group"
    return Finding(part="course", works=True, needed=True, text=text)


def look_at_database(folders: CourseDirectory) -> Finding:
    """Finding on whether the gradebook opens, with the tables of the nbgrader that is installed."""
    try:
        state = database_state(folders)
    except CourseError as problem:
        return from_error("database", problem)
    text, act = {
        "none": (f"none yet: the first nbgrader generate_assignment makes {state.shown}", ""),
        "current": (f"the gradebook {state.shown} opens", ""),
        "old": (
            f"the gradebook {state.shown} was made by an older nbgrader",
            "nbgrader db upgrade",
        ),
        "unknown": (
            f"this nbgrader does not know the tables of the gradebook {state.shown}: a newer one made them",
            "pip install --upgrade nbgrader",
        ),
    }[state.tables]
    if state.tables in {"none", "old"} and shutil.which("alembic") is None:
        text += "; nbgrader starts alembic for that, which is not on the PATH"
        act = f'export PATH="{Path(sys.executable).parent}:$PATH"'
    elif state.file and not state.file.parent.is_dir():
        text = f"the gradebook is to be {state.file}, and its folder is not there"
        act = f"mkdir -p {shlex.quote(str(state.file.parent))}"
    elif state.file and state.file.is_file() and not can_write(state.file):
        text = f"this account cannot write the gradebook {state.file}; the line below lets it"
        way = "chmod g+w" if folders.groupshared else 'chown "$USER"'
        act = f"sudo {way} {shlex.quote(str(state.file))}"
    elif folders.groupshared and state.file and not group_may_write(state.file):
        text = f"c.CourseDirectory.groupshared is True, and {state.file} is not its group's (g+w)"
        act = f"chmod g+w {shlex.quote(str(state.file))}"
    return Finding(part="database", works=not act, needed=True, text=text, act=act)


def group_may_write(file: Path) -> bool:
    """True if there is no such file, or if the group of the one that there is may write it."""
    return not file.is_file() or bool(file.stat().st_mode & stat.S_IWGRP)


def look_at_course_id(folders: CourseDirectory) -> Finding:
    """Finding on the course's name, which the exchange has a folder of."""
    if folders.course_id:
        return Finding(part="course_id", works=True, text=str(folders.course_id))
    needed = str(folders.db_url).startswith("postgresql")  # which takes no course without a name
    text = "not set in nbgrader_config.py; " + (
        "a gradebook in PostgreSQL needs it" if needed else "needed only for the exchange"
    )
    act = 'c.CourseDirectory.course_id = "my-course"'
    return Finding(part="course_id", works=False, needed=needed, text=text, act=act)


def look_at_settings(config: Config) -> Finding:
    """Finding on the kit's own settings: whether each that is named there is one, and can be used."""
    try:
        for kind in _SETTINGS:
            known = kind.class_trait_names(config=True)
            for name in config[kind.__name__]:
                if name not in known:
                    near = difflib.get_close_matches(name, known, 1, 0) or known
                    text = f"there is no setting c.{kind.__name__}.{name}"
                    return Finding(
                        part="settings",
                        works=False,
                        needed=True,
                        text=text,
                        act=f"c.{kind.__name__}.{near[0]}",
                    )
            kind(config=config)
        course_zone(config)
    except (CourseError, TraitError) as problem:
        return from_error("settings", problem)
    return Finding(part="settings", works=True, text="those of the kit are known, and can be used")


def look_at_exporters(folders: CourseDirectory) -> Iterator[Finding]:
    """Findings on nbgrader's own commands: one for each that the kit is missing from, or one for all."""
    works = True
    for application, (name, purpose) in _EXPORTERS.items():
        chosen = folders.config[application].get("exporter_class")
        if not _is_one(chosen, name):
            works = False
            text = f"not in nbgrader_config.py: {application}'s exporter; needed only for {purpose}"
            act = f'c.{application}.exporter_class = "{name}"'
            yield Finding(part="nbgrader", works=False, text=text, act=act)
    if _FORMGRADER_STYLE not in repr(folders.config.HTMLExporter.get("preprocessors")):
        works = False
        text = (
            "not in nbgrader_config.py: without it, scripts of students run in formgrader's pages"
        )
        act = f'c.HTMLExporter.preprocessors = ["{_FORMGRADER_STYLE}"]'
        yield Finding(part="nbgrader", works=False, text=text, act=act)
    if works:
        text = "its commands and formgrader grade and write feedback with the kit"
        yield Finding(part="nbgrader", works=True, text=text)


def _is_one(chosen: object, name: str) -> bool:
    """True if what was configured, a class or its name, is that class or one made from it."""
    if not isinstance(chosen, str | type):
        return False
    try:
        found = import_item(chosen) if isinstance(chosen, str) else chosen
    except Exception:  # noqa: BLE001  # whatever an instructor's own module raises
        return False
    return isinstance(found, type) and issubclass(found, import_item(name))


def look_at_exchange(folders: CourseDirectory) -> Finding:
    """Finding on whether nbgrader's exchange is there, and all accounts may write into it."""
    purpose = "needed only to hand out and collect with nbgrader"
    collect = ExchangeFactory(config=folders.config).Collect(
        coursedir=folders, config=folders.config
    )
    if not isinstance(collect, ExchangeCollect):
        text = (
            f"{type(collect).__name__} is not the exchange that comes with nbgrader: not looked at"
        )
        return Finding(part="exchange", works=True, text=text)
    root = Path(collect.root)
    place = shlex.quote(str(root))
    if not root.is_dir():
        text = f"there is no {root}; {purpose}"
        act = f"sudo mkdir -p -m 777 {place}"
        return Finding(part="exchange", works=False, text=text, act=act)
    if root.stat().st_mode & 0o003 != 0o003:
        text = f"not all accounts may write into {root}; {purpose}"
        return Finding(part="exchange", works=False, text=text, act=f"sudo chmod 777 {place}")
    if folder := closed_folder(root):
        text = f"{folder} is closed to other accounts, and the exchange {root} with it; {purpose}"
        act = f"sudo chmod o+x {shlex.quote(str(folder))}"
        return Finding(part="exchange", works=False, text=text, act=act)
    return Finding(part="exchange", works=True, text=f"all accounts may write into {root}")
