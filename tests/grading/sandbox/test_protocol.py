"""Every command comes out of its line as it went in, and has a reply that says nothing yet."""

import pytest

from rainfall_kit.grading.sandbox import protocol
from rainfall_kit.grading.sandbox.job import Ask, File, Given
from rainfall_kit.grading.sandbox.protocol import (
    CallFunctions,
    Command,
    EnterFolder,
    ListSideEffects,
    RunCell,
    read_command,
)
from rainfall_kit.records.json_record import Record

ASK = Ask(
    question="gd_step", name="step", given=(Given(name="mse", program="x = 1"),), cases=("{}",)
)
COMMANDS = (
    EnterFolder(folder="hw", files=(File(path="a/b.csv", content="eA=="),)),
    RunCell(source="print('\ud800 é')\n", save=(1, 2)),
    CallFunctions(asks=(ASK, ASK), seconds=5.0, restore=3),
    CallFunctions(asks=(ASK,), seconds=0.5),
    ListSideEffects(save=(4,)),
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_a_command_is_one_line_that_reads_as_itself(command):
    line = command.to_json()
    assert "\n" not in line
    assert read_command(line) == command


def test_a_worker_knows_every_command():
    kinds = {kind for kind in vars(protocol).values() if isinstance(kind, type)}
    commands = {kind for kind in kinds if issubclass(kind, Command)} - {Command}
    assert {type(command) for command in COMMANDS} == commands


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: type(command).__name__)
def test_the_reply_to_a_command_that_an_interrupt_forestalled_says_nothing(command):
    reply = command.reply()
    assert isinstance(reply, Record)
    assert type(reply).from_json(reply.to_json()) == reply
