"""Where this process's cgroups lie is read from what the kernel says, in either version and in containers."""

from pathlib import Path

import pytest

from rainfall_kit.grading.sandbox.cgroups.hierarchy import own_hierarchies

BOTH = frozenset({"memory", "pids"})
V1_MOUNTS = """\
24 1 0:20 / /proc rw,relatime - proc proc rw
33 31 0:28 {root} {at}/memory rw,relatime shared:9 - cgroup cgroup rw,memory
34 31 0:29 {root} {at}/cpu rw,relatime - cgroup cgroup rw,cpu,cpuacct
35 31 0:30 {root} {at}/pids rw,relatime - cgroup cgroup rw,pids
36 31 0:31 / {at}/unified rw,relatime - cgroup2 cgroup2 rw,nsdelegate
"""
V1_PATHS = "9:cpu,cpuacct:/\n8:pids:{path}\n4:memory:{path}\n1:name=systemd:/x\n0::/\n"
V2_MOUNT = "30 23 0:26 {root} {at} rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"


def look(tmp_path, mounts, paths, *, controllers=None, root="/", path="/"):
    """The hierarchies that a process with these two files in its folder finds; its cgroup is below tmp_path."""
    (tmp_path / "mountinfo").write_text(mounts.format(at=tmp_path, root=root))
    (tmp_path / "cgroup").write_text(paths.format(path=path))
    if controllers is not None:
        own = tmp_path / Path(path).relative_to(root)
        own.mkdir(parents=True, exist_ok=True)
        (own / "cgroup.controllers").write_text(f"{controllers}\n")
    found = own_hierarchies(tmp_path)
    return {(one.version, one.controllers, str(one.own.relative_to(tmp_path))) for one in found}


@pytest.mark.parametrize(
    ("root", "path", "own"),
    [
        ("/", "/", ""),
        ("/", "/user.slice/a b.scope", "/user.slice/a b.scope"),
        ("/docker/1f", "/docker/1f", ""),  # a container sees its own part alone
        ("/docker/1f", "/docker/1f/job", "/job"),
    ],
)
def test_the_own_cgroup_is_found_below_its_mount(tmp_path, root, path, own):
    found = look(tmp_path, V1_MOUNTS, V1_PATHS, root=root, path=path)
    assert found == {
        (1, frozenset({"memory"}), f"memory{own}"),
        (1, frozenset({"pids"}), f"pids{own}"),
    }
    unified = look(
        tmp_path, V2_MOUNT, "0::{path}\n", controllers="cpu memory pids", root=root, path=path
    )
    assert unified == {(2, BOTH, own.lstrip("/") or ".")}


@pytest.mark.parametrize(
    ("mounts", "paths", "path"),
    [
        pytest.param(V2_MOUNT, "0::{path}\n", "/", id="no controllers"),
        pytest.param(V2_MOUNT, "0::/../other\n", "/", id="out of the namespace's sight"),
        pytest.param(V1_MOUNTS.replace("{root}", "/docker"), V1_PATHS, "/x", id="not mounted"),
        pytest.param(V1_MOUNTS.replace("pids", "freezer"), V1_PATHS, "/", id="one of the two"),
        pytest.param("24 1 0:20 / /proc rw - proc proc rw\n", "", "/", id="no cgroups"),
    ],
)
def test_where_there_are_none_it_says_so(tmp_path, mounts, paths, path):
    with pytest.raises(OSError, match="no cgroup of this process"):
        look(tmp_path, mounts, paths, controllers="cpu", path=path)
