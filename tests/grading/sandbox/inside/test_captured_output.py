"""Captured output is what nbclient makes of the same messages."""

import itertools

import pytest
from nbclient import NotebookClient
from nbformat import v4

from rainfall_kit.grading.sandbox.inside.captured_output import CapturedOutput, CapturedStream


def shown(text, **more):
    return {"data": {"text/plain": text}, "metadata": {}, **more}


def stream(text, name="stdout"):
    return "stream", {"name": name, "text": text}


MESSAGES = {
    "streams that follow each other": [
        stream("a"),
        stream("b"),
        stream("c", "stderr"),
        stream("d"),
    ],
    "a display between streams": [stream("a"), ("display_data", shown("x")), stream("b")],
    "a result": [("execute_result", shown("1", execution_count=3))],
    "an error": [("error", {"ename": "E", "evalue": "no", "traceback": ["-", "+"]})],
    "cleared at once": [stream("a"), ("clear_output", {"wait": False}), stream("b")],
    "cleared by what comes next": [stream("a"), ("clear_output", {"wait": True}), stream("b")],
    "cleared by nothing": [stream("a"), ("clear_output", {"wait": True})],
    "changed later": [
        ("display_data", shown("old", transient={"display_id": "me"})),
        ("display_data", shown("other", transient={"display_id": "you"})),
        ("update_display_data", shown("new", transient={"display_id": "me"})),
    ],
    "changed before it was there": [
        ("update_display_data", shown("new", transient={"display_id": "me"}))
    ],
    "what is no output": [("execute_input", {"code": "1"}), stream("a")],
}


@pytest.mark.parametrize("messages", MESSAGES.values(), ids=MESSAGES)
def test_it_keeps_what_nbclient_keeps(messages):
    captured = CapturedOutput(key=b"")
    captured.start(1000)
    cell = v4.new_code_cell("")
    client = NotebookClient(v4.new_notebook(cells=[cell]), record_timing=False)
    client.reset_execution_trackers()
    client.clear_before_next_output = False
    for kind, content in messages:
        captured.send(None, kind, {**content})
        content = {"execution_count": 3, **content}
        message = {"msg_type": kind, "header": {"msg_type": kind}, "parent_header": {}}
        client.process_message({**message, "content": content}, cell, 0)
    assert captured.outputs == list(merged(cell.outputs))


def merged(outputs):
    """What a kernel sends of streams, whose texts come in as many pieces as it likes."""
    for key, row in itertools.groupby(outputs, lambda output: output.get("name")):
        first, *others = row
        yield first if key is None else {**first, "text": "".join(x.text for x in (first, *others))}
        yield from others if key is None else ()


def test_so_many_characters_are_kept_and_no_more():
    captured = CapturedOutput(key=b"")
    captured.start(10)
    stdout = CapturedStream("stdout", captured, 1)
    assert stdout.write("12345678") == 8
    stdout.write("90abc")
    stdout.write("def")
    (output,) = captured.outputs
    assert output["text"] == "1234567890\n... Output truncated ...\n"


def test_a_display_that_is_too_large_is_left_out():
    captured = CapturedOutput(key=b"")
    captured.start(100)
    captured.send(None, "display_data", shown("x" * 200))
    (output,) = captured.outputs
    assert output == {
        "output_type": "stream",
        "name": "stdout",
        "text": "\n... Output truncated ...\n",
    }


def test_an_error_is_kept_however_long():
    captured = CapturedOutput(key=b"")
    captured.start(10)
    captured.send(None, "error", {"ename": "E", "evalue": "x" * 100, "traceback": []})
    assert captured.outputs[0]["evalue"] == "x" * 100


def test_only_texts_are_written():
    captured = CapturedOutput(key=b"")
    captured.start(10)
    with pytest.raises(TypeError, match="must be str"):
        CapturedStream("stdout", captured, 1).write(b"bytes")
