"""The fork server of tests that run jobs themselves, and a cluster."""

import json
import os
import subprocess
import sys

import pytest
from class_of_twelve import wait_until
from shared_server import SharedServer


@pytest.fixture(scope="module")
def server(warm_server):
    """A fork server with namespaces, of which only the start is another's."""
    with SharedServer(warm_server._control.fileno(), warm_server.made_for) as server:
        server.wait_until_ready()
        yield server


class Cluster:
    """A scheduler and workers, each a process of its own, in a folder without the course."""

    def __init__(self, folder):
        self.folder = folder
        self.file = folder / "scheduler.json"
        self.processes = []

    def start_scheduler(self):
        self.start("scheduler", "--port=0", "--no-dashboard")
        wait_until(lambda: self.file.exists() and self.file.read_text().endswith("\n}"))
        self.address = json.loads(self.file.read_text())["address"]

    def start(self, *words, **environment):
        command = [sys.executable, "-m", "dask", *words, f"--scheduler-file={self.file}"]
        with (self.folder / "log").open("ab") as log:
            self.processes.append(
                subprocess.Popen(
                    command,
                    cwd=self.folder,
                    stdout=log,
                    stderr=log,
                    env={**os.environ, **environment},
                )
            )
        return self.processes[-1]

    def add_worker(self, **environment):
        return self.start("worker", "--nthreads=1", "--no-nanny", "--no-dashboard", **environment)


@pytest.fixture
def cluster(tmp_path_factory):
    cluster = Cluster(tmp_path_factory.mktemp("cluster"))
    try:
        cluster.start_scheduler()
        yield cluster
    finally:
        for process in cluster.processes:
            process.kill()
            process.wait()
