"""Exception tree of the kit: every error that it raises on purpose.

A message has three parts: what you gave, what is allowed, what to type.
"""

from textwrap import TextWrapper


class RainfallError(Exception):
    """The root: catch this to catch everything that the kit raises on purpose."""

    def _render_traceback_(self) -> list[str]:
        """Show one clean line in a notebook. IPython asks for this before it draws a traceback."""
        return [f"{type(self).__name__}: {self}"]


class DataError(RainfallError, ValueError):
    """The table cannot be used.

    Attributes:
        table: which table, ``"inputs"`` or ``"targets"``; None when it is about both.
        row: the first bad row, counted from 0, or None.
        column: the first bad column, counted from 0, or None.
    """

    def __init__(
        self,
        message: str,
        *,
        table: str | None = None,
        row: int | None = None,
        column: int | None = None,
    ) -> None:
        super().__init__(message)
        self.table = table
        self.row = row
        self.column = column


class DeviceError(RainfallError, ValueError):
    """The device asked for is not there.

    Attributes:
        device: the name that was asked for.
        available: the names that would work here.
    """

    def __init__(self, device: str, available: tuple[str, ...]) -> None:
        super().__init__(
            f"device {device!r} is not available here; there is {', '.join(available)}. "
            f'Try: device="{available[0]}"'
        )
        self.device = device
        self.available = available


class OptionError(RainfallError, ValueError):
    """An argument is outside what is allowed."""


class RecordError(RainfallError, ValueError):
    """A text is not the JSON of the record that was asked for."""


class CheckFailed(RainfallError, AssertionError):
    """An answer that had to be right is not; the message is the check's own.

    Attributes:
        misconceptions: the ids of the known mistakes that explain the answer.
    """

    def __init__(self, message: str, *, misconceptions: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.misconceptions = misconceptions

    def _render_traceback_(self) -> list[str]:
        """The message in lines that end between words: JupyterLab breaks long ones anywhere."""
        (said,) = super()._render_traceback_()
        wrapper = TextWrapper(width=78, break_long_words=False, break_on_hyphens=False)
        return [line for long in said.splitlines() for line in wrapper.wrap(long) or [""]]


class CourseError(RainfallError):
    """Something about the course folder, a command or a part that it needs."""


class BodySyntaxError(RainfallError):
    """The lines of a ``%%gd_step`` cell are not Python; the message is Python's own drawing of it.

    Not a SyntaxError itself: IPython draws those with every frame that led to them.
    """

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


class Interrupted(KeyboardInterrupt):
    """Somebody stopped a run between two steps. Not a mistake: it ends a cell as Ctrl-C does."""

    def _render_traceback_(self) -> list[str]:
        return [f"KeyboardInterrupt: {self}"]
