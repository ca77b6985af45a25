"""Wrong cells under ``%%gd_step``, each with the steps that must be marked, and what stands there.

Each entry has lines for a cell above, the options, the lines under the magic, and by the number of
the step what its mark says. No other step may have one.
"""

from typing import NamedTuple

from right_cells import (
    BY_OPTIMISER,
    FORWARD,
    MOVE,
    NET,
    NET_OPTIONS,
    NET_STEP,
    OWN,
    OWN_OPTIONS,
    OWN_STEP,
    RESET,
    STEP,
    sgd,
)


class WrongCell(NamedTuple):
    """A cell under ``%%gd_step`` with a mistake in it."""

    above: str
    options: str
    lines: str
    marks: dict[int, str]


LOSS = "mse(model(inputs), targets)"
PREDS = "preds = inputs @ w.t() + b\nloss = mse(preds, targets)\nloss.backward()\n"

WRONG = {
    # Predict.
    "b left out of preds": WrongCell(
        "",
        "--epochs 2",
        PREDS.replace(" + b", "")
        + "with torch.no_grad():\n    w -= lr * w.grad\n"
        + "w.grad.zero_()\n",
        {1: "preds in the cell was something other"},
    ),
    "b twice": WrongCell(
        "b = torch.full((2,), 9.0, requires_grad=True)",
        "--epochs 2",
        PREDS.replace("+ b", "+ 2 * b") + MOVE + RESET,
        {1: "preds in the cell"},
    ),
    "preds squashed": WrongCell(
        "",
        "--epochs 2",
        PREDS.replace("inputs @ w.t() + b", "torch.relu(inputs @ w.t() + b)") + MOVE + RESET,
        {1: "preds in the cell"},
    ),
    # The loss.
    "the sum instead of the mean": WrongCell(
        "",
        "--epochs 3",
        STEP.replace(LOSS, "((model(inputs) - targets) ** 2).sum()"),
        {2: "the cell's own loss was 330608"},
    ),
    "the mean over rows": WrongCell(
        "",
        "--epochs 3",
        STEP.replace(LOSS, "((model(inputs) - targets) ** 2).sum() / len(inputs)"),
        {2: "the cell's own loss was 66121.6"},
    ),
    "absolute values": WrongCell(
        "",
        "--epochs 3",
        STEP.replace(LOSS, "(model(inputs) - targets).abs().mean()"),
        {2: "the cell's own loss"},
    ),
    "a root over it": WrongCell(
        "", "--epochs 3", STEP.replace(LOSS, f"{LOSS}.sqrt()"), {2: "the cell's own loss was 181.8"}
    ),
    "half of it": WrongCell(
        "",
        "--epochs 3",
        STEP.replace(LOSS, f"0.5 * {LOSS}"),
        {2: "the cell's own loss was 16530.4"},
    ),
    "the sign turned": WrongCell(
        "", "--epochs 3", STEP.replace(LOSS, f"-{LOSS}"), {2: "the cell's own loss was −33060.8"}
    ),
    "a sum in a function without a name": WrongCell(
        "",
        "--epochs 3",
        STEP.replace("loss = ", "l = ")
        .replace("loss.", "l.")
        .replace(LOSS, "((model(inputs) - targets) ** 2).sum()"),
        {2: "10 times those of the mean squared error"},
    ),
    "one output left out": WrongCell(
        "",
        "--epochs 3",
        STEP.replace(LOSS, "mse(model(inputs).narrow(1, 0, 1), targets.narrow(1, 0, 1))"),
        {2: "the cell's own loss"},
    ),
    # The gradients.
    "backward twice": WrongCell(
        "",
        "--epochs 2",
        STEP.replace("loss.backward()", "loss.backward(retain_graph=True); loss.backward()"),
        {3: "held 2 times"},
    ),
    "detached on the way to w": WrongCell(
        "",
        "--epochs 2",
        "loss = mse(inputs @ w.detach().t() + b, targets)\nloss.backward()\nwith torch.no_grad():\n    b -= lr * b.grad\nb.grad.zero_()\n",
        {3: "w.grad stayed empty"},
    ),
    # The move.
    "uphill": WrongCell(
        "", "--epochs 3", STEP.replace("-=", "+="), {4: "w moved to w + lr·∂loss/∂w"}
    ),
    "uphill, b alone": WrongCell(
        "", "--epochs 3", STEP.replace("b -=", "b +="), {4: "b moved to b + lr·∂loss/∂b"}
    ),
    "lr forgotten for w": WrongCell(
        "", "--epochs 2", STEP.replace("w -= lr *", "w -="), {4: "w moved to"}
    ),
    "the whole gradient in spite of --lr": WrongCell(
        "", "--epochs 2 --lr 1e-6", STEP.replace("lr * ", ""), {4: "1e6·lr·∂loss/∂w"}
    ),
    "twice lr": WrongCell(
        "", "--epochs 12", STEP.replace("lr *", "2 * lr *"), {4: "w − 2·lr·∂loss/∂w"}
    ),
    "w by the gradient's sign": WrongCell(
        "",
        "--epochs 3",
        STEP.replace("w.grad\n", "w.grad.sign()\n", 1),
        {4: "w moved to something other"},
    ),
    "w by itself": WrongCell(
        "",
        "--epochs 3",
        STEP.replace("w -= lr * w.grad", "w -= lr * w"),
        {4: "w moved to something other"},
    ),
    "b stays": WrongCell(
        "", "--epochs 12", STEP.replace("    b -= lr * b.grad\n", ""), {4: "b stayed where it was"}
    ),
    "w stays": WrongCell(
        "", "--epochs 3", STEP.replace("    w -= lr * w.grad\n", ""), {4: "w stayed where it was"}
    ),
    "the move made twice": WrongCell(
        "", "--epochs 3", FORWARD + MOVE + MOVE + RESET, {4: "2·lr·∂loss/∂w"}
    ),
    "b by the gradient of w": WrongCell(
        "",
        "--epochs 3",
        STEP.replace("lr * b.grad", "lr * w.grad.sum(1)"),
        {4: "b moved to something other"},
    ),
    # The reset.
    "never reset": WrongCell(
        "", "--epochs 12", FORWARD + MOVE, {5: "w.grad held an older gradient beside the new one"}
    ),
    "w alone reset": WrongCell(
        "", "--epochs 12", FORWARD + MOVE + "w.grad.zero_()\n", {5: "b.grad held an older gradient"}
    ),
    "zero_ without a call": WrongCell(
        "",
        "--epochs 4",
        FORWARD + MOVE + "w.grad.zero_; b.grad.zero_\n",
        {5: "held an older gradient"},
    ),
    "reset every other time": WrongCell(
        "n = 0",
        "--epochs 8",
        "n += 1\n" + FORWARD + MOVE + "if n % 2: w.grad.zero_(); b.grad.zero_()\n",
        {5: "held an older gradient"},
    ),
    "SGD without zero_grad": WrongCell(
        sgd(),
        "--epochs 4",
        BY_OPTIMISER.replace("opt.zero_grad()\n", ""),
        {5: "held an older gradient"},
    ),
    "a module without zero_grad": WrongCell(
        NET + sgd(net=True),
        f"--epochs 4 {NET_OPTIONS}",
        NET_STEP.replace("opt.zero_grad()\n", ""),
        {5: "net.weight.grad held an older"},
    ),
    # In other clothes.
    "own names, never reset": WrongCell(
        OWN,
        f"--epochs 4 {OWN_OPTIONS}",
        OWN_STEP.replace("W.grad.zero_(); bias.grad.zero_()\n", ""),
        {5: "W.grad held an older gradient"},
    ),
    "own names, uphill": WrongCell(
        OWN,
        f"--epochs 4 {OWN_OPTIONS}",
        OWN_STEP.replace("-= lr", "+= lr"),
        {4: "W moved to W + lr·∂loss/∂W"},
    ),
    "in a loop, never reset": WrongCell(
        "",
        "",
        "for _ in range(4):\n" + "".join(f"    {line}\n" for line in (FORWARD + MOVE).splitlines()),
        {5: "older gradient, too"},
    ),
    "two mistakes": WrongCell(
        "",
        "--epochs 4",
        STEP.replace(LOSS, f"2 * {LOSS}").replace("b -=", "b +="),
        {2: "the cell's own loss", 4: "b moved to"},
    ),
    # Written when all this was finished.
    "div by 5 only in b": WrongCell(
        "",
        "--epochs 3",
        STEP.replace("b -= lr * b.grad", "b -= lr * b.grad / 5"),
        {4: "b moved to b − 0.2·lr"},
    ),
    "negative lr option by name": WrongCell("lr = -1e-5", "--epochs 3", STEP, {4: "lr is"}),
    "targets minus": WrongCell(
        "",
        "--epochs 3",
        STEP.replace(LOSS, "((model(inputs) + targets) ** 2).mean()"),
        {2: "the cell's own loss"},
    ),
    "cube": WrongCell(
        "",
        "--epochs 3",
        STEP.replace(LOSS, "((model(inputs) - targets) ** 3).mean()"),
        {2: "the cell's own loss"},
    ),
    "no square": WrongCell(
        "",
        "--epochs 3",
        STEP.replace(LOSS, "(model(inputs) - targets).mean()"),
        {2: "the cell's own loss"},
    ),
    "w stays from epoch 5 on": WrongCell(
        "n = 0",
        "--epochs 12",
        "n += 1\n" + STEP.replace("    w -=", "    if n < 5: w -="),
        {4: "w moved to something other"},
    ),
    "reset stops at epoch 20": WrongCell(
        "n = 0",
        "--epochs 30",
        "n += 1\n" + FORWARD + MOVE + "if n < 20: w.grad.zero_(); b.grad.zero_()\n",
        {5: "held an older gradient"},
    ),
    "momentum over 1": WrongCell(
        "",
        "--epochs 3",
        STEP.replace("lr * w.grad", "lr * w.grad * inputs.mean()"),
        {4: "w moved to"},
    ),
    "preds transposed w": WrongCell(
        "w = torch.ones(3, 3, requires_grad=True); b = torch.ones(3, requires_grad=True); targets = inputs.clone()",
        "--epochs 2",
        "preds = inputs @ w.detach().cumsum(0).requires_grad_() + b\nloss = mse(preds, targets)\nloss.backward()\nwith torch.no_grad():\n    b -= lr * b.grad\nb.grad.zero_()",
        {1: "preds"},
    ),
    "float rate": WrongCell(
        "",
        "--epochs 3",
        STEP.replace("lr * w.grad", "0.5 * lr * w.grad"),
        {4: "w moved to w − 0.5·lr"},
    ),
    "hidden loss times 10 from epoch 8": WrongCell(
        "n = 0",
        "--epochs 16",
        "n += 1\nmse_ = mse(model(inputs), targets) * (10 if n > 8 else 1)\nmse_.backward()\n"
        + MOVE
        + RESET,
        {2: "from step 9"},
    ),
    "reset before the move": WrongCell(
        "", "--epochs 3", FORWARD + RESET + MOVE, {5: "reset after backward and before the move"}
    ),
    "w alone reset before the move": WrongCell(
        "",
        "--epochs 3",
        FORWARD + "w.grad.zero_()\n" + MOVE + "b.grad.zero_()\n",
        {5: "w.grad was reset after backward and before the move in every step"},
    ),
    "zero_grad before the optimiser's step": WrongCell(
        sgd(),
        "--epochs 3",
        FORWARD + "opt.zero_grad()\nopt.step()\n",
        {5: "reset after backward and before the move"},
    ),
    "the root of the loss": WrongCell(
        "",
        "--epochs 2",
        "loss = mse(model(inputs), targets).sqrt()\nloss.backward()\n" + MOVE + RESET,
        {2: "where the mean squared error was 33060.8, whose root that is"},
    ),
}
