"""Output reader: of the outputs that came out of the sandbox, those that nbformat knows, as plain data.

>>> read_outputs('[{"output_type": "stream", "name": "stdout", "text": "hi", "score": 99}]')
[{'output_type': 'stream', 'name': 'stdout', 'text': 'hi'}]
>>> read_outputs('[{"output_type": "stream", "name": "stdout", "text": 3}]')
[]
"""

from __future__ import annotations

from typing import Any

from nbformat import NotebookNode, from_dict

from rainfall_kit.grading.record.outside_drawing import draw_outside
from rainfall_kit.grading.safe_json import Pruner, read_json
from rainfall_kit.grading.sandbox.outside_call import MIME

_VALUES_OF_ONE = 20  # as much work as so many values
_MOST_COUNT = 1 << 31


# nbformat's own new_output checks what it makes against the schema, at the cost of a whole cell.
def printed(text: str) -> NotebookNode:
    """The output of a cell that prints this.

    Example:
        >>> from nbformat import v4
        >>> printed("hi") == v4.new_output("stream", name="stdout", text="hi")
        True
    """
    return NotebookNode(output_type="stream", name="stdout", text=text)


def raised(name: str, message: str, line: str) -> NotebookNode:
    """The output of a cell that raises this error, with one line for its traceback.

    Example:
        >>> from nbformat import v4
        >>> shown = v4.new_output("error", ename="ValueError", evalue="no", traceback=["-"])
        >>> raised("ValueError", "no", "-") == shown
        True
    """
    return NotebookNode(output_type="error", ename=name, evalue=message, traceback=[line])


def read_outputs(text: str, pruned: Pruner | None = None) -> list[NotebookNode]:
    """The outputs in a JSON text; those that are none are left out, and those past all room.

    Args:
        text: anything at all.
        pruned: has the room for the outputs of one notebook; None for those of one cell.
    """
    pruned = pruned or Pruner()
    try:
        plain = read_json(text)
    except (ValueError, RecursionError):
        return []
    if not isinstance(plain, list):
        return []
    given = [output for output in plain if isinstance(output, dict)]
    read = [_read(output, pruned) for output in given if pruned.has_room_for(_VALUES_OF_ONE)]
    return [from_dict(output) for output in read if output is not None]


def _read(output: dict[str, Any], pruned: Pruner) -> dict[str, Any] | None:
    kind = output.get("output_type")
    if kind == "stream":
        name, text = output.get("name"), output.get("text")
        good = name in ("stdout", "stderr") and isinstance(text, str)
        return {"output_type": kind, "name": name, "text": text} if good else None
    if kind == "error":
        return _read_error(output, pruned)
    if kind not in ("display_data", "execute_result"):
        return None
    data, metadata = output.get("data"), output.get("metadata")
    if not isinstance(data, dict) or not pruned.has_room_for(len(data)):
        return None
    shown = {mime: pruned(value) for mime, value in data.items() if _fits(mime, value)}
    if isinstance(handed := shown.pop(MIME, None), str):
        shown |= draw_outside(handed)
    read = {
        "output_type": kind,
        "data": shown,
        "metadata": pruned(metadata) if isinstance(metadata, dict) else {},
    }
    if kind == "execute_result":
        count = output.get("execution_count")
        good = type(count) is int and 0 <= count < _MOST_COUNT
        read["execution_count"] = count if good else None
    return read


def _read_error(output: dict[str, Any], pruned: Pruner) -> dict[str, Any] | None:
    lines = output.get("traceback")
    texts = [
        output.get("ename"),
        output.get("evalue"),
        *(lines if isinstance(lines, list) and pruned.has_room_for(len(lines)) else [0]),
    ]
    if not all(isinstance(text, str) for text in texts):
        return None
    name, value, *traceback = texts
    return {"output_type": "error", "ename": name, "evalue": value, "traceback": traceback}


def _fits(mime: str, value: Any) -> bool:
    return isinstance(value, str) or mime.endswith("json")
