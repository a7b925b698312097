"""A folder of site memories: one JSON file a site, readable, replaced in one step, safe against other processes."""

from __future__ import annotations

import json
import os
import re
import tempfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.errors import MemoryFileError
from pipelines.extraction.memory.site import SiteMemory

_UNSAFE = re.compile(r"[^\w.-]+")
LONGEST_NAME = 80  # characters of a site's name in its file's name


class MemoryFolder:
    """The memories under one folder, which is made with the first of them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def file(self, site: str) -> Path:
        """Where a site's memory lies. Names that do not fit a file name are told apart by a number."""
        name = _UNSAFE.sub("-", site).lstrip(".")[:LONGEST_NAME]
        if name != site:
            name = f"{name}-{zlib.crc32(site.encode('utf-8', 'surrogatepass')):08x}"
        return self.path / f"{name}.json"

    def load(self, site: str) -> SiteMemory | None:
        """What is known of a site; None where nothing is. Raises MemoryFileError where the file holds no memory."""
        return self._read(self.file(site))

    def save(self, memory: SiteMemory) -> None:
        """Write a site's memory beside its place, then rename it: a reader sees the old one or the new one whole."""
        self.path.mkdir(parents=True, exist_ok=True)
        text = json.dumps(memory.to_dict(), ensure_ascii=False, indent=1)
        with tempfile.NamedTemporaryFile(
            "w", encoding="utf-8", errors="surrogatepass", dir=self.path, suffix=".part", delete=False
        ) as file:
            file.write(text + "\n")
            file.flush()
            os.fsync(file.fileno())
        Path(file.name).replace(self.file(memory.site))

    def update(self, site: str, change: Callable[[SiteMemory], None]) -> SiteMemory:
        """Apply `change` to what is known of a site and save it; one process at a time, none's lessons are lost."""
        with self._lock():
            memory = self.load(site) or SiteMemory(site)
            change(memory)
            self.save(memory)
        return memory

    def forget(self, site: str) -> bool:
        """Delete what is known of a site; False where nothing was."""
        with self._lock():
            file = self.file(site)
            known = file.exists()
            file.unlink(missing_ok=True)
        return known

    def __iter__(self) -> Iterator[SiteMemory]:
        """The memories in order of their sites' names. Raises MemoryFileError."""
        for file in sorted(self.path.glob("*.json")):
            memory = self._read(file)
            if memory is not None:
                yield memory

    @staticmethod
    def _read(file: Path) -> SiteMemory | None:
        try:
            return SiteMemory.from_dict(json.loads(file.read_text("utf-8", errors="surrogatepass")))
        except FileNotFoundError:
            return None
        except OSError as error:
            raise MemoryFileError(f"cannot read site memory: {error.strerror}: {file}") from None
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            reason = " ".join(str(error).split())[:80]
            raise MemoryFileError(f"{file} is no site memory ({reason}): delete it, it is learned again") from None

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Held by one process at a time; the system frees it when its process ends, however."""
        self.path.mkdir(parents=True, exist_ok=True)
        with (self.path / ".lock").open("w") as file:
            try:
                import fcntl
            except ImportError:  # not on Windows: the last one to save wins
                yield
                return
            fcntl.flock(file, fcntl.LOCK_EX)
            yield
