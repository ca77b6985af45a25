"""What a reader can move or press: sliders, choices and buttons, as data.

In a notebook a slider is an ipywidget; on a page without a kernel the script makes an input of it.

>>> Slider(name="epoch", label="epoch", low=0, high=100, step=1).kind
'slider'
"""

from __future__ import annotations

from dataclasses import dataclass
from math import log10
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ipywidgets import Widget

__all__ = ["EPOCH_BUTTONS", "Button", "Choice", "Control", "Mark", "Slider", "as_widget"]


@dataclass(frozen=True, kw_only=True)
class Mark:
    """A place on a slider that matters."""

    value: float
    label: str


@dataclass(frozen=True, kw_only=True)
class Slider:
    """A number to slide.

    Attributes:
        name: of the explorer's trait; ``w.0.2`` is an entry of it.
        label: what it is called on the page.
        low: the smallest number.
        high: the largest number.
        step: between two stops; on a log slider, of the power of ten.
        log: whether equal ratios are equally far apart.
        whole: whether only whole numbers are meant.
        marks: places that matter.
    """

    name: str
    label: str
    low: float
    high: float
    step: float
    log: bool = False
    whole: bool = False
    marks: tuple[Mark, ...] = ()
    kind: Literal["slider"] = "slider"


@dataclass(frozen=True, kw_only=True)
class Choice:
    """One of several, counted from 0."""

    name: str
    label: str
    options: tuple[str, ...]
    kind: Literal["choice"] = "choice"


@dataclass(frozen=True, kw_only=True)
class Button:
    """Something to press.

    Attributes:
        name: what is done.
        label: what stands on it.
        kernel: whether only Python can do it.
        hint: what it does, in a sentence.
    """

    name: str
    label: str
    kernel: bool = False
    hint: str = ""
    kind: Literal["button"] = "button"


Control = Slider | Choice | Button

# What the script does with an explorer's epoch.
EPOCH_BUTTONS = (
    Button(name="play", label="Play", hint="epoch after epoch"),
    Button(name="next", label="One epoch on"),
    Button(name="first", label="Back to epoch 0"),
)


def as_widget(control: Slider | Choice, value: Any) -> Widget:
    """The ipywidget of a control.

    A slider tells the kernel its number only when it is let go; the script follows it in between.
    """
    import ipywidgets

    if isinstance(control, Choice):
        return ipywidgets.Dropdown(
            options=list(control.options), index=value, description=control.label
        )
    common: dict[str, Any] = {
        "step": control.step,
        "description": control.label,
        "continuous_update": False,
        "style": {"description_width": "initial"},
        "layout": {"width": "auto"},
    }
    common["value"] = min(max(value, control.low), control.high)
    if control.log:
        return ipywidgets.FloatLogSlider(
            min=log10(control.low), max=log10(control.high), readout_format=".2e", **common
        )
    if control.whole:
        return ipywidgets.IntSlider(min=int(control.low), max=int(control.high), **common)
    return ipywidgets.FloatSlider(min=control.low, max=control.high, readout_format=".3f", **common)
