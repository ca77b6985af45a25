"""Bubblewrap's command line: what the fork server sees of this machine.

A root of its own, read-only, with the programs and libraries that Python, and kernels of other languages, need
and nothing of the course; no network; no environment; process ids of its own.
"""

from __future__ import annotations

import functools
import os
import shutil
import site
import sys
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING

from rainfall_kit import installation
from rainfall_kit.grading.sandbox.protocol import COUNTERS, SHARED_FILES

if TYPE_CHECKING:
    from collections.abc import Mapping

# What student code finds in its environment, and all that it finds. Torch must see no graphics card:
# no process could be forked after its first backward.
ENVIRONMENT = {
    "CUDA_VISIBLE_DEVICES": "-1",
    "HIP_VISIBLE_DEVICES": "-1",
    "LANG": "C.UTF-8",
    "LOGNAME": "student",
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "NBGRADER_EXECUTION": "autograde",  # what nbgrader sets, for tests that ask
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PATH": os.defpath,
    "PYTHONDONTWRITEBYTECODE": "1",
    "USER": "student",
}

_SYSTEM = (
    *("/usr", "/bin", "/sbin", "/lib", "/lib32", "/lib64"),
    *("/etc/alternatives", "/etc/fonts", "/etc/ld.so.cache", "/etc/localtime"),
)


def python_path() -> str:
    """Where the fork server finds the kit: the folder that holds this very package.

    Example:
        >>> Path(python_path(), "rainfall_kit").is_dir()
        True
    """
    return str(installation.FOLDER.parent)


@functools.cache
def scratch(shown: tuple[str, ...] = ()) -> str:
    """Where a submission's own folder is inside: ``/tmp``, unless Python itself lives below that.

    Args:
        shown: other folders that are seen.
    """
    usual = "/tmp"  # noqa: S108  inside, it is the worker's own
    folders = [*_python_folders(), str(installation.FOLDER), *shown]
    return "/scratch" if any(Path(place).is_relative_to(usual) for place in folders) else usual


def bwrap_command(
    command: list[str],
    hidden: tuple[Path, ...],
    files: Mapping[str, int],
    shown: tuple[str, ...] = (),
) -> list[str]:
    """A command line that runs `command` where it sees nothing else of this machine.

    Args:
        command: the program and its arguments.
        hidden: folders of the course, which must not be seen even if they lie below one that is.
        files: those of the kit, and what stands in certain others in the place of what this machine
            has there: for each path the descriptor of a file that holds it.
        shown: folders that are seen beside those of the system and of Python.
    """
    seen = (*_python_folders(), *shown)
    covered = [*_hidden_folders(hidden, seen), *sorted(_found_kits(seen))]
    words = [
        *(shutil.which("bwrap") or "bwrap", *_namespaces(), *_capabilities()),
        *("--perms", "0755", "--dir", "/etc"),
        *_system_folders(),
        *_read_only(seen),
        *_covers(covered),
        *_kit(files),
        *_other_files(files),
        *("--dev", "/dev", "--proc", "/proc", "--tmpfs", scratch(shown)),
        # gives zeros, too, and cannot be mapped: mapped zeros are memory that nobody counts
        *("--dev-bind", "/dev/full", "/dev/zero"),
        *_folder(Path(COUNTERS)),
        *_unwritable(covered),
        # last, as nothing can be mounted there after it; what is mounted above stays as it is
        *("--remount-ro", "/dev", "--remount-ro", "/", "--clearenv"),
    ]
    own = {"HOME": scratch(shown), "TMPDIR": scratch(shown), "PYTHONPATH": python_path()}
    if site.ENABLE_USER_SITE:  # inside, home is another
        own["PYTHONUSERBASE"] = site.getuserbase()
    for name, value in {**ENVIRONMENT, **own}.items():
        words += ["--setenv", name, value]
    return [*words, "--chdir", "/", "--", *command]


def _namespaces() -> list[str]:
    return [
        *("--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"),
        # in the session of a terminal, a process could type into it
        *("--unshare-cgroup-try", "--die-with-parent", "--new-session", "--hostname", "class"),
    ]


def _capabilities() -> list[str]:
    """Those that the fork server needs to make namespaces; it and its workers give them up."""
    words = ["--cap-drop", "ALL", "--cap-add", "CAP_SYS_ADMIN"]
    if os.geteuid() == 0:
        return [*words, "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    words += ["--unshare-user", "--uid", "0", "--gid", "0"]
    return [*words, "--cap-add", "CAP_SETFCAP"]  # else nobody may map this root's id further down


def _system_folders() -> list[str]:
    words: list[str] = []
    for place in _SYSTEM:
        if os.path.islink(place):  # noqa: PTH114  /lib64 -> usr/lib64
            words += ["--symlink", os.readlink(place), place]  # noqa: PTH115
        else:
            words += ["--ro-bind-try", place, place]
    return words


def _read_only(folders: tuple[str, ...]) -> list[str]:
    words: list[str] = []
    # bubblewrap makes what is missing on the way with no rights for anybody else
    above = {str(parent) for place in folders for parent in Path(place).parents[:-1]}
    for folder in sorted(above):
        words += ["--perms", "0755", "--dir", folder]
    for folder in folders:
        words += ["--ro-bind", folder, folder]
    return words


def _hidden_folders(hidden: tuple[Path, ...], seen: tuple[str, ...]) -> list[Path]:
    """Those of them that would be seen."""
    return [folder for folder in hidden if folder.is_dir() and _is_below(folder, seen)]


def _covers(paths: list[Path]) -> list[str]:
    """Nothing in the place of what must not be seen: folders of the course, and what an installation of the kit has left.

    That is the package itself, or in an editable install the course alone, with its solutions; and the
    package's metadata, in which the whole README stands.
    """
    words: list[str] = []
    for path in paths:
        words += ["--tmpfs", str(path)] if path.is_dir() else ["--ro-bind", os.devnull, str(path)]
    return words


def _unwritable(covered: list[Path]) -> list[str]:
    """Covers closed: whatever an ordinary user's submission wrote there, the next one would find."""
    folders = (str(path) for path in covered if path.is_dir())
    return [word for folder in folders for word in ("--remount-ro", folder)]


def _found_kits(seen: tuple[str, ...]) -> set[Path]:
    name = installation.FOLDER.name
    names = {name, name.replace("_", "-"), name.replace("_", "")}
    roots = [*map(Path, seen), Path("/usr/lib"), Path("/usr/local/lib")]
    roots += [place for folder in seen for place in Path(folder).glob("lib/python*")]
    return {
        path
        for root in roots
        for packages in (
            "",
            "site-packages/",
            "*/site-packages/",
            "dist-packages/",
            "*/dist-packages/",
        )
        for path in root.glob(f"{packages}*")
        if any(word in path.name.lower() for word in names)
    }


def _kit(files: Mapping[str, int]) -> list[str]:
    """The kit's folder, with these files in it and nothing else."""
    kit = installation.FOLDER
    words = [word for place in reversed(kit.parents[:-1]) for word in _folder(place)]
    words += ["--perms", "0755", "--tmpfs", str(kit)]
    inside = {
        Path(path): number for path, number in files.items() if Path(path).is_relative_to(kit)
    }
    below = {parent for path in inside for parent in path.parents if parent.is_relative_to(kit)}
    for folder in sorted(below - {kit}):
        words += _folder(folder)
    for path, number in inside.items():
        words += ["--perms", "0444", "--file", str(number), str(path)]
    return [*words, "--remount-ro", str(kit)]


def _folder(place: Path) -> list[str]:
    # bubblewrap makes what is missing on the way with no rights for anybody else
    return ["--perms", "0755", "--dir", str(place)]


def _other_files(files: Mapping[str, int]) -> list[str]:
    words: list[str] = []
    others = {
        path: number
        for path, number in files.items()
        if not Path(path).is_relative_to(installation.FOLDER)
    }
    shared = [Path(path) for path in others if Path(path).is_relative_to(SHARED_FILES)]
    for folder in sorted({parent for path in shared for parent in path.parents[:-1]}):
        words += _folder(folder)
    for path, number in others.items():
        words += ["--perms", "0444", "--ro-bind-data", str(number), path]
    return words


def made_up_files(shown: tuple[str, ...] = ()) -> dict[str, bytes]:
    """The files that this machine has otherwise, or not at all."""
    return {"/etc/passwd": f"student:x:1000:1000::{scratch(shown)}:/bin/sh\n".encode()}


def _python_folders() -> list[str]:
    """The folders outside /usr that Python and its packages live in, none inside another."""
    paths = sysconfig.get_paths()
    wanted = {Path(paths[name]) for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    wanted |= {
        Path(sys.prefix, "pyvenv.cfg"),
        Path(sys.prefix, "bin"),
        Path(sys.base_prefix, "bin"),
    }
    wanted |= {Path(sys.base_prefix, "lib"), Path(sys.executable).parent}
    wanted.add(Path(sys.executable).resolve().parent)
    if site.ENABLE_USER_SITE:
        wanted.add(Path(site.getusersitepackages()))
    there = sorted(path for path in wanted if path.exists())
    outer: list[Path] = []
    for path in there:
        if not any(path.is_relative_to(place) for place in (*outer, Path("/usr"))):
            outer.append(path)
    return [str(path) for path in outer]


def _is_below(folder: Path, seen: tuple[str, ...]) -> bool:
    return any(folder.resolve().is_relative_to(place) for place in ("/usr", *seen))
