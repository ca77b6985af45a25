"""Cgroup hierarchies that limit memory and numbers of processes, in either version of the kernel's interface."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONTROLLERS = frozenset({"memory", "pids"})


@dataclass(frozen=True)
class Hierarchy:
    """A mounted hierarchy.

    Attributes:
        version: of the interface, 1 or 2.
        controllers: those of ``"memory"`` and ``"pids"`` that it has.
        own: the folder of the cgroup that this process is in.
    """

    version: int
    controllers: frozenset[str]
    own: Path


def own_hierarchies(process: Path = Path("/proc/self")) -> tuple[Hierarchy, ...]:
    """The hierarchies that together have both controllers: one of version 2, or one or two of version 1.

    Args:
        process: this process's folder in ``/proc``.

    Raises:
        OSError: there are none.
    """
    paths = dict(line.split(":", 2)[1:] for line in (process / "cgroup").read_text().splitlines())
    mounts = (process / "mountinfo").read_text().splitlines()
    found = [one for line in mounts if (one := _hierarchy(line, paths)) is not None]
    whole = [one for one in found if one.version == 2 and one.controllers == _CONTROLLERS]
    chosen = {
        controller: one
        for one in whole or [one for one in found if one.version == 1]
        for controller in one.controllers
    }
    if chosen.keys() != _CONTROLLERS:
        raise OSError("no cgroup of this process has the controllers memory and pids")
    return tuple(dict.fromkeys(chosen.values()))


def _hierarchy(mount: str, paths: Mapping[str, str]) -> Hierarchy | None:
    """The hierarchy of a line of mountinfo, where it is one that this process's own cgroup can be seen in.

    Args:
        mount: the line.
        paths: of this process's cgroups, by the names of their controllers, which version 2 does not give.
    """
    place, _, kind = mount.partition(" - ")
    root, folder = place.split()[3:5]
    version = {"cgroup": 1, "cgroup2": 2}.get(kind.split()[0])
    if version is None:
        return None
    options = kind.split()[-1].split(",")
    names = next((names for names in paths if set(names.split(",")) <= set(options)), "")
    path = Path(paths.get(names, ""))
    if ".." in path.parts or not path.is_relative_to(root):
        return None
    own = Path(folder, path.relative_to(root))
    controllers = names.split(",")
    if version == 2:
        with contextlib.suppress(OSError):
            controllers = (own / "cgroup.controllers").read_text().split()
    return Hierarchy(version, _CONTROLLERS.intersection(controllers), own)
