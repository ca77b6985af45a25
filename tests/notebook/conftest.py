"""A real IPython with the lesson's names in it."""

import pytest
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

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
