"""What ``%load_ext rainfall_kit`` puts into IPython, and what ``%unload_ext`` takes out again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rainfall_kit.notebook.completion import complete_options
from rainfall_kit.notebook.magics import GDStepMagics

if TYPE_CHECKING:
    from IPython.core.interactiveshell import InteractiveShell
    from IPython.lib.pretty import RepresentationPrinter

    from rainfall_kit.records import Run

__all__ = ["load", "unload"]

_MAGICS = GDStepMagics.__name__
_RUN = ("rainfall_kit.records", "Run")  # by name: the class is looked up when one is shown


def load(shell: InteractiveShell) -> None:
    """Register the magics, their options' completion and the report of a run. Twice is harmless."""
    if _MAGICS in shell.magics_manager.registry:
        return
    magics = GDStepMagics(shell=shell)
    shell.register_magics(magics)
    configurables: list[Any] = shell.configurables
    if magics not in configurables:  # newer IPythons have put them there already
        configurables.append(magics)
    shell.Completer.custom_matchers.append(complete_options)
    formatters = _formatters(shell)
    formatters["text/html"].for_type_by_name(*_RUN, _html)
    formatters["text/plain"].for_type_by_name(*_RUN, _text)


def unload(shell: InteractiveShell) -> None:
    """Remove all that `load` registered; the student's names stay."""
    magics = shell.magics_manager.registry.pop(_MAGICS, None)
    if magics is None:
        return
    shell.configurables.remove(magics)
    shell.Completer.custom_matchers.remove(complete_options)
    for kind, registered in shell.magics_manager.magics.items():
        for name in magics.magics[kind]:
            registered.pop(name, None)
    for mimetype in ("text/html", "text/plain"):
        _formatters(shell)[mimetype].pop(".".join(_RUN), None)


def _formatters(shell: InteractiveShell) -> dict[str, Any]:
    assert shell.display_formatter is not None  # every running shell has one
    formatters: dict[str, Any] = shell.display_formatter.formatters
    return formatters


def _html(run: Run) -> str:
    from rainfall_kit.notebook.report import report_html

    return report_html(run)


def _text(run: Run, printer: RepresentationPrinter, _cycle: Any) -> None:
    from rainfall_kit.notebook.report import report_text

    printer.text(report_text(run, width=printer.max_width))
