"""A cluster is asked for the kit that its workers have; without one it is only said what Dask is for."""

import importlib.util

import pytest

from rainfall_kit import installation
from rainfall_kit.grading.prerequisites import cluster
from rainfall_kit.grading.prerequisites.cluster import look_at_cluster
from rainfall_kit.grading.sandbox import dask_runner


def test_without_an_address_dask_is_optional(monkeypatch):
    assert look_at_cluster(None).works
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    found = look_at_cluster(None)
    assert (found.works, found.needed) == (False, False)
    assert found.text == "Dask is not installed; needed only for rainfall grade --scheduler"
    assert look_at_cluster("tcp://127.0.0.1:1").needed


@pytest.mark.parametrize("address", ["tcp://127.0.0.1:1", "somewhere"])
def test_a_scheduler_that_does_not_answer_is_told(monkeypatch, address):
    monkeypatch.setattr(cluster, "_CONNECT_SECONDS", 0.5)
    found = look_at_cluster(address)
    assert (found.works, found.needed) == (False, True)
    assert f"no scheduler answers at {address}" in found.text


def test_workers_are_counted_and_one_with_another_kit_is_named(monkeypatch):
    from distributed import LocalCluster

    with LocalCluster(
        n_workers=0, threads_per_worker=1, processes=False, dashboard_address=":0"
    ) as local:
        address = local.scheduler_address
        assert look_at_cluster(address).text == "the scheduler has no workers"
        local.scale(1)
        local.wait_for_workers(1)
        own = installation.VERSION
        assert look_at_cluster(address).text == f"1 workers, each with the kit {own}"
        monkeypatch.setattr(installation, "VERSION", "9.9")
        assert (
            "1 of 1 workers have another kit than 9.9, such as inproc"
            in look_at_cluster(address).text
        )
        monkeypatch.setattr(dask_runner, "_PACKAGE", "no-such-package")
        found = look_at_cluster(address)
        assert (found.works, found.needed) == (False, True)
        assert found.text.endswith(": none (PackageNotFoundError)")
