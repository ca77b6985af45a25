"""Pytest plugin that plugs the engine into nbgrader's own tests, which stay as they are.

Tests of commands read it from a configuration file, as a course does; those of nbgrader's API read none, and
get the engine as the default.
"""

from __future__ import annotations

import os
from pathlib import Path
from tempfile import TemporaryDirectory

EXPORTER = "rainfall_kit.grading.exporter.EngineExporter"


def pytest_configure(config):
    from nbgrader.converters import Autograde
    from traitlets.utils.importstring import import_item

    folder = TemporaryDirectory()
    config.add_cleanup(folder.cleanup)
    line = f'get_config().Autograde.exporter_class = "{EXPORTER}"\n'
    Path(folder.name, "nbgrader_config.py").write_text(line)
    os.environ["JUPYTER_CONFIG_PATH"] = folder.name
    Autograde._exporter_class_default = lambda _: import_item(EXPORTER)
