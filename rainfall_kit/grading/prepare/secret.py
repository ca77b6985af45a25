"""Secret of a course, which hidden checks draw their inputs from; it never leaves the trusted side.

Each course has one, in a file that only its owner can read, or the group that shares the course, beside the
gradebook's other files and never in what is released. From it follows a seed for each graded cell.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from typing import TYPE_CHECKING

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare.private_folder import PrivateFolder

if TYPE_CHECKING:
    from pathlib import Path

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
            # never over another's; an empty one would be everybody's
            folder.write(path, secrets.token_hex(32).encode(), over=False)
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


def _read(path: Path) -> bytes:
    size = path.stat().st_size
    content = path.read_bytes() if path.is_file() and size < 1000 else b""
    if not _WORDS.fullmatch(content):
        raise CourseError(
            f"{path} must hold 64 hex digits, and holds something else ({size} bytes). Hidden tests draw "
            f"their inputs from it. Try: the file from a backup, or rm {path}, after which new inputs are "
            "drawn and everybody is graded again"
        )
    return content
