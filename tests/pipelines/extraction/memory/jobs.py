"""Jobs for the tests of memory in other processes; they must be importable by name."""

from __future__ import annotations

import os
import signal
from pathlib import Path

from pipelines.extraction.memory import folder as module
from pipelines.extraction.memory.folder import MemoryFolder
from pipelines.extraction.memory.site import SiteMemory


def count_up(path: str, times: int) -> None:
    """Count articles of the site x, one at a time."""

    def change(memory: SiteMemory) -> None:
        memory.articles += 1

    for _ in range(times):
        MemoryFolder(Path(path)).update("x", change)


def die_in_mid_write(path: str) -> None:
    """Be killed when the new file is written and not in its place yet."""

    def kill(descriptor: int) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    module.os.fsync = kill  # type: ignore[assignment]
    MemoryFolder(Path(path)).update("x", lambda memory: setattr(memory, "articles", 99))
