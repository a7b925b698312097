"""CSV by RFC 4180, for spreadsheets and COPY: strings quoted, numbers bare, None empty and "" a quoted nothing.

A cell that a spreadsheet would take for a formula gets an apostrophe before it. So does one that already has
apostrophes before such a beginning, so that taking one off always gives the text back (`unescape`).
"""

from __future__ import annotations

import re
from typing import Any

from pydantic import Field

from pipelines.delivery.append import AppendFile, AppendSink, Records
from pipelines.delivery.options import SinkOptions
from pipelines.delivery.record import COLUMNS, row
from pipelines.delivery.sink import Place
from pipelines.errors import SinkStateError
from pipelines.events import OutboxEntry

# What spreadsheets take for a formula at the beginning of a cell: OWASP's list of CSV injection, with the full-width
# forms that Chinese input methods give, and spaces before, which some of them skip.
FORMULA = re.compile(r"'*\s*[=+\-@\t\r\n＝＋－＠]")
_FIELD = rb'(?:"(?:[^"]++|"")*+"|[^",\r\n]*+)'
_RECORD = re.compile(rb"(\d+)(?:," + _FIELD + rb"){%d}\n" % (len(COLUMNS) - 1))


def escape(text: str) -> str:
    """A string as it stands in a cell: never a formula."""
    return f"'{text}" if FORMULA.match(text) else text


def unescape(cell: str) -> str:
    """The string that a cell was made from."""
    return cell[1:] if cell[:1] == "'" and FORMULA.match(cell) else cell


class Options(SinkOptions):
    """Options of a `csv` sink."""

    path: str = Field(description="the file, inside OUTPUT_DIR")


class CsvSink(AppendSink):
    """Appends; the cursor is read from the file's end."""

    head = ",".join(COLUMNS).encode() + b"\n"
    written_head = True

    def __init__(self, place: Place, options: Options) -> None:
        super().__init__(AppendFile(place.root, options.path))
        self._path = options.path

    def tail(self, cursor: int) -> int | None:
        """As the file says; SinkStateError where it has other columns (another version wrote it)."""
        found = super().tail(cursor)
        if found is not None and self._file.size() and self._file.beginning(len(self.head)) != self.head:
            raise SinkStateError(f"{self._path} has other columns: rename it, and a new file is begun")
        return found

    def encode(self, entry: OutboxEntry) -> bytes:
        """One record; its text may hold line ends, in quotes."""
        return ",".join(_cell(value) for value in row(entry).values()).encode() + b"\n"

    def number(self, data: bytes) -> int | None:
        """The seq of a whole record, 0 for the head."""
        if data == self.head:
            return 0
        match = None if b"\0" in data else _RECORD.fullmatch(data)  # zeros are never ours: a power loss left them
        return int(match[1]) if match else None

    def records(self) -> Records:
        """The records from the end: a line begins one where an even number of quotes stands before it."""
        before = self._file.quotes()
        parts: list[bytes] = []
        for start, line in self._file.lines():
            parts.append(line)
            before -= line.count(b'"')
            if before % 2 == 0:
                yield start, b"".join(reversed(parts))
                parts = []


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return '"' + escape(value).replace('"', '""') + '"'
    return str(value)
