"""A course's configuration sets the sandbox's limits, and the defaults follow its cells and files."""

import dataclasses

import pytest
from traitlets.config import Config

from rainfall_kit.grading.prepare.sandbox_limits import SandboxLimits, read_limits
from rainfall_kit.grading.sandbox.job import Limits

NAMES = {field.name for field in dataclasses.fields(Limits)} - {"cell_seconds"}


def test_each_limit_is_a_trait_with_help():
    traits = SandboxLimits.class_traits(config=True)
    assert set(traits) == NAMES
    assert all(trait.help for trait in traits.values())


@pytest.mark.parametrize("name", sorted(NAMES))
def test_a_limit_that_is_set_counts(name):
    assert getattr(read_limits(Config({"SandboxLimits": {name: 7}}), {}), name) == 7


def test_cells_that_may_take_longer_do_not_run_into_the_other_limits():
    limits = read_limits(Config({"Execute": {"timeout": 300}}), {})
    assert (limits.cell_seconds, limits.cpu_seconds, limits.wall_seconds) == (300, 600, 1200)


def test_another_languages_kernel_may_open_more_files_unless_the_course_says_how_many():
    usual = Limits().open_files
    assert read_limits(Config(), {}).open_files == usual
    assert read_limits(Config(), {}, other_languages=True).open_files > usual
    fewer = Config({"SandboxLimits": {"open_files": 7}})
    assert read_limits(fewer, {}, other_languages=True).open_files == 7


def test_the_courses_own_files_leave_the_room_for_what_a_notebook_writes():
    files = {"data/large.npy": bytes(72 << 20), "data/small.csv": b"1\n"}
    assert read_limits(Config(), files) == dataclasses.replace(
        Limits(),
        scratch_mib=72 + Limits().scratch_mib,
        scratch_files=3 + Limits().scratch_files,
    )
