"""Files of the kit inside the sandbox, an allow list: what is reached from the worker, without answers.

Nothing is hidden file by file. What student code finds of the kit is what stands here: the modules that the
fork server and the extension import, and those that these import in their turn, each as its redacted text.
"""

from __future__ import annotations

import importlib.util
import marshal
import pkgutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rainfall_kit import installation
from rainfall_kit.grading.sandbox.allow_list.files_cache import cached_files
from rainfall_kit.grading.sandbox.allow_list.redact_answers import (
    SAYS,
    added_question_files,
    imported_names,
    names_only,
    redact_functions,
    redacted_files,
    without_docstrings,
)
from rainfall_kit.grading.sandbox.outside_call import EXPLORERS

if TYPE_CHECKING:
    from collections.abc import Mapping

_KIT = __name__.partition(".")[0]
_INSIDE = f"{_KIT}.grading.sandbox.inside"
# Packages whose every module is there: the worker's own, and what it looks for by name.
_WHOLE = (_INSIDE, f"{_KIT}.notebook.magics", f"{_KIT}.checks.questions")
_SINGLE = (f"{_KIT}.notebook.extension", f"{_KIT}.checks.checking", f"{_KIT}.lesson.own_orchard")
# What works on the trusted side alone, from what a cell hands over: see `inside.outside_work`.
_OUTSIDE = (
    f"{_KIT}.checks.verdict",
    f"{_KIT}.explorers",
    f"{_KIT}.notebook.report.run_report",
)
# Methods that do the work of a question, in a module that is there for the rest of it.
_RAISING = {f"{_KIT}.quadratic.bowl": ("gradient", "after", "path", "losses")}
# Modules of which nothing but the functions' names is there.
_NAMES_ONLY = (f"{_KIT}.checks.checking",)
# An option's help is in the docstring of its magic.
_WITH_DOCSTRINGS = (f"{_KIT}.notebook.magics.",)


def kit_files() -> dict[str, bytes]:
    """Every file of the kit that student code may see; by its path."""
    own = {str(path): path.read_bytes() for path in installation.FOLDER.rglob("*.py")}
    return cached_files(own | added_question_files(), _make_kit_files)


def _make_kit_files() -> dict[str, bytes]:
    redacted = {Path(path): text.decode() for path, text in redacted_files().items()}
    texts: dict[Path, str] = {
        path: text
        for path, text in redacted.items()
        if not path.is_relative_to(installation.FOLDER)
    }
    left = [*_SINGLE, *(name for package in _WHOLE for name in _modules_of(package))]
    seen: set[str] = set()
    while left:
        name = left.pop()
        if name in seen or not _is_ours(name):
            continue
        seen.add(name)
        path = _path_of(name)
        if path is None:  # a name in a module
            continue
        text = redacted[path] if path in redacted else _redacted(name, path)
        texts[path] = text
        left += [*imported_names(text), name.rpartition(".")[0]]
    files = {str(path): text.encode() for path, text in {**texts, **_explorer_stubs()}.items()}
    return dict(sorted({**files, **_bytecode(files)}.items()))


def _bytecode(files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Byte code of these modules, so that no fork server has to make it; by the path where it looks for it."""
    made = {}
    for path, text in files.items():
        if Path(path).is_relative_to(installation.FOLDER):
            code = compile(text, path, "exec", dont_inherit=True)
            # 1: it goes by the text's hash, which is not looked at: the text is never another
            head = importlib.util.MAGIC_NUMBER + (1).to_bytes(4, "little")
            name = f"{Path(path).stem}.{sys.implementation.cache_tag}.pyc"
            content = head + importlib.util.source_hash(text) + marshal.dumps(code)
            made[str(Path(path).with_name("__pycache__") / name)] = content
    return made


def whole_kit_files() -> dict[str, bytes]:
    """The same modules and all others but the course, with the answers, for a course whose cells need them."""
    there = (
        path for path in installation.FOLDER.rglob("*") if path.suffix in (".py", ".js", ".css")
    )
    shown = (
        path
        for path in there
        if path.relative_to(installation.FOLDER).parts[0] not in ("assignments", "course")
    )
    own = {str(path): path.read_bytes() for path in sorted(shown)}
    return own | added_question_files()


def _is_ours(name: str) -> bool:
    is_outside = any(name == gone or name.startswith(f"{gone}.") for gone in _OUTSIDE)
    return name.partition(".")[0] == _KIT and not is_outside


def _modules_of(package: str) -> list[str]:
    spec = importlib.util.find_spec(package)
    assert spec is not None
    found = pkgutil.walk_packages(spec.submodule_search_locations, f"{package}.")
    return [module.name for module in found]


def _path_of(name: str) -> Path | None:
    """The file of a module of the kit; None for a name that is no module."""
    place = installation.FOLDER.joinpath(*name.split(".")[1:])
    for path in (place / "__init__.py", place.with_suffix(".py")):
        if path.is_file():
            return path
    return None


def _redacted(name: str, path: Path) -> str:
    text = path.read_text(encoding="utf-8")
    if name in _NAMES_ONLY:
        return names_only(text)
    if name in _RAISING:
        text = redact_functions(text, _RAISING[name])
    return text if name.startswith(_WITH_DOCSTRINGS) else without_docstrings(text)


def _explorer_stubs() -> dict[Path, str]:
    """Modules of the explorers' names: what they open is drawn outside."""
    folder = installation.FOLDER / "explorers"
    stubs = {name: f"explore_{name}" for name in EXPLORERS} | {"side_by_side": "side_by_side"}
    lines = "from rainfall_kit.grading.sandbox.inside.outside_work import {0}\n"
    texts = {folder / f"{name}.py": lines.format(function) for name, function in stubs.items()}
    return {folder / "__init__.py": f'"""{SAYS}"""\n', **texts}
