"""Preprocessors of a course: those that its configuration has beside the ones that the engine stands for."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from nbgrader.preprocessors import (
    ClearHiddenTests,
    ClearMarkScheme,
    ClearSolutions,
    IgnorePattern,
    LimitOutput,
)
from traitlets.utils.importstring import import_item

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from nbformat import NotebookNode
    from nbgrader.coursedir import CourseDirectory

# What the engine does itself, and better not twice: nbgrader's and the kit's own by name.
_ENGINES_OWN = {
    *("ClearOutput", "DeduplicateIds", "OverwriteKernelspec", "OverwriteCells"),
    *("CheckCellMetadata", "SaveAutoGrades", "AssignLatePenalties", "RepairCells"),
}


def course_preprocessors(
    folders: CourseDirectory, trait: Literal["sanitize_preprocessors", "autograde_preprocessors"]
) -> tuple[Any, ...]:
    """The enabled ones of a trait of nbgrader's Autograde, in their order, without the engine's own."""
    config = folders.config
    if trait not in config.Autograde and "ClearMetadataPreprocessor" not in config:
        defaults = () if trait == "sanitize_preprocessors" else (IgnorePattern, LimitOutput)
        return tuple(_enabled(defaults, folders))
    # Not at the top: it loads all of kernels.
    from nbgrader.converters import Autograde

    listed = getattr(Autograde(coursedir=folders, config=config), trait)
    return tuple(_enabled(listed, folders))


def without_answers(nb: NotebookNode, folders: CourseDirectory) -> NotebookNode:
    """The instructor's notebook without solutions, hidden tests and marking schemes; changed in place."""
    kinds = (ClearSolutions, ClearHiddenTests, ClearMarkScheme)
    preprocess([kind(config=folders.config) for kind in kinds], nb, {})
    return nb


def answer_delimiters(folders: CourseDirectory) -> tuple[tuple[str, str], ...]:
    """Texts that begin and end a solution, hidden tests and a marking scheme, as the course's configuration has it."""
    # the traits' names are nbgrader's own spelling
    solution = ClearSolutions(config=folders.config)
    tests = ClearHiddenTests(config=folders.config)
    scheme = ClearMarkScheme(config=folders.config)
    return (
        (solution.begin_solution_delimeter, solution.end_solution_delimeter),
        (tests.begin_test_delimeter, tests.end_test_delimeter),
        (scheme.begin_mark_scheme_delimeter, scheme.end_mark_scheme_delimeter),
    )


def _enabled(listed: Iterable[Any], folders: CourseDirectory) -> Iterable[Any]:
    for entry in listed:
        preprocessor = import_item(entry) if isinstance(entry, str) else entry
        if isinstance(preprocessor, type):
            # Execute and whatever is derived from it would run student code outside the sandbox.
            names = {base.__name__ for base in preprocessor.__mro__}
            if preprocessor.__name__ in _ENGINES_OWN or "NotebookClient" in names:
                continue
            preprocessor = preprocessor(config=folders.config)
        if getattr(preprocessor, "enabled", True):
            yield preprocessor


def preprocess(
    preprocessors: Iterable[Any], nb: NotebookNode, resources: Mapping[str, Any]
) -> None:
    """Run them over a notebook, which is changed in place."""
    for preprocessor in preprocessors:
        run = getattr(preprocessor, "preprocess", preprocessor)  # a function will do, too
        result, _ = run(nb, dict(resources))
        if result is not nb:
            nb.update(result)
