"""Captured output of a cell: the messages that ipykernel's shell sends, and what is written past it.

Nothing is sent: outputs are kept as nbclient keeps those that it reads from a kernel's socket.
"""

from __future__ import annotations

import io
from typing import Any

from jupyter_client.session import Session

_KEPT_FIELDS = {
    "stream": ("name", "text"),
    "display_data": ("data", "metadata"),
    "execute_result": ("data", "metadata", "execution_count"),
    "error": ("ename", "evalue", "traceback"),
}


class CapturedOutput(Session):
    """Takes the place of the session that signs and sends messages: keeps the outputs of one cell.

    Attributes:
        outputs: in nbformat's form.
        characters_left: how many more are kept.
    """

    outputs: list[dict[str, Any]]
    characters_left: int

    def start(self, characters: int) -> None:
        """Begin a new cell, of which so much is kept."""
        self.outputs, self.characters_left = [], characters
        self._clear_next = False
        self._shown: dict[str, list[dict[str, Any]]] = {}

    def send(  # nothing here is signed, tracked or addressed
        self,
        stream: Any,  # noqa: ARG002
        msg_or_type: Any,
        content: dict[str, Any] | None = None,
        *_: Any,
        **__: Any,
    ) -> dict[str, Any] | None:
        """Keep one message."""
        if isinstance(msg_or_type, dict):
            kind, content = msg_or_type["header"]["msg_type"], msg_or_type["content"]
        else:
            kind, content = msg_or_type, content or {}
        self.take(kind, content)
        return None

    def take(self, kind: str, content: dict[str, Any]) -> None:
        """Do with a message what nbclient does with it."""
        if kind == "clear_output":
            self._clear_next = bool(content.get("wait"))
            if not self._clear_next:
                self.outputs.clear()
            return
        display_id = str((content.get("transient") or {}).get("display_id") or "")
        if kind == "update_display_data":
            for shown in self._shown.get(display_id, []):
                shown.update(data=content["data"], metadata=content["metadata"])
            return
        if kind not in _KEPT_FIELDS or self.characters_left <= 0:
            return
        if self._clear_next:
            self.outputs.clear()
            self._clear_next = False
        output = {"output_type": kind, **{name: content[name] for name in _KEPT_FIELDS[kind]}}
        self._keep(output)
        if display_id:
            self._shown.setdefault(display_id, []).append(output)

    def _keep(self, output: dict[str, Any]) -> None:
        size = len(output["text"]) if output["output_type"] == "stream" else len(repr(output))
        self.characters_left -= size
        if self.characters_left <= 0:
            end = "\n... Output truncated ...\n"
            if output["output_type"] == "stream":
                output["text"] = output["text"][: size + self.characters_left] + end
            elif output["output_type"] != "error":
                output = {"output_type": "stream", "name": "stdout", "text": end}
        last = self.outputs[-1] if self.outputs else {}
        same = "stream", output.get("name")
        if same == (last.get("output_type"), last.get("name")) == (output["output_type"], same[1]):
            last["text"] += output["text"]
        else:
            self.outputs.append(output)


class CapturedStream(io.TextIOBase):
    """`sys.stdout` or `sys.stderr`: each text that is written is captured."""

    encoding = "UTF-8"
    errors = "replace"

    def __init__(self, name: str, captured: CapturedOutput, number: int) -> None:
        self.name = f"<{name}>"
        self._name, self._captured, self._number = name, captured, number

    def writable(self) -> bool:
        """Every text can be written."""
        return True

    def fileno(self) -> int:
        """Where a subprocess writes that gets this as its stream."""
        return self._number

    def write(self, text: str) -> int:
        """Capture a text."""
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text)}")
        if text:
            self._captured.take("stream", {"name": self._name, "text": text})
        return len(text)
