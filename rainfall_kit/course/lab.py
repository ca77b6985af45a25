"""JupyterLab launcher, with the start page of a personal folder open."""

from __future__ import annotations

import importlib.util
import os
import socket
import sys
from typing import TYPE_CHECKING

from rainfall_kit.course.personal_folder import START
from rainfall_kit.errors import CourseError

if TYPE_CHECKING:
    from pathlib import Path


def lab_command(folder: Path, *, port: int | None, browser: bool) -> list[str]:
    """The command line that starts JupyterLab with the folder's start page, once it is sure to start.

    Args:
        folder: holds it; see `rainfall_kit.course.personal_folder.prepare_folder`.
        port: where the server listens, on this machine only; None takes a free one.
        browser: open one, too.

    Raises:
        CourseError: JupyterLab is not installed, or the port is taken.
        OSError: the port is not allowed.

    Example:
        >>> from pathlib import Path
        >>> lab_command(Path("/home/ash"), port=None, browser=True)[2:5]
        ['jupyterlab', '--ServerApp.root_dir=/home/ash', '--LabApp.default_url=/lab/tree/start.ipynb']
    """
    if importlib.util.find_spec("jupyterlab") is None:
        raise CourseError("JupyterLab is not installed here. Try: pip install jupyterlab")
    command = [
        *(sys.executable, "-m", "jupyterlab"),
        f"--ServerApp.root_dir={folder.absolute()}",
        f"--LabApp.default_url=/lab/tree/{START}",
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
