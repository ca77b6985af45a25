"""Views: records that draw themselves, without a widget."""

import pytest
from opened import OPEN

every_explorer = pytest.mark.parametrize("name", OPEN)


@every_explorer
def test_a_view_comes_back_from_json_and_draws_the_same(name):
    view = OPEN[name]().view
    again = type(view).from_json(view.to_json())
    assert again == view
    assert again.figure() == view.figure()


@every_explorer
def test_an_explorer_shows_what_its_view_draws(name):
    explorer = OPEN[name]()
    view = explorer.view
    assert explorer.figure() == view.figure()
    assert explorer.says() == view.says()
    assert explorer.table() == view.table()


@every_explorer
def test_the_state_of_an_explorer_is_in_its_view(name):
    explorer = OPEN[name]()
    assert {field: getattr(explorer.view, field) for field in explorer.STATE} == {
        field: getattr(explorer, field) for field in explorer.STATE
    }
