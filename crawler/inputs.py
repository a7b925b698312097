"""Saved pages and text dumps as a stream of Pages: folders, .html(.gz), .txt(.gz), .jsonl(.gz), .warc(.gz).

A source that cannot be read is an Entry with an error and never ends the stream. Nothing here is taken for the fetch
time but what the index, the record or the WARC header says: a file's mtime tells when it was copied.
"""

from __future__ import annotations

import gzip
import json
import re
import zlib
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, BinaryIO, Literal

from crawler.archive.reading import Assembly, Plan, plan_archive
from pipelines.errors import PageError, UnreadablePageError, UsageError
from pipelines.items import Page, url_id

Kind = Literal["html", "text"]

# What a folder is searched for. A file that is named on the command line is read whatever it is called.
PAGE_SUFFIXES: Mapping[Kind, tuple[str, ...]] = {"html": (".html", ".htm"), "text": (".txt",)}
RECORD_KEY: Mapping[Kind, str] = {"html": "html", "text": "text"}  # the key of a .jsonl record that holds the page
STEM = re.compile(r"\.(html?|txt|jsonl|warc)(\.gz)?$", re.IGNORECASE)
SURROGATES = re.compile("[\ud800-\udfff]")

MAX_PAGE_BYTES = 32 * 1024 * 1024  # the largest labelled page has 2 MB; a gzip bomb is stopped here
PIECE = 64 * 1024  # bytes read at once
JSON_OVERHEAD = 6  # \uXXXX: the most characters that JSON spends on one byte of a page
BOM = b"\xef\xbb\xbf"
HTML_TYPES = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True, slots=True)
class Entry:
    """One page of the input, or why it could not be read; `done` is the share of all input read so far, 0..1."""

    id: str
    page: Page | None = None
    url: str | None = None
    error: PageError | None = None
    done: float = 0.0


@dataclass(slots=True)
class Inputs:
    """The pages under some paths. `skipped` counts what a full iteration passed over, by reason."""

    files: list[Path]
    kind: Kind
    named: frozenset[Path]  # given on the command line, so never passed over
    index: Mapping[str, Mapping[str, Any]]
    skipped: dict[str, int]
    _plan: Plan | None = None  # what comes out of files that our crawls wrote
    _assembly: Assembly = field(default_factory=lambda: Assembly(Plan()))

    def __iter__(self) -> Iterator[Entry]:
        """Each page, in the order of the files sorted by path, records of one file in file order."""
        return self._entries(self._begun()._read)

    def outline(self) -> Iterator[Entry]:
        """The same entries, but a page file of which the index knows URL or site is not opened: its body is empty."""

        begun = self._begun()

        def read(file: Path) -> Iterator[tuple[Entry, int]]:
            if self._holds_one(file) and self.index.get(stem(file), {}).keys() & {"url", "site"}:
                return iter([(Entry(stem(file), Page(b"", id=stem(file))), 0)])
            return begun._read(file)

        return self._entries(read)

    def only(self, ids: Collection[str]) -> Iterator[Entry]:
        """The entries with these ids; page files of others are not opened, nothing is counted as skipped."""

        begun = replace(self._begun(), skipped={})

        def read(file: Path) -> Iterator[tuple[Entry, int]]:
            if self._holds_one(file) and stem(file) not in ids:
                return iter(())
            return begun._read(file)

        return (entry for entry in self._entries(read) if entry.id in ids)

    def _holds_one(self, file: Path) -> bool:
        return not is_warc(file) and not file.name.lower().endswith((".jsonl", ".jsonl.gz"))

    def _entries(self, read: Callable[[Path], Iterator[tuple[Entry, int]]]) -> Iterator[Entry]:
        sizes = {file: file.stat().st_size for file in self.files if file.exists()}
        total = sum(sizes.values()) or 1
        before = 0
        for file in self.files:
            position = 0
            for entry, position in read(file):
                done = min(1.0, (before + position) / total)
                yield replace(self._join(entry), done=done)
            before += sizes.get(file, position)

    def _begun(self) -> Inputs:
        """These inputs at their beginning. What is in the files of our own archive is looked for once."""
        if self._plan is None:
            self._plan = plan_archive(file for file in self.files if self.kind == "html" and is_warc(file))
            self.skipped.update(self._plan.skipped)
        return replace(self, _assembly=Assembly(self._plan))

    def _read(self, file: Path) -> Iterator[tuple[Entry, int]]:
        """The entries of one file, each with the number of bytes of the file read so far."""
        try:
            if is_warc(file) and self.kind == "html":
                yield from self._read_warc(file)
            elif file.name.lower().endswith((".jsonl", ".jsonl.gz")):
                yield from self._read_jsonl(file)
            else:
                yield Entry(stem(file), Page(read_bytes(file), id=stem(file))), file.stat().st_size
        except PageError as error:
            yield Entry(stem(file), error=error), 0
        except FileNotFoundError:
            yield Entry(stem(file), error=UnreadablePageError(f"no such file: {file}")), 0
        except (OSError, EOFError, zlib.error) as error:
            yield Entry(stem(file), error=UnreadablePageError(f"cannot read {file}: {describe(error)}")), 0

    def _read_jsonl(self, file: Path) -> Iterator[tuple[Entry, int]]:
        key = RECORD_KEY[self.kind]
        with file.open("rb") as raw:
            stream = unpacked(raw)
            first = file not in self.named
            for number, line in enumerate(_lines(stream), 1):
                if line is not None and not line.strip():
                    continue
                entry = _record(file, number, line, key)
                if first and isinstance(entry.error, _NoPageError):
                    self._skip(f"{file}: its records hold no {key!r}")
                    return
                first = False
                yield entry, raw.tell()

    def _read_warc(self, file: Path) -> Iterator[tuple[Entry, int]]:
        from fastwarc.warc import ArchiveIterator, WarcRecordType

        wanted = WarcRecordType.response | WarcRecordType.resource
        ours = self._plan is not None and file in self._plan.files
        last, fault = 0, None
        with file.open("rb") as raw:
            for record in ArchiveIterator(raw, record_types=wanted, parse_http=False):
                url = (record.headers.get("WARC-Target-URI") or "").strip("<>")
                digest = record.headers.get("WARC-Payload-Digest") or ""
                last = record.stream_pos
                if ours and not self._assembly.wants(digest):
                    continue
                fault = _warc_fault(record)
                if fault:
                    error = UnreadablePageError(f"{file}, record of {url}: {fault}")
                    yield Entry(url_id(url), url=url or None, error=error), raw.tell()
                elif ours:
                    record.parse_http()
                    for page in self._assembly.take(digest, record.reader.read(MAX_PAGE_BYTES)):
                        yield Entry(url_id(page.url or ""), page, page.url), raw.tell()
                elif (foreign := _warc_page(record, url)) is None:
                    self._skip("WARC records that are no page")
                else:
                    yield Entry(url_id(url), foreign, foreign.url), raw.tell()
            if not (ours or fault) and _is_cut(raw, last):
                yield Entry(stem(file), error=UnreadablePageError(f"{file}: cut short in its last record")), raw.tell()

    def _join(self, entry: Entry) -> Entry:
        """The entry with what the index knows of it; what the record itself says wins."""
        known = self.index.get(entry.id)
        if known is None:
            return entry
        url = entry.url or known.get("url")
        page = entry.page and replace(
            entry.page,
            url=url,
            site=entry.page.site or known.get("site"),
            fetched_at=entry.page.fetched_at or known.get("fetched_at"),
        )
        return replace(entry, url=url, page=page)

    def _skip(self, reason: str) -> None:
        self.skipped[reason] = self.skipped.get(reason, 0) + 1


class _NoPageError(UnreadablePageError):
    """The record is sound but holds no page."""


def find_inputs(paths: Iterable[str], kind: Kind, index: str | None = None) -> Inputs:
    """The pages under the given files and folders, sorted by path.

    Raises UsageError where no path is given, none exists, or the index does not read.
    A path that is missing beside others becomes an Entry with an error.
    """
    named = [Path(path) for path in dict.fromkeys(paths)]
    if not named:
        raise UsageError("no input: name a file or a folder")
    missing = [path for path in named if not path.exists()]
    if len(missing) == len(named):
        raise UsageError("no such file: " + ", ".join(map(str, missing)))
    index_path = Path(index) if index else None
    files: set[Path] = set()
    for path in named:
        files.update(_walk(path, kind, index_path) if path.is_dir() else [path])
    return Inputs(sorted(files, key=str), kind, frozenset(named), read_index(index_path), {})


def read_index(path: Path | None) -> dict[str, dict[str, Any]]:
    """What a crawler knew of each page, by id; UsageError names the bad line.

    The file: JSON Lines {id, url, site, fetched_at?}.
    """
    if path is None:
        return {}
    index: dict[str, dict[str, Any]] = {}
    try:
        with path.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                if not line.strip():
                    continue
                record = json.loads(line)
                if not isinstance(record, dict) or not record.get("id"):
                    raise UsageError(f"index {path}, line {number}: not an object with an id")
                index[str(record["id"])] = {
                    key: str(record[key]) for key in ("url", "site", "fetched_at") if record.get(key)
                }
    except OSError as error:
        raise UsageError(f"cannot read the index {path}: {describe(error)}") from None
    except ValueError as error:
        raise UsageError(f"index {path} is not JSON Lines in UTF-8: {describe(error)}") from None
    return index


def read_bytes(file: Path, limit: int = MAX_PAGE_BYTES) -> bytes:
    """The bytes of one page file, unpacked where they are gzip, whatever the name says.

    UnreadablePageError past `limit` bytes or where the gzip stream is torn.
    """
    with file.open("rb") as raw:
        stream = unpacked(raw)
        try:
            body = stream.read(limit + 1)
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise UnreadablePageError(f"{file}: the gzip data are torn ({describe(error)})") from None
    if len(body) > limit:
        raise UnreadablePageError(f"{file}: more than {limit // 2**20} MiB, too large for a page")
    return body


def unpacked(raw: BinaryIO) -> BinaryIO | gzip.GzipFile:
    """The stream itself, or what is packed in it where it begins with the magic number of gzip."""
    magic = raw.read(2)
    raw.seek(-len(magic), 1)
    return gzip.GzipFile(fileobj=raw) if magic == b"\x1f\x8b" else raw


def is_warc(file: Path) -> bool:
    """Whether the name says WARC."""
    return file.name.lower().endswith((".warc", ".warc.gz"))


def stem(file: Path) -> str:
    """The id of a page file: its name up to .html, .htm or .txt (and .gz)."""
    return SURROGATES.sub("\ufffd", STEM.sub("", file.name) or file.name)


def describe(error: BaseException) -> str:
    """An error of the system or a library as one short line."""
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return " ".join(text.split()) or type(error).__name__


def _walk(folder: Path, kind: Kind, index: Path | None) -> Iterator[Path]:
    suffixes = PAGE_SUFFIXES[kind] + ((".jsonl", ".warc") if kind == "html" else (".jsonl",))
    endings = suffixes + tuple(suffix + ".gz" for suffix in suffixes)
    for file in folder.rglob("*"):
        if file.name.lower().endswith(endings) and file.is_file():
            if index is not None and index.exists() and file.samefile(index):
                continue
            yield file


def _lines(stream: BinaryIO | gzip.GzipFile) -> Iterator[bytes | None]:
    """The lines of a stream; None for one that is too long to be a page."""
    limit = MAX_PAGE_BYTES * JSON_OVERHEAD
    while line := stream.readline(limit):
        if len(line) == limit and not line.endswith(b"\n"):
            while len(rest := stream.readline(limit)) == limit and not rest.endswith(b"\n"):
                pass
            yield None
        else:
            yield line


def _record(file: Path, number: int, line: bytes | None, key: str) -> Entry:
    place = f"{file}, line {number}"
    page_id = f"{stem(file)}:{number}"
    if line is None:
        return Entry(page_id, error=UnreadablePageError(f"{place}: too long for a page"))
    try:
        record = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        return Entry(page_id, error=UnreadablePageError(f"{place}: not JSON in UTF-8 ({describe(error)})"))
    if not isinstance(record, dict):
        return Entry(page_id, error=UnreadablePageError(f"{place}: not a JSON object"))
    url = _string(record.get("url"))
    given = _string(record.get("id"))
    page_id = given or (url_id(url) if url else page_id)
    content = record.get(key)
    if not isinstance(content, str):
        return Entry(page_id, url=url, error=_NoPageError(f"{place}: no string under {key!r}"))
    status = record.get("status")
    page = Page(
        _encode(content),
        url=url,
        id=given or (None if url else page_id),
        site=_string(record.get("site")),
        status=status if isinstance(status, int) else None,
        fetched_at=_string(record.get("fetched_at")),
    )
    return Entry(page_id, page, url)


def _string(value: object) -> str | None:
    return SURROGATES.sub("\ufffd", str(value)) if isinstance(value, (str, int)) and str(value) else None


def _encode(text: str) -> bytes:
    """Text that is decoded already, as bytes that say so: the BOM outranks any <meta charset> left inside."""
    return BOM + SURROGATES.sub("\ufffd", text).removeprefix("\ufeff").encode() if text.strip() else b""


def _warc_fault(record: Any) -> str | None:
    """Takes the record into memory; why it cannot be read, if it cannot. fastwarc ends a torn file without a word."""
    declared = record.content_length
    if declared > MAX_PAGE_BYTES:
        return f"{declared:,} bytes, too large for a page"
    record.freeze()
    return "cut short" if record.content_length < declared else None


def _is_cut(raw: BinaryIO, start: int) -> bool:
    """Whether gzip data end within a member, from the place of one on: fastwarc passes over a record's torn head."""
    raw.seek(start)
    unpacker = None
    while rest := raw.read(PIECE):
        while rest:
            if unpacker is None or unpacker.eof:
                if not rest.startswith(b"\x1f"):
                    return False
                unpacker = zlib.decompressobj(wbits=31)
            unpacker.decompress(rest, PIECE)  # in pieces, whatever they unpack into
            rest = unpacker.unconsumed_tail or unpacker.unused_data
    return unpacker is not None and not unpacker.eof


def _warc_page(record: Any, url: str) -> Page | None:
    """The page in a WARC record, or None for redirects, errors, images and the like."""
    status, content_type = None, record.headers.get("Content-Type")
    if record.is_http:
        record.parse_http(auto_decode="all")
        status, content_type = record.http_headers.status_code, record.http_headers.get("Content-Type")
        if status != 200:
            return None
    if content_type and content_type.split(";")[0].strip().lower() not in HTML_TYPES:
        return None
    return Page(
        record.reader.read(MAX_PAGE_BYTES),
        url=url or None,
        content_type=content_type,
        status=status,
        fetched_at=record.headers.get("WARC-Date"),
    )
