"""A folder of site memories: one JSON file a site, readable, replaced in one step, safe against other processes."""

from __future__ import annotations

import json
import os
import re
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines.errors import MemoryFileError
from pipelines.extraction.memory.memories import read_memory
from pipelines.extraction.memory.site import SiteMemory

_UNSAFE = re.compile(r"[^\w.-]+")
PART = ".part"
LONGEST_NAME = 120  # bytes of a site's name in its file's name; file systems take 255


def memory_folder(memory_dir: str, output_dir: str) -> MemoryFolder:
    """Where a project keeps its memories: `memory_dir` (the setting MEMORY_DIR), if that is empty output_dir/memory."""
    return MemoryFolder(Path(memory_dir) if memory_dir else Path(output_dir) / "memory")


def file_stem(site: str) -> str:
    """The name of a site's file without its ending. Names that do not fit a file name are told apart by a number."""
    name = _UNSAFE.sub("-", site).lstrip(".").encode()[:LONGEST_NAME].decode("utf-8", "ignore")
    return name if name == site else f"{name}-{zlib.crc32(site.encode('utf-8', 'surrogatepass')):08x}"


class MemoryFolder:
    """The memories under one folder, which is made with the first of them."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def where(self) -> str:
        """The place, for messages."""
        return str(self.path)

    def check(self) -> None:
        """Make the folder and see that it can be written, before hours of work. Raises MemoryFileError."""
        with self._lock():
            pass

    def file(self, site: str) -> Path:
        """Where a site's memory lies."""
        return self.path / f"{file_stem(site)}.json"

    def knows(self, site: str) -> bool:
        """Whether there is a file of that site, readable or not."""
        return self.file(site).exists()

    def load(self, site: str) -> SiteMemory | None:
        """What is known of a site, None where nothing is. Raises MemoryFileError where its file holds another."""
        file = self.file(site)
        memory = self._read(file)
        if memory is not None and memory.site != site:
            raise MemoryFileError(
                f"{file} holds the memory of {memory.site[:80]!r}: delete it, or give it its own name"
            )
        return memory

    def save(self, memory: SiteMemory) -> None:
        """Write a site's memory beside its place, then rename it: a reader sees the old one or the new one whole.

        Raises MemoryFileError where it cannot be written, as do `update` and `forget`.
        """
        self._make()
        text = _lines(memory.to_dict())
        place = self.file(memory.site)
        part = place.with_name(f".{place.name}.{os.getpid()}{PART}")
        try:
            with part.open("w", encoding="utf-8", errors="surrogatepass") as file:
                file.write(text + "\n")
                file.flush()
                os.fsync(file.fileno())
            part.replace(place)
        except OSError as error:
            part.unlink(missing_ok=True)
            raise MemoryFileError(f"cannot write site memory: {error.strerror}: {place}") from None

    def update(self, site: str, change: Callable[[SiteMemory], None]) -> SiteMemory:
        """Apply `change` to what is known of a site and save it; one process at a time, none's lessons are lost."""
        with self._lock():
            for left in self.path.glob(f".*{PART}"):  # by processes that were killed: this one alone may write now
                left.unlink(missing_ok=True)
            memory = self.load(site) or SiteMemory(site)
            change(memory)
            self.save(memory)
        return memory

    def forget(self, site: str) -> bool:
        """Delete what is known of a site, a file that cannot be read too; False where nothing was."""
        if not self.file(site).exists():
            return False
        with self._lock():
            self.file(site).unlink(missing_ok=True)
        return True

    def close(self) -> None:
        """Nothing is held between two calls."""

    def scan(self) -> Iterator[SiteMemory | MemoryFileError]:
        """The memories in order of their files' names; for a file that cannot be read, the error that says so."""
        for file in sorted(self.path.glob("*.json")):
            try:
                memory = self._read(file)
            except MemoryFileError as error:
                yield error
                continue
            if memory is not None:
                yield memory

    @staticmethod
    def _read(file: Path) -> SiteMemory | None:
        try:
            text = file.read_text("utf-8", errors="surrogatepass")
        except FileNotFoundError:
            return None
        except OSError as error:
            raise MemoryFileError(f"cannot read site memory: {error.strerror}: {file}") from None
        except ValueError as error:
            raise MemoryFileError(f"{file} is no site memory ({error}): delete it, it is learned again") from None
        return read_memory(text, str(file))

    @contextmanager
    def _lock(self) -> Iterator[None]:
        """Held by one process at a time; the system frees it when its process ends, however."""
        self._make()
        try:
            file = (self.path / ".lock").open("w")
        except OSError as error:
            raise MemoryFileError(f"cannot write site memory: {error.strerror}: {self.path}") from None
        with file:
            try:
                import fcntl
            except ImportError:  # not on Windows: the last one to save wins
                yield
                return
            fcntl.flock(file, fcntl.LOCK_EX)
            yield

    def _make(self) -> None:
        try:
            self.path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise MemoryFileError(f"cannot make the folder of site memory: {error.strerror}: {self.path}") from None


def _lines(data: dict[str, Any]) -> str:
    """JSON with a line for each key, and for each key of a template: readable, and written by the quick encoder."""
    templates = ",\n".join("{" + _keys(template, "  ") + "\n }" for template in data["templates"])
    head = _keys({name: value for name, value in data.items() if name != "templates"}, " ")
    return f'{{{head},\n "templates": [{templates}]\n}}'


def _keys(data: dict[str, Any], margin: str) -> str:
    pairs = (f"{json.dumps(name)}: {json.dumps(value, ensure_ascii=False)}" for name, value in data.items())
    return ",".join(f"\n{margin}{pair}" for pair in pairs)
