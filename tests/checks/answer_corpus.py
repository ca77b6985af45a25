"""Loader of the corpora of answers: named entries in text files, one test for each.

A folder is a corpus, and a file of it holds the answers to the question that it is named after:

- `right_answers/`: must be right, whatever their style;
- `wrong_answers/`: must lose, whether or not the catalogue knows what is wrong with them;
- `mistaken_answers/`: must be named as known mistakes, in other code than the catalogue's.

To add an answer, write a line `## ` with its name anywhere in the file, and the code below it:

    ## root of the mean
    def mse(preds, targets):
        return (preds - targets).pow(2).mean().sqrt()

The name says what is special about the code, in few words, and stands once in its file. A mistaken
answer's name is followed by the ids that a check must give: `## root of F.mse_loss [RK021]`.
`model` and `mse` may be called (a wrong answer may call `gd_step`, too), and the modules of the
setup cell are there: `torch`, `F`, `np`, `math`.

pytest's ids have hyphens between the words: `pytest tests/checks -k mse-root-of-the-mean`.
"""

import re
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent


@dataclass(frozen=True, kw_only=True)
class Answer:
    """One answer of a corpus: the code of a function, and the mistakes that it is known to make."""

    question: str
    name: str
    mistakes: tuple[str, ...]
    source: str

    @property
    def test_id(self):
        """The question and the name, without what `-k` cannot take."""
        return "-".join(re.findall(r"[\w.+]+", f"{self.question} {self.name}"))


def corpus(folder):
    """All answers of a folder, file by file."""
    paths = sorted((HERE / folder).glob("*.txt"))
    return [
        answer for path in paths for answer in parsed(path.stem, path.read_text(encoding="utf-8"))
    ]


def parsed(question, text):
    """The answers of one file's text, in its order."""
    before, *entries = re.split(r"^##", text, flags=re.MULTILINE)
    if before.strip():
        raise ValueError(
            f"{question}: the first line must be ## and a name, not {before.strip()!r}"
        )
    answers = [_entry(question, entry) for entry in entries]
    _refuse_same("name", answers, lambda answer: answer.test_id.lower())  # as -k reads it
    _refuse_same("code", answers, lambda answer: answer.source)
    return answers


def _entry(question, entry):
    header, _, source = entry.partition("\n")
    name, ids = re.fullmatch(r"(.*?)(?:\[([^\[\]]*)\])?", header.strip()).groups()
    if not name.strip():
        raise ValueError(f"{question}: an entry has no name. Write one after its ##")
    if not source.strip():
        raise ValueError(f"{question}: {name.strip()!r} has no code below its name")
    return Answer(
        question=question,
        name=name.strip(),
        mistakes=tuple((ids or "").split()),
        source=source.strip("\n") + "\n",
    )


def _refuse_same(what, answers, key):
    first = {}
    for answer in answers:
        other = first.setdefault(key(answer), answer)
        if other is not answer:
            raise ValueError(
                f"{answer.question}: {other.name!r} and {answer.name!r} have the same {what}"
            )
