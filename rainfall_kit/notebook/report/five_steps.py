"""Five steps of gradient descent in a report: what happened in each of them, in words.

>>> from rainfall_kit.checks.diagnosis.gradient_check import Comparison
>>> from rainfall_kit.records.run import Run, Step
>>> step = Step(number=1, lr=0.1, loss=4.0, w=((2.0,),), b=(0.0,), w_after=((1.0,),), b_after=(0.0,))
>>> [part.name for part in five_steps(Run(steps=(step,), final_loss=1.0), Comparison(why_not="no data"))]
['Predict', 'Compute the loss', 'Compute the gradients', 'Move w and b against them', 'Reset the gradients']
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING

from rainfall_kit.checks.diagnosis.gradient_check import left_open
from rainfall_kit.figures.document import Line, Part
from rainfall_kit.figures.number_format import short

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from rainfall_kit.checks.diagnosis.gradient_check import Comparison, Verdicts
    from rainfall_kit.records.run import Run

_NO_MOVE = 1e-3  # of the right move


def five_steps(run: Run, comparison: Comparison) -> tuple[Part, ...]:
    """The five steps of a run that has taken one or more.

    Example:
        >>> from rainfall_kit.checks.diagnosis.gradient_check import Comparison
        >>> from rainfall_kit.records.run import Run, Step
        >>> step = Step(number=1, lr=None, loss=1.0, w=((0.0,),), b=(0.0,), w_after=((0.0,),), b_after=(0.0,))
        >>> five_steps(Run(steps=(step,), final_loss=1.0), Comparison(why_not="no data"))[3].lines[0].text
        'w and b did not move'
    """
    return (
        Part(name="Predict", lines=(predict_line(run),)),
        Part(name="Compute the loss", lines=tuple(_loss_lines(run))),
        Part(name="Compute the gradients", lines=tuple(_gradient_lines(run, comparison))),
        Part(name="Move w and b against them", lines=tuple(_move_lines(run, comparison))),
        Part(name="Reset the gradients", lines=tuple(_reset_lines(run, comparison))),
    )


def formula(run: Run) -> str:
    """The prediction in the student's own names.

    Example:
        >>> from rainfall_kit.records.run import Run
        >>> formula(Run(steps=(), final_loss=1.0, variables=("W", "bias", "X", "y")))
        'X @ W.t() + bias'
    """
    w, b, inputs, _ = run.variables or ("w", "b", "inputs", "targets")
    turned = run.steps and run.quadratic is not None and not fits_data(run) and _fits_turned(run)
    return f"{inputs} @ {w} + {b}" if turned else f"{inputs} @ {w}.t() + {b}"


def fits_data(run: Run) -> bool:
    """True if w has a row for each column of targets, and in it a number for each column of inputs."""
    if run.quadratic is None:
        return False
    d, w = run.quadratic.n_inputs, run.steps[0].w
    return len(w) == len(run.quadratic.factor) - d - 1 and all(len(row) == d for row in w)


def _fits_turned(run: Run) -> bool:
    assert run.quadratic is not None
    d, w = run.quadratic.n_inputs, run.steps[0].w
    return len(w) == d and all(len(row) == len(run.quadratic.factor) - d - 1 for row in w)


def in_own_names(text: str, run: Run) -> str:
    """A sentence about w and b with the student's own names in their place.

    Example:
        >>> from rainfall_kit.records.run import Run
        >>> run = Run(steps=(), final_loss=1.0, variables=("W", "bias", "X", "y"))
        >>> in_own_names("w moved to w − lr·∂loss/∂w", run)
        'W moved to W − lr·∂loss/∂W'
    """
    if not run.variables:
        return text
    own = dict(zip(("w", "b"), run.variables, strict=False))
    return re.sub(r"(?<![\w.])[wb](?!\w)", lambda found: own[found[0]], text)


def predict_line(run: Run) -> Line:
    """The prediction, and how many there are."""
    if run.quadratic is None:
        return Line(text=f"preds = {formula(run)}")
    rows, crops = run.quadratic.rows, len(run.quadratic.factor) - run.quadratic.n_inputs - 1
    shape = f"{rows} {_plural('row', rows)} of {crops} {_plural('prediction', crops)}"
    return Line(text=f"preds = {formula(run)}: {shape}")


def _loss_lines(run: Run) -> Iterator[Line]:
    step = run.steps[0]
    where = "" if len(run) == 1 else " at the start"
    what = "the cell's own loss" if run.quadratic is None else "mean squared error"
    known = not math.isnan(step.loss)
    yield Line(text=f"{what}{where}: {short(step.loss) if known else 'not known'}")
    # Rounding moves a loss by far less than a hundredth, another formula by more.
    other = next(
        (s for s in run if s.body_loss is not None and not _near(s.loss, s.body_loss)), None
    )
    if other and other.body_loss is not None:
        yield Line(
            symbol="✗",
            text=f"the cell's own loss was {short(other.body_loss)} in step {other.number}, "
            f"where the mean squared error was {short(other.loss)}",
        )


def _gradient_lines(run: Run, comparison: Comparison) -> Iterator[Line]:
    step = run.steps[0]
    if step.grad_w is None and step.grad_b is None:
        yield Line(text="w.grad and b.grad were empty when the step was taken")
        return
    verdicts = {"w": comparison.grad_w_equal[:1], "b": comparison.grad_b_equal[:1]}
    fresh = [name for name, verdict in verdicts.items() if verdict == (True,)]
    other = [name for name, verdict in verdicts.items() if verdict == (False,)]
    where = "" if len(run) == 1 else " in the first step"
    if fresh:
        yield Line(symbol="✓", text=f"{grads(fresh)} held {partials(fresh)}{where}")
    if other:
        yield Line(
            symbol="✗", text=f"{grads(other)} held something other than {partials(other)}{where}"
        )
    if not fresh and not other:
        yield Line(text="loss.backward() filled in w.grad and b.grad")


def _move_lines(run: Run, comparison: Comparison) -> Iterator[Line]:
    if all(step.w == step.w_after and step.b == step.b_after for step in run):
        yield Line(symbol="!", text="w and b did not move")
    if comparison.why_not:
        yield Line(text=f"not compared with lr·gradient: {comparison.why_not}")
        return
    verdicts = {"w": comparison.w_equal, "b": comparison.b_equal}
    right = always_right(verdicts)
    if right:
        rule = " and ".join(f"{name} − lr·∂loss/∂{name}" for name in right)
        yield Line(
            symbol="✓",
            text=f"{' and '.join(right)} moved to {rule}{in_all(run, verdicts[right[0]])}",
        )
    times = {"w": comparison.w_times, "b": comparison.b_times}
    for name, of_name in verdicts.items():
        if False in of_name:
            place = where(comparison.numbers, of_name)
            yield Line(symbol="✗", text=wrong_move(name, times[name], place))
    if not comparison.downhill:
        lr = short(min(comparison.lrs), 4)
        yield Line(symbol="✗", text=f"lr is {lr}; a step goes down only with an lr above 0")
    steps = zip(comparison.numbers, comparison.w_equal, strict=True)
    unjudged = [number for number, verdict in steps if verdict is None]
    if unjudged:
        yield Line(
            symbol="!",
            text=f"from step {unjudged[0]} on, the numbers are past what {run.dtype} holds",
        )


def wrong_move(name: str, times: float | None, where: str) -> str:
    """Where w or b moved: by which multiple of the right move, if always by the same."""
    move = f"lr·∂loss/∂{name}"
    factor = "" if times is None else short(abs(times), 3)
    if times is None or (times > 0 and factor == "1"):
        return f"{name} moved to something other than {name} − {move}{where}"
    if times == 0:
        return f"{name} stayed where it was{where}"
    if abs(times) < _NO_MOVE:
        return f"{name} moved by less than a thousandth of {move}{where}"
    sign, factor = "+" if times < 0 else "−", "" if factor == "1" else f"{factor}·"
    return f"{name} moved to {name} {sign} {factor}{move}{where}, not to {name} − {move}"


def _reset_lines(run: Run, comparison: Comparison) -> Iterator[Line]:
    verdicts = {"w": comparison.grad_w_equal, "b": comparison.grad_b_equal}
    # Where the first gradient differs already, a later one says nothing about what was left in it.
    later = {name: found[1:] for name, found in verdicts.items() if found[:1] == (True,)}
    right = always_right(later)
    other = [name for name, found in later.items() if False in found]
    if right:
        yield Line(symbol="✓", text=f"{grads(right)} held no older gradient in any later step")
    for name in other:
        place = where(comparison.numbers[1:], later[name])
        yield Line(
            symbol="✗", text=f"{name}.grad held something other than the new gradient{place}"
        )
    if len(run) == 1:
        yield Line(text="whether they were reset shows from the second step on")
    elif not right and not other:
        yield Line(text="not compared")


def always_right(verdicts: dict[str, Verdicts]) -> list[str]:
    """The names that have a verdict, and none that is False."""
    return [name for name, found in verdicts.items() if False not in found and True in found]


def where(numbers: Sequence[int], verdicts: Sequence[bool | None]) -> str:
    """In which of the steps a verdict is False."""
    judged = [n for n, verdict in zip(numbers, verdicts, strict=True) if verdict is not None]
    wrong = [n for n, verdict in zip(numbers, verdicts, strict=True) if verdict is False]
    if numbers == (1,):
        return ""
    if wrong == judged[-len(wrong) :]:
        return " in every step" if wrong[0] == 1 else f" from step {wrong[0]} on"
    return f" in {len(wrong)} of {len(judged)} steps, first in step {wrong[0]}"


def in_all(run: Run, verdicts: Sequence[bool | None]) -> str:
    """In how many steps it was so, for the end of a sentence."""
    if any(left_open(run)):
        return f" in the {sum(map(bool, verdicts))} steps that could be judged"
    if None in verdicts:
        return " as long as they could be compared"
    if len(run) != run.epochs:
        return " in every step that was kept"
    return "" if len(run) == 1 else f" in all {len(run)} steps"


def grads(names: Sequence[str]) -> str:
    """Their gradients, as PyTorch keeps them."""
    return " and ".join(f"{name}.grad" for name in names)


def partials(names: Sequence[str]) -> str:
    """Their gradients, as mathematics writes them."""
    return " and ".join(f"∂loss/∂{name}" for name in names)


def _plural(word: str, count: int) -> str:
    return word if count == 1 else f"{word}s"


def _near(loss: float, other: float) -> bool:
    return math.isclose(loss, other, rel_tol=0.01) or not (
        math.isfinite(loss) and math.isfinite(other)
    )
