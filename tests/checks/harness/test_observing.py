"""What calling an answer loads, and how often."""

import subprocess
import sys

LOADED = """
import sys
import torch
from rainfall_kit.checks.questions.registry import QUESTIONS, find_question
from rainfall_kit.checks.harness.observing import observe
from rainfall_kit.checks.questions.programs import build
for name, question in QUESTIONS.items():
    if "optim" in question.program:  # whoever asks for an optimiser waits for it
        continue
    observe(question, build(find_question(name).program, name), question.draw(0))
print(sorted({"sympy", "torch._dynamo", "torch._inductor"} & sys.modules.keys()))
"""


def test_calling_an_answer_loads_no_slow_part_of_torch():
    done = subprocess.run(
        [sys.executable, "-c", LOADED], capture_output=True, text=True, check=False
    )
    assert (done.stdout, done.stderr) == ("[]\n", "")


LATE = """
from rainfall_kit.checks.harness import observing
from rainfall_kit.checks.checking import check
from rainfall_kit.checks.questions.programs import build
loaded, load = [], observing._load
observing._load = lambda names: loaded.append(names) or load(names)
print(check("update", build({source!r}, "update")).outcome, loaded[0], len(loaded[1]) < 10)
"""
BY_TORCH = "def update(w, b, lr):\n    torch.optim.SGD([w, b], lr=lr).step()\n"


def test_what_torch_loads_late_is_loaded_once():
    done = subprocess.run(
        [sys.executable, "-c", LATE.format(source=BY_TORCH)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("right ['torch._dynamo'] True\n", "")


SLOW_IMPORT = """
import sys
from rainfall_kit.checks.checking import check
from rainfall_kit.checks.questions.programs import build
sys.path.insert(0, {folder!r})
source = "def mse(p, t):\\n    import slow_to_import\\n    return ((p - t) ** 2).mean()\\n"
print(check("mse", build(source, "mse")).message)
"""


def test_a_slow_import_is_not_taken_for_a_call_of_the_kits_own(tmp_path):
    (tmp_path / "slow_to_import.py").write_text("import time\ntime.sleep(1.2)\n")
    done = subprocess.run(
        [sys.executable, "-c", SLOW_IMPORT.format(folder=str(tmp_path))],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.startswith("mse is right")
