"""Permissions of folders: what this account may do, and what all accounts can reach."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def can_write(path: Path) -> bool:
    """True if this account may write it, and for a folder go into it and list it."""
    wanted = os.R_OK | os.W_OK | (os.X_OK if path.is_dir() else 0)
    return os.access(path, wanted, effective_ids=os.access in os.supports_effective_ids)


def closed_folder(path: Path) -> Path | None:
    """The outermost folder of those above a path that other accounts may not go through; None where all may.

    Example:
        >>> from pathlib import Path
        >>> closed_folder(Path("/"))
    """
    return next(
        (folder for folder in reversed(path.parents) if not folder.stat().st_mode & 0o001), None
    )
