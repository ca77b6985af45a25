"""Magic ``%gd_explore NAME``: an explorer, opened on the names of the notebook."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, ClassVar

from IPython.core.error import UsageError
from IPython.core.magic import Magics, line_magic, magics_class, no_var_expand
from IPython.core.magic_arguments import argument, parse_argstring

from rainfall_kit.errors import RainfallError
from rainfall_kit.notebook.magics.options import (
    check_name,
    late_magic_arguments,
    show_help,
    single_number,
)

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Iterable

    from IPython.core.interactiveshell import InteractiveShell

# Each has a module of its name in the room of the explorers, loaded when it is opened.
_EXPLORERS = ("one_input", "learning_rate", "weights", "step_by_step", "bowl", "compare")


@magics_class
class GDExploreMagics(Magics):
    """Pictures of the lesson that answer to sliders."""

    shell: InteractiveShell  # a registered magic always has one

    words: ClassVar[dict[str, Callable[[], Iterable[str]]]] = {"gd_explore": lambda: _EXPLORERS}

    @no_var_expand
    @line_magic
    @late_magic_arguments
    @argument("name", nargs="?", help=f"which one: {', '.join(_EXPLORERS)}")
    @argument(
        "runs",
        nargs="*",
        help="names of runs that %%%%gd_step -o kept; compare takes several, the others one",
    )
    @argument("--lr", metavar="LR", help="where the slider of lr starts")
    @argument(
        "--predict", action="store_true", help="ask what you expect before the picture is shown"
    )
    @argument("-o", "--output", metavar="NAME", help="keep the explorer under this name")
    @argument("-h", "--help", action="store_true", help="show this text and do nothing")
    def gd_explore(self, line: str) -> Any:
        """Open an explorer: a picture that answers to sliders at once.

        It opens on a run, or on your own inputs, targets, w and b where they have those names, and
        on the lesson's otherwise. compare without names takes all runs that you kept.
        """
        args = parse_argstring(self.gd_explore, line.rstrip("; "))
        if args.help:
            show_help(self.gd_explore)
            return None
        if args.name not in _EXPLORERS:
            what = "which explorer?" if args.name is None else f"no explorer {args.name!r}."
            raise UsageError(f"{what} There are {', '.join(_EXPLORERS)}. Try: %gd_explore weights")
        if args.output is not None:
            check_name("--output", args.output)
        try:
            explorer = self._open(args)
        except RainfallError as problem:
            raise UsageError(str(problem)) from None
        if args.output is not None:
            self.shell.user_ns[args.output] = explorer
        return explorer

    def _open(self, args: argparse.Namespace) -> Any:
        runs = {name: self._run(name) for name in args.runs}
        options: dict[str, Any] = {"predict": args.predict}
        if args.lr is not None:
            options["lr"] = self._lr(args)
        if args.name == "compare":
            runs = runs or self._all_runs()
            if not runs:
                raise UsageError("no run is kept to compare. Try: %%gd_step --epochs 100 -o run")
            return _explore("compare")(**runs, **options)
        if len(runs) > 1:
            raise UsageError(f"{args.name} opens on one run. Try: %gd_explore compare")
        (run,) = runs.values() or (None,)
        own = self._own_names(run)
        if args.name == "one_input":  # a line of its own, whatever w and b are
            own = {name: value for name, value in own.items() if name not in ("w", "b")}
        return _explore(args.name)(run, **own, **options)

    def _run(self, name: str) -> Any:
        from rainfall_kit.records.run import Run

        run = self.shell.user_ns.get(name)
        if not isinstance(run, Run):
            raise UsageError(f"{name} is not a run. Try: %%gd_step --epochs 100 -o {name}")
        return run

    def _all_runs(self) -> dict[str, Any]:
        """The runs under their names, the latest four; a run under two names counts once."""
        from rainfall_kit.records.run import Run

        found: dict[int, tuple[str, Any]] = {}
        for name, value in self.shell.user_ns.items():
            if isinstance(value, Run) and len(value) and not name.startswith("_"):
                found.setdefault(id(value), (name, value))
        return dict(list(found.values())[-4:])

    def _own_names(self, run: Any) -> dict[str, Any]:
        """The notebook's own data and parameters, each pair where both are there and fit."""
        from rainfall_kit.quadratic.bowl import Bowl

        names = self.shell.user_ns
        own: dict[str, Any] = {}
        if _are_there(names, "inputs", "targets"):
            bowl = Bowl.from_data(names["inputs"], names["targets"])
            if run is None or bowl.record() == run.quadratic:
                own |= {"inputs": names["inputs"], "targets": names["targets"]}
        if run is None and _are_there(names, "w", "b"):
            own |= {"w": names["w"], "b": names["b"]}
        return own

    def _lr(self, args: argparse.Namespace) -> Any:
        if args.name in ("bowl", "compare"):
            raise UsageError(f"{args.name} has no --lr. Try: %gd_explore {args.name}")
        lr = single_number(args.lr, self.shell.user_ns)
        if lr is None:
            raise UsageError(
                f"--lr must be a number above 0, or the name of one, got {args.lr}. Try: --lr 1e-5"
            )
        return lr


def _are_there(names: dict[str, Any], *wanted: str) -> bool:
    return all(hasattr(names.get(name), "shape") for name in wanted)


def _explore(name: str) -> Callable[..., Any]:
    home = importlib.import_module(f"rainfall_kit.explorers.{name}")
    function: Callable[..., Any] = getattr(home, f"explore_{name}")
    return function
