"""The explorers in marimo and in Voilà: they move, and their buttons work.

Collected only where it is named: the tests' own environment has neither, as Voilà would add itself to every
Jupyter server there.
"""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time

import live_jupyter
import pytest
from playwright.sync_api import expect

MARIMO = """import marimo

app = marimo.App()


@app.cell
def _():
    import rainfall_kit

    rainfall_kit.explore_learning_rate()
    return
"""
OUTSIDE = re.compile(r"https?://(?!127\.0\.0\.1)")
VOILA = ["import rainfall_kit\nrainfall_kit.explore_learning_rate()"]


def marimo(folder, port):
    (folder / "explorer.py").write_text(MARIMO)
    return ["run", "explorer.py", "--headless", "--no-token", "--host=127.0.0.1", f"--port={port}"]


def voila(folder, port):
    live_jupyter.write_notebook(folder / "explorer.ipynb", VOILA)
    return ["explorer.ipynb", "--no-browser", "--Voila.ip=127.0.0.1", f"--port={port}"]


@contextlib.contextmanager
def served(command, folder):
    """The address of a server that shows the explorer."""
    port = live_jupyter.free_port()
    url = f"http://127.0.0.1:{port}"
    own = {"HOME": str(folder), "IPYTHONDIR": str(folder / "ipython")}
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(
            [sys.executable, "-m", command.__name__, *command(folder, port)],
            cwd=folder,
            env={**os.environ, **own, "PYTHONPATH": str(live_jupyter.ROOT)},
            stdout=log,
            stderr=subprocess.STDOUT,
        )
        try:
            until = time.monotonic() + live_jupyter.SECONDS
            while True:
                with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port)):
                    break
                assert process.poll() is None and time.monotonic() < until, log.name
                time.sleep(0.1)
            yield url
        finally:
            process.send_signal(signal.SIGINT)
            process.wait(live_jupyter.SECONDS)


@pytest.mark.parametrize("command", [marimo, voila], ids=["marimo", "voila"])
def test_an_explorer_moves_and_its_buttons_go_to_python(command, browser, tmp_path):
    with served(command, tmp_path) as url:
        page = browser.new_page()
        page.route(OUTSIDE, lambda route: route.abort())  # Voilà's page waits for MathJax
        page.goto(url, timeout=live_jupyter.SECONDS * 1000)
        box = page.locator('.rk-explorer[data-live="learning_rate"]')
        box.locator(".rk-figure").wait_for(timeout=live_jupyter.SECONDS * 1000)
        before = box.locator(".rk-figure").inner_html()
        slider = box.get_by_role("slider", name="learning rate lr")
        slider.focus()
        page.keyboard.press("End")
        expect(box.locator(".rk-says")).to_contain_text("the run diverges")
        assert box.locator(".rk-figure").inner_html() != before
        box.get_by_role("button", name="Best fixed lr").click()
        expect(box.locator(".rk-says")).to_contain_text("with lr 1.117e-4")
        page.close()
