"""Private folder of a course, ``.rainfall``: of its owner, or of the group that shares the course."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


class PrivateFolder:
    """The folder of a course that holds its secret, its journals and its lock.

    Args:
        root: the course's folder; the private one is made there when there is none.
        group_shared: whether the course's group may read and write in it.

    Attributes:
        path: the folder.
        file_mode: the permissions of a file in it.
    """

    def __init__(self, root: Path, *, group_shared: bool = False) -> None:
        self.path = root / ".rainfall"
        self.path.mkdir(mode=0o700, exist_ok=True)
        self.file_mode = 0o660 if group_shared else 0o600
        if group_shared:
            self._permit(self.path, 0o2770)

    def protect(self, path: Path) -> None:
        """Give one of its files its permissions, whatever they were."""
        self._permit(path, self.file_mode)

    def _permit(self, path: Path, mode: int) -> None:
        with contextlib.suppress(PermissionError):  # it is another grader's, who has done it
            path.chmod(mode)
