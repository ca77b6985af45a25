"""What the sandbox loads: nothing that could reach a gradebook, on either side of it."""

import subprocess
import sys

IMPORT_ALL = """
import importlib, pkgutil, sys
import rainfall_kit.grading.sandbox as sandbox

for module in pkgutil.walk_packages(sandbox.__path__, f"{sandbox.__name__}."):
    importlib.import_module(module.name)
print(*sys.modules)
"""


def test_neither_side_loads_nbgrader_or_a_database():
    command = [sys.executable, "-c", IMPORT_ALL]
    loaded = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert "rainfall_kit.grading.sandbox.inside.server" in loaded
    assert not {"nbgrader", "sqlalchemy", "nbformat"} & set(loaded)
    rooms = ("prepare", "record", "plugins", "engine", "exporter")
    assert not [
        name
        for name in loaded
        if name.startswith(tuple(f"rainfall_kit.grading.{room}" for room in rooms))
    ]
