"""Edits are made together, or not at all where they are about one place."""

from rainfall_kit.checks.mutation.edits import Change, Edit, applied

CHANGE = Change(does="{it} is left out", it="b", place="the sum", look="")


def edit(*pieces):
    return Edit(pieces=pieces, change=CHANGE)


def test_two_edits_in_two_places_are_both_made():
    assert applied("a + b", [edit((0, 1, "x")), edit((4, 5, "y"))]) == "x + y"


def test_two_edits_of_one_place_are_not_made():
    assert applied("a + b", [edit((0, 5, "a")), edit((4, 5, "y"))]) is None
    assert applied("a + b", [edit((4, 4, "2 * ")), edit((4, 4, "3 * "))]) is None


def test_a_change_says_what_and_where():
    assert CHANGE.what == "in the sum, b is left out"
    assert Change(
        does="the reset is left out", place="the reset", look="", says_place=True
    ).what == ("the reset is left out")
