"""A notebook in another language gets its own kernel, or is refused in words; it is never graded as Python."""

import json
import re
import shutil
from pathlib import Path

import pytest
from traitlets.config import Config

from rainfall_kit.errors import CourseError
from rainfall_kit.grading.prepare import kernel as kernel_module
from rainfall_kit.grading.prepare.kernel import find_kernel
from rainfall_kit.grading.sandbox.job import Kernel

SH = shutil.which("sh")


@pytest.fixture
def install(tmp_path, monkeypatch):
    """Installs a kernel for Jupyter to find, and gives its folder."""
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path))

    def run(name, **facts):
        folder = tmp_path / "kernels" / name
        folder.mkdir(parents=True)
        spec = {"argv": ["sh"], "display_name": name, "language": "sh", **facts}
        (folder / "kernel.json").write_text(json.dumps(spec))
        return str(folder)

    return run


@pytest.mark.parametrize(
    "kernelspec",
    [{}, {"name": "python3"}, {"name": "python"}, {"name": "conda-root", "language": "python"}],
)
def test_python_needs_none_under_any_name(kernelspec):
    assert find_kernel("hw", kernelspec, Config()) is None


def test_python_needs_none_where_the_installed_kernel_alone_says_so(install):
    install("course-2024", language="python")
    assert find_kernel("hw", {"name": "course-2024"}, Config()) is None


def test_an_installed_kernel_is_found_with_all_that_it_needs(install, tmp_path, monkeypatch):
    monkeypatch.setenv("LICENCE", "4711")
    folder = install(
        "sh",
        argv=["sh", "{resource_dir}/start", "{connection_file}"],
        env={"KEY": "no ${LICENCE}"},
        interrupt_mode="message",
    )
    config = Config({"KernelFolders": {"folders": [str(tmp_path), "/nowhere"]}})
    assert find_kernel("hw", {"name": "sh", "language": "sh"}, config) == Kernel(
        name="sh",
        argv=(SH, f"{folder}/start", "{connection_file}"),
        environment=(f"PATH={Path(SH).parent}:/bin:/usr/bin", "KEY=no 4711"),
        interrupted_by_message=True,
        folders=(folder, str(tmp_path)),
    )


@pytest.mark.parametrize(
    ("program", "shown"),
    [
        ("opt/julia/bin/julia", "opt/julia"),
        ("opt/ark/ark", "opt/ark"),
        ("home/bin/ark", None),
        ("home/.local/bin/ark", None),
    ],
)
def test_a_programs_folder_is_seen_but_never_a_home(install, tmp_path, monkeypatch, program, shown):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    path = tmp_path / program
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch(mode=0o755)
    folder = install("its", argv=[str(path)])
    kernel = find_kernel("hw", {"name": "its"}, Config())
    assert kernel.folders == (folder, *([str(tmp_path / shown)] if shown else []))


def test_what_the_system_keeps_elsewhere_of_a_language_is_seen(install, tmp_path, monkeypatch):
    monkeypatch.setattr(kernel_module, "_SETTINGS", {"r": (str(tmp_path), "/nowhere")})
    folder = install("its", language="R")
    assert find_kernel("hw", {"name": "its"}, Config()).folders == (folder, str(tmp_path))


@pytest.mark.parametrize(
    ("kernelspec", "told"),
    [
        (
            {"name": "my-r", "language": "R"},
            "'my-r' (R), which is not installed here. Try: jupyter ",
        ),
        ({"name": "blarg"}, "'blarg', which is not installed here. Try: jupyter kernelspec list"),
        ({"name": "gone"}, "'gone', whose program not-there is not there. Try: install it, or "),
    ],
)
def test_one_that_is_not_there_is_told(install, kernelspec, told):
    install("gone", argv=["not-there"])
    with pytest.raises(CourseError, match=re.escape(f"the notebook 'hw' is for the kernel {told}")):
        find_kernel("hw", kernelspec, Config())
