"""Stand-ins for the explorers and the report of a run: what they are given is handed over, and drawn outside.

>>> explorer = explore_weights(lr=1e-5)
>>> explorer.lr = 1e-4
>>> explorer
weights, drawn when the notebook is read
"""

from __future__ import annotations

import functools
import json
from typing import TYPE_CHECKING, Any

from rainfall_kit.grading.sandbox.outside_call import ACTIONS, MIME, Handed, OutsideCall
from rainfall_kit.records.run import Run

if TYPE_CHECKING:
    from collections.abc import Callable


class OutsidePicture:
    """A picture that is drawn outside, in the place of an explorer.

    Args:
        draws: the explorer's name.
        given: what it is opened with.
        named: the same, by name.
    """

    _draws: str
    _handed: list[Handed]

    def __init__(self, draws: str, given: tuple[Any, ...], named: dict[str, Any]) -> None:
        handed = [*(_argument("", value) for value in given)]
        handed += [_argument(name, value) for name, value in named.items()]
        vars(self).update(_draws=draws, _handed=handed)

    def __setattr__(self, name: str, value: Any) -> None:
        self._handed.append(Handed(kind="set", name=name, value=_plain(name, value)))

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name not in ACTIONS:
            raise AttributeError(
                f"{name} is not there while notebooks are graded: {vars(self).get('_draws')} is drawn "
                "outside. Try: the explorer alone, as the last line of a cell"
            )
        return functools.partial(self._do, name)

    def _do(self, name: str, *given: Any) -> None:
        self._handed.append(Handed(kind="done", name=name, value=_plain(name, given)))

    def __repr__(self) -> str:
        return f"{self._draws}, drawn when the notebook is read"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, str]:
        return _bundle(OutsideCall(draws=self._draws, handed=tuple(self._handed)), repr(self))


class _Pair:
    """Two of them, one after the other."""

    def __init__(self, *pictures: Any) -> None:
        self._pictures = pictures

    def _ipython_display_(self) -> None:
        from IPython.display import display

        display(*self._pictures)


def run_bundle(run: Run) -> dict[str, str]:
    """Record of a run, for the report that is made of it."""
    handed = Handed(kind="run", name="", value=run.to_json())
    return _bundle(OutsideCall(draws="report", handed=(handed,)), repr(run))


def side_by_side(one: Any, other: Any) -> _Pair:
    """Two explorers, each drawn outside."""
    return _Pair(one, other)


def _bundle(call: OutsideCall, text: str) -> dict[str, str]:
    return {MIME: call.to_json(), "text/plain": text}


def _argument(name: str, value: Any) -> Handed:
    if isinstance(value, Run):
        return Handed(kind="run", name=name, value=value.to_json())
    return Handed(kind="plain", name=name, value=_plain(name, value))


def _plain(name: str, value: Any) -> str:
    """The value as JSON: numbers, texts, and tables of them."""

    def as_list(other: Any) -> Any:
        if hasattr(other, "detach"):
            other = other.detach()
        if hasattr(other, "tolist"):
            return other.tolist()
        raise TypeError(
            f"{name or 'this'} is a {type(other).__name__}, and while notebooks are graded a picture is "
            "drawn from numbers alone. Try: the same without it"
        )

    return json.dumps(value, default=as_list)


def _opener(draws: str) -> Callable[..., OutsidePicture]:
    def explore(*given: Any, **named: Any) -> OutsidePicture:
        return OutsidePicture(draws, given, {k: v for k, v in named.items() if v is not None})

    explore.__name__ = explore.__qualname__ = f"explore_{draws}"
    return explore


explore_bowl = _opener("bowl")
explore_compare = _opener("compare")
explore_learning_rate = _opener("learning_rate")
explore_one_input = _opener("one_input")
explore_step_by_step = _opener("step_by_step")
explore_weights = _opener("weights")
