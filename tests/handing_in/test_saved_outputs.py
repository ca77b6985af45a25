"""Saved outputs are cut out of a notebook's bytes, and nothing else is."""

import json

from hypothesis import given
from hypothesis import strategies as st

from rainfall_kit.handing_in.saved_outputs import without_outputs

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON, JSON.map(lambda value: [value]))
def test_what_is_left_is_the_notebook_without_them(cell, outputs):
    nb = {"cells": [{"source": 'a "outputs": [', "more": cell, "outputs": outputs}], "end": cell}
    for ascii_only in (True, False):
        text = json.dumps(nb, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
        nb["cells"][0]["outputs"] = []
        assert json.loads(without_outputs(text, least=0)) == nb
        nb["cells"][0]["outputs"] = outputs


@given(st.binary())
def test_any_bytes_can_be_cut(content):
    assert (
        len(without_outputs(content + b'"outputs": [' + content, least=0)) <= 2 * len(content) + 13
    )


def test_a_large_picture_is_cut_in_no_time():
    picture = b"A" * (40 << 20)
    text = b'{"cells": [{"outputs": [{"data": {"image/png": "' + picture + b'"}}], "source": "x"}]}'
    assert without_outputs(text) == b'{"cells": [{"outputs": [], "source": "x"}]}'
