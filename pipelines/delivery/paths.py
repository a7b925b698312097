"""Where a sink may write: inside the output folder, whatever a name says."""

from __future__ import annotations

import re
from pathlib import Path

from pipelines.errors import UsageError

LONGEST = 255  # bytes of one name: what common file systems take
LONGEST_PATH = 1000  # characters of a whole name
_CONTROL = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")
# Devices on some systems, with or without an ending.
_DEVICES = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?$", re.IGNORECASE)


def inside(root: Path, name: str) -> Path:
    """The path of `name` under `root`; nothing is made. UsageError where it would leave it, or is no plain name."""
    shown = repr(name[:80])
    parts = name.replace("\\", "/").split("/")
    if not name or _CONTROL.search(name) or len(name) > LONGEST_PATH:
        raise UsageError(f"{shown} is no file name")
    if name[0] in "/\\~" or ":" in parts[0] or ".." in parts:
        raise UsageError(f"{shown} leaves the output folder: name a path inside it")
    if any(len(part.encode()) > LONGEST or _DEVICES.match(part.strip()) for part in parts) or parts[-1] in ("", "."):
        raise UsageError(f"{shown} is no file name")
    base = root.resolve()
    path = base / "/".join(parts)
    if path.is_symlink() or not path.parent.resolve().is_relative_to(base):
        raise UsageError(f"{shown} leaves the output folder through a link")
    return path
