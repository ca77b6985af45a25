"""Finding about one prerequisite: whether it works, what was seen, and what to try."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One prerequisite.

    Attributes:
        part: its short name, such as ``"sandbox"``.
        works: whether it does.
        text: what was seen; for what is not needed for grading, with what it is needed for.
        needed: whether grading needs it.
        act: a line to type, or to write into a file that `text` names; empty where there is none.
    """

    part: str
    works: bool
    text: str
    needed: bool = False
    act: str = ""


def from_error(part: str, problem: Exception, *, act: str = "", needed: bool = True) -> Finding:
    """The finding that one of the kit's own errors is; what its message says to try is the act.

    Example:
        >>> from_error("database", ValueError("it is locked. Try: again")).act
        'again'
    """
    text, _, told = str(problem).partition(" Try: ")
    return Finding(part=part, works=False, needed=needed, text=text, act=act or told)
