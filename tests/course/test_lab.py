"""The tour is copied once, and tells a true story when it runs."""

from pathlib import Path

import nbformat
from nbclient import NotebookClient

import rainfall_kit
from rainfall_kit.course.lab import copy_tour

TOUR = Path(rainfall_kit.__file__).parent / "course" / "tour.ipynb"


def test_the_tour_is_copied_once(tmp_path):
    assert copy_tour(tmp_path / "a" / "b")
    path = tmp_path / "a" / "b" / "tour.ipynb"
    assert path.read_bytes() == TOUR.read_bytes()
    path.write_text("my work")
    assert not copy_tour(tmp_path / "a" / "b")
    assert path.read_text() == "my work"


def test_the_tour_is_stripped():
    tour = nbformat.read(TOUR, as_version=4)
    nbformat.validate(tour)
    assert tour.metadata.kernelspec.name == "python3"
    assert all(cell.id == cell.id.lower() and len(cell.id) < 30 for cell in tour.cells)
    code = [cell for cell in tour.cells if cell.cell_type == "code"]
    assert all(not cell.outputs and cell.execution_count is None for cell in code)


def test_the_tour_runs_from_top_to_bottom_and_its_story_is_true(tmp_path):
    tour = nbformat.read(TOUR, as_version=4)
    NotebookClient(tour, timeout=60, resources={"metadata": {"path": str(tmp_path)}}).execute()
    said = {
        cell.id: "\n".join(
            output.get("text") or output["data"]["text/plain"] for output in cell.outputs
        )
        for cell in tour.cells
        if cell.cell_type == "code"
    }
    errors = [
        output
        for cell in tour.cells
        for output in cell.get("outputs", [])
        if output.get("name") == "stderr"
    ]
    assert errors == []
    assert "33060.8 -> 1270.12" in said["record"]
    assert "to 67.9" in said["longer"]
    assert "The loss grew" in said["too-long"]
    assert "sum instead of mean" in said["mse"]
