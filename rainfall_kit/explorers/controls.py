"""Controls: sliders, choices and buttons, as data, as HTML and as widgets.

In a notebook a slider is an ipywidget; on a page without a kernel the script makes an input of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import log10
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from ipywidgets import Widget


@dataclass(frozen=True, kw_only=True)
class Tick:
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
        ticks: places that matter.
    """

    name: str
    label: str
    low: float
    high: float
    step: float
    log: bool = False
    whole: bool = False
    ticks: tuple[Tick, ...] = ()
    kind: Literal["slider"] = "slider"

    def place(self, value: float) -> float:
        """The place of a number on its track: the power of ten on a log slider."""
        return log10(value) if self.log else value


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
        hint: what it does, in a sentence.
    """

    name: str
    label: str
    hint: str = ""
    kind: Literal["button"] = "button"


Control = Slider | Choice | Button

# What the script does with an explorer's epoch.
EPOCH_BUTTONS = (
    Button(name="play", label="Play", hint="epoch after epoch"),
    Button(name="next", label="One epoch on"),
    Button(name="start", label="Back to the start"),
)


def control_html(control: Control, value: Any = None) -> str:
    """The control as markup, which does nothing before the script brings it to life.

    Args:
        control: what to show.
        value: where it stands; a button has none.

    Example:
        >>> control_html(Button(name="step", label="Step"))
        '<button class="rk-button" type="button" value="step" title="">Step</button>'
    """
    label = escape(control.label)
    if isinstance(control, Button):
        return (
            f'<button class="rk-button" type="button" value="{control.name}" '
            f'title="{escape(control.hint)}">{label}</button>'
        )
    if isinstance(control, Choice):
        options = "".join(
            f'<option value="{i}"{" selected" if i == value else ""}>{escape(option)}</option>'
            for i, option in enumerate(control.options)
        )
        field = f"<select>{options}</select>"
    else:
        low, high, now = map(control.place, (control.low, control.high, value))
        ticks = "".join(_tick_html(control, tick) for tick in control.ticks)
        field = (
            f'<span class="rk-track"><input type="range" min="{low:.9g}" max="{high:.9g}" '
            f'step="{control.step:.9g}" value="{now:.9g}">{ticks}</span><output></output>'
        )
    return (
        f'<label class="rk-control" data-name="{control.name}"><span>{label}</span>{field}</label>'
    )


def _tick_html(slider: Slider, tick: Tick) -> str:
    low, high, place = map(slider.place, (slider.low, slider.high, tick.value))
    share = (place - low) / (high - low)
    side = " rk-left" if share > 0.5 else ""
    return f'<span class="rk-tick{side}" style="left:{share:.2%}">{escape(tick.label)}</span>'


def control_widget(control: Slider | Choice, value: Any) -> Widget:
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
            min=control.place(control.low),
            max=control.place(control.high),
            readout_format=".2e",
            **common,
        )
    if control.whole:
        return ipywidgets.IntSlider(min=int(control.low), max=int(control.high), **common)
    return ipywidgets.FloatSlider(min=control.low, max=control.high, readout_format=".3f", **common)
