"""Benchmark of the lesson, as ratios within one run: python tests/benchmarks/bench_lesson.py."""

import os
import statistics
import subprocess
import sys
import time

import numpy as np
import torch
from IPython.core.interactiveshell import InteractiveShell

from rainfall_kit.lesson import reference
from rainfall_kit.lesson.orchard import load_orchard, make_orchard, orchard_chunks
from rainfall_kit.quadratic.bowl import Bowl

EPOCHS = 100
CURVES = 20  # one alone is too quick for the clock
BODY = """
preds = inputs @ w.t() + b
diff = preds - targets
loss = (diff * diff).sum() / diff.numel()
loss.backward()
with torch.no_grad():
    w -= lr * w.grad
    b -= lr * b.grad
w.grad.zero_()
b.grad.zero_()
"""


def seconds(work):
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def paired(first, second, pairs=15):
    """Median seconds of both, taken in turn so that a drifting machine favours neither."""
    first(), second()
    times = [(seconds(first), seconds(second)) for _ in range(pairs)]
    return [statistics.median(column) for column in zip(*times, strict=True)]


def line(what, ours, other, unit=1e3):
    print(
        f"{what:<66} {ours * unit:9.3f} ms {other * unit:9.3f} ms   ratio {ours / other:8.4f} = 1/{other / ours:.1f}"
    )


def bench_magic():
    shell = InteractiveShell.instance()
    shell.run_line_magic("load_ext", "rainfall_kit")
    inputs, targets = load_orchard().tensors()
    w, b = reference.init_params(0)
    shell.user_ns.update(torch=torch, inputs=inputs, targets=targets, w=w, b=b, lr=1e-7)
    for epochs in (EPOCHS, 50 * EPOCHS):
        names = dict(shell.user_ns)
        code = compile(
            f"for _ in range({epochs}):\n    " + BODY.strip().replace("\n", "\n    "),
            "loop",
            "exec",
        )
        magic, loop = paired(
            lambda n=epochs: shell.run_cell_magic("gd_step", f"-q --epochs {n}", BODY),
            lambda c=code, n=names: exec(c, n),
            pairs=15 if epochs == EPOCHS else 3,
        )
        line(f"{epochs} epochs: %%gd_step | the same bare loop", magic, loop)


def bare_loop(inputs, targets, w, b, lr, epochs):
    for _ in range(epochs):
        loss = reference.mse(reference.model(inputs, w, b), targets)
        loss.backward()
        with torch.no_grad():
            w -= lr * w.grad
            b -= lr * b.grad
        w.grad.zero_()
        b.grad.zero_()


def bench_bowl():
    for rows in (5, 1000, 100_000):
        orchard = load_orchard() if rows == 5 else make_orchard(rows)
        inputs, targets = orchard.tensors()
        bowl = Bowl.from_data(inputs, targets)
        w, b = reference.init_params(0)

        def curves(bowl=bowl, w=w, b=b):
            for _ in range(CURVES):
                bowl.losses(w, b, 1e-7, np.arange(EPOCHS + 1))

        def bare(inputs=inputs, targets=targets):
            bare_loop(inputs, targets, *reference.init_params(0), 1e-7, EPOCHS)

        def recording(inputs=inputs, targets=targets):
            reference.train(inputs, targets, *reference.init_params(0), lr=1e-7, epochs=EPOCHS)

        for name, loop in (("bare", bare), ("recording", recording)):
            ours, other = paired(curves, loop, pairs=5)
            line(
                f"{EPOCHS} epochs, {rows:,} rows: the bowl | the {name} loop", ours / CURVES, other
            )


def bench_ten_million_rows():
    rows = 10_000_000
    bowls = []
    build = seconds(lambda: bowls.append(Bowl.from_chunks(orchard_chunks(rows))))
    small = Bowl.from_data(*load_orchard().tensors())
    start = [parameter.detach().numpy() for parameter in reference.init_params(0)]
    large_curve, small_curve = paired(
        lambda: bowls[0].losses(*start, 1e-7, np.arange(EPOCHS + 1)),
        lambda: small.losses(*start, 1e-7, np.arange(EPOCHS + 1)),
    )
    line(f"{EPOCHS} losses: a bowl of {rows:,} rows | of 5 rows", large_curve, small_curve)
    print(f"(drawing and factoring {rows:,} rows took {build:.1f} s, in one pass)")


def bench_doors():
    shell = "from IPython.core.interactiveshell import InteractiveShell as S; s = S.instance(); "
    load = (
        shell + "import time; t = time.perf_counter(); s.run_line_magic('load_ext', 'rainfall_kit')"
    )
    torch_ = "import time; t = time.perf_counter(); import torch"
    # as where the kit is installed: the first of these writes its byte code
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": ""}
    times = []
    for _ in range(5):
        pair = []
        for code in (load, torch_):
            code += "; print(time.perf_counter() - t)"
            done = subprocess.run(
                [sys.executable, "-c", code],
                capture_output=True,
                text=True,
                check=True,
                env=environment,
            )
            pair.append(float(done.stdout.split()[-1]))
        times.append(pair)
    ours, other = (statistics.median(column) for column in zip(*times, strict=True))
    line("%load_ext rainfall_kit | import torch", ours, other)


if __name__ == "__main__":
    bench_magic()
    bench_bowl()
    bench_ten_million_rows()
    bench_doors()
