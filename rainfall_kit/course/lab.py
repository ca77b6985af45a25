"""JupyterLab launcher, with a personal copy of the tour open."""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
from pathlib import Path

from rainfall_kit.errors import CourseError

_TOUR = Path(__file__).with_name("tour.ipynb")


def copy_tour(folder: Path) -> bool:
    """Put a fresh tour into a folder, unless one is there: that one may hold work.

    Args:
        folder: where the copy goes; made when it is not there.

    Returns:
        True where a fresh copy was made.

    Raises:
        CourseError: there is a file in the folder's place.
        OSError: the folder cannot be written; no half of a tour is left behind.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     copy_tour(Path(folder)), copy_tour(Path(folder))
        (True, False)
    """
    was_there = folder.exists()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except FileExistsError:
        raise CourseError(f"{folder} is not a folder. Try: rainfall lab {folder}-tour") from None
    path = folder / _TOUR.name
    try:
        # "x" makes the file or fails, so that not even a copy made just now is overwritten.
        copy = path.open("xb")
    except FileExistsError:
        return False
    try:
        with copy:
            copy.write(_TOUR.read_bytes())
    except OSError as problem:
        path.unlink()
        if not was_there:
            folder.rmdir()
        raise OSError(problem.errno, problem.strerror, str(path)) from None
    return True


def lab_command(folder: Path, *, port: int | None, browser: bool) -> list[str]:
    """The command line that starts JupyterLab with the folder's tour, once it is sure to start.

    Args:
        folder: holds the tour; see `copy_tour`.
        port: where the server listens, on this machine only; None takes a free one.
        browser: open one, too.

    Raises:
        CourseError: JupyterLab is not installed, or the port is taken.
        OSError: the port is not allowed.

    Example:
        >>> lab_command(Path("/home/ash"), port=None, browser=True)[2:5]
        ['jupyterlab', '--ServerApp.root_dir=/home/ash', '--LabApp.default_url=/lab/tree/tour.ipynb']
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise CourseError("JupyterLab is not installed here. Try: pip install jupyterlab")
    command = [
        *(sys.executable, "-m", "jupyterlab"),
        f"--ServerApp.root_dir={folder.absolute()}",
        f"--LabApp.default_url=/lab/tree/{_TOUR.name}",
    ]
    if port is not None:
        _check_port(port)
        # JupyterLab would quietly take the next port instead.
        command += [f"--ServerApp.port={port}", "--ServerApp.port_retries=0"]
    if not browser:
        command.append("--no-browser")
    if hasattr(os, "geteuid") and os.geteuid() == 0:
        # In a container everybody is root, and JupyterLab would not start.
        command.append("--allow-root")
    return command


def _check_port(port: int) -> None:
    with socket.socket() as probe:
        if os.name == "posix":  # a port whose server has just ended is free, as for JupyterLab
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except PermissionError as problem:
            raise PermissionError(problem.errno, problem.strerror, f"port {port}") from None
        except OSError:
            raise CourseError(
                f"port {port} is in use. Try another: rainfall lab --port {port % 65535 + 1}"
            ) from None
