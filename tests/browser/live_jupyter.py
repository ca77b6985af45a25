"""A Jupyter server with JupyterLab and Notebook 7 on it, and notebooks opened in a real browser."""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import nbformat
from playwright.sync_api import expect

ROOT = Path(__file__).parents[2]
CHROMIUM = "/usr/bin/chromium"
# Without these the browser tries addresses outside at its start.
QUIET = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
TOKEN = "rainfall"  # of a server that only this machine reaches
SECONDS = 180  # a machine may have other work
expect.set_options(timeout=SECONDS * 1000)
READY = """() => {
  const widget = window.jupyterapp?.shell.currentWidget, session = widget?.sessionContext;
  if (!session?.isReady || session.session?.kernel?.status !== 'idle') return false;
  return session.session.kernel.connectionStatus === 'connected';
}"""

# A move within one stop of the slider changes nothing that could be seen, so only those are timed that
# bring it to another stop: ipywidgets' slider moves its handle at once.
DRAG = """async ({ handle, seconds, least, longest, read }) => {
  const target = document.querySelector(handle), shown = document.querySelector(read);
  const look = () => shown.querySelector('img')?.src ?? shown.textContent;
  const stop = () => target.parentElement.style.transform;
  const track = target.closest('.noUi-target').getBoundingClientRect();
  const fire = (on, type, share) => {
    const event = new MouseEvent(type, { bubbles: true, cancelable: true, view: window, buttons: 1,
      clientX: track.left + share * track.width, clientY: track.top + track.height / 2 });
    on.dispatchEvent(event);
    return event.timeStamp;
  };
  const frame = () => new Promise(requestAnimationFrame);
  const milliseconds = [];
  let before = look(), moved = null, redraws = 0;
  const held = target.getBoundingClientRect();
  fire(target, 'mousedown', (held.left + held.width / 2 - track.left) / track.width);
  const began = performance.now();
  const goesOn = (passed) => passed < seconds || (redraws < least && passed < longest);
  for (let now = await frame(); goesOn((now - began) / 1000); now = await frame()) {
    const seen = look();
    if (seen !== before) {
      redraws++;
      if (moved !== null) milliseconds.push(performance.now() - moved);
      before = seen;
      moved = null;
    }
    const from = stop();
    const stamp = fire(document.documentElement, 'mousemove', 0.5 + 0.4 * Math.sin((now - began) / 400));
    if (stop() !== from) moved ??= stamp;
  }
  return { milliseconds, redraws };
}"""
RELEASE = """() => {
  document.documentElement.dispatchEvent(
    new MouseEvent('mouseup', { bubbles: true, view: window, clientX: 1, clientY: 1 }));
}"""


def free_port():
    """A port that is free, and stays so: not one of those that Linux gives to whoever asks for any."""
    while True:
        port = random.randrange(10_000, 30_000)
        with socket.socket() as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


class Server:
    """A Jupyter server of its own, with its own settings, in its own folder."""

    def __init__(self, folder):
        self.folder, self.port = folder, free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        names = ("CONFIG", "DATA", "RUNTIME")
        env = {f"JUPYTER_{name}_DIR": str(folder / ".jupyter" / name) for name in names}
        env["JUPYTERLAB_SETTINGS_DIR"] = str(folder / ".jupyter" / "settings")
        env["JUPYTERLAB_WORKSPACES_DIR"] = str(folder / ".jupyter" / "workspaces")
        env["IPYTHONDIR"] = str(folder / ".ipython")
        quiet = folder / ".jupyter" / "CONFIG" / "labconfig" / "page_config.json"
        quiet.parent.mkdir(parents=True)
        off = {"@jupyterlab/apputils-extension:announcements": True}
        quiet.write_text(json.dumps({"disabledExtensions": off}))
        python_path = os.pathsep.join(filter(None, [str(ROOT), os.environ.get("PYTHONPATH")]))
        self.log = (folder / ".jupyter" / "log").open("w")
        self.process = subprocess.Popen(
            [
                *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
                f"--ServerApp.port={self.port}",
                "--ServerApp.port_retries=0",
                f"--ServerApp.root_dir={folder}",
                f"--IdentityProvider.token={TOKEN}",
                "--LabApp.extension_manager=readonly",
                "--LabApp.expose_app_in_browser=True",
                "--JupyterNotebookApp.expose_app_in_browser=True",
            ],
            cwd=folder,  # where formgrader looks for the course
            env={**os.environ, **env, "PYTHONPATH": python_path},
            stdout=self.log,
            stderr=subprocess.STDOUT,
        )

    def wait(self):
        until = time.monotonic() + SECONDS
        while True:
            try:
                with urllib.request.urlopen(f"{self.url}/api?token={TOKEN}", timeout=1):
                    return
            except OSError:
                assert self.process.poll() is None, "the server ended"
                assert time.monotonic() < until, "the server does not answer"
                time.sleep(0.1)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(SECONDS)
        self.log.close()


class Notebook:
    """A notebook that is open in the browser."""

    def __init__(self, page):
        self.page = page
        self.sent = []  # what went to the kernel
        self.errors = []
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("websocket", lambda socket: self._listen(socket))

    def _listen(self, socket):
        if "/channels" in socket.url:
            socket.on("framesent", lambda frame: self.sent.append(frame))

    def run_all(self):
        """Run all cells, and wait until the kernel has nothing left to do."""
        # The command may never settle, so it is not waited for.
        self.page.evaluate(
            "() => void window.jupyterapp.commands.execute('notebook:run-all-cells')"
        )
        self.settle()

    def settle(self):
        self.page.wait_for_function(
            """() => {
              const notebook = window.jupyterapp.shell.currentWidget.content;
              const cells = [...notebook.widgets].filter((cell) => cell.model.type === 'code');
              return cells.every((cell) => !cell.model.sharedModel.source.trim()
                || cell.model.executionCount !== null || cell.model.outputs.length);
            }""",
            timeout=SECONDS * 1000,
        )
        self.page.wait_for_function(READY, timeout=SECONDS * 1000)

    def python(self, code):
        """What the kernel prints for some code."""
        return self.page.evaluate(
            """async (code) => {
              const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
              let printed = '';
              const future = kernel.requestExecute({ code, store_history: false });
              future.onIOPub = (message) => {
                if (message.header.msg_type === 'stream') printed += message.content.text;
                if (message.header.msg_type === 'error') printed += message.content.traceback.join('\\n');
              };
              await future.done;
              return printed.trim();
            }""",
            code,
        )

    def becomes(self, code, expected):
        """Wait until the kernel prints that: what a slider tells it may still be on its way."""
        until = time.monotonic() + SECONDS
        while (printed := self.python(code)) != expected and time.monotonic() < until:
            self.page.wait_for_timeout(20)
        assert printed == expected

    def save(self):
        self.page.evaluate("() => window.jupyterapp.commands.execute('docmanager:save')")

    def close(self):
        """Save it, end its kernel, and close its page."""
        self.save()
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.shutdown()")
        self.page.context.close()

    def drag(self, handle, seconds, read, *, least=0):
        """Drag a slider's handle to and fro, one move a frame, as a hand does: in an open loop.

        Args:
            handle: the selector of an ipywidgets slider's handle.
            seconds: for how long.
            read: the selector of what changes with the picture.
            least: how many redraws to wait for, where that takes longer.

        Returns:
            From the time stamp of each move to another stop of the slider to the first frame that
            shows it, in milliseconds, and how many redraws there were.
        """
        given = {"handle": handle, "seconds": seconds, "read": read}
        found = self.page.evaluate(DRAG, {**given, "least": least, "longest": SECONDS})
        return sorted(found["milliseconds"]), found["redraws"]

    def release(self):
        """Let go of what `drag` holds."""
        self.page.evaluate(RELEASE)


def write_notebook(path, cells):
    """Write a notebook of code cells, or copy one that is a path."""
    if isinstance(cells, Path):
        written = nbformat.read(cells, as_version=4)
    else:
        written = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(c) for c in cells])
        written.metadata.kernelspec = {"name": "python3", "display_name": "Python 3"}
    nbformat.write(written, path)


def open_notebook(server, browser, name, cells=None, *, front_end="lab", width=1280, height=900):
    """Open a notebook in ``lab`` or in ``notebook``: of these cells, or as it was saved."""
    if cells is not None:
        write_notebook(server.folder / f"{name}.ipynb", cells)
    context = browser.new_context(viewport={"width": width, "height": height})
    context.set_default_timeout(SECONDS * 1000)
    notebook = Notebook(context.new_page())
    page = notebook.page
    place = "lab/tree" if front_end == "lab" else "notebooks"
    page.goto(f"{server.url}/{place}/{name}.ipynb?reset&token={TOKEN}")
    page.wait_for_function(READY, timeout=SECONDS * 1000)
    if front_end == "lab":
        page.evaluate(
            "() => { const { shell } = window.jupyterapp;"
            "shell.collapseLeft(); shell.collapseRight(); }"
        )
    notebook.errors.clear()  # those of the front end's own start
    return notebook
