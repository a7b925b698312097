"""Archive files as rows of gzip members, one a record: where each ends, and what its head says."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

CHUNK = 1 << 16
HEAD = 1 << 20  # bytes of a record that are kept: its WARC headers, and the whole of every metadata record


@dataclass(frozen=True, slots=True)
class Member:
    """A whole record: the bytes [start, end) of its file, and its beginning unpacked."""

    start: int
    end: int
    head: bytes

    @property
    def headers(self) -> Mapping[str, str]:
        """The WARC headers, names in lower case."""
        lines = self.head.partition(b"\r\n\r\n")[0].decode("utf-8", "replace").split("\r\n")[1:]
        pairs = (line.partition(":") for line in lines)
        return {name.strip().lower(): value.strip() for name, _, value in pairs}

    @property
    def block(self) -> bytes:
        """What follows the WARC headers, as far as it was kept."""
        return self.head.partition(b"\r\n\r\n")[2].removesuffix(b"\r\n\r\n")


def members(file: BinaryIO) -> Iterator[Member]:
    """The whole records from the beginning of a file on, up to the first that is torn or is none."""
    position = start = 0
    buffer = b""
    while True:
        head, unpacker = bytearray(), zlib.decompressobj(zlib.MAX_WBITS | 16)
        while not unpacker.eof:
            buffer = buffer or file.read(CHUNK)
            try:
                out = unpacker.decompress(buffer, HEAD)
            except zlib.error:
                return
            if not (buffer or out or unpacker.eof):
                return
            head += out[: HEAD - len(head)]
            rest = unpacker.unused_data if unpacker.eof else unpacker.unconsumed_tail
            position += len(buffer) - len(rest)
            buffer = rest
        if not head.startswith(b"WARC/"):
            return
        yield Member(start, position, bytes(head))
        start = position


def end_of_last(path: Path) -> int:
    """Where the last whole record of a file ends, in bytes; 0 where there is none."""
    end = 0
    with path.open("rb") as file:
        for found in members(file):
            end = found.end
    return end
