"""Controls: sliders, choices and buttons, as data, as HTML and as widgets.

In a notebook a slider is an ipywidget; on a page without a kernel the script makes an input of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from math import ceil, floor, log10
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
        ticks: places that matter, from low to high.
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

# How many steps a press may take.
STRIDES = (1, 25, 100)


def epoch_buttons(epochs: int) -> tuple[Button, ...]:
    """Buttons for an explorer's epoch, of so many.

    Example:
        >>> [button.label for button in epoch_buttons(30)]
        ['Play', 'Speed 1×', '1 on', '25 on', 'Back to the start']
    """
    return (
        Button(name="play", label="Play", hint="epoch after epoch"),
        Button(name="speed", label="Speed 1×", hint="of Play"),
        *(
            Button(name=f"on.{stride}", label=f"{stride} on", hint="so many epochs further")
            for stride in STRIDES
            if stride <= max(epochs, 1)
        ),
        Button(name="start", label="Back to the start"),
    )


def log_range(low: float, high: float, *values: float) -> tuple[float, float]:
    """Powers of ten from `low` to `high`, further out where a value would stand outside.

    Example:
        >>> log_range(1e-7, 1e-3, 1e-5), log_range(1e-7, 1e-3, 0.02)
        ((1e-07, 0.001), (1e-07, 0.1))
    """
    lowest, highest = min(low, *values), max(high, *values)
    return float(f"1e{floor(log10(lowest))}"), float(f"1e{ceil(log10(highest))}")


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
        marked = "".join(_tick_html(control, i, tick) for i, tick in enumerate(control.ticks))
        field = (
            f'<span class="rk-track"><input type="range" min="{low:.9g}" max="{high:.9g}" '
            f'step="{control.step:.9g}" value="{now:.9g}">{marked}</span><output></output>'
        )
    ticks = control.ticks if isinstance(control, Slider) else ()
    lines = f' style="--ticks:{len(ticks)}"' if ticks else ""
    return (
        f'<label class="rk-control" data-name="{control.name}"{lines}>'
        f"<span>{label}</span>{field}</label>"
    )


def _tick_html(slider: Slider, line: int, tick: Tick) -> str:
    low, high, place = map(slider.place, (slider.low, slider.high, tick.value))
    share = (place - low) / (high - low)
    side = " rk-left" if share > 0.5 else ""
    # Each on a line of its own: their places may be close.
    return (
        f'<span class="rk-tick{side}" style="left:{share:.2%};--line:{line}">'
        f"{escape(tick.label)}</span>"
    )


def control_widget(control: Slider | Choice, value: Any) -> Widget:
    """The ipywidget of a control.

    A slider tells the kernel its number only when it is let go; the script follows it in between, and
    writes the number beside it: ipywidgets' own readout rounds to the slider's stops, ends where the
    slider ends, and is a second stop for the tab key.
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
        "readout": False,
        "style": {"description_width": "initial"},
        "layout": {"width": "auto"},
    }
    common["value"] = min(max(value, control.low), control.high)
    if control.log:
        return ipywidgets.FloatLogSlider(
            min=control.place(control.low),
            max=control.place(control.high),
            **common,
        )
    if control.whole:
        return ipywidgets.IntSlider(min=int(control.low), max=int(control.high), **common)
    return ipywidgets.FloatSlider(min=control.low, max=control.high, **common)
