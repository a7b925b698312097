"""Sitemaps (sitemaps.org 0.9, news extension): their pages, and the further sitemaps of an index.

Read as a stream: gzip is unpacked piece by piece and an entry is forgotten once it is read, so that a large sitemap
costs what its entries cost, and a bomb nothing.
"""

from __future__ import annotations

import io
import zlib
from dataclasses import dataclass, field

from lxml import etree

from crawler.discovery import urls
from crawler.discovery.feed import HARMLESS, Entry, check_entities, local_name, moment, sound
from pipelines.errors import PageError, UnreadablePageError

MAX_BYTES = 50 * 2**20  # unpacked: the limit of the protocol
MAX_ENTRIES = 50_000  # likewise
MAX_PARTS = 20_000  # elements between two entries: they are held until then; an entry has 1,000 pictures at most
GZIP = b"\x1f\x8b"  # how a member of it begins; some files have several
MAX_MEMBERS = 1_000  # that are read
PIECE = 64 * 1024  # bytes fed to the parser at once
# What makes libxml2 leave entries or read other URLs: a wrong charset, a reference that is none of XML.
_MISREAD = frozenset(
    (
        *(etree.ErrorTypes.ERR_INVALID_ENCODING, etree.ErrorTypes.ERR_UNSUPPORTED_ENCODING),
        *(etree.ErrorTypes.ERR_NAME_REQUIRED, etree.ErrorTypes.ERR_ENTITYREF_SEMICOL_MISSING),
        *(etree.ErrorTypes.ERR_UNDECLARED_ENTITY, etree.ErrorTypes.WAR_UNDECLARED_ENTITY),
        *(etree.ErrorTypes.ERR_DOCUMENT_EMPTY, etree.ErrorTypes.ERR_XMLDECL_NOT_FINISHED),
    )
)


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap holds: pages with title and date, or further sitemaps with the date of their last change."""

    pages: list[Entry] = field(default_factory=list)
    sitemaps: list[Entry] = field(default_factory=list)


def read_sitemap(body: bytes, base: str) -> Sitemap:
    """Read a sitemap, a sitemap index, or a sitemap of plain lines.

    Raises UnreadablePageError for no sitemap, torn gzip, or more than MAX_BYTES. Entries beyond MAX_ENTRIES are left.
    """
    source = _Unpacked(body, base)
    if source.peek().lstrip(b"\xef\xbb\xbf \t\r\n").startswith((b"http://", b"https://")):
        return Sitemap(_lines(source, base))
    sitemap, misread = _read(source, base)
    if not misread:
        return sitemap
    try:
        mended = sound(io.BufferedReader(_Unpacked(body, base)).read())
    except PageError as error:
        raise UnreadablePageError(f"the sitemap is not XML: {error}") from None
    return _read(io.BytesIO(mended), base, mended=True)[0]


def _read(source: io.RawIOBase | io.BytesIO, base: str, *, mended: bool = False) -> tuple[Sitemap, bool]:
    """A sitemap from its bytes, and whether they must be mended first to be read for what they are."""
    sitemap = Sitemap()
    stream = etree.iterparse(source, **HARMLESS)
    count = waiting = 0
    try:
        for _, element in stream:
            waiting += 1
            if element.tag.rpartition("}")[2] not in ("url", "sitemap"):
                if waiting > MAX_PARTS:
                    raise UnreadablePageError(f"{base}: more than {MAX_PARTS} elements that are no entry")
                continue
            count, waiting = count + 1, 0
            _check_root(element.getroottree().getroot(), base)
            _add(sitemap, element, base)
            _forget(element)
            if count >= MAX_ENTRIES:
                break
    except etree.XMLSyntaxError as error:
        raise UnreadablePageError(f"the sitemap is not XML: {error}") from None
    if not mended and any(entry.type in _MISREAD for entry in stream.error_log):
        return sitemap, True
    if count < MAX_ENTRIES:
        _check_root(stream.root, base)
        check_entities(stream.error_log, "sitemap")
    return sitemap, False


def newest_first(entries: list[Entry]) -> list[Entry]:
    """The entries by their dates (ISO 8601, as sitemaps have them), those without one last; else in their order."""
    return sorted(entries, key=lambda entry: entry.date or "", reverse=True)


def _check_root(root: etree._Element | None, base: str) -> None:
    kind = local_name(root) if root is not None else None
    if kind not in ("urlset", "sitemapindex"):
        raise UnreadablePageError(f"{base} is no sitemap: its root element is <{kind}>" if kind else "it is not XML")


def _add(sitemap: Sitemap, element: etree._Element, base: str) -> None:
    told: dict[str, str] = {}  # pictures and videos have a loc and a title too
    for part in element.iter("{*}loc", "{*}lastmod", "{*}title", "{*}publication_date"):
        parent = part.getparent()
        if parent is element or (parent is not None and local_name(parent) == "news"):
            told.setdefault(local_name(part), (part.text or "").strip())
    url = urls.absolute(base, told.get("loc"))
    if url is None:
        return
    date = told.get("publication_date") or told.get("lastmod") or None
    (sitemap.sitemaps if local_name(element) == "sitemap" else sitemap.pages).append(
        Entry(url, told.get("title", ""), date, moment(told.get("lastmod")))
    )


def _forget(element: etree._Element) -> None:
    """Free what has been read: the element, and all of its elders."""
    element.clear()
    parent = element.getparent()
    while parent is not None and element.getprevious() is not None:
        del parent[0]


def _lines(source: _Unpacked, base: str) -> list[Entry]:
    text = io.TextIOWrapper(io.BufferedReader(source), "utf-8-sig", "replace")
    found = (urls.absolute(base, line) for line, _ in zip(text, range(MAX_ENTRIES), strict=False))
    return [Entry(url) for url in found if url]


class _Unpacked(io.RawIOBase):
    """The bytes of a sitemap, unpacked as they are read. Raises UnreadablePageError: torn, or more than MAX_BYTES."""

    def __init__(self, body: bytes, base: str) -> None:
        self._rest = io.BytesIO(body)
        self._base = base
        self._unpacker = zlib.decompressobj(wbits=31) if body.startswith(GZIP) else None
        self._ahead = b""
        self._count = self._members = 0

    def peek(self) -> bytes:
        """The first bytes, which are read again."""
        if not self._ahead:
            self._ahead = self._next()
        return self._ahead[:200]

    def readable(self) -> bool:
        """Yes."""
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        """For BufferedReader."""
        piece = self.read(len(buffer))
        buffer[: len(piece)] = piece
        return len(piece)

    def read(self, size: int = -1) -> bytes:
        """Up to that many bytes; none at the end."""
        if not self._ahead:
            self._ahead = self._next()
        piece, self._ahead = (self._ahead, b"") if size < 0 else (self._ahead[:size], self._ahead[size:])
        return piece

    def _next(self) -> bytes:
        piece = b""
        while not piece:
            if self._unpacker is None:
                piece = self._rest.read(PIECE)
            elif self._unpacker.eof:
                self._rest.seek(-len(self._unpacker.unused_data), io.SEEK_CUR)
                self._members += 1
                if self._rest.getbuffer()[self._rest.tell() :][:2] != GZIP or self._members > MAX_MEMBERS:
                    return b""  # what follows is no part of it
                self._unpacker = zlib.decompressobj(wbits=31)
                continue
            else:
                raw = self._unpacker.unconsumed_tail or self._rest.read(PIECE)
                try:
                    piece = self._unpacker.decompress(raw, PIECE)
                except zlib.error as error:
                    raise UnreadablePageError(f"{self._base}: the gzip data are torn ({error})") from None
                if not raw:
                    raise UnreadablePageError(f"{self._base}: the gzip data are torn (they end too early)")
                continue
            break
        self._count += len(piece)
        if self._count > MAX_BYTES:
            raise UnreadablePageError(f"{self._base}: more than {MAX_BYTES // 2**20} MiB, too large for a sitemap")
        return piece
