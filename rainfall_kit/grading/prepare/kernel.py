"""Kernel of a notebook: the worker itself runs Python; other languages need a kernel that is installed here."""

from __future__ import annotations

import os
import shutil
import string
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from traitlets import List, Unicode
from traitlets.config import Configurable

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.sandbox.job import Kernel

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jupyter_client.kernelspec import KernelSpec
    from traitlets.config import Config


# Where Debian keeps what a language needs to start, beside the system's folders.
_SETTINGS = {"r": ("/etc/R",), "julia": ("/etc/julia",)}


class KernelFolders(Configurable):
    """Configured as nbgrader's own classes are: ``c.KernelFolders.folders = ["/opt/R"]``."""

    folders = List(
        Unicode(),
        help="Folders that another language's kernel needs, seen read-only in the sandbox beside the system's own, "
        "the kernelspec's and that of its program.",
    ).tag(config=True)


def find_kernel(notebook: str, kernelspec: Mapping[str, Any], config: Config) -> Kernel | None:
    """The kernel that runs a notebook's cells; None for Python, and where the notebook names none.

    Args:
        notebook: its name.
        kernelspec: of its metadata.
        config: the course's.

    Raises:
        CourseError: it is in another language, of which no such kernel is installed here.

    Example:
        >>> from traitlets.config import Config
        >>> find_kernel("hw", {"name": "my-environment", "language": "python"}, Config())
        >>> find_kernel("hw", {"name": "my-r", "language": "R"}, Config())
        Traceback (most recent call last):
        rainfall_kit.errors.CourseError: the notebook 'hw' is for the kernel 'my-r' (R), which is not \
        installed here. Try: jupyter kernelspec list, which names those that are
    """
    name = str(kernelspec.get("name", ""))
    language = str(kernelspec.get("language", ""))
    if not name or _is_python(language or name):
        return None
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    told = f"the notebook {notebook!r} is for the kernel {name!r}"
    told += f" ({language})" if language else ""
    try:
        spec = KernelSpecManager().get_kernel_spec(name)
    except NoSuchKernel:
        raise CourseError(
            f"{told}, which is not installed here. Try: jupyter kernelspec list, which names those that are"
        ) from None
    if _is_python(str(spec.language)):
        return None
    program = shutil.which(spec.argv[0])
    if program is None:
        raise CourseError(
            f"{told}, whose program {spec.argv[0]} is not there. Try: install it, or mend "
            f"{spec.resource_dir}/kernel.json"
        )
    settings = _SETTINGS.get(str(spec.language).lower(), ())
    return _kernel(name, spec, program, [*settings, *KernelFolders(config=config).folders])


def _kernel(name: str, spec: KernelSpec, program: str, more_folders: list[str]) -> Kernel:
    environment = {"PATH": os.pathsep.join([str(Path(program).parent), os.defpath])}
    for variable, text in spec.env.items():
        environment[variable] = string.Template(text).safe_substitute(os.environ)
    return Kernel(
        name=name,
        argv=(
            program,
            *(word.replace("{resource_dir}", spec.resource_dir) for word in spec.argv[1:]),
        ),
        environment=tuple(f"{variable}={text}" for variable, text in environment.items()),
        interrupted_by_message=spec.interrupt_mode == "message",
        folders=tuple(
            folder
            for folder in (spec.resource_dir, *_program_folders(program), *more_folders)
            if Path(folder).is_dir()
        ),
    )


def _is_python(language: str) -> bool:
    return language.lower().startswith(("python", "ipython"))


def _program_folders(program: str) -> list[str]:
    """The folders that a program is installed in, outside of the system's own and of Python's.

    A home folder, and what is above it, holds more than programs.

    Example:
        >>> _program_folders(sys.executable)
        []
    """
    prefixes = {
        path.parent.parent if path.parent.name == "bin" else path.parent
        for path in (Path(program), Path(program).resolve())
    }
    home = Path.home()
    private = {home, *home.parents, home / ".local"}
    system = (Path("/usr"), Path(sys.prefix), Path(sys.base_prefix))
    return sorted(
        str(prefix)
        for prefix in prefixes - private
        if not any(prefix.is_relative_to(place) for place in system)
    )
