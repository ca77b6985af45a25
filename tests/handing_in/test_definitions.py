"""The names that a cell binds are read from its text, in whatever state it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rainfall_kit.handing_in.definitions import definitions, is_stub_only, names_used

BINDS = {
    "a function": ("def mse(p, t):\n    return 0", {"mse": "function"}),
    "an async one": ("async def mse(p, t):\n    return 0", {"mse": "function"}),
    "a decorated one": ("@torch.compile\ndef mse(p, t):\n    return 0", {"mse": "function"}),
    "a compiled one": ("mse = torch.compile(other)", {"mse": "value"}),
    "an imported one": ("from mine import loss as mse", {"mse": "function"}),
    "two names at once": ("w, b = 1, 2", {"w": "value", "b": "value"}),
    "an annotated one": ("lr: float = 1e-5", {"lr": "value"}),
    "an annotation alone": ("lr: float", {}),
    "one in a try": ("try:\n    import a\nexcept E:\n    a = None", {"a": "stub"}),
    "one inside another": (
        "def f():\n    def mse(p, t): return 0\n    return 1",
        {"f": "function"},
    ),
    "an ellipsis": ("mse = ...", {"mse": "stub"}),
    "a half-written line": ("def mse(p, t):\n    return (p -", {"mse": "function"}),
    "another language": ("%%bash\nmse = 1", {}),
    "a written file": ("%%writefile mse.py\ndef mse(p, t): return 0", {}),
    "a text": ("The loss = the mean", {}),
    "a byte order mark": ("\ufeffmse = 1", {"mse": "value"}),
}


@pytest.mark.parametrize("name", BINDS)
def test_a_cell_binds(name):
    source, names = BINDS[name]
    assert definitions(source) == names


@given(st.text())
def test_any_text_can_be_read(text):
    definitions(text)
    is_stub_only(text)
    names_used(text)
