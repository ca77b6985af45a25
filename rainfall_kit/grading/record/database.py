"""The gradebook's database: its URL, its state, and what it complains of in words."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import functools
import os
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from nbgrader.api import Base
from sqlalchemy import create_engine, inspect, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError

from rainfall_kit.errors import CourseError

if TYPE_CHECKING:
    from collections.abc import Iterator

    from nbgrader.coursedir import CourseDirectory
    from sqlalchemy import Inspector

# Whatever the database complains of, for modules that do not know it.
GradebookError = SQLAlchemyError
# SQLite's own limit is 512, with "-journal" behind the name.
_MOST_PATH_BYTES = 504
# What to do about what SQLite, or the system, says.
_ADVICE = {
    "is locked": "Another program is writing to it: nbgrader, formgrader or a database browser. "
    "Try: the same command again, when that is done or closed",
    "readonly": "Try: the account that owns it; or, where a group grades, chmod g+w for the file and its folder",
    "Permission denied": "Try: the account that owns it",
    "is full": "Try: the same command again, when there is room on the disk",
    "not a database": "Try: the file from a backup",
    "malformed": "Try: the file from a backup",
}


def database_url(folders: CourseDirectory) -> str:
    """The URL of the gradebook's database, that holds wherever this process stands.

    Raises:
        CourseError: it is none.
    """
    try:
        url = make_url(folders.db_url)
    except ArgumentError:  # without the URL, in which a password may stand
        raise CourseError(
            "the gradebook's db_url is no database's URL. Look at: db_url in nbgrader_config.py, "
            "such as sqlite:///gradebook.db or postgresql+psycopg://user@host/database"
        ) from None
    if url.get_backend_name() == "sqlite" and url.database:
        # nbgrader is started in the course, and means a path from there.
        url = url.set(database=str(Path(folders.root, url.database)))
        return url.render_as_string(hide_password=False)
    return str(folders.db_url)


def has_tables(url: str) -> bool:
    """True if there are nbgrader's tables; no database is made.

    Raises:
        SQLAlchemyError: it cannot be opened.
    """
    # Both Gradebook and SQLite make a database where there is none.
    database = make_url(url)
    if database.get_backend_name() == "sqlite" and not Path(database.database or "").is_file():
        return False
    engine = create_engine(database)
    try:
        return bool(inspect(engine).has_table("assignment"))
    finally:
        engine.dispose()


def shown_url(url: str) -> str:
    """The URL without its password."""
    return make_url(url).render_as_string(hide_password=True)


def said_by(problem: SQLAlchemyError) -> str:
    """The database's own words, in one line."""
    return str(getattr(problem, "orig", None) or problem).strip().partition("\n")[0]


def advice_on(said: str, otherwise: str = "Try: the same command again, once it answers") -> str:
    """A remedy, in words."""
    return next((act for words, act in _ADVICE.items() if words in said), otherwise)


@contextlib.contextmanager
def told_in_words(url: str) -> Iterator[None]:
    """Open a gradebook inside: what its database complains of is told with what to do.

    Raises:
        CourseError: the database cannot be opened.
    """
    path = _sqlite_path(url)
    size = len(os.fsencode(path)) if path else 0
    if size > _MOST_PATH_BYTES:
        raise CourseError(
            f"the gradebook's path {path} has {size} bytes, and SQLite opens none of more than "
            f"{_MOST_PATH_BYTES}. Try: move the course to a shorter path"
        )
    try:
        yield
    except ModuleNotFoundError as problem:  # the database's driver
        raise CourseError(
            f"the gradebook {shown_url(url)} needs the module {problem.name}, which is not installed. "
            "For PostgreSQL the kit's is psycopg: db_url begins with postgresql+psycopg://. "
            "Try: pip install 'psycopg[binary]'"
        ) from problem
    except SQLAlchemyError as problem:
        said = said_by(problem)
        if path and path.is_file() and not os.access(path, os.R_OK):
            said = os.strerror(errno.EACCES)
        otherwise = "Look at: db_url in nbgrader_config.py, and whether that database answers"
        raise CourseError(
            f"the gradebook {shown_url(url)} cannot be opened: {said}. {advice_on(said, otherwise)}"
        ) from problem


@dataclasses.dataclass(frozen=True, kw_only=True)
class DatabaseState:
    """A gradebook's database, as it was found.

    Attributes:
        shown: its URL, without a password.
        file: where it is, if it is a file.
        tables: ``"none"`` where nbgrader has still to make them; ``"old"`` where they are those of an
            older nbgrader; ``"unknown"`` where this one does not know them.
    """

    shown: str
    file: Path | None
    tables: Literal["none", "current", "old", "unknown"]


def database_state(folders: CourseDirectory) -> DatabaseState:
    """Look at the gradebook's database; none is made.

    Raises:
        CourseError: it cannot be opened.
    """
    from alembic.migration import MigrationContext
    from alembic.script import ScriptDirectory
    from nbgrader.dbutil import ALEMBIC_DIR

    url = database_url(folders)
    seen = functools.partial(DatabaseState, shown=shown_url(url), file=_sqlite_path(url))
    with told_in_words(url):
        if not has_tables(url):
            return seen(tables="none")
        engine = create_engine(url)
        try:
            with engine.connect() as connection:
                revision = MigrationContext.configure(connection).get_current_revision()
                # One whose making was stopped before its version was written works all the same.
                if revision is None and _has_every_column(inspect(connection)):
                    return seen(tables="current")
        finally:
            engine.dispose()
    # As "nbgrader db upgrade" finds out what there is to do.
    newest, *older = (one.revision for one in ScriptDirectory(ALEMBIC_DIR).walk_revisions())
    if revision == newest:
        return seen(tables="current")
    return seen(tables="old" if revision is None or revision in older else "unknown")


def _has_every_column(found: Inspector) -> bool:
    """True if a database has all that this nbgrader's tables have."""
    return all(
        found.has_table(name)
        and {column.name for column in table.columns}
        <= {column["name"] for column in found.get_columns(name)}
        for name, table in Base.metadata.tables.items()
    )


def _sqlite_path(url: str) -> Path | None:
    database = make_url(url)
    is_file = database.get_backend_name() == "sqlite" and database.database
    return Path(str(database.database)) if is_file else None
