"""JSON that anybody may have written is read, and can be written to a file."""

from rainfall_kit.grading.safe_json import read_json


def test_lone_surrogates_are_replaced_wherever_they_stand():
    assert read_json('{"a\\ud800": ["\\udfff", "\\u00e9"]}') == {"a?": ["?", "é"]}
    assert read_json('["\ud800"]') == ["?"]
