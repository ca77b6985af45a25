"""What a spreadsheet would run stays text, and comes back as it was."""

import pytest

from rainfall_kit.grading.safe_csv import read_csv, unguarded, write_csv

FORMULAS = [
    "=1+1",
    "+1",
    "-1",
    "@SUM(A1)",
    "\t=1",
    "\uff1d1",
    "\n=1",
    "\0=1",
    " =1",
    '=HYPERLINK("http://x")',
]


@pytest.mark.parametrize("text", FORMULAS)
def test_a_formula_gets_an_apostrophe_and_loses_it_again(text):
    written = write_csv([["name", "points"], [text, 1.0]])
    assert f"'{text}".replace('"', '""') in written
    guarded, number = read_csv(written)[1]
    assert (unguarded(guarded), number) == (text, "1")


def test_a_sign_alone_is_no_formula():
    assert write_csv([["-", "+", "="]]) == "-,+,=\n"


def test_a_plain_id_stays_as_it_is_in_a_column_of_ids_alone():
    rows = [["id", "name"], ["-ada", "-ada"], ["=A1", "@ada"]]
    assert write_csv(rows, ids=("id",)) == "id,name\n-ada,'-ada\n'=A1,'@ada\n"


def test_numbers_below_zero_stay_numbers():
    assert write_csv([[-1.5, -2, None, True]]) == "-1.5,-2,,yes\n"


def test_a_carriage_return_breaks_no_line():
    assert read_csv(write_csv([["a\rb", "c"]])) == [["a b", "c"]]


def test_texts_with_signs_of_csv_come_back():
    row = ["O'Neil, Ann", 'the "best"', "two\nlines", "ä ö"]
    assert read_csv(write_csv([row])) == [row]
