"""Right cells in other clothes: what students write under ``%%gd_step`` that is no mistake.

Each entry has lines for a cell above, the options, the lines under the magic, and what must be said
of them where one sentence is due.
"""

from typing import NamedTuple


class Cell(NamedTuple):
    """A cell under ``%%gd_step``."""

    above: str
    options: str
    lines: str
    said: str = ""


FORWARD = "loss = mse(model(inputs), targets)\nloss.backward()\n"
MOVE = "with torch.no_grad():\n    w -= lr * w.grad\n    b -= lr * b.grad\n"
RESET = "w.grad.zero_(); b.grad.zero_()\n"
STEP = FORWARD + MOVE + RESET
EXACT = "✓ w and b moved to w − lr·∂loss/∂w and b − lr·∂loss/∂b"

OWN = "X, y, W, bias = inputs, targets, w, b; del inputs, targets, w, b"
OWN_STEP = """loss = ((X @ W.T + bias - y) ** 2).mean()
loss.backward()
with torch.no_grad():
    W -= lr * W.grad; bias -= lr * bias.grad
W.grad.zero_(); bias.grad.zero_()
"""
OWN_OPTIONS = "--params W bias --inputs X --targets y"
NET = "torch.manual_seed(0)\nnet = torch.nn.Linear(3, 2)\n"
NET_OPTIONS = "--params net.weight net.bias"
NET_STEP = "loss = torch.nn.functional.mse_loss(net(inputs), targets)\nopt.zero_grad()\nloss.backward()\nopt.step()\n"
SMALL = """torch.manual_seed(1)
inputs = torch.randn(20, 3)
targets = inputs @ torch.tensor([[1., 2, 3], [4, 5, 6]]).t() + torch.tensor([1., 2])
lr = 0.1
"""

EPOCH, COUNT = "epoch = 0", "epoch += 1\n"


def sgd(more="", net=False, kind="SGD", lr="1e-5"):
    """Lines that make an optimiser."""
    params = "net.parameters()" if net else "[w, b]"
    return f"opt = torch.optim.{kind}({params}, lr={lr}{more})\n"


BY_OPTIMISER = FORWARD + "opt.step()\nopt.zero_grad()\n"

PREDS = "preds = inputs @ w.t() + b\nloss = mse(preds, targets)\nloss.backward()\n"

RIGHT = {
    # Momentum, and other rules.
    "nesterov": Cell(
        sgd(", momentum=0.9, nesterov=True"), "--epochs 5", BY_OPTIMISER, "momentum 0.9"
    ),
    "sgd with weight decay": Cell(
        sgd(", weight_decay=0.1"), "--epochs 4", BY_OPTIMISER, "weight decay 0.1"
    ),
    "adamw": Cell(
        sgd(kind="AdamW", lr="1e-3"), "--epochs 6", BY_OPTIMISER, "torch.optim.AdamW moved w and b"
    ),
    "rmsprop": Cell(
        sgd(kind="RMSprop", lr="1e-3"), "--epochs 3", BY_OPTIMISER, "torch.optim.RMSprop"
    ),
    "adagrad": Cell(
        sgd(kind="Adagrad", lr="1e-2"), "--epochs 3", BY_OPTIMISER, "torch.optim.Adagrad"
    ),
    "lbfgs": Cell(
        "opt = torch.optim.LBFGS([w, b], lr=0.5)\ndef closure():\n    opt.zero_grad()\n"
        "    l = mse(model(inputs), targets)\n    l.backward()\n    return l\n",
        "--epochs 3",
        "loss = opt.step(closure)",
    ),
    "momentum by hand, damped": Cell(
        "vw, vb = torch.zeros_like(w), torch.zeros_like(b)",
        "--epochs 6",
        FORWARD
        + "with torch.no_grad():\n    vw.mul_(0.8).add_(0.2 * w.grad); vb.mul_(0.8).add_(0.2 * b.grad)\n"
        "    w -= lr * vw; b -= lr * vb\n" + RESET,
    ),
    "adam by hand": Cell(
        "m = [0, 0]; v = [0, 0]; t = 0",
        "--epochs 5",
        FORWARD + "t += 1\nwith torch.no_grad():\n    for i, p in enumerate((w, b)):\n"
        "        m[i] = 0.9 * m[i] + 0.1 * p.grad; v[i] = 0.99 * v[i] + 0.01 * p.grad ** 2\n"
        "        p -= 0.01 * (m[i] / (1 - 0.9 ** t)) / ((v[i] / (1 - 0.99 ** t)).sqrt() + 1e-8)\n"
        + RESET,
    ),
    "clipping by norm, by hand": Cell(
        "",
        "--epochs 3",
        FORWARD
        + "with torch.no_grad():\n    norm = (w.grad.norm() ** 2 + b.grad.norm() ** 2) ** 0.5\n"
        "    scale = min(1.0, 100 / norm.item())\n    w -= lr * scale * w.grad; b -= lr * scale * b.grad\n"
        + RESET,
    ),
    "clipping by value": Cell(
        "",
        "--epochs 3",
        FORWARD + "torch.nn.utils.clip_grad_value_([w, b], 1000.0)\n" + MOVE + RESET,
    ),
    # Modules.
    "a module with SGD": Cell(
        NET + sgd(net=True), f"--epochs 3 {NET_OPTIONS}", NET_STEP, "✓ net.weight and net.bias"
    ),
    "a module with Adam": Cell(
        NET + sgd(net=True, kind="Adam", lr="1e-2"),
        f"--epochs 3 {NET_OPTIONS}",
        NET_STEP,
        "torch.optim.Adam moved",
    ),
    "a module in train mode with MSELoss": Cell(
        NET + sgd(net=True) + "criterion = torch.nn.MSELoss()",
        f"--epochs 4 {NET_OPTIONS}",
        "net.train()\nopt.zero_grad()\nloss = criterion(net(inputs), targets)\nloss.backward()\nopt.step()\n",
    ),
    "a class of the student's own": Cell(
        "class Crops(torch.nn.Module):\n    def __init__(self):\n        super().__init__()\n"
        "        self.fc = torch.nn.Linear(3, 2)\n    def forward(self, x):\n        return self.fc(x)\n"
        "torch.manual_seed(0); net = Crops()\n" + sgd(net=True),
        "--epochs 2 --params net.fc.weight net.fc.bias",
        NET_STEP,
    ),
    "a module moved by hand": Cell(
        NET,
        f"--epochs 2 {NET_OPTIONS}",
        "loss = ((net(inputs) - targets) ** 2).mean()\nnet.zero_grad()\nloss.backward()\nwith torch.no_grad():\n"
        "    for p in net.parameters():\n        p -= lr * p.grad\n",
    ),
    "the first layer of a sequence": Cell(
        "torch.manual_seed(0); net = torch.nn.Sequential(torch.nn.Linear(3, 2))\n" + sgd(net=True),
        "--epochs 2 --params net[0].weight net[0].bias",
        NET_STEP,
    ),
    # Several updates, and batches.
    "a loader by hand": Cell(
        "from torch.utils.data import DataLoader, TensorDataset\ntorch.manual_seed(0)\n"
        "loader = DataLoader(TensorDataset(inputs, targets), batch_size=2)",
        "",
        "for xb, yb in loader:\n    loss = mse(xb @ w.t() + b, yb)\n    loss.backward()\n    with torch.no_grad():\n"
        "        w -= lr * w.grad; b -= lr * b.grad\n        w.grad.zero_(); b.grad.zero_()\n",
        "This cell makes 3 updates each time it runs",
    ),
    "a loader with SGD": Cell(
        "from torch.utils.data import DataLoader, TensorDataset\ntorch.manual_seed(0)\n"
        "loader = DataLoader(TensorDataset(inputs, targets), batch_size=2, shuffle=True)\n" + sgd(),
        "--epochs 4",
        "for xb, yb in loader:\n    loss = mse(xb @ w.t() + b, yb)\n    opt.zero_grad()\n    loss.backward()\n    opt.step()\n",
        "This cell makes 3 updates each time it runs",
    ),
    "one random batch in every step": Cell(
        "torch.manual_seed(0)",
        "--epochs 4",
        "idx = torch.randint(0, 5, (2,))\nxb, yb = inputs[idx], targets[idx]\nloss = mse(xb @ w.t() + b, yb)\nloss.backward()\n"
        + MOVE
        + RESET,
    ),
    "one row after another": Cell(
        "",
        "",
        "for i in range(len(inputs)):\n    loss = ((inputs[i] @ w.t() + b - targets[i]) ** 2).mean()\n    loss.backward()\n"
        "    with torch.no_grad():\n        w -= lr * w.grad; b -= lr * b.grad\n    w.grad = None; b.grad = None\n",
        "This cell makes 5 updates each time it runs",
    ),
    "one row, inline": Cell(
        "i = -1",
        "--epochs 5",
        "i = (i + 1) % 5\nloss = ((inputs[i:i+1] @ w.t() + b - targets[i:i+1]) ** 2).mean()\nloss.backward()\n"
        + MOVE
        + RESET,
    ),
    "a while loop": Cell(
        "",
        "",
        "i = 0\nwhile i < 5:\n"
        + "".join(f"    {line}\n" for line in STEP.splitlines())
        + "    i += 1\n",
        "This cell makes 5 updates each time it runs",
    ),
    "a loop with a print": Cell(
        "",
        "",
        "for epoch in range(20):\n"
        + "".join(f"    {line}\n" for line in STEP.splitlines())
        + "    if epoch % 10 == 0: print(epoch, loss.item())\n",
        "--epochs 20",
    ),
    # The name loss.
    "loss bound behind the move": Cell(
        "",
        "--epochs 4",
        "l = mse(model(inputs), targets)\nl.backward()\n"
        + MOVE
        + RESET
        + "with torch.no_grad():\n    loss = mse(model(inputs), targets)\n",
        "the loss of the moved w and b",
    ),
    "a running mean called loss": Cell(
        "loss, seen = 0.0, 0",
        "--epochs 6",
        "l = mse(model(inputs), targets)\nl.backward()\nseen += 1\nloss += (l.item() - loss) / seen\n"
        + MOVE
        + RESET,
    ),
    "loss as a number": Cell(
        "",
        "--epochs 3",
        "l = mse(model(inputs), targets)\nloss = l.item()\nl.backward()\n" + MOVE + RESET,
        EXACT,
    ),
    "a list of losses": Cell(
        "losses = []", "--epochs 12", STEP + "losses.append(loss.item())\n", EXACT
    ),
    "loss printed before and after": Cell(
        "",
        "--epochs 3",
        FORWARD
        + "before = loss.item()\n"
        + MOVE
        + RESET
        + "loss = mse(model(inputs), targets)\nafter = loss.item()\n",
        EXACT,
    ),
    # Gradients.
    "an old gradient from an earlier cell": Cell(
        "mse(model(inputs), targets).backward()",
        "--epochs 3",
        STEP,
        "held a gradient from before this cell",
    ),
    "reset at the top": Cell(
        "",
        "--epochs 3",
        "for p in (w, b):\n    if p.grad is not None: p.grad.zero_()\n" + FORWARD + MOVE,
        EXACT,
    ),
    "reset to None": Cell("", "--epochs 3", FORWARD + MOVE + "w.grad = b.grad = None", EXACT),
    "gradients by torch.autograd.grad, bound anew": Cell(
        "",
        "--epochs 3",
        "dw, db = torch.autograd.grad(mse(model(inputs), targets), [w, b])\n"
        "w = (w - lr * dw).detach().requires_grad_(); b = (b - lr * db).detach().requires_grad_()\n",
        EXACT,
    ),
    "the formulas, written out": Cell(
        "w, b = w.detach(), b.detach()",
        "--epochs 3",
        "diff = inputs @ w.t() + b - targets\nloss = (diff ** 2).mean()\nw = w - lr * 2 * diff.t() @ inputs / diff.numel()\n"
        "b = b - lr * 2 * diff.sum(0) / diff.numel()\n",
        EXACT,
    ),
    "a step in a function": Cell(
        "def step(lr=1e-6):\n    l = mse(model(inputs), targets)\n    l.backward()\n    with torch.no_grad():\n"
        "        w.sub_(lr * w.grad); b.sub_(lr * b.grad)\n    w.grad.zero_(); b.grad.zero_()\n    return l\n",
        "--epochs 3",
        "loss = step()",
        EXACT,
    ),
    "moves through .data": Cell(
        "",
        "--epochs 3",
        FORWARD + "w.data -= lr * w.grad.data; b.data -= lr * b.grad.data\n" + RESET,
        EXACT,
    ),
    "moves with alpha": Cell(
        "",
        "--epochs 3",
        FORWARD
        + "with torch.no_grad():\n    w.add_(w.grad, alpha=-lr); b.sub_(b.grad, alpha=lr)\n"
        + RESET,
        EXACT,
    ),
    "set_grad_enabled around the move": Cell(
        "",
        "--epochs 3",
        FORWARD
        + "with torch.set_grad_enabled(False):\n    w += -lr * w.grad\n    b += -lr * b.grad\n"
        + RESET,
        EXACT,
    ),
    # Numbers.
    "data without noise, near zero": Cell(SMALL, "--epochs 300", STEP, EXACT),
    "data without noise, in float64": Cell(
        SMALL
        + "inputs, targets = inputs.double(), targets.double()\nw, b = (p.detach().double().requires_grad_() for p in (w, b))",
        "--epochs 600",
        STEP,
        EXACT,
    ),
    "at the lowest point already": Cell(
        "w = torch.tensor([[1., 2, 3], [4, 5, 6]], requires_grad=True); b = torch.tensor([1., 2], requires_grad=True)\n"
        + SMALL,
        "--epochs 3",
        STEP,
    ),
    "float64": Cell(
        "inputs, targets = inputs.double(), targets.double()\nw, b = (p.detach().double().requires_grad_() for p in (w, b))",
        "--epochs 3",
        STEP,
        EXACT,
    ),
    "half of the steps cast down": Cell(
        "",
        "--epochs 2",
        "preds = (inputs.half() / 100 @ w.half().t() * 100).float() + b\nloss = mse(preds, targets)\nloss.backward()\n"
        + MOVE
        + RESET,
    ),
    "columns brought to one scale": Cell(
        "inputs = (inputs - inputs.mean(0)) / inputs.std(0); lr = 0.1",
        "--epochs 5",
        STEP,
        EXACT,
    ),
    "a larger table": Cell(
        "torch.manual_seed(0); inputs = torch.rand(500, 3); targets = torch.rand(500, 2); lr = 0.01",
        "--epochs 5",
        STEP,
        EXACT,
    ),
    # Names and shapes.
    "other names": Cell(OWN, f"--epochs 3 {OWN_OPTIONS}", OWN_STEP, "preds = X @ W.t() + bias"),
    "other names and other data": Cell(
        "torch.manual_seed(0); X, y = torch.rand(8, 4), torch.rand(8, 3)\n"
        "W = torch.rand(3, 4, requires_grad=True); bias = torch.zeros(3, requires_grad=True); lr = 0.1",
        f"--epochs 3 {OWN_OPTIONS}",
        OWN_STEP,
        "8 rows of 3 predictions",
    ),
    "one output": Cell(
        "targets = targets[:, :1]; w = torch.zeros(1, 3, requires_grad=True); b = torch.zeros(1, requires_grad=True)",
        "--epochs 3",
        STEP,
        "5 rows of 1 prediction",
    ),
    "one output, targets in a row": Cell(
        "y = targets[:, 0]; w = torch.zeros(1, 3, requires_grad=True); b = torch.zeros(1, requires_grad=True)",
        "--epochs 3 --targets y",
        "loss = ((model(inputs).squeeze(1) - y) ** 2).mean()\nloss.backward()\n" + MOVE + RESET,
    ),
    "one input and one output": Cell(
        "inputs, targets = inputs[:, :1], targets[:, :1]\nw = torch.zeros(1, 1, requires_grad=True); b = torch.zeros(1, requires_grad=True)",
        "--epochs 3",
        STEP,
        EXACT,
    ),
    "weights the other way round": Cell(
        "W = torch.zeros(3, 2, requires_grad=True)",
        "--epochs 3 --params W b",
        "loss = mse(inputs @ W + b, targets)\nloss.backward()\nwith torch.no_grad():\n    W -= lr * W.grad; b -= lr * b.grad\n"
        "W.grad.zero_(); b.grad.zero_()\n",
    ),
    "a vector of weights": Cell(
        "v = torch.zeros(3, requires_grad=True); c = torch.zeros(1, requires_grad=True); y = targets[:, 0]",
        "--epochs 3 --params v c --targets y",
        "loss = ((inputs @ v + c - y) ** 2).mean()\nloss.backward()\nwith torch.no_grad():\n    v -= lr * v.grad; c -= lr * c.grad\n"
        "v.grad.zero_(); c.grad.zero_()\n",
    ),
    # The lr.
    "a schedule in the cell": Cell("", "--epochs 5", STEP + "lr = lr * 0.9\n", EXACT),
    "a schedule by the epoch": Cell(
        "epoch = 0", "--epochs 5", "epoch += 1\nlr = 1e-5 / epoch ** 0.5\n" + STEP, EXACT
    ),
    "warming up": Cell(
        "epoch = 0",
        "--epochs 8",
        "epoch += 1\nrate = lr * min(1, epoch / 4)\n" + STEP.replace("lr *", "rate *"),
        EXACT,
    ),
    "--lr and the same literal": Cell(
        "", "--lr 1e-5 --epochs 3", STEP.replace("lr *", "1e-5 *"), EXACT
    ),
    "--lr and another literal": Cell(
        "",
        "--lr 1e-6 --epochs 3",
        STEP.replace("lr *", "1e-5 *"),
        "so --lr 1e-6 changed nothing",
    ),
    "--lr given and used": Cell("del lr", "--lr 2e-6 --epochs 3", STEP, "3 steps with lr 2e-6"),
    "an lr in a tensor": Cell("lr = torch.tensor(1e-5)", "--epochs 3", STEP, EXACT),
    "an lr in an object": Cell(
        "class Settings: lr = 1e-6\nc = Settings()\nc.lr = 1e-6",
        "--epochs 2",
        STEP.replace("lr *", "c.lr *"),
        EXACT,
    ),
    "two lrs": Cell(
        "lr_w, lr_b = 1e-5, 1e-3",
        "--epochs 3",
        STEP.replace("lr * w", "lr_w * w").replace("lr * b", "lr_b * b"),
    ),
    # Written when all this was finished, to see what it says of cells that nobody had tuned to.
    "accumulate over two cells": Cell(
        "n = 0",
        "--epochs 6",
        "n += 1\nloss = mse(model(inputs), targets) / 2\nloss.backward()\nif n % 2 == 0:\n    with torch.no_grad():\n        w -= lr * w.grad; b -= lr * b.grad\n    w.grad.zero_(); b.grad.zero_()\n",
    ),
    "backtracking": Cell(
        "",
        "--epochs 3",
        FORWARD
        + "with torch.no_grad():\n    t = 1e-3\n    while mse(inputs @ (w - t * w.grad).t() + b - t * b.grad, targets) > loss: t /= 2\n    w -= t * w.grad; b -= t * b.grad\n"
        + RESET,
    ),
    "averaged weights": Cell(
        "w_avg, b_avg = torch.zeros_like(w), torch.zeros_like(b)",
        "--epochs 6",
        STEP
        + "with torch.no_grad():\n    w_avg.mul_(0.9).add_(w, alpha=0.1); b_avg.mul_(0.9).add_(b, alpha=0.1)\n",
    ),
    "history of weights": Cell(
        "history = []",
        "--epochs 6",
        STEP + "history.append((w.clone(), b.clone(), loss.detach()))\n",
    ),
    "two inner steps": Cell(
        "",
        "--epochs 4",
        "for _ in range(2):\n" + "".join(f"    {l}\n" for l in STEP.splitlines()),
        "4 runs of the cell, with 2 updates in each",
    ),
    "early stopping flag": Cell(
        "best = float('inf')", "--epochs 5", STEP + "if loss.item() < best: best = loss.item()\n"
    ),
    "huber by torch": Cell(
        "",
        "--epochs 3",
        STEP.replace(
            "mse(model(inputs), targets)", "torch.nn.functional.mse_loss(model(inputs), targets)"
        ),
        EXACT,
    ),
    "params in a list": Cell(
        "params = [w, b]",
        "--epochs 5",
        FORWARD
        + "with torch.no_grad():\n    for p in params:\n        p -= lr * p.grad\n        p.grad.zero_()\n",
        EXACT,
    ),
    "params in a dict": Cell(
        "P = {'w': w, 'b': b}",
        "--epochs 5",
        "loss = mse(inputs @ P['w'].t() + P['b'], targets)\nloss.backward()\nwith torch.no_grad():\n    for p in P.values():\n        p -= lr * p.grad; p.grad = None\n",
        EXACT,
    ),
    "w = w - with requires_grad_": Cell(
        "",
        "--epochs 4",
        FORWARD
        + "with torch.no_grad():\n    w = w - lr * w.grad\n    b = b - lr * b.grad\nw.requires_grad_(); b.requires_grad_()\n",
        EXACT,
    ),
    "einsum": Cell(
        "",
        "--epochs 4",
        STEP.replace("model(inputs)", "(torch.einsum('nd,kd->nk', inputs, w) + b)"),
        EXACT,
    ),
    "F.linear": Cell(
        "import torch.nn.functional as F",
        "--epochs 4",
        STEP.replace("mse(model(inputs), targets)", "F.mse_loss(F.linear(inputs, w, b), targets)"),
        EXACT,
    ),
    "two lines of functions": Cell(
        "def forward(): return model(inputs)\ndef update(p, lr):\n    with torch.no_grad(): p -= lr * p.grad\n    p.grad.zero_()\n",
        "--epochs 4",
        "loss = mse(forward(), targets)\nloss.backward()\nupdate(w, lr); update(b, lr)\n",
        EXACT,
    ),
    "a class trainer": Cell(
        "class Trainer:\n    def __init__(self, lr): self.lr = lr\n    def step(self):\n        l = mse(model(inputs), targets); l.backward()\n        with torch.no_grad():\n            w.sub_(self.lr * w.grad); b.sub_(self.lr * b.grad)\n        w.grad.zero_(); b.grad.zero_()\n        return l.item()\ntrainer = Trainer(2e-6)",
        "--epochs 4",
        "loss = trainer.step()",
        EXACT,
    ),
    "cosine schedule": Cell(
        sgd() + "sched = torch.optim.lr_scheduler.CosineAnnealingLR(opt, 10)",
        "--epochs 6",
        BY_OPTIMISER + "sched.step()",
        EXACT,
    ),
    "loss over a list of rows": Cell(
        "",
        "--epochs 3",
        "l = 0\nfor x, y in zip(inputs, targets):\n    l = l + ((x @ w.t() + b - y) ** 2).mean() / len(inputs)\nl.backward()\n"
        + MOVE
        + RESET,
    ),
    "trailing expression": Cell("", "--epochs 3", STEP + "loss.item()\n", EXACT),
    "print in the step": Cell("", "--epochs 3", STEP + "print(f'{loss:.2f}')\n", EXACT),
    "plain step, no options": Cell("", "", STEP, EXACT),
    "lr 1e-4 unstable edge": Cell("", "--epochs 3 --lr 1e-4", STEP, EXACT),
    "retain_grad and hooks of the student's": Cell(
        "seen = []\nw.register_hook(lambda g: seen.append(g.norm()))", "--epochs 5", STEP, EXACT
    ),
    "zero_grad via functional": Cell(
        "", "--epochs 5", FORWARD + MOVE + "for p in (w, b): p.grad = torch.zeros_like(p)\n", EXACT
    ),
    "foreach": Cell(
        "",
        "--epochs 4",
        FORWARD
        + "with torch.no_grad():\n    torch._foreach_add_([w, b], [w.grad, b.grad], alpha=-lr)\n"
        + RESET,
        EXACT,
    ),
    "dropout of nothing": Cell(
        "drop = torch.nn.Dropout(0.0)",
        "--epochs 4",
        STEP.replace("model(inputs)", "drop(model(inputs))"),
        EXACT,
    ),
    # Where something else is done in one step, or from one step on.
    "the lr dropped half-way": Cell(
        EPOCH, "--epochs 30", COUNT + "if epoch == 15: lr = lr / 10\n" + STEP, EXACT
    ),
    "the lr dropped behind the step": Cell(
        EPOCH, "--epochs 30", COUNT + STEP + "if epoch == 15: lr = lr / 10\n", EXACT
    ),
    "the best weights kept": Cell(
        "best = 1e9",
        "--epochs 30",
        STEP + "if loss.item() < best:\n    best = loss.item(); best_w = w.detach().clone()\n",
        EXACT,
    ),
    "printed now and then": Cell(
        EPOCH,
        "--epochs 30",
        COUNT
        + STEP
        + "if epoch % 10 == 0:\n    with torch.no_grad(): print(epoch, mse(model(inputs), targets).item())\n",
        EXACT,
    ),
    "the loss looked at now and then": Cell(
        EPOCH,
        "--epochs 30",
        COUNT + STEP + "if epoch % 7 == 0: loss = mse(model(inputs), targets)\n",
    ),
    "the norm of the gradient now and then": Cell(
        EPOCH + "; norms = []",
        "--epochs 30",
        COUNT + FORWARD + "if epoch % 6 == 0: norms.append(w.grad.norm().item())\n" + MOVE + RESET,
        EXACT,
    ),
    "clipped only when large": Cell(
        "",
        "--epochs 30",
        FORWARD
        + "if w.grad.norm() > 9000: torch.nn.utils.clip_grad_norm_([w, b], 9000.0)\n"
        + MOVE
        + RESET,
    ),
    "SGD with a drop": Cell(
        sgd() + "s = torch.optim.lr_scheduler.StepLR(opt, 10, 0.1)",
        "--epochs 30",
        BY_OPTIMISER + "s.step()",
        EXACT,
    ),
    "momentum switched on later": Cell(
        sgd() + EPOCH,
        "--epochs 14",
        COUNT + "if epoch == 8: opt.param_groups[0]['momentum'] = 0.9\n" + BY_OPTIMISER,
    ),
    "weights clamped at one epoch": Cell(
        EPOCH,
        "--epochs 20",
        COUNT + STEP + "if epoch == 9:\n    with torch.no_grad(): w.clamp_(-1, 1)\n",
    ),
    "a restart at one epoch": Cell(
        EPOCH,
        "--epochs 20",
        COUNT
        + STEP
        + "if epoch == 7:\n    w = torch.zeros(2, 3, requires_grad=True); b = torch.zeros(2, requires_grad=True)\n",
    ),
    "two passes at one epoch": Cell(
        EPOCH,
        "--epochs 20",
        COUNT
        + "for _ in range(2 if epoch == 9 else 1):\n"
        + "".join(f"    {l}\n" for l in STEP.splitlines()),
    ),
    "zero_grad in every second step at the top": Cell(
        "", "--epochs 12", "w.grad = b.grad = None\n" + FORWARD + MOVE, EXACT
    ),
    "evaluated on held-out rows": Cell(
        "extra = torch.rand(3, 3)",
        "--epochs 12",
        STEP + "with torch.no_grad(): spread = model(extra).std()\n",
        EXACT,
    ),
    # Another loss, or other data, that nobody can say is a mistake.
    "preds of another table": Cell(
        "other = inputs.flip(0)",
        "--epochs 2",
        PREDS.replace("inputs", "other") + MOVE + RESET,
        "uses other",
    ),
    "rows that weigh more": Cell(
        "weights = torch.tensor([[1.0], [2.0], [1.0], [1.0], [3.0]])",
        "--epochs 3",
        STEP.replace(
            "mse(model(inputs), targets)", "(weights * (model(inputs) - targets) ** 2).mean()"
        ),
        "! the cell's own loss was 61673 in step 1, where the mean squared error was 33060.8; the cell uses weights",
    ),
    "noise on the inputs": Cell(
        "",
        "--epochs 3",
        "noisy = inputs + torch.randn_like(inputs)\n"
        + PREDS.replace("inputs", "noisy")
        + MOVE
        + RESET,
        "the cell uses noisy and random numbers, too",
    ),
    "standardised in the cell": Cell(
        "",
        "--epochs 3 --lr 0.1",
        "x = (inputs - inputs.mean(0)) / inputs.std(0)\n"
        + PREDS.replace("inputs", "x")
        + MOVE
        + RESET,
        "uses x",
    ),
    "a loss of torch's": Cell(
        "",
        "--epochs 3",
        STEP.replace(
            "mse(model(inputs), targets)", "torch.nn.functional.huber_loss(model(inputs), targets)"
        ),
        "the cell uses huber_loss, too",
    ),
    "w put back after the move": Cell(
        "kept = w.detach().clone()",
        "--epochs 3",
        STEP + "w.data.copy_(kept)\n",
        "the cell changes w once more after its move",
    ),
    "the negative loss, raised by the optimiser": Cell(
        sgd(", maximize=True"),
        "--epochs 3",
        "loss = -mse(model(inputs), targets)\nopt.zero_grad()\nloss.backward()\nopt.step()\n",
        "with its sign turned round: with maximize=True the optimiser raises it",
    ),
    "slopes by nudging": Cell(
        "def nudged(p):\n    slopes = torch.zeros_like(p)\n    with torch.no_grad():\n"
        "        for i in range(p.numel()):\n            found = []\n            for by in (0.5, -1, 0.5):\n"
        "                p.view(-1)[i] += by\n                found.append(mse(model(inputs), targets))\n"
        "            slopes.view(-1)[i] = found[0] - found[1]\n    return slopes\n",
        "",
        "slope_w, slope_b = nudged(w), nudged(b)\nwith torch.no_grad():\n    w -= lr * slope_w; b -= lr * slope_b\n",
        "b moved nearly to b − lr·∂loss/∂b: less than a hundredth of the move is beside it",
    ),
}
