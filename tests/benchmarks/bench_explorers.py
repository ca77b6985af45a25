"""How soon an explorer answers, beside matplotlib in an Output widget, in one run of JupyterLab.

python tests/benchmarks/bench_explorers.py
"""

import os
import statistics
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import sync_playwright

sys.path.insert(0, str(Path(__file__).parents[1] / "browser"))

import live_jupyter

SECONDS = 3
LOAD = """%load_ext rainfall_kit
import torch, ipywidgets, matplotlib.pyplot as plt, numpy as np, rainfall_kit
from IPython.display import clear_output, display"""
EXPLORERS = {
    "learning_rate": ("lr", ".rk-now-label"),
    "weights": ("w.0.0", ".rk-says"),
    "bowl": ("scale", ".rk-says"),
}
MATPLOTLIB = """from rainfall_kit.explorers.explored_data import explored_data
(data, _), out = explored_data(), ipywidgets.Output(layout={"height": "360px"})
slider = ipywidgets.FloatLogSlider(value=1e-5, min=-7, max=-3, step=0.02)
def draw(_change=None):
    w, b = data.bowl.path(data.w, data.b, slider.value, 100)
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.4))
    left.semilogy(data.bowl.losses_at(w, b))
    for crop in range(2):
        right.plot(w[:, crop, 0], w[:, crop, 1])
    with out:
        clear_output(wait=True)
        display(figure)
    plt.close(figure)
slider.observe(draw, "value")
draw()
ipywidgets.VBox([slider, out]).add_class("bench")"""
RUN_CELL = """async (index) => {
  const { content, sessionContext } = window.jupyterapp.shell.currentWidget;
  content.activeCellIndex = index;
  const began = performance.now();
  const code = content.widgets[index].model.sharedModel.source;
  window.jupyterapp.commands.execute('notebook:run-cell');
  while (!content.widgets[index].node.querySelector('.rk-explorer[data-live] .rk-figure'))
    await new Promise(requestAnimationFrame);
  return performance.now() - began;
}"""


def told(what, milliseconds, redraws, sent):
    median, p95 = statistics.median(milliseconds), milliseconds[int(0.95 * len(milliseconds))]
    print(
        f"{what:<32} {median:7.1f} ms median {p95:7.1f} ms p95 {redraws:6.1f} redraws/s "
        f"{sent:4d} messages to the kernel"
    )
    return median


def bench(notebook, what, handle, read):
    notebook.page.locator(handle).scroll_into_view_if_needed()
    notebook.drag(handle, 0.5, read)  # to warm up
    notebook.release()
    notebook.page.wait_for_timeout(500)
    sent = len(notebook.sent)
    milliseconds, redraws = notebook.drag(handle, SECONDS, read)
    sent = len(notebook.sent) - sent
    notebook.release()
    notebook.page.wait_for_timeout(500)
    return told(what, milliseconds, redraws / SECONDS, sent)


def bench_all(server, browser):
    cells = [LOAD, MATPLOTLIB, *(f"rainfall_kit.explore_{name}()" for name in EXPLORERS)]
    notebook = live_jupyter.open_notebook(server, browser, "bench", cells)
    notebook.run_all()
    notebook.page.locator('[data-live="bowl"]').wait_for()
    ours = [
        bench(
            notebook,
            f"{name}, dragging {control}",
            f'[data-live="{name}"] [data-name="{control}"] .noUi-handle',
            f'[data-live="{name}"] {read}',
        )
        for name, (control, read) in EXPLORERS.items()
    ]
    theirs = bench(
        notebook, "matplotlib in an Output", ".bench .noUi-handle", ".bench .widget-output"
    )
    print(f"{'ratio of the medians':<32} {statistics.median(ours) / theirs:7.3f}")
    busy = f"{os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
    print(f"{'load of the machine':<32} {busy}: frames come late where others work, too")
    first = [notebook.page.evaluate(RUN_CELL, 2) for _ in range(5)]
    print(f"{'first picture':<32} {statistics.median(first):7.1f} ms from running the cell")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        server = live_jupyter.Server(Path(folder))
        try:
            server.wait()
            browser = playwright.chromium.launch(
                executable_path=live_jupyter.CHROMIUM, args=live_jupyter.QUIET
            )
            bench_all(server, browser)
            browser.close()
        finally:
            server.stop()
