r"""Output of a call: what it printed and warned, caught and kept from the reader.

>>> with output_caught() as output:
...     print("still here")
>>> output.printed
'still here\n'
"""

from __future__ import annotations

import contextlib
import io
import sys
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

_KEPT_CHARACTERS = 2_000
_KEPT_WARNINGS = 20


@dataclass
class Output:
    """Text that a call showed.

    Attributes:
        printed: the first characters that it wrote to stdout or stderr.
        warned: the first line of each warning.
    """

    printed: str = ""
    warned: tuple[str, ...] = ()


class _Sink(io.TextIOBase):
    """Takes any amount of text and keeps the beginning."""

    def __init__(self) -> None:
        self.kept = ""

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if len(self.kept) < _KEPT_CHARACTERS:
            self.kept += text[: _KEPT_CHARACTERS - len(self.kept)]
        return len(text)


@contextlib.contextmanager
def output_caught() -> Iterator[Output]:
    """Keep what the body prints and warns from the reader; streams and filters are then as before.

    Yields:
        An `Output`, complete once the body has ended.
    """
    import torch

    output, sink = Output(), _Sink()
    streams, always = (sys.stdout, sys.stderr), torch.is_warn_always_enabled()
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            torch.set_warn_always(True)  # or some of torch's warnings come once in a process
            sys.stdout = sys.stderr = sink
            try:
                yield output
            finally:
                output.printed = sink.kept
                texts = [
                    str(warning.message).partition("\n")[0] for warning in caught[:_KEPT_WARNINGS]
                ]
                output.warned = tuple(dict.fromkeys(texts))
    finally:
        sys.stdout, sys.stderr = streams
        torch.set_warn_always(always)
