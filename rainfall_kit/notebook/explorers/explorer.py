"""The widget that every explorer is: a still picture, what moves it, and the ways to show it.

Where no widget front end has asked, such as under nbconvert or nbgrader, an explorer opens no
connection, and its output is the still picture with a table.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import anywidget
import traitlets
from IPython.core.getipython import get_ipython
from ipywidgets import widget_serialization

from rainfall_kit.notebook.explorers.controls import Button, as_html, as_widget
from rainfall_kit.notebook.explorers.page import (
    SCRIPT,
    as_data,
    page_html,
    piece_html,
    still_html,
    style,
)
from rainfall_kit.notebook.table_markup import table_lines, wrap

if TYPE_CHECKING:
    from rainfall_kit.notebook.explorers.controls import Choice, Control, Slider
    from rainfall_kit.notebook.explorers.question import Question
    from rainfall_kit.notebook.findings import Table

__all__ = ["Explorer"]

_WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Explorer(anywidget.AnyWidget):
    """What all explorers can do. Make one with ``explore_learning_rate()`` and its like.

    Attributes:
        NAME: what the script and ``%gd_explore`` call it.
        TITLE: what stands above it.
        STATE: the traits that the script may change.
        DRAWN: the traits that bring a whole picture from Python.
        LINES: how many lines it needs for what is to be seen, and for what a button did.
        note: what the last button did, or the empty text.
        expected: which answer was chosen, when it asked first; None as long as none was.
    """

    NAME: ClassVar[str]
    TITLE: ClassVar[str]
    STATE: ClassVar[tuple[str, ...]]
    DRAWN: ClassVar[tuple[str, ...]] = ()
    LINES: ClassVar[tuple[int, int]] = (1, 0)

    note = traitlets.Unicode().tag(sync=True)
    expected = traitlets.Int(None, allow_none=True).tag(sync=True)

    _esm = SCRIPT
    _css = style()
    _still = traitlets.Unicode().tag(sync=True)
    _given = traitlets.Dict().tag(sync=True)
    _widgets = traitlets.Dict().tag(sync=True, **widget_serialization)

    def __init__(self, *, predict: bool = False, **state: Any) -> None:
        self._asks = predict
        super().__init__(**state)
        self.on_msg(self._hear)

    # What each explorer says for itself.

    def figure(self) -> str:
        """The picture as it stands now, as SVG."""
        raise NotImplementedError

    def says(self) -> str:
        """What is to be seen now, in a sentence or two."""
        raise NotImplementedError

    def table(self) -> Table:
        """The numbers as they stand now."""
        raise NotImplementedError

    def _controls(self) -> tuple[Control, ...]:
        raise NotImplementedError

    def _constants(self) -> dict[str, Any]:
        """What the script computes from."""
        raise NotImplementedError

    def _question(self) -> Question:
        """What is asked first, about the state as it is."""
        raise NotImplementedError

    def _press(self, button: str) -> None:
        """Do what a button that needs Python is for."""
        raise NotImplementedError

    def _hear(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        """A button was pressed in the browser, which waits for an answer."""
        try:
            self._press(content["press"])
        except Exception as problem:  # noqa: BLE001  # the student's own functions may raise anything
            self.note = f"{type(problem).__name__}: {problem}"
        finally:
            self.send({"done": content.get("number")})

    # Ways to show it.

    def save(self, path: str | os.PathLike[str]) -> Path:
        """Write a page that shows this explorer, and moves, without kernel or network.

        Args:
            path: where to; a file that is there is written over.

        Returns:
            The path.

        Raises:
            OSError: the file cannot be written.
        """
        written = Path(path)
        written.write_text(page_html(self.TITLE, self._piece()), encoding="utf-8")
        return written

    def open(self) -> None:
        """Connect to the front end, if there is one that asked."""
        if _widget_front_end():
            self._connect()

    def _connect(self) -> None:
        if self.comm is None:
            controls = [each for each in self._controls() if not isinstance(each, Button)]
            self._widgets = {
                each.name: as_widget(each, self._value(each.name)) for each in controls
            }
            self.layout.width = "100%"  # beside another one, each takes half
            self._still = self._still_html()
            self._given = self._given_now()
            super().open()

    @property
    def model_id(self) -> str:
        """The id by which a front end knows it; asked for when another widget holds this one."""
        self._connect()
        return str(super().model_id)

    def __repr__(self) -> str:
        state = ", ".join(f"{name}={getattr(self, name)!r}" for name in self.STATE)
        return f"explore_{self.NAME}({state})"

    def _repr_mimebundle_(self, **_kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
        bundle: dict[str, Any] = {"text/plain": self._text(), "text/html": self._piece()}
        if self.comm is not None:
            bundle[_WIDGET_VIEW] = {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.model_id,
            }
        return bundle

    def _text(self) -> str:
        says = wrap(f"{self.says()} {self.note}".rstrip(), 80)
        return "\n".join([self.TITLE, *says, *table_lines(self.table(), 80)])

    def _piece(self) -> str:
        names = (*self.STATE, *self.DRAWN, "note", "expected")
        state = {name: getattr(self, name) for name in names}
        return piece_html(self._still_html(as_data(self._given_now(), state)))

    def _still_html(self, data: str = "") -> str:
        asked = self._question() if self._asks else None
        buttons = [each for each in self._controls() if isinstance(each, Button)]
        return still_html(
            self.TITLE,
            self.says(),
            self.note,
            self.figure(),
            self.table(),
            lines=self.LINES[0],
            told=self.LINES[1],
            controls="".join(as_html(each, self._value(each.name)) for each in self._sliders()),
            buttons="".join(map(as_html, buttons)),
            asked=asked,
            data=data,
        )

    def _sliders(self) -> list[Slider | Choice]:
        return [each for each in self._controls() if not isinstance(each, Button)]

    def _given_now(self) -> dict[str, Any]:
        return {
            "explorer": self.NAME,
            "names": [*self.STATE, *self.DRAWN],
            "controls": [dataclasses.asdict(each) for each in self._sliders()],
            **self._constants(),
        }

    def _value(self, name: str) -> Any:
        """The part of the state that a control is about: ``lr``, or ``w.0.2``."""
        first, *rest = name.split(".")
        value = getattr(self, first)
        for index in rest:
            value = value[int(index)]
        return value


def _widget_front_end() -> bool:
    """Whether what asked for this cell shows widgets.

    Notebook front ends send metadata, such as the cell's id, with each request, and run widgets;
    nbclient, which nbconvert and nbgrader run notebooks with, sends none, and would store the
    state of every widget in the notebook.
    """
    if "NBGRADER_EXECUTION" in os.environ:
        return False
    if "google.colab" in sys.modules:
        return True
    shell = get_ipython()
    if shell is None or not hasattr(shell, "get_parent"):
        return False
    parent: dict[str, Any] = shell.get_parent()
    from_widget = parent.get("header", {}).get("msg_type") == "comm_msg"
    return from_widget or bool(parent.get("metadata"))
