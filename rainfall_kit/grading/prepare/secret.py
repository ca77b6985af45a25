"""Secret of a course, which hidden checks draw their inputs from; it never leaves the trusted side.

Each course has one, in a file that only its owner can read, or the group that shares the course, beside the
gradebook's other files and never in what is released. From it follows a seed for each graded cell.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import tempfile
from pathlib import Path

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.private_folder import PrivateFolder

_WORDS = re.compile(rb"[0-9a-f]{64}\s*")


class Secret:
    """The secret of one course.

    Args:
        root: the course's folder; the secret is made there when there is none.
        group_shared: whether the course's group may read it.

    Raises:
        CourseError: what stands there is no secret.

    Example:
        >>> import pathlib, tempfile
        >>> with tempfile.TemporaryDirectory() as course:
        ...     secret, again = Secret(pathlib.Path(course)), Secret(pathlib.Path(course))
        >>> secret.seed("hw1", "test-mse") == again.seed("hw1", "test-mse")
        True
        >>> secret.seed("hw1", "test-mse") == secret.seed("hw2", "test-mse")
        False
    """

    def __init__(self, root: Path, *, group_shared: bool = False) -> None:
        folder = PrivateFolder(root, group_shared=group_shared)
        path = folder.path / "secret"
        if not path.exists():
            _write_whole(path, secrets.token_hex(32).encode())
        folder.protect(path)
        self._key = _read(path)

    @property
    def fingerprint(self) -> str:
        """Tells one secret from another, and nothing about it."""
        return self._digest("fingerprint").hex()[:16]

    def seed(self, *names: str) -> int:
        """The seed that belongs to these names, such as an assignment and a cell."""
        return int.from_bytes(self._digest("seed", *names)[:6])

    def _digest(self, *words: str) -> bytes:
        return hmac.digest(self._key, "\0".join(words).encode(), hashlib.sha256)


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file that only its owner reads: all of it or nothing, and never over another's.

    A full disk shows itself before the file has its name. An empty secret would be everybody's.
    """
    number, name = tempfile.mkstemp(prefix=".secret-", dir=path.parent)
    try:
        with os.fdopen(number, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(number)
        try:
            os.link(name, path)
        except FileExistsError:  # another process was sooner, and its secret stands
            pass
        except OSError:  # a file system without links
            Path(name).rename(path)
    finally:
        Path(name).unlink(missing_ok=True)


def _read(path: Path) -> bytes:
    size = path.stat().st_size
    content = path.read_bytes() if size < 1000 else b""
    if not _WORDS.fullmatch(content):
        raise CourseError(
            f"{path} must hold 64 hex digits, and holds something else ({size} bytes). Hidden tests draw "
            f"their inputs from it. Try: the file from a backup, or rm {path}, after which new inputs are "
            "drawn and everybody is graded again"
        )
    return content
