"""A real IPython with the lesson's names in it."""

import numpy as np
import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from rainfall_kit.quadratic.bowl import Bowl

LESSON = """
import torch
import rainfall_kit
inputs, targets = rainfall_kit.load_orchard().tensors()
w, b = rainfall_kit.init_params(0)
lr = 1e-5
def model(x):
    return x @ w.t() + b
def mse(preds, targets):
    diff = preds - targets
    return torch.sum(diff * diff) / diff.numel()
"""

STEP = """
preds = model(inputs)
loss = mse(preds, targets)
loss.backward()
with torch.no_grad():
    w -= lr * w.grad
    b -= lr * b.grad
w.grad.zero_()
b.grad.zero_()
"""


class Notebook:
    """Run cells as a kernel would, and keep what the last one gave."""

    def __init__(self, shell):
        self.shell = shell
        self.names = shell.user_ns

    def run(self, cell):
        return self.shell.run_cell(cell)

    def step(self, options="", body=STEP):
        result = self.run(f"%%gd_step {options}\n{body.strip()}\n")
        result.raise_error()
        return result.result


@pytest.fixture(scope="session")
def shell():
    return InteractiveShell.instance(config=Config({"HistoryManager": {"enabled": False}}))


@pytest.fixture
def notebook(shell):
    shell.reset()
    shell.run_line_magic("load_ext", "rainfall_kit")
    notebook = Notebook(shell)
    notebook.run(LESSON).raise_error()
    yield notebook
    shell.run_line_magic("unload_ext", "rainfall_kit")
    shell.config.pop("GDStepMagics", None)  # what a test set with %config


@pytest.fixture(scope="session")
def lesson():
    return LESSON


@pytest.fixture(scope="session")
def step_body():
    return STEP


@pytest.fixture
def said():
    """A function that runs a cell and gives what it prints and displays, as text."""

    def run(notebook, cell, capsys):
        capsys.readouterr()
        notebook.run(cell)
        return capsys.readouterr().out

    return run


@pytest.fixture
def made(monkeypatch):
    """How many bowls were made and how many matrices decomposed, from now on."""
    count = {"bowls": 0, "decompositions": 0}
    make, decompose = Bowl.__init__, np.linalg.svd

    def counting_make(*args, **kwargs):
        count["bowls"] += 1
        make(*args, **kwargs)

    def counting_decompose(*args, **kwargs):
        count["decompositions"] += 1
        return decompose(*args, **kwargs)

    monkeypatch.setattr(Bowl, "__init__", counting_make)
    monkeypatch.setattr(np.linalg, "svd", counting_decompose)
    return count
