"""IPython extension: what ``%load_ext rainfall_kit`` registers and ``%unload_ext`` takes out again."""

from __future__ import annotations

import contextlib
import re
from typing import TYPE_CHECKING, Any

from rainfall_kit.notebook.magics.completion import is_ours, option_matcher
from rainfall_kit.notebook.magics.gd_check import GDCheckMagics
from rainfall_kit.notebook.magics.gd_explore import GDExploreMagics
from rainfall_kit.notebook.magics.gd_step import GDStepMagics

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from IPython.core.interactiveshell import InteractiveShell
    from IPython.core.magic import Magics
    from IPython.lib.pretty import RepresentationPrinter

    from rainfall_kit.records.outcomes import CheckResult
    from rainfall_kit.records.run import Run

_MAGICS: tuple[type[Magics], ...] = (GDStepMagics, GDCheckMagics, GDExploreMagics)


def _empty_line_below(classes: Iterable[type[Magics]]) -> Callable[[list[str]], list[str]]:
    """An input transformation: an empty body for the cell magics of these classes that have none.

    IPython refuses a cell magic without a body before the magic is asked, and would not even show its
    ``--help``. An empty line below is a body.
    """
    names = "|".join(name for magics in classes for name in magics.magics["cell"])
    alone = re.compile(rf"%%(?:{names})(?:\s.*)?$")

    def add_line(lines: list[str]) -> list[str]:
        if len(lines) == 1 and alone.match(lines[0].rstrip()):
            return [lines[0].rstrip("\n") + "\n", "\n"]
        return lines

    # Tells IPython to leave it out when it asks whether a cell that is being typed is complete.
    add_line.has_side_effects = True  # type: ignore[attr-defined]
    return add_line


_EMPTY_LINE_BELOW = _empty_line_below(_MAGICS)


def _comments_below(classes: Iterable[type[Magics]]) -> Callable[[list[str]], list[str]]:
    """An input transformation: comments and empty lines above one of these cell magics go below it.

    IPython knows a cell magic by the cell's very first line. The lines stay as many as they were, so
    that a traceback counts them as the student does.
    """
    names = "|".join(name for magics in classes for name in magics.magics["cell"])
    magic = re.compile(rf"%%(?:{names})(?:\s|$)")

    def move(lines: list[str]) -> list[str]:
        above = 0
        while above < len(lines) and lines[above].lstrip()[:1] in ("", "#"):
            above += 1
        if 0 < above < len(lines) and magic.match(lines[above]):
            first = lines[above] if lines[above].endswith("\n") else lines[above] + "\n"
            return [first, *lines[:above], *lines[above + 1 :]]
        return lines

    return move


_COMMENTS_BELOW = _comments_below(_MAGICS)


def load(shell: InteractiveShell) -> None:
    """Register the magics, the completion of their options and the reports. Twice is harmless.

    Example:
        >>> from IPython.core.interactiveshell import InteractiveShell
        >>> shell = InteractiveShell.instance()
        >>> load(shell)
        >>> load(shell)
        >>> unload(shell)
    """
    if _MAGICS[0].__name__ in shell.magics_manager.registry:
        return
    configurables: list[Any] = shell.configurables
    for magics_class in _MAGICS:
        magics = magics_class(shell=shell)
        shell.register_magics(magics)
        if magics not in configurables:  # newer IPythons have put them there already
            configurables.append(magics)
        for event, listener in _listeners(magics):
            shell.events.register(event, listener)
    shell.Completer.custom_matchers.append(option_matcher(_MAGICS, lambda: shell.user_ns))
    shell.input_transformers_cleanup.insert(0, _COMMENTS_BELOW)  # before empty lines are dropped
    shell.input_transformers_cleanup.append(_EMPTY_LINE_BELOW)
    for mimetype, reports in _REPORTS.items():
        for name, report in reports.items():
            # By name: the class is looked up when one is shown.
            _formatters(shell)[mimetype].for_type_by_name(_HOMES[name], name, report)


def leave_report_of(name: str) -> None:
    """Register no report of a class from here on: where notebooks are graded, another one is made of it.

    Args:
        name: of a class that has one, such as ``"Run"``.
    """
    for reports in _REPORTS.values():
        reports.pop(name, None)


def unload(shell: InteractiveShell) -> None:
    """Remove all that `load` registered; the student's names stay.

    Example:
        >>> from IPython.core.interactiveshell import InteractiveShell
        >>> unload(InteractiveShell.instance())  # also where nothing is registered
    """
    for magics_class in _MAGICS:
        magics = shell.magics_manager.registry.pop(magics_class.__name__, None)
        if magics is None:
            continue
        shell.configurables.remove(magics)
        for event, listener in _listeners(magics):
            with contextlib.suppress(ValueError):  # somebody has emptied the list
                shell.events.unregister(event, listener)
        # IPython can register magics and cannot take them out again.
        for kind, registered in shell.magics_manager.magics.items():
            for name in magics.magics[kind]:
                registered.pop(name, None)
    for transform in (_COMMENTS_BELOW, _EMPTY_LINE_BELOW):
        with contextlib.suppress(ValueError):
            shell.input_transformers_cleanup.remove(transform)
    matchers = shell.Completer.custom_matchers
    matchers[:] = [matcher for matcher in matchers if not is_ours(matcher)]
    for mimetype, reports in _REPORTS.items():
        for name in reports:
            _formatters(shell)[mimetype].pop(f"{_HOMES[name]}.{name}", None)


def _listeners(magics: Any) -> list[tuple[str, Any]]:
    """The events that a class of magics listens to, with its listeners."""
    return [(event, getattr(magics, name)) for event, name in getattr(magics, "listens", ())]


def _formatters(shell: InteractiveShell) -> dict[str, Any]:
    assert shell.display_formatter is not None  # every running shell has one
    formatters: dict[str, Any] = shell.display_formatter.formatters
    return formatters


def _run_html(run: Run) -> str:
    from rainfall_kit.notebook.report.run_report import report_html

    return report_html(run)


def _run_text(run: Run, printer: RepresentationPrinter, _cycle: Any) -> None:
    from rainfall_kit.notebook.report.run_report import report_text

    _print_report(run, report_text, printer)


def _check_html(result: CheckResult) -> str:
    from rainfall_kit.notebook.report.check_report import check_html

    return check_html(result)


def _check_text(result: CheckResult, printer: RepresentationPrinter, _cycle: Any) -> None:
    from rainfall_kit.notebook.report.check_report import check_text

    _print_report(result, check_text, printer)


def _print_report(record: Any, text_of: Callable[..., str], printer: RepresentationPrinter) -> None:
    # Inside a list or the like, where a whole report would drown the rest, its one line is enough.
    inside_another = len(printer.stack) > 1
    printer.text(repr(record) if inside_another else text_of(record, width=printer.max_width))


# By the names of their modules: importing those, or the reports, would make the extension slow to load.
_HOMES = {"Run": "rainfall_kit.records.run", "CheckResult": "rainfall_kit.records.outcomes"}
_REPORTS: dict[str, dict[str, Any]] = {
    "text/html": {"Run": _run_html, "CheckResult": _check_html},
    "text/plain": {"Run": _run_text, "CheckResult": _check_text},
}
