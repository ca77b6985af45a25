"""The corpora's format: what a file may hold, and what its entries are called by pytest."""

import re

import pytest
from answer_corpus import Answer, parsed

TEXT = """\
## mean of squares
def mse(p, t):
    # a comment of the answer's own
    return ((p - t) ** 2).mean()

## F.mse_loss, summed [RK016]
def mse(p, t):

    return F.mse_loss(p, t, reduction="sum")
"""


def test_an_entry_is_a_name_mistakes_and_code():
    first, second = parsed("mse", TEXT)
    assert first == Answer(
        question="mse",
        name="mean of squares",
        mistakes=(),
        source=(
            "def mse(p, t):\n"
            "    # a comment of the answer's own\n"
            "    return ((p - t) ** 2).mean()\n"
        ),
    )
    assert (second.name, second.mistakes) == ("F.mse_loss, summed", ("RK016",))
    assert second.source.startswith("def mse(p, t):\n\n    return")


def test_ids_hold_the_question_and_nothing_that_k_cannot_take():
    ids = [answer.test_id for answer in parsed("mse", TEXT)]
    assert ids == ["mse-mean-of-squares", "mse-F.mse_loss-summed"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        pytest.param(
            "## one\npass\n## one\n...\n",
            "mse: 'one' and 'one' have the same name",
            id="same name",
        ),
        pytest.param(
            "## One, two\npass\n## one two\n...\n",
            "mse: 'One, two' and 'one two' have the same name",
            id="same name for -k",
        ),
        pytest.param(
            "## one\npass\n\n## two\npass\n",
            "mse: 'one' and 'two' have the same code",
            id="same code",
        ),
        pytest.param("## one\n\n## two\n...\n", "mse: 'one' has no code", id="no code"),
        pytest.param("## [RK016]\n...\n", "mse: an entry has no name", id="no name"),
        pytest.param("pass\n## one\n...\n", "mse: the first line must be ##", id="code first"),
    ],
)
def test_a_careless_entry_is_refused_in_words(text, message):
    with pytest.raises(ValueError, match=re.escape(message)):
        parsed("mse", text)
