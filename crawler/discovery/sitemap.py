"""Sitemaps (sitemaps.org 0.9, news extension): their pages, and the further sitemaps of an index; gzip is unpacked."""

from __future__ import annotations

import zlib
from dataclasses import dataclass, field

from crawler.discovery import urls
from crawler.discovery.feed import Entry, local_name, parse_xml
from pipelines.errors import UnreadablePageError

MAX_BYTES = 50 * 2**20  # unpacked: the limit of the protocol


@dataclass(frozen=True, slots=True)
class Sitemap:
    """What a sitemap holds: pages with title and date, or the URLs of further sitemaps."""

    pages: list[Entry] = field(default_factory=list)
    sitemaps: list[str] = field(default_factory=list)


def read_sitemap(body: bytes, base: str) -> Sitemap:
    """Read a sitemap or sitemap index. Raises UnreadablePageError for no sitemap, torn gzip, or more than MAX_BYTES."""
    root = parse_xml(_unpack(body, base), "sitemap")
    kind = local_name(root)
    if kind not in ("urlset", "sitemapindex"):
        raise UnreadablePageError(f"{base} is no sitemap: its root element is <{kind}>")
    sitemap = Sitemap()
    for element in root:
        url = urls.absolute(base, element.findtext("{*}loc"))
        if url is None:
            continue
        if kind == "sitemapindex":
            sitemap.sitemaps.append(url)
        else:
            date = element.findtext(".//{*}publication_date") or element.findtext("{*}lastmod")
            title = element.findtext("{*}news/{*}title") or ""
            sitemap.pages.append(Entry(url, title.strip(), (date or "").strip() or None))
    return sitemap


def _unpack(body: bytes, base: str) -> bytes:
    if not body.startswith(b"\x1f\x8b"):
        return body
    unpacker = zlib.decompressobj(wbits=31)
    try:
        text = unpacker.decompress(body, MAX_BYTES)
    except zlib.error as error:
        raise UnreadablePageError(f"{base}: the gzip data are torn ({error})") from None
    if unpacker.unconsumed_tail:
        raise UnreadablePageError(f"{base}: more than {MAX_BYTES // 2**20} MiB unpacked, too large for a sitemap")
    return text
