"""Lets nbgrader be imported without what grading never uses: servers, kernels, converters to web pages.

The packages below import all of themselves at their front door, which takes a second and more. Behind the
doors that are put up here a name is looked for in a few rooms first; the whole package is still imported
when something else is asked for. Only for a process of the kit's own.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import ModuleType

# For each package, the modules in which what grading asks of it stands.
_ROOMS = {
    "nbconvert": (),
    "nbconvert.exporters": ("exporter",),
    "nbconvert.preprocessors": ("base",),
    "nbgrader": (),
    "nbgrader.auth": ("base",),
    "nbgrader.plugins": ("base", "latesubmission"),
    "nbgrader.preprocessors": ("base", "ignorepattern", "latesubmissions", "limitoutput"),
}
# What jsonschema builds checkers of formats with, which no notebook uses; it goes without where it is
# missing.
_FORMATS = ("isoduration", "rfc3986_validator", "rfc3987_syntax")


def import_lazily() -> None:
    """Put up the doors, where the packages have not been imported yet.

    Example:
        >>> import_lazily()
        >>> from nbgrader.preprocessors import LimitOutput
        >>> LimitOutput.__module__
        'nbgrader.preprocessors.limitoutput'
    """
    for name in _FORMATS:
        sys.modules.setdefault(name, None)  # type: ignore[arg-type]  # Python's way to say so
    for name, rooms in _ROOMS.items():
        if name not in sys.modules:
            _put_up_door(name, rooms)


def _put_up_door(name: str, rooms: tuple[str, ...]) -> None:
    """The package as Python makes it before it runs its code."""
    spec = importlib.util.find_spec(name)
    assert spec is not None
    assert spec.loader is not None
    package = importlib.util.module_from_spec(spec)
    run = spec.loader.exec_module

    def find(attribute: str) -> Any:
        if importlib.util.find_spec(f"{name}.{attribute}"):
            return importlib.import_module(f"{name}.{attribute}")
        for room in rooms:
            module = importlib.import_module(f"{name}.{room}")
            if hasattr(module, attribute):
                setattr(package, attribute, getattr(module, attribute))
                return getattr(package, attribute)
        del package.__dict__["__getattr__"]
        run(package)
        return getattr(package, attribute)

    package.__dict__["__getattr__"] = find
    _stand_in_parent(name, package)


def _stand_in_parent(name: str, package: ModuleType) -> None:
    sys.modules[name] = package
    parent, _, own = name.rpartition(".")
    if parent:
        setattr(sys.modules[parent], own, package)
