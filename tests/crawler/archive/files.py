"""What the tests of the archive share: answers, files of them, and what two independent readers find there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from fastwarc.warc import ArchiveIterator as FastIterator
from warcio.archiveiterator import ArchiveIterator as WarcioIterator
from warcio.checker import Checker

from crawler.archive.files import OPEN, SUFFIX
from crawler.archive.records import Answer, first_member, member
from pipelines.items import Page

AT = "2026-06-21T04:00:00Z"
HOST = "http://news.example"


@dataclass(frozen=True)
class Record:
    """A record as a reader found it."""

    kind: str
    url: str
    payload: bytes


def answer(path: str, body: bytes | str = "<p>正文</p>", **headers: str) -> Answer:
    """An answer of 200."""
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    body = body.encode() if isinstance(body, str) else body
    return Answer(HOST + path, 200, (("Content-Type", "text/html"), *named), body, AT)


def page(path: str, body: bytes | str = "<p>正文</p>", *parts: bytes, fetched_at: str = AT) -> Page:
    """A page made of an answer and of further ones."""
    body = body.encode() if isinstance(body, str) else body
    urls = tuple(f"{HOST}{path}?p={n}" for n in range(2, len(parts) + 2))
    return Page(body, HOST + path, site="news.example", fetched_at=fetched_at, status=200, parts=parts, part_urls=urls)


def write(path: Path, *records: Answer | Page) -> Path:
    """A whole file of records."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"".join([first_member(path.name, "newswinnow"), *map(member, records)]))
    return path


def whole(folder: Path) -> list[Path]:
    """The files that have their final names."""
    return sorted(folder.glob(f"*{SUFFIX}"))


def unfinished(folder: Path) -> list[Path]:
    """The files that have not."""
    return sorted(folder.glob(f"*{SUFFIX}{OPEN}"))


def read(*paths: Path) -> list[Record]:
    """The records of files, but for the first of each; both readers must find the same, and every digest must fit."""
    found: list[Record] = []
    for path in paths:
        fast, slow = _fast(path), _slow(path)
        assert fast == slow
        assert fast[0].kind == "warcinfo"
        assert _check(path) == 0, f"{path}: a digest does not fit"
        found += fast[1:]
    return found


def urls(records: Sequence[Record], kind: str = "response") -> list[str]:
    """The paths of the records of a kind."""
    return [record.url.removeprefix(HOST) for record in records if record.kind == kind]


def _check(path: Path) -> int:
    checker = Checker(_Options([str(path)]))
    checker.process_all()
    return int(checker.exit_value)


@dataclass
class _Options:
    inputs: list[str]
    verbose: bool = False


def _fast(path: Path) -> list[Record]:
    found = []
    with path.open("rb") as raw:
        for record in FastIterator(raw, parse_http=False):
            if record.is_http:
                record.parse_http(auto_decode="all")
            url = record.headers.get("WARC-Target-URI") or ""
            found.append(Record(record.headers.get("WARC-Type") or "", url, record.reader.read()))
    return found


def _slow(path: Path) -> list[Record]:
    found = []
    with path.open("rb") as raw:
        for record in WarcioIterator(raw):
            url = record.rec_headers.get_header("WARC-Target-URI") or ""
            found.append(Record(record.rec_type, url, record.content_stream().read()))
    return found
