"""What the error of a cell that did not run to its end is called, and what people read about it."""

from __future__ import annotations

FAILURES = {
    "DeadKernelError": "ended Python",
    "CellTimeoutError": "ran too long",
    "MemoryLimitError": "used too much memory",
}
