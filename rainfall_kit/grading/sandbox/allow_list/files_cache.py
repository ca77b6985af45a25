"""Cache on disk of files that take long to make, one zip file for each set of sources.

It lies in the user's own cache folder, of which no sandbox sees anything. Who can write there is the user,
and could as well change the kit.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_MOST_KEPT = 8


def cached_files(
    sources: Mapping[str, bytes], make: Callable[[], dict[str, bytes]]
) -> dict[str, bytes]:
    """The files that `make` gives, made once for the same sources and the same Python.

    A cache that cannot be read or written, or is somebody else's, is done without.

    Args:
        sources: all that the files are made from, by path.
        make: makes them, by path.
    """
    if (folder := _folder()) is None:
        return make()
    cache = folder / f"{_digest(sources)}.zip"
    with contextlib.suppress(OSError, zipfile.BadZipFile):
        return _read(cache)
    files = make()
    with contextlib.suppress(
        OSError, ValueError
    ):  # a path that is no text has no place in a zip file
        _write(cache, files)
    return files


def _folder() -> Path | None:
    """Where the XDG specification has a user's caches; None for a user without a home."""
    places = os.environ.get("XDG_CACHE_HOME", ""), os.path.expanduser("~/.cache")  # noqa: PTH111  raises nothing
    return next((Path(place, "rainfall_kit") for place in places if os.path.isabs(place)), None)  # noqa: PTH117


def _digest(sources: Mapping[str, bytes]) -> str:
    digest = hashlib.sha256(sys.version.encode())
    for path, content in sorted(sources.items()):
        name = os.fsencode(path)
        digest.update(b"%d %d:%b%b" % (len(name), len(content), name, content))
    return digest.hexdigest()


def _read(cache: Path) -> dict[str, bytes]:
    with cache.open("rb") as file:
        about = os.fstat(file.fileno())
        if about.st_uid != os.geteuid() or about.st_mode & 0o022:
            raise PermissionError(f"others may write {cache}")
        with zipfile.ZipFile(file) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def _write(cache: Path, files: Mapping[str, bytes]) -> None:
    """Write it whole or not at all, and remove the oldest where there are many."""
    cache.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=cache.parent, suffix=".new", delete=False) as file:
        try:
            with zipfile.ZipFile(file, "w") as archive:
                for path, content in files.items():
                    archive.writestr(path, content)
            Path(file.name).replace(cache)
        except BaseException:
            Path(file.name).unlink()
            raise
    there = sorted(cache.parent.glob("*.zip"), key=lambda path: path.stat().st_mtime)
    for old in there[:-_MOST_KEPT]:
        old.unlink(missing_ok=True)
