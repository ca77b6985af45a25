"""The widget that every explorer is: a view, what moves it, and the ways to show it.

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
from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar
from uuid import uuid4

import anywidget
import traitlets
from IPython.core.getipython import get_ipython
from ipywidgets import widget_serialization

from rainfall_kit.explorers.controls import Button, control_html, control_widget
from rainfall_kit.explorers.html import (
    output_html,
    page_html,
    script,
    script_data,
    still_html,
    style,
    tag,
)
from rainfall_kit.explorers.view import View
from rainfall_kit.figures.table_markup import table_lines, wrap

if TYPE_CHECKING:
    from rainfall_kit.explorers.controls import Choice, Control, Slider
    from rainfall_kit.figures.document import Table

AnyView = TypeVar("AnyView", bound=View)

WIDGET_VIEW = "application/vnd.jupyter.widget-view+json"


class Explorer(anywidget.AnyWidget, Generic[AnyView]):
    """A view whose state can be changed, by Python or by a hand, and the ways to show it.

    Attributes:
        NAME: what the script and ``%gd_explore`` call it.
        TITLE: what stands above it.
        STATE: the fields of its view that are traits, too, and that the script may change.
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

    def __init__(self, view: AnyView, *, predict: bool) -> None:
        # First of all: validators look at it, and the traits below are validated as they are set.
        self._view, self._predict = view, predict
        state = {name: getattr(view, name) for name in self.STATE}
        super().__init__(_tag=tag(self.NAME), **state)
        self.on_msg(self._on_message)
        self.observe(self._forget_note, names=list(self.STATE))

    def _forget_note(self, _change: Any) -> None:
        """Say no longer what the last button did: since then something else was done."""
        self.note = ""

    @property
    def view(self) -> AnyView:
        """The present view, as a record."""
        return dataclasses.replace(self._view, **self._state())

    def figure(self) -> str:
        """The picture as it stands now, as SVG."""
        return self.view.figure()

    def says(self) -> str:
        """The picture as it stands now, in a sentence or two."""
        return self.view.says()

    def table(self) -> Table:
        """The numbers as they stand now."""
        return self.view.table()

    # What each explorer says for itself.

    def _controls(self) -> tuple[Control, ...]:
        raise NotImplementedError

    def _constants(self) -> dict[str, Any]:
        """The numbers that the script computes from."""
        raise NotImplementedError

    def _press(self, button: str) -> None:
        """Do what a button that needs Python is for."""
        raise NotImplementedError

    def _on_message(self, _widget: Any, content: dict[str, Any], _buffers: Any) -> None:
        """Answer a button that was pressed in the browser, which waits for it."""
        try:
            self._press(content["press"])
        except Exception as problem:  # noqa: BLE001  # the student's own functions may raise anything
            self.note = f"{type(problem).__name__}: {problem}"
        finally:
            self.send({"done": True})

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
        written.write_text(page_html(self.TITLE, self._output_html()), encoding="utf-8")
        return written

    def open(self) -> None:
        """Connect to the front end, if there is one that asked; ipywidgets calls this for a new widget."""
        if _widget_front_end():
            self._connect()

    def _connect(self) -> None:
        if not self._name:  # in marimo, to look at its comm opens it
            if not _in_marimo():  # which runs anywidgets, and no sliders of ipywidgets inside them
                self._widgets = {
                    slider.name: control_widget(slider, self._value(slider.name))
                    for slider in self._sliders()
                }
            self.layout.width = "100%"  # beside another one, each takes half
            # Under this name the script finds the model. The still picture must carry it before the
            # front end hears of the model, and one that was never connected carries none.
            self._name = uuid4().hex
            self._still = self._still_html()
            super().open()

    @property
    def model_id(self) -> str:
        """The id by which a front end knows it; asked for when another widget holds this one."""
        self._connect()
        return str(super().model_id)

    def __repr__(self) -> str:
        state = ", ".join(f"{name}={value!r}" for name, value in self._state().items())
        return f"explore_{self.NAME}({state})"

    def _repr_mimebundle_(self, **_kwargs: Any) -> dict[str, Any]:  # type: ignore[override]
        bundle: dict[str, Any] = {"text/plain": self._text(), "text/html": self._output_html()}
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

    def _output_html(self) -> str:
        return output_html(self.NAME, self._still_html())

    def _still_html(self) -> str:
        view, buttons = self.view, [c for c in self._controls() if isinstance(c, Button)]
        return still_html(
            self.NAME,
            self.TITLE,
            view.says(),
            self.note,
            view.figure(),
            view.table(),
            lines=self.LINES[0],
            note_lines=self.LINES[1],
            controls="".join(control_html(c, self._value(c.name)) for c in self._sliders()),
            buttons="".join(map(control_html, buttons)),
            prompt=view.prompt() if self._predict else None,
            data=script_data(self._given_now(), self._state(*self.HELD, "note", "expected")),
            model=self._name,
        )

    def _state(self, *further: str) -> dict[str, Any]:
        return {name: getattr(self, name) for name in (*self.STATE, *further)}

    def _sliders(self) -> list[Slider | Choice]:
        return [control for control in self._controls() if not isinstance(control, Button)]

    def _given_now(self) -> dict[str, Any]:
        return {
            "explorer": self.NAME,
            "names": [*self.STATE, *self.HELD],
            "controls": [dataclasses.asdict(slider) for slider in self._sliders()],
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
    """True where what asked for this cell shows widgets.

    Notebook front ends send metadata, such as the cell's id, with each request, and run widgets;
    nbclient, which nbconvert and nbgrader run notebooks with, sends none, and would store the
    state of every widget in the notebook.
    """
    if "NBGRADER_EXECUTION" in os.environ:
        return False
    if "google.colab" in sys.modules or _in_marimo():
        return True
    request = _request()
    from_widget = request.get("header", {}).get("msg_type") == "comm_msg"
    return from_widget or bool(request.get("metadata"))


def _in_marimo() -> bool:
    """True in a notebook of marimo's, which has no IPython and no requests."""
    marimo = sys.modules.get("marimo")
    return marimo is not None and bool(marimo.running_in_notebook())


def _finds_models() -> bool:
    """True where scripts in HTML stand on one page with the models of widgets.

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
