"""Lazy import of nbgrader: without servers, kernels and converters to web pages, which grading never uses.

The packages below import all of themselves in their ``__init__``, which takes a second and more. In
their place stand packages that look for a name in a few submodules first; the whole ``__init__`` still
runs when something else is asked for. Only for a process of the kit's own.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

# For each package, the submodules in which the names stand that grading asks it for.
_SUBMODULES = {
    "nbconvert": (),
    "nbconvert.exporters": ("exporter",),
    "nbconvert.preprocessors": ("base",),
    "nbgrader": (),
    "nbgrader.auth": ("base",),
    "nbgrader.plugins": ("base", "latesubmission"),
    "nbgrader.preprocessors": (
        *("base", "ignorepattern", "latesubmissions", "limitoutput"),
        *("clearhiddentests", "clearmarkingscheme", "clearsolutions"),
    ),
}
# Optional libraries of jsonschema's, for checks of formats that no notebook uses.
_FORMATS = ("isoduration", "rfc3986_validator", "rfc3987_syntax")


def import_lazily() -> None:
    """Install lazy packages, where the real ones have not been imported yet.

    Example:
        >>> import_lazily()
        >>> from nbgrader.preprocessors import LimitOutput
        >>> LimitOutput.__module__
        'nbgrader.preprocessors.limitoutput'
    """
    for name in _FORMATS:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # Python's way to say so
    for name, submodules in _SUBMODULES.items():
        if name not in sys.modules:
            _install(name, submodules)


def _install(name: str, submodules: tuple[str, ...]) -> None:
    """Import a package as far as Python makes it before it runs its ``__init__``."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    run = spec.loader.exec_module

    def find(attribute: str) -> Any:
        if importlib.util.find_spec(f"{name}.{attribute}"):
            return importlib.import_module(f"{name}.{attribute}")
        for submodule in submodules:
            module = importlib.import_module(f"{name}.{submodule}")
            if hasattr(module, attribute):
                setattr(package, attribute, getattr(module, attribute))
                return getattr(package, attribute)
        del package.__dict__["__getattr__"]  # or what is missing in there would ask here, for ever
        run(package)
        return getattr(package, attribute)

    package.__dict__["__getattr__"] = find
    _bind_in_parent(name, package)


def _bind_in_parent(name: str, package: ModuleType) -> None:
    sys.modules[name] = package
    parent, _, own = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], own, package)
