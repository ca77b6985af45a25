"""Jupyter's parts: the kernel python3, formgrader's extensions, and a hub."""

from __future__ import annotations

import importlib.metadata
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel
from jupyter_core.paths import jupyter_config_path, jupyter_path
from traitlets.config import Application

from rainfall_kit import installation
from rainfall_kit.grading.prerequisites.finding import Finding
from rainfall_kit.grading.prerequisites.permissions import closed_folder

if TYPE_CHECKING:
    from collections.abc import Iterator

_SERVER_EXTENSION = "nbgrader.server_extensions.formgrader"
_LAB_EXTENSION = "@jupyter/nbgrader"
_IMPORTED = ("ipykernel", "torch", "rainfall_kit")
_START_SECONDS = 120
_FOR_FORMGRADER = "needed only for formgrader"
_FOR_HUB = "needed only for a hub"


def look_at_kernel() -> Finding:
    """Finding on whether the kernel python3 is there, with a Python that imports what notebooks need."""
    try:
        spec = KernelSpecManager().get_kernel_spec("python3")
    except NoSuchKernel:
        return _no_kernel("there is no kernel python3", "pip install ipykernel")
    act = f"{sys.executable} -m ipykernel install {_place(spec.resource_dir)} --name python3"
    first = spec.argv[0] if spec.argv else ""
    # Jupyter itself takes its own Python for such a name.
    own = {"python", "python3", f"python3.{sys.version_info.minor}"}
    python = sys.executable if first in own else shutil.which(first)
    if python is None:
        return _no_kernel(f"the kernel python3 is to start {first!r}, which is not there", act)
    try:
        done = subprocess.run(  # noqa: S603  # what Jupyter would start, too
            [python, "-c", f"import {', '.join(_IMPORTED)}"],
            cwd="/",  # no folder of the course, where a torch.py may lie
            env={**os.environ, **spec.env},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=_START_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as problem:
        return _no_kernel(f"the kernel's {python} does not start: {problem}", act)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["no word"])[-1]
        return _no_kernel(f"the kernel's {python} cannot import what notebooks need: {said}", act)
    text = f"python3 starts {python}, which imports {', '.join(_IMPORTED)}"
    return Finding(part="kernel", works=True, text=text)


def _no_kernel(text: str, act: str) -> Finding:
    text += "; needed only for notebooks, and to grade with ordinary kernels"
    return Finding(part="kernel", works=False, text=text, act=act)


def _place(folder: str) -> str:
    """The option of ipykernel's that puts a kernel where this one is, or beside this Python."""
    if Path(folder).match("share/jupyter/kernels/*"):
        return f"--prefix {shlex.quote(str(Path(folder).parents[3]))}"
    return "--sys-prefix"


def look_at_formgrader() -> Finding:
    """Finding on whether formgrader's page and its menu are enabled, as Jupyter's configuration files say."""
    from jupyter_server.extension.config import ExtensionConfigManager
    from jupyterlab_server.config import get_page_config

    def missing(text: str, act: str) -> Finding:
        text = f"{text}; {_FOR_FORMGRADER}"
        return Finding(part="formgrader", works=False, text=text, act=act)

    server = ExtensionConfigManager(read_config_path=jupyter_config_path())
    if not server.enabled(_SERVER_EXTENSION):  # type: ignore[no-untyped-call]  # Jupyter's
        return missing(
            f"the server extension {_SERVER_EXTENSION} is not enabled",
            f"jupyter server extension enable --sys-prefix {_SERVER_EXTENSION}",
        )
    page = get_page_config(jupyter_path("labextensions"))
    if _LAB_EXTENSION not in {one["name"] for one in page["federated_extensions"]}:
        return missing(
            f"the JupyterLab extension {_LAB_EXTENSION} is not installed",
            "pip install --force-reinstall --no-deps nbgrader",
        )
    if _LAB_EXTENSION in page["disabledExtensions"]:
        return missing(
            f"the JupyterLab extension {_LAB_EXTENSION} is disabled",
            f"jupyter labextension enable {_LAB_EXTENSION}",
        )
    text = "its extensions for the server and for JupyterLab are enabled"
    return Finding(part="formgrader", works=True, text=text)


def look_at_hub() -> Iterator[Finding]:
    """Findings on JupyterHub: whether it is installed, and its needs as far as they can be seen from here."""
    try:
        version = importlib.metadata.version("jupyterhub")
    except importlib.metadata.PackageNotFoundError:
        text = "JupyterHub is not installed here; needed only where accounts share this machine"
        yield Finding(part="hub", works=False, text=text)
        return
    text = (
        f"JupyterHub {version}; formgrader needs a course below the folder that a server shows: "
        "see c.Spawner.notebook_dir"
    )
    yield Finding(part="hub", works=True, text=text)
    yield _look_at_frame()
    yield look_at_readable(Path(sys.executable).resolve(), installation.FOLDER)


def _look_at_frame() -> Finding:
    """Finding on whether single-user servers allow the frame that formgrader is shown in.

    nbgrader's documentation, "Formgrader with jupyterhub>=4.1": the hub forbids it otherwise.
    """
    part = "hub: frame"
    reader = Application(raise_config_file_errors=True)
    try:
        reader.load_config_file("jupyter_server_config", jupyter_config_path())
        policy = reader.config.ServerApp.tornado_settings["headers"]["Content-Security-Policy"]
    except (KeyError, TypeError):
        policy = ""
    except Exception as problem:  # noqa: BLE001  # whatever a configuration file raises
        text = f"jupyter_server_config cannot be read: {problem}"
        return Finding(part=part, works=False, text=f"{text}; {_FOR_HUB}")
    allowed = re.search(r"frame-ancestors\s+([^;]+)", str(policy))
    if allowed and allowed[1].strip() != "'none'":
        text = f"jupyter_server_config says who may frame a server: {allowed[1].strip()}"
        return Finding(part=part, works=True, text=text)
    text = (
        "with JupyterHub 4.1 and newer formgrader stays blank unless its server may be framed, and "
        "jupyter_server_config.py says nothing of that. With c.JupyterHub.enable_subdomains, or where "
        "you trust all users, write this line into it; needed only for formgrader"
    )
    act = (
        'c.ServerApp.tornado_settings = {"headers": '
        '{"Content-Security-Policy": "frame-ancestors \'self\'"}}'
    )
    return Finding(part=part, works=False, text=text, act=act)


def look_at_readable(*paths: Path) -> Finding:
    """Finding on whether all accounts can reach what grading is made of, by the permissions of its folders."""
    part = "hub: python"
    for path in paths:
        if folder := closed_folder(path):
            text = f"{folder} is closed to other accounts, and {path} with it; {_FOR_HUB}"
            act = f"chmod o+x {shlex.quote(str(folder))}"
            return Finding(part=part, works=False, text=text, act=act)
    return Finding(part=part, works=True, text="all accounts can reach this Python and the kit")
