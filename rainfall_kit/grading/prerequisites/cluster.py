"""Dask cluster that is asked: whether it answers, and which version of the kit its workers have."""

from __future__ import annotations

import importlib.util

from rainfall_kit import installation
from rainfall_kit.grading.prerequisites.finding import Finding
from rainfall_kit.grading.sandbox.dask_runner import connect, workers_versions

_CONNECT_SECONDS = 20


def look_at_cluster(address: str | None) -> Finding:
    """Finding on whether students' code can run on a cluster.

    Args:
        address: of its scheduler; None where grading uses this machine.
    """

    def missing(text: str, act: str) -> Finding:
        needed = address is not None
        text = text if needed else f"{text}; needed only for rainfall grade --scheduler"
        return Finding(part="cluster", works=False, needed=needed, text=text, act=act)

    if importlib.util.find_spec("distributed") is None:
        return missing("Dask is not installed", "pip install 'dask[distributed]'")
    if address is None:
        text = "Dask is installed; --scheduler ADDRESS looks at a cluster"
        return Finding(part="cluster", works=True, text=text)
    try:
        versions = _workers_versions(address)
    except ConnectionError as problem:
        return missing(f"no scheduler answers at {address}: {problem}", "dask scheduler")
    if not versions:
        return missing("the scheduler has no workers", f"dask worker {address}")
    own = installation.VERSION
    others = {worker: told for worker, told in versions.items() if told != own}
    if others:
        worker, told = min(others.items())
        text = f"{len(others)} of {len(versions)} workers have another kit than {own}, such as {worker}: {told}"
        return missing(text, "")
    text = f"{len(versions)} workers, each with the kit {own}"
    return Finding(part="cluster", works=True, needed=True, text=text)


def _workers_versions(address: str) -> dict[str, str]:
    with connect(address, _CONNECT_SECONDS) as client:
        return workers_versions(client)
