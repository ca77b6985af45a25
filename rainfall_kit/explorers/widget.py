"""The widget that every explorer is: a still picture, what moves it, and the ways to show it.

An explorer's output is HTML: the still picture, and the script that moves it. Where a widget front
end has asked, the explorer opens a connection, and the script finds the widget's model by its name;
without one, as under nbconvert or nbgrader, or in a notebook that is opened again later, the picture
stands there all the same, and moves where scripts may run.
"""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar
from uuid import uuid4

import anywidget
import traitlets
from IPython.core.getipython import get_ipython
from ipywidgets import widget_serialization

from rainfall_kit.explorers.controls import Button, as_html, as_widget
from rainfall_kit.explorers.html import (
    as_data,
    page_html,
    piece_html,
    script,
    still_html,
    style,
    tag,
)
from rainfall_kit.figures.table_markup import table_lines, wrap

if TYPE_CHECKING:
    from rainfall_kit.explorers.controls import Choice, Control, Slider
    from rainfall_kit.explorers.prediction_prompt import Question
    from rainfall_kit.figures.document import Table

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Explorer(anywidget.AnyWidget):
    """What all explorers can do. Make one with ``explore_learning_rate()`` and its like.

    Attributes:
        NAME: what the script and ``%gd_explore`` call it.
        TITLE: what stands above it.
        STATE: the traits that the script may change.
        HELD: further traits that the picture shows.
        LINES: how many lines it needs for what is to be seen, and for what a button did.
        note: what the last button did, or the empty text.
        expected: which answer was chosen, when it asked first; None as long as none was.
    """

    NAME: ClassVar[str]
    TITLE: ClassVar[str]
    STATE: ClassVar[tuple[str, ...]]
    HELD: ClassVar[tuple[str, ...]] = ()
    LINES: ClassVar[tuple[int, int]] = (1, 0)

    note = traitlets.Unicode().tag(sync=True)
    expected = traitlets.Int(None, allow_none=True).tag(sync=True)

    _css = style()
    _still = traitlets.Unicode().tag(sync=True)
    _name = traitlets.Unicode().tag(sync=True)
    _tag = traitlets.Unicode().tag(sync=True)
    _widgets = traitlets.Dict().tag(sync=True, **widget_serialization)

    def __init_subclass__(cls, **options: Any) -> None:
        if "NAME" in vars(cls):  # traitlets makes further subclasses of its own
            cls._esm = script(cls.NAME)
        super().__init_subclass__(**options)

    def __init__(self, *, predict: bool = False, **state: Any) -> None:
        self._asks = predict
        super().__init__(_tag=tag(self.NAME), **state)
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
            self._name = uuid4().hex
            self._still = self._still_html()
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
        if self.comm is not None and not _finds_models():
            bundle[WIDGET_VIEW] = {
                "version_major": 2,
                "version_minor": 0,
                "model_id": self.model_id,
            }
        return bundle

    def _text(self) -> str:
        says = wrap(f"{self.says()} {self.note}".rstrip(), 80)
        return "\n".join([self.TITLE, *says, *table_lines(self.table(), 80)])

    def _piece(self) -> str:
        return piece_html(self.NAME, self._still_html())

    def _still_html(self) -> str:
        asked = self._question() if self._asks else None
        names = (*self.STATE, *self.HELD, "note", "expected")
        state = {name: getattr(self, name) for name in names}
        buttons = [each for each in self._controls() if isinstance(each, Button)]
        return still_html(
            self.NAME,
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
            data=as_data(self._given_now(), state),
            model=self._name,
        )

    def _sliders(self) -> list[Slider | Choice]:
        return [each for each in self._controls() if not isinstance(each, Button)]

    def _given_now(self) -> dict[str, Any]:
        return {
            "explorer": self.NAME,
            "names": [*self.STATE, *self.HELD],
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
    request = _request()
    from_widget = request.get("header", {}).get("msg_type") == "comm_msg"
    return from_widget or bool(request.get("metadata"))


def _finds_models() -> bool:
    """Whether scripts in HTML stand on one page with the models of widgets.

    In JupyterLab and Notebook 7 they do, and a picture in HTML outlives its kernel, where a widget's
    view would say "model not found". Other front ends keep outputs apart and need the view. Only
    these two send with a cell which cells were deleted.
    """
    return "deletedCells" in _request().get("metadata", {})


def _request() -> dict[str, Any]:
    """The message that the kernel is answering; empty outside a kernel."""
    answering = getattr(get_ipython(), "get_parent", dict)
    request: dict[str, Any] = answering()
    return request
