"""Mistakes in the loop, in its log, and in reading what comes out."""

from rainfall_kit.checks.misconceptions.entry import Misconception

_LR = "1 / steepest.item()"
_CHECK = (
    "    slopes = torch.autograd.grad(mse(model(inputs, w, b), targets), (w, b))\n"
    "    pairs = zip((grad_w, grad_b), slopes)\n"
    "    return all(torch.allclose(grad, slope, rtol=1e-3) for grad, slope in pairs)\n"
)
_GOES_DOWN = (
    "    before = mse(model(inputs, w, b), targets)\n"
    "    after = mse(model(inputs, w - 1e-4 * grad_w, b - 1e-4 * grad_b), targets)\n"
    "    return (after < before).item()\n"
)

ENTRIES = (
    Misconception(
        id="RK065",
        name="a negative lr",
        question="choose_lr",
        kind="silent",
        wrong=(((_LR, f"-{_LR}"),),),
        hint="Two minus signs somewhere?",
        more="Print lr, and then the sign of each part of what you subtract from w.",
        why="Minus a negative lr is a plus: the step goes uphill, along the gradient.",
        seen="the lesson's code with lr=-1e-5: the loss goes from 33061 to 44575 and on to 4e18",
    ),
    Misconception(
        id="RK076",
        name="the loop runs once",
        question="train",
        kind="silent",
        wrong=(
            (("range(epochs)", "range(1)"),),
            (("        b.grad.zero_()\n", "        b.grad.zero_()\n        break\n"),),
            (("    return w, b, losses\n", "        return w, b, losses\n"),),
        ),
        hint="Count the epochs recorded.",
        more="Print the number of the epoch inside your loop. Which line ends the loop, and how far is it "
        "indented?",
        why="Each epoch is one step. A loop that ends after the first has taken one.",
        seen="the lesson's code with a break, a return in the loop, or range(1): one loss is recorded",
    ),
    Misconception(
        id="RK098",
        name="lr is too large for this table",
        question="choose_lr",
        kind="silent",
        wrong=(((_LR, "2.5 / steepest.item()"),), ((_LR, "100 / steepest.item()"),)),
        hint="Is each loss larger than the one before?",
        more="Write down the first five losses for this lr and for a tenth of it.",
        why="A step goes lr times the slope. Along the steepest direction, whose curvature is λ, the "
        "distance to the lowest point is multiplied by 1 - lr·λ; beyond lr = 2/λ that grows.",
        seen="the lesson's table: at 1.2e-4 the loss grows, at 1e-3 it is no number by epoch 100, at 0.1 "
        "it is 9e10 in epoch 2",
    ),
    Misconception(
        id="RK099",
        name="lr is too small to get anywhere",
        question="choose_lr",
        kind="silent",
        wrong=(((_LR, "1e-4 / steepest.item()"),),),
        hint="Compare with the distance left to go.",
        more="How much does the loss fall in one epoch? Divide what is left by that.",
        why="Each epoch covers the share lr·λ of the way along a direction of curvature λ. A tiny lr "
        "covers next to nothing even along the steepest one.",
        seen="the lesson's table at 1e-9: the loss goes from 33061 to 32956 in 100 epochs",
    ),
    Misconception(
        id="RK100",
        name="nan is looked for by comparing",
        question="has_diverged",
        kind="silent",
        wrong=(
            (("math.isnan(losses[-1]) or losses", "losses"),),
            (("math.isnan(losses[-1])", "losses[-1] == float('nan')"),),
        ),
        hint='How would you ask "is this still a number"?',
        more="In a cell of its own, print nan < 1, nan > 1 and nan == nan for nan = float('nan').",
        why="nan, which stands for no number, compares as False with everything, even with itself. So no "
        "comparison with < or > ever finds it.",
        seen="the lesson's code with `if loss > 1e9`: the loop goes on with nan to its end",
    ),
    Misconception(
        id="RK102",
        name="the log keeps whole losses, not numbers",
        question="train",
        kind="raises",
        wrong=(
            (
                ("loss.item()", "loss"),
                ("return w, b, losses", "return w, b, np.array(losses)"),
            ),
        ),
        mild=((("loss.item()", "loss"),),),
        hint="Keep the number, not its history.",
        more="Print losses[0]. Everything that stands in its brackets behind the number is kept as well.",
        why="A loss remembers all that it was computed from. A list of losses keeps every epoch's record "
        "in memory, and NumPy and plots refuse them.",
        seen="the lesson's code with hist.append(loss), then a plot: RuntimeError: Can't call numpy() on "
        "Tensor that requires grad; memory grows",
    ),
    Misconception(
        id="RK103",
        name="a whole table is asked for its one number",
        question="train",
        kind="raises",
        wrong=(
            (("loss.item()", "(preds - targets).item()"),),
            (("loss.item()", "float(preds - targets)"),),
        ),
        hint="How many numbers are in there?",
        more="Print the shape of what stands in front of .item().",
        why="item and float make a Python number of a tensor with one element, and refuse larger ones.",
        seen="the lesson's code: RuntimeError: a Tensor with 10 elements cannot be converted to Scalar",
    ),
    Misconception(
        id="RK105",
        name="one epoch too few",
        question="train",
        kind="silent",
        wrong=((("range(epochs)", "range(epochs - 1)"),), (("range(epochs)", "range(1, epochs)"),)),
        hint="Count the recorded losses.",
        more="Ask for 3 epochs and print the number of each one inside the loop.",
        why="range(1, n) and range(n - 1) have n - 1 members.",
        seen="the lesson's code with range(99): 99 losses",
    ),
    Misconception(
        id="RK107",
        name="a flat-looking curve is taken for the lowest point",
        question="has_converged",
        kind="concept",
        wrong=(
            (("losses[-1] <= 1.01 * floor", "len(losses) >= 100"),),
            (
                (
                    "losses[-1] <= 1.01 * floor",
                    "abs(losses[-1] - losses[-2]) <= 0.01 * losses[-2]",
                ),
            ),
        ),
        hint="Use a log axis and the floor.",
        more="Compare the last loss with the smallest that any weights reach, as a ratio and not as a "
        "picture.",
        why="The loss falls fast along steep directions and slowly along flat ones. When the steep ones "
        "are done the curve looks level, and the flat ones, here the offset, have hardly begun.",
        seen="the lesson's table after 100 epochs at 1e-5: the curve looks level at a loss of 1270, and "
        "the lowest is 0.48",
    ),
    Misconception(
        id="RK108",
        name="a lower loss is taken for right code",
        question="train",
        kind="concept",
        hint="Would a different loss formula also give this number?",
        more="Run the right five lines from the same start and compare w and b after one step, not the "
        "loss after a hundred.",
        why="Far from the lowest point, longer steps get further. A sum in place of the mean takes steps "
        "ten times as long, so it ends lower, whatever it is called.",
        seen="500 starts of the lesson: the sum ends lower than the right code for all of them, and so "
        "does the division by rows",
    ),
    Misconception(
        id="RK109",
        name="one lr for every table",
        question="choose_lr",
        kind="concept",
        wrong=tuple(
            ((f"return {_LR}", f"return {lr}"),) for lr in ("1e-5", "1e-4", "1e-3", "0.01", "0.1")
        ),
        hint="Change the units of rainfall: does the best lr stay?",
        more="Multiply one column of the inputs by 10 and train again with the same lr. Look at the first "
        "losses.",
        why="The largest lr with which the loss falls is 2/λ, and λ, the curvature along the steepest "
        "direction, grows with the square of the inputs. Neither large nor small is good in itself.",
        seen="the lesson's table: the limit is 1.1e-4 for the raw inputs and 1.26 for standardised ones",
    ),
    Misconception(
        id="RK110",
        name="a falling loss is taken for a right gradient",
        question="is_gradient",
        kind="concept",
        wrong=(((_CHECK, _GOES_DOWN),),),
        hint="Check one slope by nudging one weight.",
        more="Raise one weight by 0.001 and divide the change of the loss by 0.001. The slope should be "
        "that number, not merely of the same sign.",
        why="Every move that goes somewhat downhill lowers the loss at first: a gradient that is twice too "
        "long, or that still holds the last one, does too.",
        seen="the lesson's code, seed 0, without a reset: the loss falls from 33061 at first, as it should",
    ),
)
