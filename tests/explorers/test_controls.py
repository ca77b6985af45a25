"""Controls: the same as HTML and as widgets."""

import re

import ipywidgets
import pytest

from rainfall_kit.explorers.controls import Choice, Slider, Tick, control_html, control_widget

LOG = Slider(name="lr", label="lr", low=1e-7, high=1e-3, step=0.02, log=True)


def test_a_log_slider_slides_the_power_of_ten():
    html = control_html(LOG, 1e-5)
    assert 'min="-7" max="-3"' in html and 'value="-5"' in html
    widget = control_widget(LOG, 1e-5)
    assert isinstance(widget, ipywidgets.FloatLogSlider)
    assert (widget.min, widget.max, widget.value) == (-7, -3, 1e-5)


def test_a_value_outside_stands_at_the_end():
    assert control_widget(LOG, 1.0).value == pytest.approx(1e-3)


def test_a_slider_tells_the_kernel_nothing_before_it_is_let_go():
    assert control_widget(LOG, 1e-5).continuous_update is False


@pytest.mark.parametrize(("value", "place"), [(1e-6, "25.00%"), (1e-4, "75.00%")])
def test_a_tick_stands_where_its_value_does(value, place):
    slider = Slider(**{**vars(LOG), "ticks": (Tick(value=value, label="here <"),)})
    found = re.search(
        r'class="rk-tick( rk-left)?" style="left:(.*?);--line:0">(.*?)<', control_html(slider, 1e-5)
    )
    assert found[2] == place
    assert bool(found[1]) == (value == 1e-4)  # the label leaves the page on neither side
    assert found[3] == "here &lt;"


def test_a_choice_shows_what_is_chosen():
    choice = Choice(name="plane", label="plane of", options=("a & b", "c"))
    assert '<option value="1" selected>c</option>' in control_html(choice, 1)
    assert "a &amp; b" in control_html(choice, 1)
    assert control_widget(choice, 1).value == "c"
