"""Jupyter's parts are looked at where Jupyter looks, and say what is missing."""

import json
import sys
import tempfile
from pathlib import Path

import pytest

from rainfall_kit.grading.prerequisites import jupyter
from rainfall_kit.grading.prerequisites.jupyter import (
    look_at_formgrader,
    look_at_hub,
    look_at_kernel,
    look_at_readable,
)


@pytest.fixture
def own(tmp_path, monkeypatch):
    """A place that Jupyter looks at first, before this environment's own."""
    monkeypatch.setenv("JUPYTER_PREFER_ENV_PATH", "0")
    monkeypatch.setenv("JUPYTER_DATA_DIR", str(tmp_path / "share/jupyter"))
    monkeypatch.setenv("JUPYTER_CONFIG_DIR", str(tmp_path / "config"))
    (tmp_path / "share/jupyter").mkdir(parents=True)
    (tmp_path / "config").mkdir()
    return tmp_path


def write_kernel(own, *argv, env=None):
    folder = own / "share/jupyter/kernels/python3"
    folder.mkdir(parents=True)
    spec = {"argv": list(argv), "display_name": "Python 3", "language": "python", "env": env or {}}
    (folder / "kernel.json").write_text(json.dumps(spec))


def test_a_kernel_whose_python_is_gone_is_told_with_what_puts_this_one_there(own):
    gone = own / "old-environment/bin/python"
    write_kernel(own, str(gone), "-m", "ipykernel_launcher", "-f", "{connection_file}")
    found = look_at_kernel()
    assert (found.works, found.needed) == (False, False)
    assert f"to start '{gone}', which is not there" in found.text
    assert found.act == f"{sys.executable} -m ipykernel install --prefix {own} --name python3"


def test_a_kernel_that_cannot_import_torch_is_told(own):
    (own / "torch.py").write_text("raise ImportError('no torch here')")
    write_kernel(own, sys.executable, env={"PYTHONPATH": str(own)})
    found = look_at_kernel()
    assert not found.works
    assert "cannot import what notebooks need: ImportError: no torch here" in found.text


def test_no_kernel_at_all_is_told(monkeypatch):
    monkeypatch.setattr("jupyter_client.kernelspec.jupyter_path", lambda *_: [])
    monkeypatch.setitem(sys.modules, "ipykernel.kernelspec", None)  # as where it is not installed
    found = look_at_kernel()
    assert (found.works, found.act) == (False, "pip install ipykernel")
    assert found.text.startswith("there is no kernel python3; needed only for")


def test_formgraders_extensions_are_enabled_here():
    assert look_at_formgrader().works


def test_a_server_extension_that_is_disabled_is_told(own):
    told = {"nbgrader.server_extensions.formgrader": False}
    (own / "config/jupyter_server_config.json").write_text(
        json.dumps({"ServerApp": {"jpserver_extensions": told}})
    )
    found = look_at_formgrader()
    assert (found.works, found.needed) == (False, False)
    assert found.text.endswith("is not enabled; needed only for formgrader")
    assert found.act.startswith("jupyter server extension enable --sys-prefix nbgrader.")


def test_a_lab_extension_that_is_disabled_or_not_there_is_told(own, monkeypatch):
    (own / "config/labconfig").mkdir()
    (own / "config/labconfig/page_config.json").write_text(
        json.dumps({"disabledExtensions": {"@jupyter/nbgrader": True}})
    )
    assert look_at_formgrader().act == "jupyter labextension enable @jupyter/nbgrader"
    monkeypatch.setattr(jupyter, "jupyter_path", lambda *_: [])
    assert "@jupyter/nbgrader is not installed" in look_at_formgrader().text


def test_a_machine_without_a_hub_is_told_that_and_no_more(monkeypatch):
    def missing(name):
        raise jupyter.importlib.metadata.PackageNotFoundError(name)

    monkeypatch.setattr(jupyter.importlib.metadata, "version", missing)
    (found,) = look_at_hub()
    assert (found.works, found.needed, found.act) == (False, False, "")


@pytest.mark.parametrize(
    ("policy", "works"),
    [("", False), ("frame-ancestors 'none'", False), ("frame-ancestors 'self'", True)],
)
def test_with_a_hub_it_is_said_whether_formgrader_may_be_framed(own, monkeypatch, policy, works):
    installed = own / "packages/jupyterhub-5.2.1.dist-info"
    installed.mkdir(parents=True)
    (installed / "METADATA").write_text("Metadata-Version: 2.1\nName: jupyterhub\nVersion: 5.2.1\n")
    monkeypatch.syspath_prepend(installed.parent)
    hub, frame, python = look_at_hub()
    assert (hub.works, frame.works, python.part) == (True, False, "hub: python")
    assert hub.text.startswith("JupyterHub 5.2.1; ")
    # what it says to write into that file is what it then finds there
    line = frame.act if works else frame.act.replace("frame-ancestors 'self'", policy)
    (own / "config/jupyter_server_config.py").write_text(line)
    _, frame, _ = look_at_hub()
    assert frame.works == works


def test_a_python_in_a_closed_folder_is_told():
    assert look_at_readable(Path("/usr/bin")).works
    with tempfile.TemporaryDirectory() as folder:  # closed, as such folders are
        (Path(folder) / "python").touch()
        found = look_at_readable(Path("/usr/bin"), Path(folder, "python"))
        assert not found.works
        assert found.act == f"chmod o+x {folder}"
        Path(folder).chmod(0o711)
        assert look_at_readable(Path(folder, "python")).works
