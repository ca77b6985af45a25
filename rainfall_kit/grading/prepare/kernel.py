"""Kernel of a notebook: the sandbox runs Python, and refuses other languages in words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rainfall_kit.errors import CourseError

if TYPE_CHECKING:
    from collections.abc import Mapping


def check_kernel(notebook: str, kernelspec: Mapping[str, Any]) -> None:
    """Let pass a notebook in Python, and one that names no kernel.

    Raises:
        CourseError: it is in another language, which would be graded as Python.

    Example:
        >>> check_kernel("hw", {"name": "my-environment", "language": "python"})
        >>> check_kernel("hw", {"name": "ir", "language": "R"})
        Traceback (most recent call last):
        rainfall_kit.errors.CourseError: the notebook 'hw' is for the kernel 'ir' (R), and the sandbox \
        runs Python only. Try: rainfall grade --isolation=kernels, or in nbgrader \
        c.EngineExporter.isolation = 'kernels', for submissions that you trust
    """
    if not kernelspec:
        return
    name = str(kernelspec.get("name", ""))
    language = str(kernelspec.get("language") or _language_of(name))
    if not language.lower().startswith(("python", "ipython")):
        raise CourseError(
            f"the notebook {notebook!r} is for the kernel {name!r} ({language}), and the sandbox "
            "runs Python only. Try: rainfall grade --isolation=kernels, or in nbgrader "
            "c.EngineExporter.isolation = 'kernels', for submissions that you trust"
        )


def _language_of(name: str) -> str:
    """The language of a kernel whose notebook does not tell it."""
    if name.lower().startswith("python") or not name:
        return "python"
    from jupyter_client.kernelspec import KernelSpecManager, NoSuchKernel

    try:
        return str(KernelSpecManager().get_kernel_spec(name).language)
    except NoSuchKernel:
        return "not installed here"
