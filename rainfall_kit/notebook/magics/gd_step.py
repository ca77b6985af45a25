"""Magics ``%%gd_step``, ``%gd_step`` and ``%gd_reset``: options in, a run out."""

from __future__ import annotations

import functools
import math
import re
import tokenize
from typing import TYPE_CHECKING, Any

from IPython.core.displayhook import DisplayHook
from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_cell_magic, line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument
from IPython.display import display
from traitlets import Bool, Float, Int, TraitError, Unicode, validate

from rainfall_kit.errors import BodySyntaxError, Interrupted, RainfallError
from rainfall_kit.notebook.magics.options import (
    check_name,
    check_place,
    is_name,
    late_magic_arguments,
    parse_options,
    show_help,
    single_number,
    whole_seed,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from IPython.core.interactiveshell import InteractiveShell

    from rainfall_kit.notebook.recording.cell_body import Body
    from rainfall_kit.notebook.recording.loop import Start
    from rainfall_kit.notebook.recording.names import Names
    from rainfall_kit.notebook.recording.recorder import Recorder
    from rainfall_kit.records.run import Run

MOST_EPOCHS = 1_000_000
_LESSON_LR = 1e-5
# argparse takes -1e-5 for an option; what is wrong with it is said by the check of its range.
_NEGATIVE = re.compile(r"(--\w+)\s+(?=-[\d.])")


def _names_arguments(magic: Any) -> Any:
    """The options that all magics share."""
    for decorate in (
        argument(
            "--params",
            nargs=2,
            metavar=("W", "B"),
            help="your own names for the weights and the offsets, where they are not w and b: "
            "--params weights bias, or of a module --params model.weight model.bias",
        ),
        argument(
            "--seed",
            metavar="N",
            help="start from the lesson's random weights for this seed; the lesson's is 0",
        ),
        argument("-q", "--quiet", action="store_true", help="show nothing"),
        argument("-h", "--help", action="store_true", help="show this text and do nothing"),
    ):
        magic = decorate(magic)
    return magic


@magics_class
class GDStepMagics(Magics):
    """Defaults for ``%%gd_step``, ``%gd_step`` and ``%gd_reset``."""

    epochs = Int(
        1, min=1, max=MOST_EPOCHS, help="How many steps to take when --epochs is not given."
    ).tag(config=True)
    lr = Float(
        None, allow_none=True, help="What lr is while the steps are taken; None leaves it alone."
    ).tag(config=True)
    w = Unicode("w", help="What the weights are called.").tag(config=True)
    b = Unicode("b", help="What the offsets are called.").tag(config=True)
    inputs = Unicode("inputs", help="What the inputs are called.").tag(config=True)
    targets = Unicode("targets", help="What the targets are called.").tag(config=True)
    quiet = Bool(False, help="Whether to show no report.").tag(config=True)
    reference_steps = Bool(
        True, help="Whether %gd_step without a body takes steps with the kit's own code."
    ).tag(config=True)

    @validate("lr")
    def _validate_lr(self, proposal: Any) -> float | None:
        lr: float | None = proposal.value
        if lr is not None and not 0 < lr < math.inf:
            raise TraitError(f"lr must be a number above 0, or None, got {lr}")
        return lr

    @validate("w", "b", "inputs", "targets")
    def _validate_name(self, proposal: Any) -> str:
        name: str = proposal.value
        if not is_name(name):
            raise TraitError(f"{proposal.trait.name} must be a name, got {name!r}")
        return name

    shell: InteractiveShell  # a registered magic always has one

    # Where %gd_reset goes back to, and the very tensors that the last run left behind: as long as the
    # names hold them, the next run goes on from there and %gd_reset keeps its start.
    _start: Start | None = None
    _left: tuple[Any, Any] = (None, None)

    @no_var_expand
    @line_cell_magic
    @late_magic_arguments
    @argument(
        "-e",
        "--epochs",
        metavar="N",
        help="how many times to run the cell: a number or the name of one (default: 1)",
    )
    @argument(
        "--lr",
        metavar="LR",
        help="what the name lr stands for while the cell runs: a number or the name of one",
    )
    @argument("--inputs", metavar="NAME", help="what the inputs are called (default: inputs)")
    @argument("--targets", metavar="NAME", help="what the targets are called (default: targets)")
    @argument("-o", "--output", metavar="NAME", help="keep the run under this name")
    @argument(
        "--restore", action="store_true", help="put w and b back to where they were, afterwards"
    )
    @_names_arguments
    def gd_step(self, line: str, cell: str | None = None) -> Run | None:
        """Take steps of gradient descent and show what they did.

        %%gd_step runs the cell as one step, once for each epoch, on your own w and b.
        %gd_step, without a cell, takes the steps for you.
        """
        # A semicolon behind the options asks for no output, as it does in the cell.
        args = parse_options(self.gd_step, _NEGATIVE.sub(r"\1=", line.rstrip("; ")))
        args.quiet = args.quiet or self.quiet or _ends_in_semicolon(line if cell is None else cell)
        if args.help:
            show_help(self.gd_step)
            return None
        try:
            run, problem = self._take_steps(args, cell)
        except BodySyntaxError:
            raise  # it is drawn as Python draws it
        except RainfallError as refused:
            raise UsageError(str(refused)) from None
        if problem is None:
            return None if args.quiet else run
        if not args.quiet and len(run):  # an error ends the cell, so the report is shown before it
            display(run)
        raise problem

    @no_var_expand
    @line_magic
    @late_magic_arguments
    @_names_arguments
    def gd_reset(self, line: str) -> None:
        """Put w and b back to where the first step found them, without gradients."""
        args = parse_options(self.gd_reset, line)
        if args.help:
            show_help(self.gd_reset)
            return
        start = self._lesson_start(args)
        if start is None:
            start = self._start
        if start is None or (args.params and args.params != [start.names.w, start.names.b]):
            raise UsageError(
                "there is no start to go back to: no step has been taken from it. "
                "Try: %gd_reset --seed 0"
            )
        start.put_back(self._namespace)
        self._start = start
        self._left = self._held(start.names)
        if not args.quiet:
            print(f"{start.names.w} and {start.names.b} are back at the start.")  # noqa: T201

    def _take_steps(
        self, args: argparse.Namespace, cell: str | None
    ) -> tuple[Run, BaseException | None]:
        """The run, and the error that ended it early."""
        from rainfall_kit.notebook.recording.loop import Start, borrowed_lr, take_steps
        from rainfall_kit.notebook.recording.progress import Progress
        from rainfall_kit.notebook.recording.recorder import Recorder

        namespace, names = self._namespace, self._names(args)
        epochs, lr = self._epochs(args.epochs), self._lr(args.lr)
        if args.output is not None:
            _check_output(args.output, names)
        if cell is None and lr is None:
            lr = self._checked_lr("lr", namespace.get("lr", _LESSON_LR))
        body = self._body(cell)
        step = self._reference_step(names) if body is None else body.run
        start = self._lesson_start(args)
        before = Start.of(namespace, names) or start
        # Every option has been looked at: only from here on do the student's names change.
        if start is not None:
            start.put_back(namespace)
        with borrowed_lr(namespace, lr):  # before the recorder, which reads lr by its name
            if body is None:
                recorder = Recorder(namespace, names)
            else:
                recorder = Recorder(namespace, names, code=body.code, told_lr=lr)
                step = functools.partial(_run_lines, body, recorder)
            if start is not None or not self._goes_on(names):
                self._start = start or before
            progress = Progress(epochs, in_notebook=hasattr(self.shell, "kernel"))
            problem = take_steps(step, recorder, epochs, progress)
        progress.finish(recorder.taken)
        run = recorder.run(stopped=_why_stopped(problem, recorder.taken))
        if args.restore and before is not None:
            before.put_back(namespace)
        self._left = self._held(names)
        if args.output is not None:
            namespace[args.output] = run
        return run, problem

    def _body(self, cell: str | None) -> Body | None:
        """The lines under the magic, ready to run; None without a cell."""
        if cell is None:
            return None
        from rainfall_kit.notebook.recording.cell_body import Body

        body = Body(self.shell, cell)
        if body.is_empty:
            raise UsageError(
                "the cell has no lines to run. Write the five steps under %%gd_step, "
                "or type %gd_step to have a step taken for you"
            )
        if body.awaits:
            raise UsageError(
                "await works in a cell of its own, not in the lines under %%gd_step. "
                "Try: await in the cell above, and use what it gave here"
            )
        return body

    def _reference_step(self, names: Names) -> Callable[[], object]:
        """A function that takes one step with the kit's own code."""
        if not self.reference_steps:
            raise UsageError(
                "%gd_step without a body is turned off here. Write the five steps under %%gd_step"
            )
        from rainfall_kit.notebook.recording.loop import reference_step

        return reference_step(self._namespace, names)

    @property
    def _namespace(self) -> dict[str, Any]:
        namespace: dict[str, Any] = self.shell.user_ns
        return namespace

    def _names(self, args: argparse.Namespace) -> Names:
        from rainfall_kit.notebook.recording.names import Names

        w, b = args.params or (self.w, self.b)
        inputs = getattr(args, "inputs", None) or self.inputs
        targets = getattr(args, "targets", None) or self.targets
        for option, name, example in (
            ("--params", w, "weights bias"),
            ("--params", b, "weights bias"),
            ("--inputs", inputs, "inputs"),
            ("--targets", targets, "targets"),
        ):
            check_place(option, name, example)
        return Names(w=w, b=b, inputs=inputs, targets=targets)

    def _lesson_start(self, args: argparse.Namespace) -> Start | None:
        if args.seed is None:
            return None
        from rainfall_kit.notebook.recording.loop import lesson_start

        seed = whole_seed(args.seed, self._namespace)
        return lesson_start(seed, self._namespace, self._names(args))

    def _goes_on(self, names: Names) -> bool:
        """True if w and b are the tensors that the last run left: %gd_reset keeps its start then."""
        now = self._held(names)
        return self._start is not None and now[0] is self._left[0] and now[1] is self._left[1]

    def _held(self, names: Names) -> tuple[Any, Any]:
        """Values of w's and b's names now."""
        from rainfall_kit.notebook.recording.names import value_of

        return value_of(self._namespace, names.w), value_of(self._namespace, names.b)

    def _epochs(self, given: str | None) -> int:
        allowed = f"a whole number from 1 to {MOST_EPOCHS:,}"
        value = single_number(self.epochs if given is None else given, self._namespace)
        if value is None or not 1 <= value <= MOST_EPOCHS or value != int(value):
            raise UsageError(
                f"--epochs must be {allowed}, or the name of one, got {given or self.epochs}. "
                "Try: %%gd_step --epochs 100"
            )
        return int(value)

    def _lr(self, given: str | None) -> float | None:
        return self.lr if given is None else self._checked_lr("--lr", given)

    def _checked_lr(self, what: str, given: object) -> float:
        value = single_number(given, self._namespace)
        if value is None or not 0 < value < math.inf:
            raise UsageError(
                f"{what} must be a number above 0, or the name of one, got {given}. "
                "Try: %%gd_step --lr 1e-5"
            )
        return value


def _run_lines(body: Body, recorder: Recorder) -> None:
    body.run(recorder.look if recorder.watching else None)


def _check_output(name: str, names: Names) -> None:
    check_name("--output", name)
    if name in (names.w, names.b, names.inputs, names.targets):
        raise UsageError(
            f"--output must be a new name, and {name} is what the steps work on. Try: --output run"
        )


def _ends_in_semicolon(cell: str) -> bool:
    """True if the cell asks for no output, in the way of any cell of IPython's."""
    try:
        return bool(DisplayHook.semicolon_at_end_of_expression(cell))
    except (tokenize.TokenError, SyntaxError):  # a ``!`` line that is not Python
        return cell.rstrip().endswith(";")


def _why_stopped(problem: BaseException | None, taken: int) -> str:
    if problem is None:
        return ""
    if isinstance(problem, Interrupted):
        return str(problem)
    return f"step {taken + 1} raised {type(problem).__name__}"
