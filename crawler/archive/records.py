"""Records of the archive, each a gzip member of its own (ISO 28500, WARC 1.1).

response  an answer as the spider got it: the bytes after decompression, headers without those that spoke of the
          transfer (Content-Encoding, Transfer-Encoding) and without secrets
metadata  a page as it was taken apart: JSON that names the answers it was made of by their digests
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import io
import json
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.client import responses
from typing import Any

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from crawler.archive.secrets import header_without_secrets, without_secrets
from crawler.discovery.urls import key
from pipelines.items import Page
from pipelines.urls import is_usable

SOFTWARE = "newswinnow"  # how a file of ours names its maker in its first record
FORMAT = 1  # of the metadata record
LEVEL = 4  # of gzip: 0.6 of the time of level 6, 4 % more bytes (300 saved pages)
# True of what went over the wire, not of the bytes that are kept.
TRANSFER_HEADERS = frozenset(
    "content-encoding transfer-encoding content-length connection keep-alive trailer upgrade alt-svc".split()
)
PAGE_TYPE = "application/json"


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer of a server. `at` is UTC: 2026-06-21T04:00:00Z; headers in the order in which they came."""

    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    body: bytes = field(repr=False)
    at: str
    protocol: str = "HTTP/1.1"
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Composition:
    """A page without its bytes: what an archived page is put together from. Digests are those of the answers."""

    url: str
    body: str
    fetched_at: str | None = None
    site: str | None = None
    content_type: str | None = None
    status: int | None = None
    list_date: str | None = None
    parts: tuple[str, ...] = ()
    part_urls: tuple[str, ...] = ()
    secret: bool = False  # the URL held one and is not whole here: no article can be known by it

    @property
    def digests(self) -> set[str]:
        """The answers that must be there; a part that could not be had has none."""
        return {digest for digest in (self.body, *self.parts) if digest}

    def page(self, body: bytes, parts: Sequence[bytes]) -> Page:
        """The page, with its bytes."""
        return Page(
            body,
            self.url,
            site=self.site,
            content_type=self.content_type,
            status=self.status,
            fetched_at=self.fetched_at,
            list_date=self.list_date,
            parts=tuple(parts),
            part_urls=self.part_urls,
        )


def key_of(url: str) -> str:
    """What all spellings of a URL share, as it stands in the archive: without secrets."""
    url = without_secrets(url.strip("<>"))
    return key(url) if is_usable(url) else url


def digest_of(body: bytes) -> str:
    """The payload digest of an answer, as WARC files write it."""
    return "sha1:" + base64.b32encode(hashlib.sha1(body, usedforsecurity=False).digest()).decode()


def member(record: Answer | Page) -> bytes:
    """A record as the bytes that are appended to a file."""
    return _answer(record) if isinstance(record, Answer) else _page(record)


def first_member(name: str, software: str) -> bytes:
    """The record that begins a file: who wrote it, and how it is called."""
    writer, out = _writer()
    info = {"software": software, "format": "WARC File Format 1.1", "robots": "obey"}
    writer.write_record(writer.create_warcinfo_record(name, info))
    return _packed(out.getvalue())


def read_composition(block: bytes) -> Composition | None:
    """What a metadata record of ours says; None where it is none of ours."""
    try:
        said = json.loads(block)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict) or said.get(SOFTWARE) != FORMAT:
        return None
    known = {f.name for f in dataclasses.fields(Composition)}
    values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in said.items() if k in known}
    return Composition(**values) if isinstance(values.get("url"), str) and values.get("body") else None


def _answer(answer: Answer) -> bytes:
    kept = []
    for name, value in answer.headers:
        plain = None if name.lower() in TRANSFER_HEADERS else header_without_secrets(name, value)
        if plain is not None:
            kept.append((name, " ".join(plain.split())))
    kept.append(("Content-Length", str(len(answer.body))))
    status = f"{answer.status} {responses.get(answer.status, '')}".strip()
    about = {"WARC-Date": answer.at, "WARC-Payload-Digest": digest_of(answer.body)}
    if answer.address:
        about["WARC-IP-Address"] = answer.address
    headers = StatusAndHeaders(status, kept, protocol=answer.protocol)
    return _record("response", without_secrets(answer.url), answer.body, about, headers)


def _page(page: Page) -> bytes:
    said: dict[str, Any] = {
        SOFTWARE: FORMAT,
        "url": without_secrets(page.url or ""),
        "body": digest_of(page.body),
        "fetched_at": page.fetched_at,
        "site": page.site,
        "content_type": page.content_type,
        "status": page.status,
        "list_date": page.list_date,
        "parts": [digest_of(part) if part else "" for part in page.parts],
        "part_urls": [without_secrets(url) for url in page.part_urls],
        "secret": without_secrets(page.url or "") != page.url,
    }
    block = json.dumps({name: value for name, value in said.items() if value}).encode()
    return _record("metadata", str(said["url"]), block, {"Content-Type": PAGE_TYPE})


def _record(
    kind: str, url: str, payload: bytes, about: Mapping[str, str], http: StatusAndHeaders | None = None
) -> bytes:
    writer, out = _writer()
    record = writer.create_warc_record(
        url,
        kind,
        payload=io.BytesIO(payload),
        length=len(payload),
        warc_headers_dict=dict(about),
        http_headers=http,
    )
    writer.write_record(record)
    return _packed(out.getvalue())


def _writer() -> tuple[WARCWriter, io.BytesIO]:
    out = io.BytesIO()
    return WARCWriter(out, gzip=False, warc_version="1.1"), out


def _packed(record: bytes) -> bytes:
    packer = zlib.compressobj(LEVEL, zlib.DEFLATED, zlib.MAX_WBITS | 16)
    return packer.compress(record) + packer.flush()
