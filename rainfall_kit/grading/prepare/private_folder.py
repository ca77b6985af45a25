"""Private folder of a course, ``.rainfall``: of its owner, or of the group that shares the course."""

from __future__ import annotations

import contextlib
import os
import tempfile
from pathlib import Path

from rainfall_kit.errors import CourseError


class PrivateFolder:
    """The folder of a course that holds its secret, its journals and its lock.

    Args:
        root: the course's folder; the private one is made there when there is none.
        group_shared: whether the course's group may read and write in it.

    Attributes:
        path: the folder.
        file_mode: the permissions of a file in it.

    Raises:
        CourseError: something else has its name.
    """

    def __init__(self, root: Path, *, group_shared: bool = False) -> None:
        self.path = root / ".rainfall"
        try:
            self.path.mkdir(mode=0o700, exist_ok=True)
        except FileExistsError as problem:
            raise CourseError(
                f"{self.path} must be a folder, for the secret and the journals of the course, and is "
                f"something else. Try: another name for it, as by mv {self.path} {self.path}.old"
            ) from problem
        except OSError as problem:
            raise not_written(self.path, problem) from problem
        self.file_mode = 0o660 if group_shared else 0o600
        if group_shared:
            self._permit(self.path, 0o2770)

    def write(self, path: Path, content: bytes, *, over: bool = True) -> None:
        """Write one of its files: all of it or nothing.

        A full disk shows itself before the file has its name.

        Args:
            path: the file.
            content: what it is to hold.
            over: whether it takes the place of what another process has written meanwhile.

        Raises:
            CourseError: the system refuses it, for want of room perhaps.
        """
        try:
            self._write(path, content, over=over)
        except OSError as problem:
            raise not_written(path, problem) from problem

    def _write(self, path: Path, content: bytes, *, over: bool) -> None:
        number, name = tempfile.mkstemp(prefix=f".{path.name}-", dir=self.path)
        try:
            with os.fdopen(number, "wb") as stream:
                stream.write(content)
                stream.flush()
                os.fsync(number)
            self.protect(Path(name))
            if over:
                Path(name).replace(path)
            else:
                _link(Path(name), path)
        finally:
            Path(name).unlink(missing_ok=True)

    def protect(self, path: Path) -> None:
        """Give one of its files its permissions, whatever they were."""
        self._permit(path, self.file_mode)

    def _permit(self, path: Path, mode: int) -> None:
        with contextlib.suppress(PermissionError):  # it is another grader's, who has done it
            path.chmod(mode)


def not_written(path: Path, problem: OSError) -> CourseError:
    """The error that says why a file of the folder was not written, and what to do."""
    return CourseError(
        f"{path} was not written: {problem.strerror or problem}. Try: the same command again, when the disk "
        "has room and this account may write there"
    )


def _link(written: Path, path: Path) -> None:
    try:
        os.link(written, path)
    except FileExistsError:  # another process was sooner
        pass
    except OSError:  # a file system without links
        written.rename(path)
