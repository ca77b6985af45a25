"""Progress line of a long run: live in a notebook, in place in a terminal."""

from __future__ import annotations

import html
import sys
import time
from typing import Any

_FIRST_AFTER_SECONDS = 0.5
_THEN_EVERY_SECONDS = 0.25


class Progress:
    """Show how many steps are done, once a run takes longer than half a second.

    Args:
        total: how many steps there will be.
        in_notebook: whether a front end can redraw an output in place.
    """

    def __init__(self, total: int, *, in_notebook: bool) -> None:
        self._total = total
        self._in_notebook = in_notebook
        self._began = time.perf_counter()
        self._due = self._began + _FIRST_AFTER_SECONDS
        self._shown: Any = None
        self._suffix = ""

    def update(self, done: int) -> None:
        """Say that `done` steps are taken; cheap enough to call after every one of them."""
        now = time.perf_counter()
        if now < self._due:  # most calls end here
            return
        self._due = now + _THEN_EVERY_SECONDS
        left = (now - self._began) / done * (self._total - done)
        text = f"{done:,} of {_steps(self._total)}, about {left:.0f} s left"
        self._show(text + self._suffix, done)

    def say_stopping(self) -> None:
        """Say, in the next line that is due, that the run will end after the step under way."""
        self._suffix = "; stopping after this step (interrupt again to stop at once)"
        self._due = 0.0  # not shown at once: this is called from a signal handler

    def finish(self, done: int) -> None:
        """Replace the line, if there is one, by what was done."""
        if self._shown is not None:
            self._show(f"{_steps(done)} in {time.perf_counter() - self._began:.1f} s", done)
            if not self._in_notebook:
                print(file=self._shown)  # ends the line

    def _show(self, text: str, done: int) -> None:
        if self._in_notebook:
            self._show_in_notebook(text, done)
        elif sys.stdout.isatty():
            self._shown = sys.stdout
            print(f"\r\x1b[K{text}", end="", flush=True)  # noqa: T201  # a terminal's progress line

    def _show_in_notebook(self, text: str, done: int) -> None:
        from IPython.display import display

        bundle = {
            "text/plain": text,
            "text/html": f'<progress max="{self._total}" value="{done}" '
            f'aria-label="steps taken"></progress> {html.escape(text)}',
        }
        if self._shown is None:
            self._shown = display(bundle, raw=True, display_id=True)
        else:
            self._shown.update(bundle, raw=True)


def _steps(count: int) -> str:
    return "1 step" if count == 1 else f"{count:,} steps"
